"""The score of contacts in SQL, for any number of them at once.

The arithmetic is that of `lib/contact_score.py`; a test compares the two on random histories.
Days are those of UTC, and an event is as many days old as there are midnights since: so points
change at midnight only, and a second pass on a day changes nothing.
"""

from odoo.tools import SQL

# what the pass has found, before it is compared with what is there
NEW = SQL("crm_contact_score_new")

CREATE_NEW = """
    CREATE TEMPORARY TABLE %s (
        rule_id int, partner_id int, kind varchar, count int, points int,
        first_at timestamp, last_at timestamp, value numeric
    ) ON COMMIT DROP
"""

# Which events of the ledger are meant by the event of a rule
MEANT = SQL(
    """(VALUES ('open', 'open'), ('click', 'click'), ('reply', 'reply'),
               ('unsubscribe', 'unsubscribe'), ('complaint', 'complaint'),
               ('bounce', 'bounce_hard'), ('bounce', 'bounce_soft'),
               ('visit', 'visit'), ('form', 'form')) AS meant(event, kind)"""
)

# What people did, by rule, contact and day
MAIL_DAYS = """
    SELECT rule.id AS rule_id, event.partner_id, event.ts::date AS day,
           COUNT(*) AS number, MIN(event.ts) AS first_at, MAX(event.ts) AS last_at
      FROM crm_engagement event
      JOIN %(meant)s ON meant.kind = event.kind
      JOIN crm_contact_score_rule rule ON rule.event = meant.event
 LEFT JOIN link_tracker link ON link.id = event.link_id
     WHERE rule.id = ANY(%(rules)s)
       AND event.partner_id IS NOT NULL
       AND event.ts <= %(now)s
       AND %(scope)s
       -- a program reports that a mail bounced; whatever else programs do does not count
       AND (rule.event = 'bounce' OR event.actor = 'human'
            OR event.actor = 'unknown' AND rule.is_sure IS NOT TRUE)
       AND (rule.company_id IS NULL
            OR rule.company_id = COALESCE(event.company_id, %(company)s))
       AND (rule.mailing_id IS NULL OR rule.mailing_id = event.mailing_id)
       AND (rule.campaign_id IS NULL OR rule.campaign_id = event.campaign_id)
       AND (rule.url_part IS NULL
            OR strpos(lower(COALESCE(event.evidence ->> 'url', link.url, '')),
                      lower(rule.url_part)) > 0)
       AND (rule.web_form_id IS NULL
            OR rule.web_form_id::text = event.evidence ->> 'form_id')
  GROUP BY rule.id, event.partner_id, event.ts::date
"""
# An order below zero is a return. Nobody notes when a quotation was sent: that it was made counts.
ORDER_DAYS = """
    SELECT rule.id AS rule_id, event.partner_id, moment.at::date AS day,
           COUNT(*) AS number, MIN(moment.at) AS first_at, MAX(moment.at) AS last_at
      FROM sale_order event
      JOIN crm_contact_score_rule rule
        ON rule.event = 'order' AND event.state = 'sale'
        OR rule.event = 'quotation' AND event.state IN ('sent', 'sale')
CROSS JOIN LATERAL (
           SELECT CASE rule.event WHEN 'order' THEN COALESCE(event.date_order, event.create_date)
                                  ELSE event.create_date END) AS moment(at)
     WHERE rule.id = ANY(%(rules)s)
       AND moment.at <= %(now)s
       AND COALESCE(event.amount_untaxed, 0) >= 0
       AND %(scope)s
       AND (rule.company_id IS NULL OR rule.company_id = event.company_id)
       AND (rule.campaign_id IS NULL OR rule.campaign_id = event.campaign_id)
  GROUP BY rule.id, event.partner_id, moment.at::date
"""
# The latest days first, as many events as the rule lets count; each faded by its own age
ADD_ENGAGEMENT = """
    INSERT INTO %(new)s
    WITH day AS (%(days)s),
    counted AS (
        SELECT day.rule_id, day.partner_id, day.first_at, day.last_at, rule.points, rule.cap,
               rule.half_life, %(today)s::date - day.day AS age,
               CASE rule.repetition
                    WHEN 'each' THEN day.number
                    WHEN 'day' THEN 1
                    ELSE GREATEST(0, LEAST(
                         day.number,
                         CASE rule.repetition WHEN 'once' THEN 1 ELSE rule.most END
                         - COALESCE(SUM(day.number) OVER (
                               PARTITION BY day.rule_id, day.partner_id ORDER BY day.day DESC
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))
               END AS number
          FROM day
          JOIN crm_contact_score_rule rule ON rule.id = day.rule_id
          JOIN res_partner partner ON partner.id = day.partner_id
         WHERE partner.active AND partner.partner_share
    ),
    added AS (
        SELECT rule_id, partner_id, points, cap, SUM(number) AS number,
               MIN(first_at) AS first_at, MAX(last_at) AS last_at,
               SUM(number * floor(
                   abs(points) * 1000::float8
                   * CASE WHEN half_life > 0
                          THEN power(0.5::float8, age::float8 / half_life) ELSE 1 END
                   + 0.5)::bigint) AS value
          FROM counted
         WHERE number > 0
      GROUP BY rule_id, partner_id, points, cap
    )
    SELECT rule_id, partner_id, 'engagement', number, number * points, first_at, last_at,
           sign(points) * ROUND((CASE WHEN cap > 0 THEN LEAST(value, cap * 1000) ELSE value END)
                                / 1000.0, 1)
      FROM added
"""
ADD_FIT = """
    INSERT INTO %(new)s
    SELECT %(rule)s, found.id, 'fit', 1, %(points)s, NULL, NULL, %(points)s
      FROM %(found)s AS found
"""

