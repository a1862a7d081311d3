from datetime import datetime, timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestTicketQueue(HelpdeskCommon):
    """Boards and lists show the most urgent first, however many tickets there are."""

    def test_most_urgent_first(self):
        calm = self.create_ticket(name="calm")
        self.travel(minutes=-30)
        older = self.create_ticket(name="older")
        urgent = self.create_ticket(name="urgent", priority="3")
        paused = self.create_ticket(name="paused", first_response_at=datetime(2026, 3, 2, 8))
        self.move(paused, "waiting_customer")
        tickets = calm | older | urgent | paused
        found = self.env["crm.ticket"].search([("id", "in", tickets.ids)])
        self.assertEqual(found.mapped("name"), ["urgent", "older", "calm", "paused"])

    def plan(self, domain, order=None, limit=80):
        query = (
            self.env["crm.ticket"]
            .with_user(self.agent)
            ._search(domain, order=order or self.env["crm.ticket"]._order, limit=limit)
        )
        return "\n".join(
            row[0] for row in self.env.execute_query(SQL("EXPLAIN (COSTS OFF) %s", query.select()))
        )

    def test_queues_are_served_by_indexes(self):
        self.fill(20_000)
        now = datetime(2026, 3, 2, 9)
        stage = self.stages["new"].id
        for name, domain, index in (
            ("open list", [("closed_at", "=", False)], "crm_ticket_open_queue"),
            ("closed list", [("closed_at", "!=", False)], "crm_ticket_queue"),
            ("board", [("stage_id", "=", self.stages["closed"].id)], "crm_ticket_board"),
            ("mine", [("user_id", "=", self.agent.id), ("closed_at", "=", False)], "open"),
            ("due", [("sla_deadline", "<", now - timedelta(days=9))], "crm_ticket_due"),
            ("one stage of mine", [("user_id", "=", self.agent.id), ("stage_id", "=", stage)], ""),
        ):
            plan = self.plan(domain)
            with self.subTest(name=name):
                self.assertIn(index, plan)
                self.assertNotIn("Seq Scan on crm_ticket\n", plan)

    def fill(self, count):
        """Many tickets as a year leaves them: one in fifty is open."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_ticket (
                    name, number, active, priority, team_id, company_id, stage_id, stage_type,
                    opened_at, closed_at, user_id, sla_deadline, sla_risk_at, sla_phase, channel
                )
                SELECT 'Ticket ' || i, 'X' || i, TRUE, (i %% 4)::text, %(team)s, %(company)s,
                       CASE WHEN i %% 50 = 0 THEN %(new)s ELSE %(closed)s END,
                       CASE WHEN i %% 50 = 0 THEN 'new' ELSE 'closed' END,
                       %(now)s::timestamp - i * interval '1 minute',
                       CASE WHEN i %% 50 = 0 THEN NULL ELSE %(now)s::timestamp END,
                       CASE WHEN i %% 100 = 0 THEN %(user)s END,
                       CASE WHEN i %% 50 = 0 THEN %(now)s::timestamp - i * interval '1 minute' END,
                       CASE WHEN i %% 50 = 0 THEN %(now)s::timestamp - i * interval '1 minute' END,
                       CASE WHEN i %% 50 = 0 THEN 'running' ELSE 'stopped' END,
                       'email'
                  FROM generate_series(1, %(count)s) AS i
                """,
                team=self.team.id,
                company=self.company.id,
                new=self.stages["new"].id,
                closed=self.stages["closed"].id,
                user=self.agent.id,
                now=datetime(2026, 3, 2, 9),
                count=count,
            )
        )
        self.env.cr.execute("ANALYZE crm_ticket")
