"""What tickets of the past were measured to, as far as their messages tell.

For tickets that were there before the measures were, or that were loaded by SQL. Everything is
set-based but the working time itself, which only Python can count.
"""

from odoo.tools import SQL, split_every

from odoo.addons.crm_suite.lib.working_time import epoch

from ..ticket.crm_ticket_stage import CLOSED_TYPES

BATCH = 10000

# The conversation: messages of agents that the customer received
IS_ANSWER = SQL(
    """message.model = 'crm.ticket'
       AND message.message_type IN ('comment', 'email_outgoing')
       AND message.is_internal IS NOT TRUE
       AND subtype.internal IS NOT TRUE
       AND author.partner_share IS NOT TRUE"""
)
JOIN_ANSWER = SQL(
    """mail_message message
       JOIN mail_message_subtype subtype ON subtype.id = message.subtype_id
       JOIN res_partner author ON author.id = message.author_id"""
)


def fill_insight(env):
    """Fill in what is measured on tickets that have no closings yet. Safe to run again."""
    env.flush_all()
    _fill_first_assigned(env)
    _fill_answers(env)
    _fill_past_closings(env)
    _fill_present_closings(env)
    _fill_working_times(env)
    env.invalidate_all()


def _tracked(env, field_name):
    """The changes of a field of tickets, as a subquery (ticket_id, at, old, new)."""
    field = env["ir.model.fields"]._get("crm.ticket", field_name)
    return SQL(
        """(SELECT message.res_id AS ticket_id, value.create_date AS at, value.id,
                   value.old_value_integer AS old, value.new_value_integer AS new
              FROM mail_tracking_value value
              JOIN mail_message message ON message.id = value.mail_message_id
                                       AND message.model = 'crm.ticket'
             WHERE value.field_id = %s)""",
        field.id,
    )


def _fill_first_assigned(env):
    """The first assignment in the history; without one, whoever has the ticket always had it."""
    env.cr.execute(
        SQL(
            """
            UPDATE crm_ticket ticket
               SET first_assigned_at = first.at
              FROM (SELECT t.id,
                           CASE WHEN change.ticket_id IS NULL OR COALESCE(change.old, 0) <> 0
                                THEN t.opened_at ELSE change.at END AS at
                      FROM crm_ticket t
                 LEFT JOIN (SELECT DISTINCT ON (ticket_id) ticket_id, at, old
                              FROM %(changes)s each
                          ORDER BY ticket_id, at, id) change ON change.ticket_id = t.id
                     WHERE t.user_id IS NOT NULL OR change.ticket_id IS NOT NULL) first
             WHERE first.id = ticket.id AND ticket.first_assigned_at IS NULL
            """,
            changes=_tracked(env, "user_id"),
        )
    )


def _fill_answers(env):
    env.cr.execute(
        SQL(
            """
            UPDATE crm_ticket ticket
               SET answer_count = answers.amount
              FROM (SELECT message.res_id, COUNT(*) AS amount
                      FROM %(messages)s WHERE %(is_answer)s
                  GROUP BY message.res_id) answers
             WHERE answers.res_id = ticket.id AND COALESCE(ticket.answer_count, 0) = 0
            """,
            messages=JOIN_ANSWER,
            is_answer=IS_ANSWER,
        )
    )


def _fill_past_closings(env):
    """Closings that were taken back, from the moves between stages."""
    env.cr.execute(
        SQL(
            """
            WITH move AS (
                SELECT change.ticket_id, change.at, change.id,
                       old_stage.type IN %(closed)s AS was_closed,
                       new_stage.type IN %(closed)s AS is_closed,
                       new_stage.type
                  FROM %(changes)s change
                  JOIN crm_ticket_stage old_stage ON old_stage.id = change.old
                  JOIN crm_ticket_stage new_stage ON new_stage.id = change.new
            ),
            turn AS (
                SELECT *, LEAD(at) OVER (PARTITION BY ticket_id ORDER BY at, id) AS next_at
                  FROM move WHERE was_closed <> is_closed
            )
            INSERT INTO crm_ticket_closing
                   (ticket_id, closed_at, reopened_at, stage_type, answer_count,
                    create_uid, create_date, write_uid, write_date)
            SELECT turn.ticket_id, turn.at, turn.next_at, turn.type,
                   (SELECT COUNT(*) FROM %(messages)s
                     WHERE %(is_answer)s AND message.res_id = turn.ticket_id
                       AND message.create_date <= turn.at),
                   %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM turn
              JOIN crm_ticket ticket ON ticket.id = turn.ticket_id
             WHERE turn.is_closed AND turn.next_at IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM crm_ticket_closing c WHERE c.ticket_id = ticket.id)
          ORDER BY turn.at, turn.id
            """,
            closed=CLOSED_TYPES,
            changes=_tracked(env, "stage_id"),
            messages=JOIN_ANSWER,
            is_answer=IS_ANSWER,
            uid=env.uid,
            now=env.cr.now(),
        )
    )


