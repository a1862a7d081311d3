from datetime import date, datetime

from odoo import Command
from odoo.tests import tagged

from ..common import HOUR
from .common import SetupCommon


@tagged("post_install", "-at_install")
class TestSetupAgain(SetupCommon):
    """Setting up a desk that is there changes it and makes nothing twice."""

    def setUp(self):
        super().setUp()
        with self.open() as form:
            self.fill(form, name="Spare Parts", alias_name="parts", has_break=True)
            form.step = "holidays"
            with form.holiday_ids.new() as line:
                line.name = "Eid"
                line.date_from = date(2026, 3, 20)
                line.date_to = date(2026, 3, 23)
        form.record.action_finish()
        self.desk = form.record.team_id
        self.policy = self.env["crm.sla.policy"].search([("team_ids", "in", self.desk.ids)])

    def snapshot(self):
        return (
            self.env["crm.ticket.team"].search_count([]),
            self.env["mail.alias"].search_count([]),
            self.env["resource.calendar"].search_count([]),
            self.env["crm.sla.policy"].search_count([]),
            sorted(self.policy.target_ids.ids),
            sorted(self.desk.calendar_id.leave_ids.ids),
            sorted(self.desk.calendar_id.attendance_ids.ids),
            self.desk.calendar_id.working_time_revision,
            self.policy.target_ids.mapped("write_date"),
        )

    def test_the_same_answers_change_nothing(self):
        before = self.snapshot()
        self.open(self.desk).save().action_finish()
        self.assertEqual(self.snapshot(), before)

    def test_the_same_name_is_the_same_team(self):
        before = self.snapshot()
        with self.open() as form:
            form.name = "spare parts "
            self.assertEqual(form.twin_id, self.desk)
            form.alias_name = "parts"
        setup = form.record
        for _step in range(3):
            setup.action_next()
        self.assertEqual(setup.team_id, self.desk)
        self.assertEqual(setup.holiday_ids.mapped("name"), ["Eid"])
        self.assertTrue(setup.has_break)
        setup.action_finish()
        self.assertEqual(self.snapshot()[:4], before[:4])
        self.assertEqual(self.desk.name, "spare parts")

    def test_a_name_in_another_language_is_the_same_team(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.desk.with_context(lang="ar_001").name = "قطع الغيار"
        with self.open() as form:
            form.name = "قطع الغيار"
        self.assertEqual(form.record.twin_id, self.desk)

    def test_the_same_set_up_finished_twice(self):
        with self.open() as form:
            form.name = "Returns"
        form.record.action_finish()
        before = self.snapshot()
        form.record.action_finish()
        self.assertEqual(self.snapshot(), before)

    def test_the_answers_are_those_that_were_given(self):
        form = self.open(self.desk)
        self.assertEqual((form.name, form.alias_name), ("Spare Parts", "parts"))
        self.assertEqual((form.weekend, form.tz, form.hours), ("fri_sat", "Asia/Riyadh", "day"))
        self.assertEqual((form.break_from, form.break_to), (12, 13))
        form.step = "holidays"
        with form.holiday_ids.edit(0) as line:
            self.assertEqual(line.date_to, date(2026, 3, 23))

    def test_choosing_the_team_answers_for_it(self):
        form = self.open()
        form.team_id = self.desk
        self.assertEqual((form.name, form.has_break), ("Spare Parts", True))

    def test_new_answers_change_what_is_there(self):
        calendar = self.desk.calendar_id
        with self.open(self.desk) as form:
            self.fill(form, has_break=False, weekend="sun")
            form.step = "holidays"
            with form.holiday_ids.edit(0) as line:
                line.date_to = date(2026, 3, 24)
            with form.holiday_ids.new() as line:
                line.name = "Founding"
                line.date_from = date(2027, 2, 22)
            form.step = "promises"
            with form.promise_ids.edit(0) as line:
                line.first_response = 0.5
        form.record.action_finish()
        self.assertEqual(self.desk.calendar_id, calendar)
        self.assertEqual(len(calendar.attendance_ids), 6)
        self.assertEqual(
            calendar.leave_ids.sorted("date_from").mapped("date_to"),
            [datetime(2026, 3, 24, 20, 59, 59), datetime(2027, 2, 22, 20, 59, 59)],
        )
        urgent = self.policy.target_ids.filtered(
            lambda t: (t.metric, t.priority) == ("first_response", "3")
        )
        self.assertEqual(urgent.budget_s, HOUR / 2)
        self.assertEqual(len(self.policy.target_ids), 8)

    def test_holidays_that_are_taken_out_are_gone(self):
        with self.open(self.desk) as form:
            form.step = "holidays"
            form.holiday_ids.remove(0)
        form.record.action_finish()
        self.assertFalse(self.desk.calendar_id.leave_ids)

    def test_a_priority_without_promise(self):
        with self.open(self.desk) as form:
            form.step = "promises"
            with form.promise_ids.edit(3) as line:
                self.assertEqual(line.priority, "0")
                line.promised = False
        form.record.action_finish()
        self.assertNotIn("0", self.policy.target_ids.mapped("priority"))
        with self.open(self.desk) as form:
            form.step = "promises"
            with form.promise_ids.edit(3) as line:
                self.assertFalse(line.promised)

    def test_one_target_for_all_priorities_stays_one(self):
        self.policy.target_ids = [
            Command.clear(),
            Command.create({"metric": "resolution", "budget_s": 9 * HOUR}),
        ]
        with self.open(self.desk) as form:
            self.assertFalse(form.promises_response)
        form.record.action_finish()
        self.assertEqual(self.policy.target_ids.mapped("priority"), [False])
        with self.open(self.desk) as form:
            form.step = "promises"
            with form.promise_ids.edit(0) as line:
                line.resolution = 2
        form.record.action_finish()
        self.assertEqual(
            dict(self.policy.target_ids.mapped(lambda t: (t.priority, t.budget_s))),
            {"3": 2 * HOUR, False: 9 * HOUR},
        )
        with self.open(self.desk) as form:
            form.step = "promises"
            with form.promise_ids.edit(3) as line:
                line.promised = False
        form.record.action_finish()
        self.assertEqual(set(self.policy.target_ids.mapped("priority")), {"1", "2", "3"})

    def test_hours_that_others_got_are_not_changed_for_them(self):
        shared = self.desk.calendar_id
        self.company.resource_calendar_id = shared
        before = shared.working_time_revision
        with self.open(self.desk) as form:
            self.assertEqual(form.hours, "calendar")
            self.fill(form, hours="day")
        form.record.action_finish()
        self.assertNotEqual(self.desk.calendar_id, shared)
        self.assertEqual(shared.working_time_revision, before)
        self.assertEqual(self.company.resource_calendar_id, shared)

    def test_days_off_of_others_are_out_of_reach(self):
        other = self.env["resource.calendar.leaves"].create(
            {
                "name": "Theirs",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 5, 1),
                "date_to": datetime(2026, 5, 2),
            }
        )
        with self.open(self.desk) as form:
            pass
        form.record.holiday_ids.leave_id = other
        form.record.action_finish()
        self.assertEqual(other.name, "Theirs")
        self.assertEqual(other.calendar_id, self.calendar)

    def test_policies_with_other_conditions_are_left_alone(self):
        self.policy.partner_ids = self.customer_company
        before = self.policy.target_ids.mapped("budget_s")
        with self.open(self.desk) as form:
            form.step = "promises"
            with form.promise_ids.edit(0) as line:
                line.first_response = 0.5
        form.record.action_finish()
        self.assertEqual(self.policy.target_ids.mapped("budget_s"), before)
        self.assertEqual(
            self.env["crm.sla.policy"].search_count([("team_ids", "in", self.desk.ids)]), 2
        )
