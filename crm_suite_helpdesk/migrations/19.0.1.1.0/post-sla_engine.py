from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


def migrate(cr, version):
    """Clocks from before revisions: the policies as they are become the first revision.

    What was promised is on the clocks, so nothing is counted again.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    env["crm.sla.policy"].search([("revision_id", "=", False)])._revise()
    env.flush_all()
    cr.execute(
        SQL(
            """
            UPDATE crm_sla_clock clock
               SET revision_id = COALESCE(clock.revision_id, policy.revision_id),
                   pauses = CASE clock.metric WHEN 'resolution' THEN 'customer,internal'
                            ELSE 'internal' END,
                   pause_cause = CASE clock.state WHEN 'paused' THEN 'customer' END,
                   slot = 0
              FROM crm_sla_policy policy
             WHERE policy.id = clock.policy_id
               AND clock.pauses IS NULL
            """
        )
    )
    # Of the spans of the past, the budget is known for those of clocks that never had another one
    cr.execute(
        SQL(
            """
            UPDATE crm_sla_segment segment
               SET pause_cause = CASE segment.state WHEN 'paused' THEN 'customer' END,
                   revision_id = clock.revision_id,
                   budget_s = clock.budget_s,
                   breached_at = CASE WHEN clock.breached_at <= segment.end_at
                                      THEN clock.breached_at END
              FROM crm_sla_clock clock
             WHERE clock.id = segment.clock_id
               AND segment.revision_id IS NULL
            """
        )
    )
    # Open tickets whose last message is the customer's wait for an answer
    cr.execute(
        SQL(
            """
            UPDATE crm_ticket
               SET unanswered_since = last_customer_message_at
             WHERE closed_at IS NULL
               AND unanswered_since IS NULL
               AND last_customer_message_at > COALESCE(last_agent_message_at, '-infinity')
            """
        )
    )
    env.invalidate_all()
