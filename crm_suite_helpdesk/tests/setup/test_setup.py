from datetime import date, datetime
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...lib import public_holidays
from ..common import HOUR
from .common import SetupCommon


@tagged("post_install", "-at_install")
class TestSetup(SetupCommon):
    """A desk in five answers, as a manager gives them on the screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].search([], limit=1) or cls.env[
            "mail.alias.domain"
        ].create({"name": "desk.example.com"})
        cls.company.alias_domain_id = cls.domain

    def refuse(self, message, **answers):
        setup = self.answer(**answers)
        before = setup.read()
        with self.assertRaisesRegex(UserError, message), self.env.cr.savepoint():
            setup.action_finish()
        self.assertEqual(setup.read(), before, "nothing is lost")
        self.assertFalse(self.env["crm.ticket.team"].search([("name", "=", setup.name)]))

    # ------------------------------------------------------------------ result

    def test_a_desk_in_five_answers(self):
        setup = self.answer(alias_name="parts", hour_from=8, has_break=True)
        self.assertEqual(setup.weekend, "fri_sat", "the country's")
        self.assertEqual(setup.tz, "Asia/Riyadh")
        for _step in range(3):
            setup.action_next()
        self.assertEqual(setup.step, "promises")
        team, action = self.finish(setup)
        self.assertEqual(team.alias_email, f"parts@{self.domain.name}")
        self.assertEqual(team.user_id, self.manager)
        self.assertEqual(team.member_ids, self.manager)
        hours = team.calendar_id.attendance_ids.mapped(
            lambda a: (a.dayofweek, a.hour_from, a.hour_to)
        )
        self.assertEqual(
            set(hours), {(day, *span) for day in "60123" for span in ((8.0, 12.0), (13.0, 17.0))}
        )
        self.assertEqual(team.calendar_id.tz, "Asia/Riyadh")
        self.assertEqual(team.calendar_id.company_id, self.company)
        policy = self.env["crm.sla.policy"].search([("team_ids", "in", team.ids)])
        self.assertEqual(len(policy.target_ids), 8)
        self.assertIn("parts@", action["params"]["summary"])
        self.assertEqual(action["params"]["next"]["context"]["search_default_team_id"], team.id)
        self.assertIn("parts@", str(team.message_ids.mapped("body")))

    def test_its_tickets_have_deadlines_right_away(self):
        team, _action = self.finish(self.answer())
        # Thursday 15:00 in Riyadh, where the weekend begins two hours later
        self.travel(datetime(2026, 3, 5, 12))
        ticket = self.create_ticket(team_id=team.id, priority="2")
        # Four hours: two of them on Thursday, two on Sunday
        self.assertEqual(self.clock(ticket, "first_response").deadline, datetime(2026, 3, 8, 8))

    def test_the_example_goes_over_the_weekend(self):
        setup = self.answer()
        urgent = setup.promise_ids.filtered(lambda line: line.priority == "2")
        self.assertIn("Sun", urgent.example_response)
        self.assertIn("Thursday", setup.example_in_words)
        self.assertIn("40 hours a week", setup.hours_in_words)

    def test_mails_to_the_address_become_its_tickets(self):
        team, _action = self.finish(self.answer(alias_name="parts"))
        self.env["mail.thread"].message_process(
            False,
            f"From: someone@example.org\nTo: parts@{self.domain.name}\nSubject: Leg broken\n"
            "Message-Id: <leg@example.org>\n\nHelp",
        )
        self.assertEqual(self.env["crm.ticket"].search([("name", "=", "Leg broken")]).team_id, team)

    def test_around_the_clock(self):
        setup = self.answer(hours="always")
        team, _action = self.finish(setup)
        self.assertFalse(team.calendar_id)
        ticket = self.create_ticket(team_id=team.id, priority="3")
        clock = self.clock(ticket, "first_response")
        self.assertEqual(clock.mode, "always")
        self.assertEqual(set(clock.policy_id.rule_ids.mapped("only_working_hours")), {False})
        again = self.answer(team_id=team)
        again.hours = "day"
        self.finish(again)
        self.assertEqual(set(clock.policy_id.rule_ids.mapped("only_working_hours")), {True})

    def test_hours_that_others_work_in_are_used_and_left_alone(self):
        setup = self.answer(hours="calendar", calendar_id=self.calendar)
        before = self.calendar.working_time_revision
        team, _action = self.finish(setup)
        self.assertEqual(team.calendar_id, self.calendar)
        self.assertEqual(self.calendar.working_time_revision, before)

    def test_own_working_days(self):
        setup = self.answer(weekend="own")
        self.assertEqual((setup.thu, setup.fri, setup.sat), (True, False, False), "as before")
        setup.sat = True
        team, _action = self.finish(setup)
        self.assertEqual(set(team.calendar_id.attendance_ids.mapped("dayofweek")), set("601235"))

    def test_other_countries_other_weekends(self):
        self.company.country_id = self.env.ref("base.fr")
        setup = self.answer()
        self.assertEqual((setup.weekend, setup.tz), ("sat_sun", "Europe/Paris"))

    # ------------------------------------------------------------------ holidays

    def test_holidays_close_the_desk(self):
        with self.open() as form:
            self.fill(form, name="Spare Parts")
            form.step = "holidays"
            with form.holiday_ids.new() as line:
                line.name = "Inventory"
                line.date_from = date(2026, 3, 8)
                self.assertEqual(line.date_to, date(2026, 3, 8))
        team, _action = self.finish(form.record)
        leave = team.calendar_id.leave_ids
        self.assertEqual(leave.company_id, self.company)
        self.assertEqual(leave.date_from, datetime(2026, 3, 7, 21), "midnight in Riyadh")
        self.travel(datetime(2026, 3, 5, 12))
        ticket = self.create_ticket(team_id=team.id, priority="2")
        self.assertEqual(self.clock(ticket, "first_response").deadline, datetime(2026, 3, 9, 8))

    def test_public_holidays_are_proposed_once(self):
        setup = self.answer().with_context(lang="en_US")
        setup.action_propose_holidays()
        national = setup.holiday_ids.filtered(lambda line: "National" in line.name)
        self.assertEqual(
            national.mapped("date_from"), [date(2026, 9, 23), date(2027, 9, 23)], "two years"
        )
        eid = setup.holiday_ids.filtered(lambda line: line.date_from == date(2026, 3, 19))
        self.assertEqual(eid.date_to, date(2026, 3, 22), "days of one name are one line")
        count = len(setup.holiday_ids)
        setup.action_propose_holidays()
        self.assertEqual(len(setup.holiday_ids), count)

    def test_public_holidays_have_names_in_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("ar_001")
        setup = self.answer().with_context(lang="ar_001")
        setup.action_propose_holidays()
        self.assertIn("اليوم الوطني", setup.holiday_ids.mapped("name"))

    def test_without_the_library_there_is_a_hint(self):
        setup = self.answer()
        with patch.object(public_holidays, "holidays", None):
            setup.invalidate_recordset()
            self.assertFalse(setup.knows_holidays)
            with self.assertRaisesRegex(UserError, "not installed"):
                setup.action_propose_holidays()

    def test_countries_without_known_holidays(self):
        setup = self.answer()
        setup.country_id = False
        with self.assertRaisesRegex(UserError, "Choose the country"):
            setup.action_propose_holidays()
        setup.country_id = self.env["res.country"].create({"name": "Atlantis", "code": "XX"})
        with self.assertRaisesRegex(UserError, "Atlantis"):
            setup.action_propose_holidays()

    # ------------------------------------------------------------------ bad input

    def test_hours_that_end_before_they_start(self):
        self.refuse("before it starts at 17:00", hour_from=17, hour_to=9)
        self.refuse("between 00:00 and 24:00", hour_to=25)

    def test_breaks_outside_the_hours(self):
        self.refuse("overlap", has_break=True, break_from=8, break_to=10)
        self.refuse("break ends", has_break=True, break_from=13, break_to=12)

    def test_a_week_without_working_days(self):
        setup = self.answer(weekend="own")
        setup.write(dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), False))
        setup.step = "hours"
        with self.assertRaisesRegex(UserError, "at least one working day"):
            setup.action_next()

    def test_addresses_of_others(self):
        self.refuse("taken", alias_name="help-test")
        self.refuse("cannot be a mail address", alias_name="دعم")
        self.refuse("do not reach Odoo", alias_name="parts@elsewhere.example")

    def test_an_address_may_be_written_whole(self):
        team, _action = self.finish(self.answer(alias_name=f"Parts@{self.domain.name}"))
        self.assertEqual(team.alias_email, f"parts@{self.domain.name}")

    def test_reversed_holidays(self):
        setup = self.answer()
        setup.holiday_ids = [
            Command.create(
                {"name": "Eid", "date_from": date(2026, 3, 9), "date_to": date(2026, 3, 8)}
            )
        ]
        with self.assertRaisesRegex(UserError, "Eid ends on"):
            setup.action_finish()
        self.assertEqual(setup.holiday_ids.date_to, date(2026, 3, 8), "not put right silently")
        setup.holiday_ids.date_to = date(2062, 3, 8)
        with self.assertRaisesRegex(UserError, "more than a year"):
            setup.action_finish()

    def test_promises_of_nothing(self):
        for field, value, message in (
            ("first_response", 0, "greater than zero"),
            ("resolution", -1, "greater than zero"),
            ("resolution", 1_000_000, "is none"),
            ("first_response", 100, "before the first response"),
        ):
            setup = self.answer()
            setup.promise_ids[0][field] = value
            with self.assertRaisesRegex(UserError, message):
                setup.action_finish()
            setup.promise_ids[0].promised = False
            self.assertTrue(self.finish(setup))
            setup.team_id.name = message
        setup.promise_ids.promised = False
        with self.assertRaisesRegex(UserError, "Promise something"):
            setup.action_finish()

    def test_a_name_is_needed(self):
        setup = self.answer(name=" ")
        with self.assertRaisesRegex(UserError, "name"):
            setup.action_next()

    def test_names_are_not_markup(self):
        setup = self.answer(name="<b>Bold</b>")
        team, _action = self.finish(setup)
        self.employee.name = "<i>Eve</i>"
        setup.member_ids = self.employee
        _team, action = self.finish(setup)
        self.assertNotIn("<i>", action["params"]["summary"])
        self.assertIn("&lt;i&gt;", str(team.message_ids.mapped("body")))

    # ------------------------------------------------------------------ rights

    def test_only_managers_set_up_desks(self):
        Setup = self.env["crm.ticket.team.setup"].with_user(self.agent)
        with self.assertRaises(AccessError):
            Setup.action_open()
        with self.assertRaises(AccessError):
            Setup.create({"name": "Mine"})
        with self.assertRaises(AccessError):
            self.team.with_user(self.agent).action_set_up()

    def test_who_may_not_see_tickets_is_named(self):
        setup = self.answer()
        setup.member_ids = self.employee | self.agent
        self.assertEqual(setup.strangers, self.employee.name)
        _team, action = self.finish(setup)
        self.assertIn(self.employee.name, action["params"]["summary"])
        self.assertFalse(self.employee.has_group("crm_suite_helpdesk.group_agent"))

    def test_administrators_of_users_make_them_agents(self):
        boss = new_test_user(
            self.env,
            "hd_boss",
            "crm_suite_helpdesk.group_manager,base.group_erp_manager",
        )
        setup = (
            self.env["crm.ticket.team.setup"]
            .with_user(boss)
            .create({"name": "Spare Parts", "member_ids": [Command.set(self.employee.ids)]})
        )
        self.finish(setup)
        self.assertTrue(self.employee.has_group("crm_suite_helpdesk.group_agent"))

    def test_an_empty_board_leads_managers_to_it(self):
        Ticket = self.env["crm.ticket"]
        link = "crm_ticket_team_setup_action"
        self.assertIn(link, Ticket.with_user(self.manager).get_empty_list_help(""))
        self.assertNotIn(link, Ticket.with_user(self.agent).get_empty_list_help(""))

    def test_in_its_company_alone(self):
        other = self.env["res.company"].create({"name": "Sister"})
        self.manager.company_ids = [Command.link(other.id)]
        Setup = self.env["crm.ticket.team.setup"].with_user(self.manager)
        setup = Setup.with_context(allowed_company_ids=[self.company.id, other.id]).create(
            {"name": "Spare Parts", "company_id": other.id, "hours": "day"}
        )
        team, _action = self.finish(setup)
        self.assertEqual(team.company_id, other)
        self.assertEqual(team.calendar_id.company_id, other)
        policy = self.env["crm.sla.policy"].search([("team_ids", "in", team.ids)])
        self.assertEqual(policy.company_id, other)
        self.assertEqual(
            policy.target_ids.filtered(
                lambda t: (t.metric, t.priority) == ("first_response", "3")
            ).budget_s,
            HOUR,
        )
