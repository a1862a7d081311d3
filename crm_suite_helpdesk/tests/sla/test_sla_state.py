from datetime import datetime

from odoo.tests import tagged

from ..common import MONDAY, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestSlaState(HelpdeskCommon):
    """What a reader sees is true at the moment of reading, no cron involved."""

    STATES = ("on_track", "at_risk", "overdue", "paused", "met", "missed", False)

    def assertState(self, ticket, state):
        self.assertEqual(ticket.sla_state, state)
        for other in self.STATES:
            found = self.env["crm.ticket"].search(
                [("id", "=", ticket.id), ("sla_state", "=", other)]
            )
            self.assertEqual(bool(found), other == state, other)
        self.assertFalse(
            self.env["crm.ticket"].search([("id", "=", ticket.id), ("sla_state", "!=", state)])
        )
        self.assertEqual(
            self.env["crm.ticket"].search(
                [("id", "=", ticket.id), ("sla_state", "in", ["met", state])]
            ),
            ticket,
        )

    def test_time_alone_makes_it_late(self):
        ticket = self.create_ticket()
        self.assertState(ticket, "on_track")
        self.assertEqual(ticket.sla_remaining, 2)
        self.travel(minutes=90)
        self.assertState(ticket, "at_risk")
        self.travel(minutes=30)
        self.assertState(ticket, "at_risk")
        self.travel(seconds=1)
        self.assertState(ticket, "overdue")
        self.travel(datetime(2026, 3, 2, 14))
        self.assertEqual(ticket.sla_remaining, -2, "without the lunch break")
        self.assertEqual(self.clock(ticket, "first_response").status, "overdue")
        self.assertEqual(self.clock(ticket, "resolution").status, "on_track")
        self.assertEqual(self.clock(ticket, "resolution").elapsed, 4)

    def test_paused_met_and_missed(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        self.move(ticket, "waiting_customer")
        self.assertState(ticket, "paused")
        self.move(ticket, "solved")
        self.assertState(ticket, "met")
        late = self.create_ticket()
        self.travel(days=7)
        self.reply(late)
        self.move(late, "closed")
        self.assertState(late, "missed")

    def test_without_a_promise_there_is_no_state(self):
        self.policy.action_archive()
        self.assertState(self.create_ticket(), False)

    def test_the_cron_records_breaches_at_the_deadline(self):
        ticket, calm = self.create_ticket(), self.create_ticket()
        self.reply(calm)
        self.travel(hours=3)
        self.assertFalse(ticket.sla_breached)
        self.run_cron("crm.sla.clock", "_cron_tick")
        clock = self.clock(ticket, "first_response")
        self.assertEqual(clock.breached_at, datetime(2026, 3, 2, 11))
        self.assertFalse(clock.next_event_at, "nothing is left to do")
        self.assertTrue(ticket.sla_breached)
        self.assertFalse(calm.sla_breached)

    def test_the_crons_do_run(self):
        for name in ("ir_cron_sla_breach", "ir_cron_sla_calendar"):
            with self.enter_registry_test_mode():
                self.env.ref(f"crm_suite_helpdesk.{name}").method_direct_trigger()

    def test_averages_are_about_promises_that_ended(self):
        done = self.create_ticket()
        self.travel(hours=1)
        self.reply(done)
        self.create_ticket()
        Clock = self.env["crm.sla.clock"].with_user(self.manager)
        [(rate, spent)] = Clock._read_group(
            [("metric", "=", "first_response"), ("policy_id", "=", self.policy.id)],
            aggregates=["met_rate:avg", "elapsed_hours:avg"],
        )
        self.assertEqual((rate, spent), (1, 1))

    def test_what_is_counted_now_is_shown_before_it_is_in_the_ledger(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        clock = self.clock(ticket, "resolution")
        self.assertFalse(clock.segment_ids)
        self.assertEqual((clock.state_since, clock.present), (MONDAY, 1))
        self.move(ticket, "waiting_customer")
        self.travel(hours=4)
        self.assertEqual((clock.present, clock.elapsed), (0, 1))
        self.move(ticket, "open")
        self.travel(hours=1)
        self.assertEqual((clock.present, clock.elapsed), (1, 2))
