-- Staged facts to the star schema. Columns ending in _at are UTC without a zone; columns ending in _on are the local day in
-- the reporting zone. Every table is written in key order, so that the same facts give the same file whatever order they came in.

CREATE TABLE dim_survey AS SELECT * FROM stage_survey ORDER BY survey;

-- A theme a response or ticket names but the taxonomy no longer has is kept, marked, under its id.
CREATE TABLE dim_theme AS
WITH RECURSIVE named AS (
    SELECT unnest(themes) AS theme FROM stage_response
    UNION
    SELECT theme FROM stage_ticket WHERE theme IS NOT NULL
), known AS (
    SELECT theme, name, parent, true AS in_taxonomy FROM stage_theme
    UNION ALL
    SELECT theme, theme AS name, NULL AS parent, false AS in_taxonomy FROM named ANTI JOIN stage_theme USING (theme)
), placed AS (
    SELECT *, theme AS root, 1 AS level FROM known WHERE parent IS NULL
    UNION ALL
    SELECT known.*, placed.root, placed.level + 1 FROM known JOIN placed ON known.parent = placed.theme
)
SELECT theme, name, parent, root, level, in_taxonomy FROM placed ORDER BY theme;

-- Each theme with itself and every theme above it: what rolls a mention of "late delivery" up to "delivery".
CREATE TABLE bridge_theme AS
WITH RECURSIVE above AS (
    SELECT theme, theme AS ancestor, parent AS next FROM dim_theme
    UNION ALL
    SELECT above.theme, dim_theme.theme, dim_theme.parent FROM above JOIN dim_theme ON above.next = dim_theme.theme
)
SELECT theme, ancestor FROM above ORDER BY theme, ancestor;

CREATE TABLE fact_response AS
SELECT * EXCLUDE (themes) REPLACE (
           submitted_at AT TIME ZONE 'UTC' AS submitted_at,
           map_from_entries(list_sort(map_entries(attributes))) AS attributes
       ),
       CAST(timezone(getvariable('zone'), submitted_at) AS DATE) AS submitted_on
FROM stage_response ORDER BY response;

CREATE TABLE fact_response_theme AS
SELECT DISTINCT response, unnest(themes) AS theme FROM stage_response ORDER BY response, theme;

CREATE TABLE fact_ticket AS
SELECT * REPLACE (
           opened_at AT TIME ZONE 'UTC' AS opened_at,
           first_touched_at AT TIME ZONE 'UTC' AS first_touched_at,
           resolved_at AT TIME ZONE 'UTC' AS resolved_at,
           closed_at AT TIME ZONE 'UTC' AS closed_at,
           first_touch_due AT TIME ZONE 'UTC' AS first_touch_due,
           resolution_due AT TIME ZONE 'UTC' AS resolution_due
       ),
       CAST(timezone(getvariable('zone'), opened_at) AS DATE) AS opened_on,
       CAST(timezone(getvariable('zone'), closed_at) AS DATE) AS closed_on
FROM stage_ticket ORDER BY ticket;

CREATE TABLE fact_ticket_event AS
SELECT * REPLACE (happened_at AT TIME ZONE 'UTC' AS happened_at) FROM stage_ticket_event ORDER BY ticket, sequence;

CREATE TABLE fact_run AS
SELECT * REPLACE (
           started_at AT TIME ZONE 'UTC' AS started_at,
           finished_at AT TIME ZONE 'UTC' AS finished_at,
           map_from_entries(list_sort(map_entries(dispositions))) AS dispositions
       )
FROM stage_run ORDER BY run;

-- first_on and last_on: the days with the first and the last response; through_on: the local day of the refresh.
CREATE TABLE meta AS
SELECT CAST(getvariable('schema_version') AS INTEGER) AS schema_version,
       CAST(getvariable('as_of') AS TIMESTAMP) AS as_of,
       CAST(getvariable('zone') AS VARCHAR) AS zone,
       CAST(timezone(getvariable('zone'), timezone('UTC', CAST(getvariable('as_of') AS TIMESTAMP))) AS DATE) AS through_on,
       min(submitted_on) AS first_on,
       max(submitted_on) AS last_on
FROM fact_response;

-- One row a day from the first thing that happened to the last; a week starts on Monday.
CREATE TABLE dim_calendar AS
WITH days AS (
    SELECT submitted_on AS day FROM fact_response
    UNION ALL SELECT opened_on FROM fact_ticket
    UNION ALL SELECT closed_on FROM fact_ticket
    UNION ALL SELECT through_on FROM meta
)
SELECT CAST(day AS DATE) AS day,
       CAST(date_trunc('week', day) AS DATE) AS week,
       CAST(date_trunc('month', day) AS DATE) AS month,
       CAST(date_trunc('quarter', day) AS DATE) AS quarter,
       isodow(day) AS weekday
FROM (SELECT unnest(generate_series(min(day), max(day), INTERVAL 1 DAY)) AS day FROM days)
ORDER BY day;
