from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestSlaRights(HelpdeskCommon):
    """Nobody improves his figures by hand."""

    def setUp(self):
        super().setUp()
        self.ticket = self.create_ticket()
        self.travel(hours=1)
        self.move(self.ticket, "waiting_customer")
        self.segment = self.clock(self.ticket, "resolution").segment_ids

    def test_the_ledger_is_for_reading(self):
        for user in (self.agent, self.manager):
            segment = self.segment.with_user(user)
            self.assertEqual(segment.worked, 1)
            for attempt in (
                lambda s=segment: s.write({"worked_s": 0}),
                lambda s=segment: s.unlink(),
                lambda s=segment: s.copy(),
            ):
                with self.assertRaises(UserError):
                    attempt()

    def test_not_even_the_system_rewrites_the_ledger(self):
        with self.assertRaises(UserError):
            self.segment.sudo().write({"worked_s": 0})
        with self.assertRaises(UserError):
            self.segment.sudo().unlink()

    def test_clocks_are_for_reading(self):
        for user in (self.agent, self.manager):
            clock = self.clock(self.ticket, "resolution").with_user(user)
            self.assertEqual(clock.elapsed, 1)
            for attempt in (
                lambda c=clock: c.write({"budget_s": 10**6}),
                lambda c=clock: c.unlink(),
                lambda c=clock: c.copy(),
            ):
                with self.assertRaises(AccessError):
                    attempt()

    def test_measured_times_cannot_be_entered(self):
        for name in ("opened_at", "first_response_at", "closed_at", "last_agent_message_at"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.ticket.with_user(self.manager).write({name: "2026-03-02 09:00:00"})

    def test_agents_see_the_clocks_of_their_tickets_only(self):
        domain = [("ticket_id", "=", self.ticket.id)]
        Clock, Segment = self.env["crm.sla.clock"], self.env["crm.sla.segment"]
        for user, sees in ((self.agent, True), (self.manager, True), (self.outsider, False)):
            self.assertEqual(bool(Clock.with_user(user).search(domain)), sees)
            self.assertEqual(bool(Segment.with_user(user).search(domain)), sees)
        for user in (self.employee, self.customer_user):
            with self.assertRaises(AccessError):
                Clock.with_user(user).search(domain)

    def test_agents_may_not_change_what_is_promised(self):
        with self.assertRaises(AccessError):
            self.policy.with_user(self.agent).write({"name": "Mine"})
        with self.assertRaises(AccessError):
            self.policy.target_ids[0].with_user(self.agent).write({"budget": 100})
        self.policy.with_user(self.manager).write({"name": "Ours"})

    def test_deleting_a_ticket_takes_its_ledger_along(self):
        clocks, segments = self.ticket.sla_clock_ids, self.segment
        self.ticket.with_user(self.manager).unlink()
        self.assertFalse(clocks.exists() or segments.exists())

    def test_what_limits_a_policy_is_for_managers(self):
        self.policy.write(
            {"domain": "[('name', 'ilike', 'secret')]", "partner_ids": self.customer_company.ids}
        )
        revision = self.policy.revision_id
        for name in ("snapshot", "summary"):
            self.assertTrue(revision.with_user(self.manager).read([name])[0][name])
            with self.assertRaises(AccessError):
                revision.with_user(self.agent).read([name])
        self.env.invalidate_all()
        self.assertIn("02:00", revision.with_user(self.agent).promises)
        view = self.env["crm.sla.revision"].with_user(self.agent).get_view(view_type="form")
        self.assertNotIn("summary", view["arch"])
