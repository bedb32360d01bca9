-- What follows from the tables of facts, made anew by every refresh. Written in key order, like those.

-- A theme a response or ticket names but the taxonomy no longer has is kept, marked, under its id.
CREATE OR REPLACE TABLE dim_theme AS
WITH RECURSIVE named AS (
    SELECT theme FROM fact_response_theme
    UNION
    SELECT theme FROM fact_ticket WHERE theme IS NOT NULL
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
CREATE OR REPLACE TABLE bridge_theme AS
WITH RECURSIVE above AS (
    SELECT theme, theme AS ancestor, parent AS next FROM dim_theme
    UNION ALL
    SELECT above.theme, dim_theme.theme, dim_theme.parent FROM above JOIN dim_theme ON above.next = dim_theme.theme
)
SELECT theme, ancestor FROM above ORDER BY theme, ancestor;

-- first_on and last_on: the days with the first and the last response; through_on: the local day of the refresh.
CREATE OR REPLACE TABLE meta AS
SELECT CAST(getvariable('schema_version') AS INTEGER) AS schema_version,
       CAST(getvariable('as_of') AS TIMESTAMP) AS as_of,
       CAST(getvariable('zone') AS VARCHAR) AS zone,
       CAST(timezone(getvariable('zone'), timezone('UTC', CAST(getvariable('as_of') AS TIMESTAMP))) AS DATE) AS through_on,
       min(submitted_on) AS first_on,
       max(submitted_on) AS last_on
FROM fact_response;

-- One row a day from the first thing that happened to the last; a week starts on Monday.
CREATE OR REPLACE TABLE dim_calendar AS
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
