from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import START, ReportCommon


@tagged("post_install", "-at_install")
class TestResults(ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old = cls.version
        cls.new = (
            cls.env["crm.journey.version"]
            .sudo()
            .create({"journey_id": cls.journey.id, "number": 2, "state": "retired"})
        )

    def _open(self, user=None):
        action = self.journey.with_user(user or self.manager).action_view_results()
        return (
            self.env[action["res_model"]].with_user(user or self.manager).browse(action["res_id"])
        )

    def _crowd(self, version, size, goals, entered_at=START, hours=5):
        """Let so many enter, of whom so many reach the goal."""
        contacts = self.env["res.partner"].create(
            [{"name": f"Crowd {number}"} for number in range(size)]
        )
        for number, contact in enumerate(contacts):
            goal = entered_at + timedelta(hours=hours + number) if number < goals else False
            self._enter(
                contact, version, entered_at=entered_at, state="done", goal_at=goal, revenue=10
            )

    def _by_name(self, lines):
        return {line.name: line for line in lines}

    def test_versions_side_by_side(self):
        self._crowd(self.old, 100, 10)
        self._crowd(self.new, 100, 40)
        lines = self._by_name(self._open().version_line_ids)
        one, two = lines["Version 1 (Live)"], lines["Version 2 (Retired)"]
        self.assertEqual((one.entered, one.goals, two.goals), (100, 10, 40))
        self.assertEqual((one.verdict, two.verdict), ("worse", "best"))
        self.assertAlmostEqual(two.goal_rate, 40)
        self.assertLess(two.rate_low, 40)
        self.assertGreater(two.rate_high, 40)
        self.assertIn("–", two.range_text)

    def test_versions_and_results_have_names(self):
        self.assertEqual(self.old.display_name, "Version 1 (Live)")
        self.assertEqual(self._open().display_name, "Results of Welcome")

    def test_a_few_people_say_nothing(self):
        self._crowd(self.old, 3, 0)
        self._crowd(self.new, 3, 2)
        lines = self._by_name(self._open().version_line_ids)
        self.assertEqual(lines["Version 1 (Live)"].verdict, "not_enough")
        self.assertEqual(lines["Version 2 (Retired)"].verdict, "leading")

    def test_time_to_the_goal(self):
        self._crowd(self.old, 10, 4)
        line = self._by_name(self._open().version_line_ids)["Version 1 (Live)"]
        # 5, 6, 7, 8 hours
        self.assertAlmostEqual(line.hours_median, 6.5)
        self.assertAlmostEqual(line.hours_average, 6.5)

    def test_median_is_not_moved_by_one_who_was_slow(self):
        for contact, hours in ((self.amal, 1), (self.basil, 2), (self.emre, 300)):
            self._enter(contact, goal_at=START + timedelta(hours=hours))
        line = self._open().version_line_ids.filtered("goals")
        self.assertAlmostEqual(line.hours_median, 2)
        self.assertAlmostEqual(line.hours_average, 101)

    def test_only_those_who_had_the_time_are_compared(self):
        now = fields.Datetime.now()
        self._crowd(self.old, 4, 4, entered_at=now - timedelta(days=30), hours=24)
        self._crowd(self.old, 6, 0, entered_at=now - timedelta(days=1))
        result = self._open()
        line = result.version_line_ids.filtered("entered")
        self.assertAlmostEqual(line.goal_rate, 40)
        with Form(result) as form:
            form.days = 10
        self.assertEqual(result.days, 10)
        result.action_refresh()
        line = result.version_line_ids.filtered("entered")
        self.assertEqual((line.entered, line.watched, line.watched_goals), (10, 4, 4))
        self.assertAlmostEqual(line.goal_rate, 100)

    def test_goals_that_came_later_do_not_count_in_a_shorter_time(self):
        self._enter(self.amal, goal_at=START + timedelta(days=3))
        self._enter(self.basil, goal_at=START + timedelta(days=20))
        result = self._open()
        result.days = 7
        result.action_refresh()
        line = result.version_line_ids.filtered("entered")
        self.assertEqual((line.goals, line.watched_goals), (2, 1))

    def test_messages_and_revenue(self):
        person = self._enter(self.amal, goal_at=START, revenue=70)
        self._deliver(self._visit(person, "wait"), opened=True)
        line = self._open().version_line_ids.filtered("entered")
        self.assertEqual((line.sent, line.opened, line.clicked, line.revenue), (1, 1, 0, 70))

    def test_whoever_may_not_read_revenue_gets_the_rest(self):
        self._enter(self.amal, goal_at=START, revenue=70)
        result = self._open(self.marketer)
        line = result.version_line_ids.filtered("entered")
        self.assertEqual(line.goals, 1)
        self.assertFalse(line.sudo().revenue)

    def test_ways_of_a_test(self):
        journey = self._go_live(
            self._make_journey(
                {
                    "test": {
                        "kind": "ab",
                        "name": "Which one",
                        "arm_ids": [
                            Command.create({"port": "a", "name": "Short"}),
                            Command.create({"port": "b", "name": "Long"}),
                        ],
                    }
                },
                ["start > test"],
            )
        )
        for contact, port, goal in (
            (self.amal, "a", START + timedelta(hours=1)),
            (self.basil, "b", False),
            (self.emre, "b", False),
        ):
            person = self._enter(contact, journey.live_version_id, goal_at=goal)
            self._visit(person, "test", port=port)
        action = journey.with_user(self.manager).action_view_results()
        result = self.env["crm.journey.result"].browse(action["res_id"])
        lines = self._by_name(result.arm_line_ids)
        self.assertEqual((lines["Short"].entered, lines["Short"].goals), (1, 1))
        self.assertEqual((lines["Long"].entered, lines["Long"].goals), (2, 0))

    def test_whoever_comes_by_a_test_twice_counts_once(self):
        journey = self._go_live(
            self._make_journey(
                {
                    "test": {
                        "kind": "split",
                        "arm_ids": [
                            Command.create({"port": "a", "name": "Short"}),
                            Command.create({"port": "b", "name": "Long"}),
                        ],
                    }
                },
                ["start > test"],
            )
        )
        person = self._enter(self.amal, journey.live_version_id)
        self._visit(person, "test", port="b")
        self._visit(person, "test", port="a", pass_number=2)
        action = journey.with_user(self.manager).action_view_results()
        result = self.env["crm.journey.result"].browse(action["res_id"])
        self.assertEqual({line.name: line.entered for line in result.arm_line_ids}["Long"], 1)
        self.assertEqual(sum(result.arm_line_ids.mapped("entered")), 1)

    def test_a_draft_has_no_results_yet(self):
        journey = self._make_journey({}, [])
        result = self.env["crm.journey.result"].browse(journey.action_view_results()["res_id"])
        self.assertFalse(result.version_line_ids)

    def test_journeys_of_other_companies_show_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        result = self._open(self.marketer)
        self.journey.sudo().company_id = other
        with self.assertRaises(AccessError):
            result.action_refresh()
