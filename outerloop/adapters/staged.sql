-- Staged facts as rows of the star schema: one view `arriving_TABLE` a table, for a whole refresh and for what changed.
-- Columns ending in _at are UTC without a zone; columns ending in _on are the local day in the reporting zone.

CREATE TEMP VIEW arriving_dim_survey AS SELECT * FROM stage_survey;

CREATE TEMP VIEW arriving_fact_response AS
SELECT * EXCLUDE (themes, outcome, policy, model, rules, scores) REPLACE (
           submitted_at AT TIME ZONE 'UTC' AS submitted_at,
           map_from_entries(list_sort(map_entries(attributes))) AS attributes
       ),
       CAST(timezone(getvariable('zone'), submitted_at) AS DATE) AS submitted_on
FROM stage_response;

CREATE TEMP VIEW arriving_fact_response_theme AS
SELECT DISTINCT response, unnest(themes) AS theme FROM stage_response;

CREATE TEMP VIEW arriving_fact_decision AS
SELECT response, outcome, policy, model, rules FROM stage_response WHERE outcome IS NOT NULL;

CREATE TEMP VIEW arriving_fact_score AS
SELECT response, model, unnest(score) FROM (SELECT response, model, unnest(scores) AS score FROM stage_response);

CREATE TEMP VIEW arriving_fact_ticket AS
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
FROM stage_ticket;

CREATE TEMP VIEW arriving_fact_ticket_event AS
SELECT * REPLACE (happened_at AT TIME ZONE 'UTC' AS happened_at) FROM stage_ticket_event;

-- Stretches in which a clock ran or stood still, cut at what happened to it.
CREATE TEMP VIEW arriving_fact_sla_interval AS
WITH cuts AS (
    SELECT ticket, metric, turn, kind, happened_at AS started_at, lead(happened_at) OVER turns AS ended_at,
           lead(kind) OVER turns AS ended_by
    FROM stage_sla_fact WHERE kind IN ('activate', 'pause', 'fulfil', 'replace')
    WINDOW turns AS (
        PARTITION BY ticket, metric, turn
        ORDER BY happened_at, list_position(['activate', 'pause', 'fulfil', 'replace'], kind)
    )
), turns AS (
    SELECT ticket, metric, turn, min(happened_at) FILTER (kind = 'breach') AS breached_at,
           max_by(target_s, (happened_at, kind)) FILTER (target_s IS NOT NULL) AS target_s
    FROM stage_sla_fact GROUP BY ALL
)
SELECT ticket, metric, turn, CASE kind WHEN 'pause' THEN 'paused' ELSE 'running' END AS state,
       started_at AT TIME ZONE 'UTC' AS started_at, ended_at AT TIME ZONE 'UTC' AS ended_at, ended_by, target_s,
       breached_at AT TIME ZONE 'UTC' AS breached_at
FROM cuts JOIN turns USING (ticket, metric, turn)
WHERE kind IN ('activate', 'pause') AND (ended_at IS NULL OR ended_at > started_at);

CREATE TEMP VIEW arriving_fact_notice AS
SELECT * REPLACE (created_at AT TIME ZONE 'UTC' AS created_at, delivered_at AT TIME ZONE 'UTC' AS delivered_at)
FROM stage_notice;

CREATE TEMP VIEW arriving_fact_run AS
SELECT * REPLACE (
           started_at AT TIME ZONE 'UTC' AS started_at,
           finished_at AT TIME ZONE 'UTC' AS finished_at,
           map_from_entries(list_sort(map_entries(dispositions))) AS dispositions
       )
FROM stage_run;

CREATE TEMP VIEW arriving_dim_initiative AS SELECT * EXCLUDE (themes) FROM stage_initiative;

CREATE TEMP VIEW arriving_bridge_initiative_theme AS
SELECT DISTINCT initiative, unnest(themes) AS theme FROM stage_initiative;

CREATE TEMP VIEW arriving_dim_member AS SELECT * FROM stage_member;

CREATE TEMP VIEW arriving_dim_article AS
SELECT * REPLACE (list_sort(root_causes) AS root_causes, list_sort(themes) AS themes) FROM stage_article;
