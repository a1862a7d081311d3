"""The SQL of what contacts are about to get, for the calendar and the report of pressure."""

from odoo.tools import SQL

from ...models.consent.mailing_mailing import PHONE_TYPES
from ...models.timing.timing import RUNNING

BY_PHONE = list(PHONE_TYPES)
# What a person gets one message of: the versions of an A/B test, else the mailing
GROUP = SQL(
    """CASE WHEN mailing.ab_testing_enabled AND mailing.campaign_id IS NOT NULL
            THEN 'c' || mailing.campaign_id ELSE 'm' || mailing.id END"""
)
# When it goes; what is late goes at once
DUE = "GREATEST(COALESCE(mailing.calendar_date, mailing.schedule_date, %(now)s), %(now)s)"
COMING = """
    SELECT %(group)s AS ref,
           GREATEST(COALESCE(outbox.due_at, %(now)s), %(now)s) AS at,
           outbox.partner_id,
           CASE WHEN outbox.channel <> ALL(%(by_phone)s) THEN outbox.identity END AS address,
           CASE WHEN outbox.channel = ANY(%(by_phone)s) THEN outbox.identity END AS number
      FROM mailing_mailing mailing
      JOIN crm_outbox outbox ON outbox.mailing_id = mailing.id
     WHERE %(running)s
       AND outbox.state IN ('planned', 'held', 'claimed', 'sending')
       AND COALESCE(outbox.due_at, %(now)s) <= %(until)s
 UNION ALL
    SELECT %(group)s, %(due)s, partner.id,
           CASE WHEN mailing.mailing_type <> ALL(%(by_phone)s) THEN partner.email_normalized END,
           CASE WHEN mailing.mailing_type = ANY(%(by_phone)s) THEN partner.phone_sanitized END
      FROM mailing_mailing mailing
      JOIN crm_segment_member member
        ON member.segment_id = mailing.segment_id AND member.left_at IS NULL
      JOIN res_partner partner ON partner.id = member.partner_id
     WHERE %(queued)s
 UNION ALL
    SELECT %(group)s, %(due)s, NULL,
           CASE WHEN mailing.mailing_type <> ALL(%(by_phone)s) THEN contact.email_normalized END,
           CASE WHEN mailing.mailing_type = ANY(%(by_phone)s) THEN contact.phone_sanitized END
      FROM mailing_mailing mailing
      JOIN mail_mass_mailing_list_rel of_list ON of_list.mailing_mailing_id = mailing.id
      JOIN mailing_subscription subscription
        ON subscription.list_id = of_list.mailing_list_id AND subscription.opt_out IS NOT TRUE
      JOIN mailing_contact contact ON contact.id = subscription.contact_id
     WHERE %(queued)s AND mailing.segment_id IS NULL
 UNION ALL
    SELECT 'o' || occasion.id, GREATEST(occasion.date::timestamp, %(now)s), occasion.partner_id,
           NULL, NULL
      FROM crm_occasion occasion
      JOIN crm_occasion_rule rule ON rule.id = occasion.rule_id AND rule.action_kind = 'mail'
     WHERE occasion.state IN ('pending', 'sending') AND occasion.date <= %(until)s
"""
# Fields behind the query
DEPENDS = {
    "crm.occasion": ["date", "partner_id", "rule_id", "state"],
    "crm.occasion.rule": ["action_kind"],
    "crm.outbox": ["channel", "due_at", "identity", "mailing_id", "partner_id", "state"],
    "crm.segment.member": ["left_at", "partner_id", "segment_id"],
    "mailing.contact": ["email_normalized", "phone_sanitized"],
    "mailing.mailing": [
        "ab_testing_enabled",
        "active",
        "calendar_date",
        "campaign_id",
        "contact_list_ids",
        "is_paused",
        "mailing_type",
        "schedule_date",
        "segment_id",
        "state",
    ],
    "mailing.subscription": ["contact_id", "list_id", "opt_out"],
    "res.partner": ["email_normalized", "phone_sanitized"],
}


def select_coming(now, until):
    """Return the query of the messages that are to go until then: open deliveries of mailings that
    were launched, the segments and lists of those that wait for their time, as they are now, and
    mails of occasions. What somebody has stopped, and drafts, are not to go.

    Columns: ref (a person gets one message of it), at, and of whom: partner_id, address, number.
    """
    due = SQL(DUE, now=now)
    return SQL(
        COMING,
        now=now,
        until=until,
        group=GROUP,
        due=due,
        by_phone=BY_PHONE,
        running=SQL(RUNNING),
        queued=SQL("mailing.state = 'in_queue' AND mailing.active AND %s <= %s", due, until),
    )
