"""What the campaign page counts, in sets: one statement each, whatever the number of mailings.

Rows come by `_search`, so that the rules of the reader hold for each of them.
"""

from odoo.tools import SQL

# A click or a reply is an opening too: many mail programs show no pictures
OPENING = ("open", "click", "reply")
BOUNCES = ("bounce_hard", "bounce_soft")
# The speed is that of the last moments
SPEED_WINDOW = 120


def count_deliveries(query, since, now):
    """Deliveries by mailing, state and reason.

    :param query: ``Query`` on crm_outbox
    :param since: how many went from then on is counted apart
    :param now: how many do not go before later is counted apart
    """
    return SQL(
        """
        SELECT mailing_id, state, reason, count(*) AS count,
               count(*) FILTER (WHERE state = 'sent' AND sent_at >= %(since)s) AS recent,
               min(sent_at) AS first_sent, count(*) FILTER (WHERE waits) AS waits,
               min(due_at) FILTER (WHERE waits) AS first_due,
               max(due_at) FILTER (WHERE waits) AS last_due
          FROM (%(rows)s) AS rows
    CROSS JOIN LATERAL (
               SELECT state = 'held' OR state = 'planned' AND due_at > %(now)s) AS later(waits)
      GROUP BY mailing_id, state, reason
        """,
        since=since,
        now=now,
        rows=query.select("mailing_id", "state", "reason", "sent_at", "due_at"),
    )


def count_reactions(query):
    """Deliveries by mailing and by what came of them; ``all_…`` with programs.

    What a person answered to has arrived, whatever some server wrote back.

    :param query: ``Query`` on crm_engagement
    """
    return SQL(
        """
        WITH acted AS (
            SELECT mailing_id, outbox_id,
                   bool_or(kind IN %(opening)s AND actor != 'bot') AS opened,
                   bool_or(kind = 'click' AND actor != 'bot') AS clicked,
                   bool_or(kind IN %(opening)s) AS all_opened,
                   bool_or(kind = 'click') AS all_clicked,
                   bool_or(kind = 'reply') AS replied,
                   bool_or(kind = 'auto_reply') AS auto_replied,
                   bool_or(kind = 'complaint') AS complained,
                   bool_or(kind = 'delivered') AS confirmed,
                   bool_or(kind = 'bounce_hard') AS hard,
                   bool_or(kind = 'bounce_soft') AS soft,
                   count(*) FILTER (WHERE kind = 'unsubscribe') AS unsubscribed,
                   min(ts) AS first, max(ts) AS last
              FROM (%(rows)s) AS rows
          GROUP BY mailing_id, outbox_id)
        SELECT mailing_id,
               count(outbox_id) FILTER (WHERE opened) AS opened,
               count(outbox_id) FILTER (WHERE clicked) AS clicked,
               count(outbox_id) FILTER (WHERE all_opened) AS all_opened,
               count(outbox_id) FILTER (WHERE all_clicked) AS all_clicked,
               count(outbox_id) FILTER (WHERE replied) AS replied,
               count(outbox_id) FILTER (WHERE auto_replied) AS auto_replied,
               count(outbox_id) FILTER (WHERE complained) AS complained,
               count(outbox_id) FILTER (WHERE confirmed) AS confirmed,
               count(outbox_id) FILTER (WHERE hard AND NOT opened) AS bounced_hard,
               count(outbox_id) FILTER (WHERE soft AND NOT hard AND NOT opened) AS bounced_soft,
               count(outbox_id) FILTER (
                   WHERE (hard OR soft) AND NOT opened
                     -- looked up for these few only: a join would read all deliveries
                     AND (SELECT state FROM crm_outbox WHERE id = outbox_id) = 'sent') AS returned,
               sum(unsubscribed)::int AS unsubscribed,
               min(first) AS first, max(last) AS last
          FROM acted
      GROUP BY mailing_id
        """,
        opening=OPENING,
        rows=query.select("mailing_id", "outbox_id", "kind", "actor", "ts"),
    )


def count_over_time(query, column, group, unit, timezone):
    """Rows by the hour, day, week or month in which they fell.

    :param query: ``Query``; its table has the timestamp ``column``
    :param group: tuple of ``SQL``: what else to tell apart
    """
    moment = SQL(
        "date_trunc(%s, (%s AT TIME ZONE 'UTC') AT TIME ZONE %s)",
        unit,
        SQL.identifier(query.table, column),
        timezone,
    )
    return SQL(
        "SELECT moment, %(names)s count(*) FROM (%(rows)s) AS rows GROUP BY moment %(group)s",
        names=SQL("").join(SQL("%s, ", SQL.identifier(name)) for name in group),
        rows=query.select(
            SQL("%s AS moment", moment), *(SQL.identifier(query.table, name) for name in group)
        ),
        group=SQL("").join(SQL(", %s", SQL.identifier(name)) for name in group),
    )


def count_business(conversion, column, scope, companies, records):
    """Leads or orders with a touch of the campaign, by mailing, and all of them (mailing NULL and
    ``is_total``).

    :param SQL scope: condition on crm_attribution
    :param SQL records: the sub-query of those that the reader may see, or None
    """
    return SQL(
        """
        SELECT mailing_id, grouping(mailing_id) = 1 AS is_total, count(DISTINCT %(column)s)
          FROM crm_attribution
         WHERE %(found)s
      GROUP BY GROUPING SETS ((mailing_id), ())
        """,
        column=SQL.identifier(column),
        found=select_touched(conversion, column, scope, companies, records),
    )


def select_touched(conversion, column, scope, companies, records):
    """:return: the condition on crm_attribution of leads or orders that the campaign touched"""
    allowed = SQL("%s IN %s", SQL.identifier(column), records) if records else SQL("TRUE")
    return SQL(
        "%s AND conversion = %s AND credit_linear > 0 AND company_id = ANY(%s) AND %s IS NOT NULL"
        " AND %s",
        scope,
        conversion,
        companies,
        SQL.identifier(column),
        allowed,
    )
