from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.crm_suite.lib.working_time import epoch

from ..common import HOUR, MONDAY, HelpdeskCommon

NINE = epoch(MONDAY)
STATES = ("overdue", "at_risk", "on_track", "paused", "met", "missed", False)


@tagged("post_install", "-at_install")
class TestCountdown(HelpdeskCommon):
    def live(self, ticket, user=None):
        answer = self.env["crm.ticket"].with_user(user or self.agent).get_sla_live(ticket.ids)
        return answer["live"].get(ticket.id)

    def test_page_gets_what_it_needs_to_count_by_itself(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        live = self.live(ticket)
        self.assertEqual(live["now"], NINE + HOUR)
        self.assertEqual((live["state"], live["metric"]), ("running", "First response"))
        self.assertEqual(live["left"], 1 * HOUR)
        self.assertEqual(live["deadline"], NINE + 2 * HOUR)
        self.assertEqual(live["risk"], epoch(ticket.sla_risk_at))
        # Ten to twelve, one to five, and so on: from now, in the hours of the calendar
        self.assertEqual(
            [tuple(span) for span in live["hours"][:3]],
            [
                (NINE + HOUR, NINE + 3 * HOUR),
                (NINE + 4 * HOUR, NINE + 8 * HOUR),
                (NINE + 23 * HOUR, NINE + 27 * HOUR),
            ],
        )

    def test_left_is_late_in_working_time(self):
        ticket = self.create_ticket()
        self.travel(MONDAY.replace(hour=14))  # an hour of lunch since the deadline at eleven
        self.assertEqual(self.live(ticket)["left"], -2 * HOUR)

    def test_nearest_deadline_leads(self):
        ticket = self.create_ticket()
        self.assertEqual(self.live(ticket)["metric"], "First response")
        self.reply(ticket)
        live = self.live(ticket)
        self.assertEqual((live["metric"], live["left"]), ("Resolution", 8 * HOUR))
        self.assertEqual(live["deadline"], epoch(ticket.sla_deadline))

    def test_paused_says_why_and_since_when(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        self.travel(hours=1)
        self.move(ticket, "waiting_customer")
        self.travel(hours=5)
        live = self.live(ticket)
        self.assertEqual((live["state"], live["cause"]), ("paused", "customer"))
        self.assertEqual(live["since"], NINE + HOUR)
        self.assertEqual((live["left"], live["deadline"], live["hours"]), (7 * HOUR, None, []))

    def test_ended_says_how(self):
        ticket = self.create_ticket()
        self.reply(ticket)
        self.move(ticket, "solved")
        live = self.live(ticket)
        self.assertEqual((live["state"], live["result"]), ("stopped", "met"))

    def test_nothing_promised_is_nothing_to_show(self):
        self.policy.action_archive()
        self.assertIs(self.live(self.create_ticket()), False)

    def test_around_the_clock_has_no_night(self):
        self.policy.mode = "always"
        live = self.live(self.create_ticket())
        self.assertEqual(len(live["hours"]), 1)
        self.assertEqual(live["hours"][0][0], NINE)

    def test_nobody_learns_of_tickets_that_he_may_not_read(self):
        ticket = self.create_ticket()
        self.assertIsNone(self.live(ticket, self.outsider))
        self.assertTrue(self.live(ticket, self.manager))
        clock = self.clock(ticket, "resolution")
        Clock = self.env["crm.sla.clock"]
        self.assertFalse(Clock.with_user(self.outsider).get_sla_live(clock.ids)["live"])
        live = Clock.with_user(self.agent).get_sla_live(clock.ids)["live"]
        self.assertEqual(live[clock.id]["left"], 8 * HOUR)

    def test_archived_tickets_count_on(self):
        ticket = self.create_ticket()
        ticket.active = False
        self.assertTrue(self.live(ticket))

    def test_as_many_tickets_as_one(self):
        tickets = self.env["crm.ticket"].browse()
        for _i in range(20):
            tickets |= self.create_ticket()
        Ticket = self.env["crm.ticket"].with_user(self.agent)
        Ticket.get_sla_live(tickets.ids)  # what the caches keep
        counts = []
        for some in (tickets[:1], tickets):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Ticket.get_sla_live(some.ids)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_groups_agree_with_the_state(self):
        def solve(ticket):
            self.reply(ticket)
            self.move(ticket, "solved")

        self.policy.active = False
        unpromised = self.create_ticket()
        self.policy.active = True
        late_and_solved, late, waiting, solved = (self.create_ticket() for _i in range(4))
        self.reply(waiting)
        self.move(waiting, "waiting_customer")
        solve(solved)
        self.travel(hours=3)
        solve(late_and_solved)
        risky, fresh = self.create_ticket(), self.create_ticket()
        self.travel(MONDAY.replace(hour=14))
        self.reply(fresh)
        tickets = late_and_solved + late + waiting + solved + risky + fresh + unpromised
        self.assertEqual(late.sla_state, "overdue")
        self.env.flush_all()
        groups = dict(
            self.env["crm.ticket"]
            .with_user(self.agent)
            ._read_group([("id", "in", tickets.ids)], ["sla_state"], ["id:array_agg"])
        )
        for state in STATES:
            expected = tickets.filtered(lambda t, state=state: t.sla_state == state)
            self.assertEqual(set(groups.get(state, [])), set(expected.ids), state)
            found = self.env["crm.ticket"].search(
                [("id", "in", tickets.ids), ("sla_state", "=", state)]
            )
            self.assertEqual(found, expected.sorted(), state)
        self.assertGreaterEqual(len(groups), 5)

    def test_due_today_is_the_day_of_the_reader(self):
        ticket = self.create_ticket()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_ticket SET sla_deadline = %s WHERE id = %s",
            ["2026-03-02 22:30:00", ticket.id],
        )
        self.env.invalidate_all()
        Ticket = self.env["crm.ticket"].with_user(self.agent)
        # (where, now in UTC): half past ten at night in London is Tuesday in Riyadh
        for zone, now, is_today in (
            ("UTC", "2026-03-02 09:00:00", True),
            ("UTC", "2026-03-03 00:00:01", False),
            ("Asia/Riyadh", "2026-03-02 09:00:00", False),
            ("Asia/Riyadh", "2026-03-02 21:00:01", True),
            ("America/New_York", "2026-03-03 04:59:59", True),
            ("America/New_York", "2026-03-03 05:00:01", False),
        ):
            with self.subTest(zone=zone, now=now):
                self.env.cr._now = fields.Datetime.to_datetime(now)
                self.env.invalidate_all()
                tickets = Ticket.with_context(tz=zone)
                mine = [("id", "=", ticket.id)]
                found = tickets.search([("sla_due_today", "=", True), *mine])
                self.assertEqual(bool(found), is_today)
                others = tickets.search([("sla_due_today", "=", False), *mine])
                self.assertEqual(bool(others), not is_today)
                self.assertEqual(tickets.browse(ticket.id).sla_due_today, is_today)


@tagged("post_install", "-at_install")
class TestCountdownOnPage(HttpCase):
    def test_widget(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&tag=crm_suite_helpdesk",
            "",
            "",
            login="admin",
            timeout=120,
            success_signal="[HOOT] Test suite succeeded",
        )
