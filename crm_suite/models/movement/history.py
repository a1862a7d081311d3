"""The log of leads that have none, from what the database knows of them."""

FILL_FROM_HISTORY = """
WITH lead AS (
    SELECT lead.*
      FROM crm_lead lead
     WHERE NOT EXISTS (SELECT FROM crm_stage_move move WHERE move.lead_id = lead.id)
),
tracked_field AS (
    SELECT id, name
      FROM ir_model_fields
     WHERE model = 'crm.lead' AND name IN ('stage_id', 'type', 'won_status')
),
-- outcomes are tracked by their label, in the language of whoever made the change
outcome AS (
    SELECT DISTINCT ON (label.value) label.value AS label, choice.value
      FROM ir_model_fields_selection choice
      JOIN tracked_field field ON field.id = choice.field_id AND field.name = 'won_status'
CROSS JOIN LATERAL jsonb_each_text(choice.name) label
),
tracked AS (
    SELECT message.res_id AS lead_id,
           MIN(change.create_date) AS date,
           MIN(change.id) AS number,
           MIN(change.create_uid) AS author_id,
           MAX(change.old_value_integer) FILTER (WHERE field.name = 'stage_id') AS old_stage_id,
           MAX(change.new_value_integer) FILTER (WHERE field.name = 'stage_id') AS stage_id,
           BOOL_OR(field.name = 'type') AS is_conversion,
           MAX(outcome.value) AS outcome
      FROM tracked_field field
      JOIN mail_tracking_value change ON change.field_id = field.id
      JOIN mail_message message ON message.id = change.mail_message_id
                               AND message.model = 'crm.lead'
      JOIN lead ON lead.id = message.res_id
               -- leads that were merged bring messages that are older than this one
               AND change.create_date >= lead.create_date
 LEFT JOIN outcome ON field.name = 'won_status' AND outcome.label = change.new_value_char
  GROUP BY message.res_id, message.id
),
outcome_change AS (
    SELECT tracked.*,
           LAG(outcome, 1, 'pending') OVER (
               PARTITION BY lead_id, outcome IS NULL ORDER BY date, number) AS old_outcome
      FROM tracked
),
summary AS (
    SELECT lead_id,
           (ARRAY_AGG(old_stage_id ORDER BY date, number)
               FILTER (WHERE stage_id IS NOT NULL))[1] AS first_stage_id,
           (ARRAY_AGG(stage_id ORDER BY date DESC, number DESC)
               FILTER (WHERE stage_id IS NOT NULL))[1] AS last_stage_id,
           (ARRAY_AGG(outcome ORDER BY date DESC, number DESC)
               FILTER (WHERE outcome IS NOT NULL))[1] AS last_outcome,
           MIN(date) FILTER (WHERE is_conversion) AS converted,
           MAX(date) AS last_date
      FROM tracked
  GROUP BY lead_id
),
fact AS (
    SELECT lead.id AS lead_id,
           lead.create_date AS created,
           lead.create_uid AS author_id,
           CASE WHEN COALESCE(lead.date_conversion, summary.converted) IS NOT NULL
                THEN GREATEST(
                    COALESCE(lead.date_conversion, summary.converted), lead.create_date)
           END AS converted,
           first.stage_id AS first_stage_id,
           lead.stage_id,
           COALESCE(summary.last_stage_id, first.stage_id, 0) != lead.stage_id AS is_stage_missed,
           lead.won_status AS outcome,
           COALESCE(summary.last_outcome, 'pending') != lead.won_status AS is_outcome_missed,
           GREATEST(lead.date_last_stage_update, summary.last_date, lead.create_date)
               AS stage_date,
           GREATEST(
               COALESCE(lead.date_closed, lead.date_last_stage_update),
               summary.last_date,
               lead.create_date) AS outcome_date
      FROM lead
 LEFT JOIN summary ON summary.lead_id = lead.id
CROSS JOIN LATERAL (
           SELECT CASE
                      WHEN summary.first_stage_id IS NOT NULL THEN summary.first_stage_id
                      -- nothing was tracked: known only if it never changed
                      WHEN lead.date_last_stage_update <= lead.create_date + interval '1 minute'
                        OR lead.date_last_stage_update IS NULL THEN lead.stage_id
                  END AS stage_id) first
),
event AS (
    SELECT lead_id, created AS date, 0 AS rank, 0 AS number,
           'created' AS kind, first_stage_id AS stage_id, author_id
      FROM fact
 UNION ALL
    SELECT lead_id, converted, 1, 0, 'converted', NULL, NULL
      FROM fact
     WHERE converted IS NOT NULL
 UNION ALL
    SELECT lead_id, date, 2, number,
           CASE WHEN outcome IS NULL OR outcome = old_outcome THEN 'stage'
                WHEN outcome = 'pending' THEN 'restored'
                ELSE outcome END,
           stage_id,
           author_id
      FROM outcome_change
     WHERE stage_id IS NOT NULL OR outcome != old_outcome
 UNION ALL
    -- what was changed without being tracked
    SELECT lead_id, LEAST(stage_date, outcome_date), 3, 0, 'stage', stage_id, NULL
      FROM fact
     WHERE is_stage_missed AND is_outcome_missed AND outcome = 'lost'
 UNION ALL
    SELECT lead_id,
           CASE WHEN is_outcome_missed THEN outcome_date ELSE stage_date END,
           4,
           0,
           CASE WHEN NOT is_outcome_missed THEN 'stage'
                WHEN outcome = 'pending' THEN 'restored'
                ELSE outcome END,
           CASE WHEN is_stage_missed THEN stage_id END,
           NULL
      FROM fact
     WHERE is_stage_missed OR is_outcome_missed
),
chain AS (
    SELECT event.*,
           ARRAY_AGG(stage_id) FILTER (WHERE stage_id IS NOT NULL) OVER so_far AS stages,
           ARRAY_AGG(kind) FILTER (WHERE kind IN ('won', 'lost', 'restored'))
               OVER before AS outcomes,
           COUNT(*) FILTER (WHERE kind = 'converted') OVER whole AS conversions,
           COUNT(*) FILTER (WHERE kind = 'converted') OVER so_far AS conversions_so_far,
           LAG(date) OVER in_order AS since
      FROM event
    WINDOW whole AS (PARTITION BY lead_id),
           in_order AS (PARTITION BY lead_id ORDER BY date, rank, number),
           so_far AS (in_order ROWS UNBOUNDED PRECEDING),
           before AS (in_order ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
move AS (
    SELECT chain.*,
           LAG(stages) OVER (PARTITION BY lead_id ORDER BY date, rank, number) AS old_stages
      FROM chain
)
INSERT INTO crm_stage_move (
           lead_id, date, kind, from_stage_id, to_stage_id, duration, type,
           user_id, team_id, company_id, create_uid, create_date, write_uid, write_date)
    SELECT move.lead_id,
           DATE_TRUNC('second', move.date),
           move.kind,
           old_stage.id,
           stage.id,
           CASE WHEN move.outcomes[CARDINALITY(move.outcomes)] IN ('won', 'lost') THEN 0
                ELSE COALESCE(EXTRACT(EPOCH FROM move.date - move.since) / 3600, 0) END,
           CASE WHEN move.conversions = 0 THEN lead.type
                WHEN move.conversions_so_far = 0 THEN 'lead'
                ELSE 'opportunity' END,
           lead.user_id,
           lead.team_id,
           lead.company_id,
           move.author_id,
           NOW() AT TIME ZONE 'UTC',
           move.author_id,
           NOW() AT TIME ZONE 'UTC'
      FROM move
      JOIN lead ON lead.id = move.lead_id
           -- stages that are gone leave a gap
 LEFT JOIN crm_stage stage ON stage.id = move.stages[CARDINALITY(move.stages)]
 LEFT JOIN crm_stage old_stage ON old_stage.id = move.old_stages[CARDINALITY(move.old_stages)]
  ORDER BY move.date, move.rank, move.number
"""
