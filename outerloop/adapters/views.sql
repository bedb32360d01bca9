-- What reports read. Everything is at the grain of a day, so that sums over any period are right; test responses are left out.

-- Each day in each grain. A period is partial when it reaches before the first response, past the last one or past the
-- refresh: its counts are not comparable with those of a whole period.
CREATE VIEW period_day AS
WITH grains AS (
    SELECT 'week' AS grain, day, week AS period, week + INTERVAL 7 DAY AS ends FROM dim_calendar
    UNION ALL SELECT 'month', day, month, month + INTERVAL 1 MONTH FROM dim_calendar
    UNION ALL SELECT 'quarter', day, quarter, quarter + INTERVAL 3 MONTH FROM dim_calendar
)
SELECT grain, day, period, CAST(ends AS DATE) AS ends,
       coalesce(period < first_on OR ends > least(last_on + 1, through_on), true) AS partial
FROM grains CROSS JOIN meta;

CREATE VIEW response AS SELECT * FROM fact_response WHERE status <> 'test';

CREATE VIEW response_day AS
SELECT submitted_on AS day, survey, count(*) AS responses, count(*) FILTER (has_comment) AS commented,
       count(DISTINCT ticket) AS tickets
FROM response GROUP BY ALL;

CREATE VIEW score_day AS
SELECT submitted_on AS day, survey, scale_kind, count(*) AS answers,
       count(*) FILTER (band = 'promoter') AS promoters,
       count(*) FILTER (band = 'detractor') AS detractors,
       sum(score) AS score_sum
FROM response WHERE band IS NOT NULL GROUP BY ALL;

-- A response once for each theme it names and each theme above those.
CREATE VIEW response_theme AS
SELECT DISTINCT response, ancestor AS theme FROM fact_response_theme JOIN bridge_theme USING (theme);

CREATE VIEW theme_day AS
SELECT submitted_on AS day, survey, theme, count(*) AS mentions
FROM response_theme JOIN response USING (response) GROUP BY ALL;

CREATE VIEW response_without_theme AS
SELECT response, submitted_on AS day, survey,
       CASE WHEN NOT has_comment THEN 'no comment' WHEN sentiment IS NULL THEN 'not read' ELSE 'none found' END AS reason
FROM response ANTI JOIN fact_response_theme USING (response);

CREATE VIEW closed_ticket AS SELECT * FROM fact_ticket WHERE closed_at IS NOT NULL;

CREATE VIEW closed_ticket_theme AS
SELECT ticket, ancestor AS theme FROM closed_ticket JOIN bridge_theme USING (theme);

-- One row a ticket and promise. `hours` run to the stop or, while it runs, to the refresh (`stopped` false: censored).
-- A ticket resolved or closed without a recorded touch counts as touched then.
CREATE VIEW ticket_clock AS
WITH clocks AS (
    SELECT ticket, 'first_touch' AS promise, first_touch_due AS due_at, first_touch_business_s AS business_s,
           coalesce(first_touched_at, resolved_at, closed_at) AS stopped_at FROM fact_ticket
    UNION ALL
    SELECT ticket, 'resolution', resolution_due, resolution_business_s, coalesce(resolved_at, closed_at) FROM fact_ticket
)
SELECT ticket, survey, theme, rule, severity, priority, team, owner, opened_on, promise, due_at, stopped_at,
       stopped_at IS NOT NULL AS stopped,
       date_diff('second', opened_at, coalesce(stopped_at, as_of)) / 3600.0 AS hours,
       business_s / 3600.0 AS business_hours,
       CASE WHEN due_at IS NULL THEN 'no target'
            WHEN coalesce(stopped_at, as_of) > due_at THEN 'missed'
            WHEN stopped_at IS NULL THEN 'pending'
            ELSE 'met' END AS outcome
FROM clocks JOIN fact_ticket USING (ticket) CROSS JOIN meta;

-- One row a ticket: the first and the last team that had it, and whether a person (not the program) moved it on.
CREATE VIEW ticket_route AS
WITH given AS (
    SELECT ticket, sequence, actor, to_team, lag(to_team) OVER steps AS team_before,
           to_owner, lag(to_owner) OVER steps AS owner_before
    FROM fact_ticket_event WHERE kind = 'assigned' WINDOW steps AS (PARTITION BY ticket ORDER BY sequence)
), moves AS (
    SELECT ticket, min_by(to_team, sequence) AS first_team, max_by(to_team, sequence) AS last_team,
           coalesce(bool_or(actor <> 'nanni' AND to_team <> team_before), false) AS moved,
           coalesce(bool_or(actor <> 'nanni' AND to_owner <> owner_before), false) AS handed_on
    FROM given GROUP BY ticket
)
SELECT ticket, coalesce(first_team, team) AS team, coalesce(last_team, team) AS last_team,
       coalesce(moved, false) AS moved, coalesce(handed_on, false) AS handed_on, opened_on
FROM fact_ticket LEFT JOIN moves USING (ticket);

-- One row a ticket with the day on which its first response was given: when the demand for it arose.
CREATE VIEW ticket_demand AS
WITH said AS (SELECT ticket, min(submitted_on) AS said_on FROM fact_response WHERE ticket IS NOT NULL GROUP BY ticket)
SELECT ticket, team, coalesce(said_on, opened_on) AS said_on FROM ticket_route LEFT JOIN said USING (ticket);
