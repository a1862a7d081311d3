-- So many clocks of a policy, four a ticket. One in `every` runs, begun within the last two days and due in days;
-- the others are stopped. Parameters: clocks, every, company, team, user, stage, policy, revision, mode, calendar, revision_of_calendar

CREATE TEMPORARY TABLE scene ON COMMIT DROP AS
SELECT n,
       n %% %(every)s = 0 AS runs,
       date_trunc('second', now() AT TIME ZONE 'UTC') - make_interval(secs => 60 + (hashint4(n) & 131071)) AS opened_at
  FROM generate_series(1, %(clocks)s / 4) n;

WITH made AS (
    INSERT INTO crm_ticket (name, number, active, company_id, team_id, user_id, stage_id, stage_type, priority, opened_at, closed_at,
                            sla_phase, sla_breached, create_uid, create_date, write_uid, write_date)
    SELECT 'Order ' || n || ' arrived broken', 'B' || n, TRUE, %(company)s, %(team)s, %(user)s, %(stage)s,
           CASE WHEN runs THEN 'open' ELSE 'solved' END, '1', opened_at, CASE WHEN runs THEN NULL ELSE opened_at + interval '1 minute' END,
           CASE WHEN runs THEN 'running' ELSE 'stopped' END, FALSE, 1, opened_at, 1, opened_at
      FROM scene
    RETURNING id, opened_at, closed_at IS NULL AS runs
)
INSERT INTO crm_sla_clock (ticket_id, company_id, team_id, user_id, priority, policy_id, revision_id, metric, slot, cycle, mode, calendar_id,
                           calendar_rev, state, state_since, since_cause, result, started_at, stopped_at, deadline, risk_at, next_event_at,
                           budget_s, risk_share, carried_s, elapsed_s, overrun_s, pauses, create_uid, create_date, write_uid, write_date)
SELECT made.id, %(company)s, %(team)s, %(user)s, '1', %(policy)s, %(revision)s, promise.metric, 0, 1, %(mode)s, %(calendar)s,
       %(calendar_revision)s, CASE WHEN runs THEN 'running' ELSE 'stopped' END,
       opened_at, 'create', CASE WHEN runs THEN NULL ELSE 'met' END, opened_at, CASE WHEN runs THEN NULL ELSE opened_at + interval '1 minute' END,
       CASE WHEN runs THEN opened_at + make_interval(secs => budget) END,
       CASE WHEN runs THEN opened_at + make_interval(secs => budget * 0.75) END,
       CASE WHEN runs THEN opened_at + make_interval(secs => budget * 0.75) END,
       budget, 75, 0, 0, 0, 'customer', 1, opened_at, 1, opened_at
  FROM made
 CROSS JOIN (VALUES ('first_response', 80 * 3600), ('next_response', 90 * 3600), ('resolution', 200 * 3600), ('pickup', 100 * 3600))
         AS promise (metric, budget);