# What counts nothing any more is no reason
DELETE_GONE = """
    DELETE FROM crm_contact_score_entry old
     WHERE old.rule_id <> ALL(%(skipped)s)
       AND %(scope)s
       AND NOT EXISTS (SELECT FROM %(new)s new
                        WHERE new.rule_id = old.rule_id
                          AND new.partner_id = old.partner_id
                          AND new.value <> 0)
"""
WRITE_ENTRIES = """
    INSERT INTO crm_contact_score_entry AS old
           (rule_id, partner_id, kind, count, points, first_at, last_at, value)
    SELECT rule_id, partner_id, kind, count, points, first_at, last_at, value
      FROM %(new)s
     WHERE value <> 0
        ON CONFLICT (partner_id, rule_id) DO UPDATE
       SET kind = EXCLUDED.kind, count = EXCLUDED.count, points = EXCLUDED.points,
           first_at = EXCLUDED.first_at, last_at = EXCLUDED.last_at, value = EXCLUDED.value
     WHERE (old.kind, old.count, old.points, old.first_at, old.last_at, old.value)
           IS DISTINCT FROM
           (EXCLUDED.kind, EXCLUDED.count, EXCLUDED.points, EXCLUDED.first_at, EXCLUDED.last_at,
            EXCLUDED.value)
"""
DELETE_SCORES = """
    DELETE FROM crm_contact_score old
     WHERE %(scope)s
       AND NOT EXISTS (SELECT FROM crm_contact_score_entry entry
                        WHERE entry.partner_id = old.partner_id)
"""
WRITE_SCORES = """
    INSERT INTO crm_contact_score AS old
           (partner_id, engagement, fit, total, fit_grade, engagement_grade, grade, level, as_of)
    SELECT sums.partner_id, sums.engagement, sums.fit, sums.engagement + sums.fit,
           grades.fit, grades.engagement, grades.fit || grades.engagement,
           CASE WHEN sums.engagement + sums.fit >= %(score_hot)s THEN 'hot'
                WHEN sums.engagement + sums.fit >= %(score_warm)s THEN 'warm'
                ELSE 'cold' END,
           %(today)s
      FROM (SELECT old.partner_id,
                   COALESCE(SUM(old.value) FILTER (WHERE old.kind = 'engagement'), 0) AS engagement,
                   COALESCE(SUM(old.value) FILTER (WHERE old.kind = 'fit'), 0) AS fit
              FROM crm_contact_score_entry old
             WHERE %(scope)s
          GROUP BY old.partner_id) sums
CROSS JOIN LATERAL (
           SELECT CASE WHEN sums.fit >= %(score_fit_a)s THEN 'A'
                       WHEN sums.fit >= %(score_fit_b)s THEN 'B'
                       WHEN sums.fit >= %(score_fit_c)s THEN 'C' ELSE 'D' END,
                  CASE WHEN sums.engagement >= %(score_engagement_1)s THEN '1'
                       WHEN sums.engagement >= %(score_engagement_2)s THEN '2'
                       WHEN sums.engagement >= %(score_engagement_3)s THEN '3' ELSE '4' END
           ) AS grades(fit, engagement)
        ON CONFLICT (partner_id) DO UPDATE
       SET engagement = EXCLUDED.engagement, fit = EXCLUDED.fit, total = EXCLUDED.total,
           fit_grade = EXCLUDED.fit_grade, engagement_grade = EXCLUDED.engagement_grade,
           grade = EXCLUDED.grade, level = EXCLUDED.level, as_of = EXCLUDED.as_of
     WHERE (old.engagement, old.fit, old.total, old.grade, old.level, old.as_of)
           IS DISTINCT FROM
           (EXCLUDED.engagement, EXCLUDED.fit, EXCLUDED.total, EXCLUDED.grade, EXCLUDED.level,
            EXCLUDED.as_of)
"""

MEASURED = SQL(
    """CASE threshold.measure WHEN 'engagement' THEN score.engagement
                              WHEN 'fit' THEN score.fit ELSE score.total END"""
)
# Below again: the next time counts as a new one
REARM = """
    UPDATE crm_contact_score_hit old
       SET left_at = %(now)s
      FROM crm_contact_score_threshold threshold
     WHERE threshold.id = old.threshold_id
       AND old.left_at IS NULL
       AND old.threshold_id = ANY(%(thresholds)s)
       AND %(scope)s
       AND NOT EXISTS (SELECT FROM crm_contact_score score
                        WHERE score.partner_id = old.partner_id
                          AND %(measured)s >= threshold.bound)
"""
REACH = """
    INSERT INTO crm_contact_score_hit (threshold_id, partner_id, date, score, state, result)
    SELECT threshold.id, score.partner_id, %(now)s, %(measured)s, %(state)s, %(result)s
      FROM crm_contact_score score
      JOIN crm_contact_score_threshold threshold
        ON threshold.id = ANY(%(thresholds)s) AND %(measured)s >= threshold.bound
      JOIN res_partner partner ON partner.id = score.partner_id
     WHERE %(scope)s
       AND (threshold.company_id IS NULL OR partner.company_id IS NULL
            OR partner.company_id = threshold.company_id)
        ON CONFLICT (threshold_id, partner_id) WHERE left_at IS NULL DO NOTHING
"""