def _fill_present_closings(env):
    """The closing of each ticket that is closed now."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO crm_ticket_closing
                   (ticket_id, closed_at, stage_type, answer_count,
                    create_uid, create_date, write_uid, write_date)
            SELECT ticket.id, ticket.closed_at, ticket.stage_type,
                   COALESCE(ticket.answer_count, 0), %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM crm_ticket ticket
             WHERE ticket.closed_at IS NOT NULL
               AND ticket.stage_type IN %(closed)s
               AND NOT EXISTS (SELECT 1 FROM crm_ticket_closing c
                                WHERE c.ticket_id = ticket.id AND c.reopened_at IS NULL)
          ORDER BY ticket.closed_at, ticket.id
            """,
            closed=CLOSED_TYPES,
            uid=env.uid,
            now=env.cr.now(),
        )
    )


def _fill_working_times(env):
    """Count from the opening to the first response and to each solution, in today's hours."""
    rows = env.execute_query(
        SQL(
            """
            SELECT 'ticket', id, id, opened_at, first_response_at
              FROM crm_ticket
             WHERE first_response_at IS NOT NULL AND response_s IS NULL
         UNION ALL
            SELECT 'closing', closing.id, ticket.id, ticket.opened_at, closing.closed_at
              FROM crm_ticket_closing closing
              JOIN crm_ticket ticket ON ticket.id = closing.ticket_id
             WHERE closing.solution_s IS NULL AND closing.stage_type IN ('solved', 'closed')
            """
        )
    )
    for batch in split_every(BATCH, rows, list):
        hours = _get_hours(env, {ticket_id for _kind, _id, ticket_id, *_moments in batch})
        counted = [
            (kind, row_id, hours[ticket_id].worked(epoch(opened_at), epoch(until)))
            for kind, row_id, ticket_id, opened_at, until in batch
        ]
        for kind, table, column in (
            ("ticket", "crm_ticket", "response_s"),
            ("closing", "crm_ticket_closing", "solution_s"),
        ):
            _write_seconds(env, table, column, [row[1:] for row in counted if row[0] == kind])
    env.cr.execute(
        SQL(
            """
            UPDATE crm_ticket ticket
               SET solution_s = closing.solution_s
              FROM crm_ticket_closing closing
             WHERE closing.ticket_id = ticket.id
               AND closing.reopened_at IS NULL
               AND ticket.solution_s IS NULL
            """
        )
    )


def _write_seconds(env, table, column, rows):
    if rows:
        env.cr.execute(
            SQL(
                """
                UPDATE %(table)s AS target SET %(column)s = counted.seconds
                  FROM UNNEST(%(ids)s, %(seconds)s) AS counted (id, seconds)
                 WHERE counted.id = target.id
                """,
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                ids=[row[0] for row in rows],
                seconds=[row[1] for row in rows],
            )
        )


def _get_hours(env, ticket_ids):
    """The service hours of tickets, looked up once for each team.

    :return: {ticket id: working hours}
    """
    tickets = env["crm.ticket"].with_context(active_test=False).browse(ticket_ids)
    hours = {}
    for alike in tickets.grouped(lambda t: (t.team_id, t.company_id)).values():
        hours.update(dict.fromkeys(alike.ids, alike[:1]._get_service_hours()))
    return hours
