from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.crm_suite.lib.working_time import epoch

from ..common import HOUR, MONDAY, HelpdeskCommon

NINE = epoch(MONDAY)


@tagged("post_install", "-at_install")
class TestStory(HelpdeskCommon):
    def story(self, ticket, metric="resolution", user=None):
        story = ticket.with_user(user or self.agent).get_sla_story()
        return next(clock for clock in story["clocks"] if clock["key"] == metric)

    def tell(self, spans):
        def hours(instant):
            return instant and (instant - NINE) / HOUR

        return [(s["state"], hours(s["from"]), hours(s["to"]), s["worked"]) for s in spans]

    def test_a_fresh_promise_is_one_open_span(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        clock = self.story(ticket)
        self.assertEqual(self.tell(clock["spans"]), [("running", 0, None, HOUR)])
        self.assertEqual((clock["budget"], clock["counted"], clock["left"]), (28800, 3600, 25200))
        self.assertEqual((clock["calendar"], clock["policy"]), ("Office hours", "Test promise"))

    def test_every_span_with_its_cause_and_who(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        ticket.with_user(self.agent).stage_id = self.stages["waiting_customer"]
        self.travel(MONDAY.replace(hour=14))
        self.customer_writes(ticket)
        self.travel(hours=1)
        clock = self.story(ticket)
        self.assertEqual(
            self.tell(clock["spans"]),
            [("running", 0, 1, HOUR), ("paused", 1, 5, 0), ("running", 5, None, HOUR)],
        )
        first, second, present = clock["spans"]
        self.assertEqual((first["cause"], first["by"]), ("Stage changed", "Amal Agent"))
        self.assertEqual(second["pause"], "customer")
        self.assertEqual(first["calendar"], "Office hours")
        self.assertTrue(present["because"])

    def test_the_figures_add_up_to_the_deadline(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        self.move(ticket, "waiting_customer")
        self.travel(MONDAY.replace(hour=14))
        self.move(ticket, "open")
        self.travel(MONDAY.replace(hour=15))
        clock = self.story(ticket)
        counted = clock["carried"] + sum(span["worked"] for span in clock["spans"])
        self.assertEqual(clock["counted"], counted)
        self.assertEqual(clock["left"], clock["budget"] - counted)
        way = clock["way"]
        self.assertEqual(sum(end - start for start, end in way["hours"]), way["left"])
        self.assertEqual(way["from"], NINE + 5 * HOUR)
        self.assertEqual(way["hours"][-1][1], clock["deadline"])
        self.assertEqual(clock["deadline"], epoch(self.clock(ticket, "resolution").deadline))

    def test_paused_has_no_way(self):
        ticket = self.create_ticket()
        self.move(ticket, "waiting_customer")
        clock = self.story(ticket)
        self.assertEqual((clock["way"], clock["deadline"]), (False, None))

    def test_time_over_the_target_is_marked(self):
        ticket = self.create_ticket()
        self.travel(hours=3)
        clock = self.story(ticket, "first_response")
        self.assertTrue(clock["spans"][-1]["late"])
        self.assertEqual(clock["left"], -HOUR)
        self.reply(ticket)
        clock = self.story(ticket, "first_response")
        self.assertEqual((clock["state"], clock["result"]), ("stopped", "missed"))
        self.assertTrue(clock["spans"][-1]["late"])
        self.assertEqual(clock["breached"], NINE + 2 * HOUR)

    def test_around_the_clock(self):
        self.policy.mode = "always"
        clock = self.story(self.create_ticket())
        self.assertEqual((clock["calendar"], clock["zone"]), ("around the clock", ""))
        self.assertEqual(len(clock["way"]["hours"]), 1)

    def test_a_long_way_is_cut(self):
        self.policy.target_ids.filtered(lambda t: t.metric == "resolution").budget_s = 900 * HOUR
        way = self.story(self.create_ticket())["way"]
        self.assertEqual(len(way["hours"]), 60)
        self.assertTrue(way["more"])

    def test_the_reader_is_told_of_other_time_zones(self):
        self.policy.calendar_id = self._create_calendar(
            "Riyadh", [(str(day), 8, 16) for day in range(5)], tz="Asia/Riyadh"
        )
        ticket = self.create_ticket()
        for zone, is_other in (("Europe/Paris", True), ("Asia/Riyadh", False)):
            story = self.story(ticket.with_context(tz=zone))
            self.assertEqual(story["other_zone"], is_other)

    def test_whoever_reads_the_ticket_reads_why_and_nobody_else(self):
        ticket = self.create_ticket()
        self.assertTrue(self.story(ticket, user=self.manager))
        ticket.user_id = self.agent
        for user in (self.outsider, self.employee, self.customer_user):
            with self.assertRaises(AccessError):
                ticket.with_user(user).get_sla_story()

    def test_cost_does_not_grow_with_the_life(self):
        ticket = self.create_ticket()
        counts = []
        for _i in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            ticket.with_user(self.agent).get_sla_story()
            counts.append(self.env.cr.sql_log_count - before)
            for _j in range(10):
                self.travel(minutes=5)
                self.move(ticket, "waiting_customer")
                self.travel(minutes=5)
                self.move(ticket, "open")
        self.assertLessEqual(counts[1], counts[0] + 4)

    def test_dialog_is_opened_from_ticket_and_clock(self):
        ticket = self.create_ticket().with_user(self.agent)
        clock = self.clock(ticket, "resolution")
        self.assertEqual(ticket.action_explain_deadline()["params"], {"ticket_id": ticket.id})
        self.assertEqual(clock.action_explain_deadline()["params"]["clock_id"], clock.id)
