from odoo.tests import tagged
from odoo.tools import SQL

from ...models.insight.history import fill_insight
from .common import InsightCommon

FACTS = ("first_assigned_at", "answer_count", "response_s", "solution_s")


@tagged("post_install", "-at_install")
class TestHistory(InsightCommon):
    """Tickets from before are measured to the same as if they had been measured then."""

    def test_the_past_is_found_again(self):
        self.live(5, count=12, steps=90)
        tickets = self.env["crm.ticket"].search([])
        expected = self.remember(tickets)
        self.assertTrue(any(row[0] for row in expected[1]), "somebody was reopened")
        self.env.cr.execute("DELETE FROM crm_ticket_closing")
        self.env.cr.execute(
            SQL(
                "UPDATE crm_ticket SET %s",
                SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in FACTS),
            )
        )
        self.env.invalidate_all()
        fill_insight(self.env)
        self.assertEqual(self.remember(tickets), expected)
        fill_insight(self.env)
        self.assertEqual(self.remember(tickets), expected, "twice is once")

    def remember(self, tickets):
        self.env.flush_all()
        facts = [tuple(ticket[name] for name in FACTS) for ticket in tickets]
        closings = sorted(
            (
                str(closing.reopened_at or ""),
                closing.ticket_id.id,
                closing.closed_at,
                closing.solution_s,
                closing.answer_count,
            )
            for closing in tickets.closing_ids
        )
        return facts, closings
