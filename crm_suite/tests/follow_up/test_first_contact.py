from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MONDAY, FollowUpCase


@tagged("post_install", "-at_install")
class TestFirstContact(FollowUpCase):
    """A lead that comes in is promised a first contact within working hours."""

    def found(self, state):
        leads = self.env["crm.lead"].with_context(active_test=False)
        return leads.search([("first_contact_state", "=", state)])

    def assertState(self, lead, state):
        """What the form says is what the filter finds."""
        self.assertEqual(lead.first_contact_state, state)
        for other in ("waiting", "due_soon", "late", "kept", "missed", False):
            self.assertEqual(lead in self.found(other), other == state, other)

    # ------------------------------------------------------------------ deadline

    def test_four_working_hours_from_arrival(self):
        lead = self.create_lead()
        self.assertEqual(lead.first_contact_deadline, datetime(2026, 3, 2, 14), "an hour's lunch")
        self.assertState(lead, "waiting")

    def test_over_the_weekend(self):
        self.travel(datetime(2026, 3, 6, 16))
        self.assertEqual(self.create_lead().first_contact_deadline, datetime(2026, 3, 9, 11))

    def test_over_the_change_to_summer_time(self):
        night = self._create_calendar([(str(d), 0, 6) for d in range(7)], tz="Europe/Berlin")
        self.north.calendar_id = night
        self.travel(datetime(2026, 3, 28, 23))  # midnight in Berlin; two o'clock is skipped
        self.assertEqual(self.create_lead().first_contact_deadline, datetime(2026, 3, 29, 3))

    def test_days_off_count(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 3, 2, 10),
                "date_to": datetime(2026, 3, 2, 23, 59, 59),
            }
        )
        self.assertEqual(self.create_lead().first_contact_deadline, datetime(2026, 3, 3, 11))

    def test_hours_of_the_team(self):
        self.north.first_contact_hours = 1.5
        self.north.calendar_id = self._create_calendar([("0", 20, 23)])
        self.assertEqual(self.create_lead().first_contact_deadline, datetime(2026, 3, 2, 21, 30))

    def test_a_company_without_fixed_hours_is_always_open(self):
        self.company.resource_calendar_id = False
        self.assertEqual(self.create_lead().first_contact_deadline, MONDAY + timedelta(hours=4))

    def test_a_team_can_promise_nothing(self):
        self.north.first_contact_promise = False
        self.assertState(self.create_lead(), False)

    def test_opportunities_are_promised_nothing_unless_the_team_wants_it(self):
        self.assertFalse(self.create_deal().first_contact_deadline)
        self.north.first_contact_scope = "all"
        self.assertTrue(self.create_deal().first_contact_deadline)

    def test_leads_without_a_team_have_the_promise_of_the_settings(self):
        lead = self.create_lead(team_id=False, user_id=False)
        self.assertEqual(lead.first_contact_deadline, datetime(2026, 3, 2, 14))
        with Form(self.env["res.config.settings"]) as settings:
            settings.first_contact_hours = 0
        settings.record.execute()
        self.assertFalse(self.create_lead(team_id=False, user_id=False).first_contact_deadline)

    def test_imported_leads_are_a_backlog(self):
        result = (
            self.env["crm.lead"]
            .with_context(import_file=True)
            .load(["name", "type"], [["Old one", "lead"], ["Older one", "lead"]])
        )
        self.assertEqual(len(result["ids"]), 2, result["messages"])
        leads = self.env["crm.lead"].browse(result["ids"])
        self.travel(days=30)
        self.assertEqual(set(leads.mapped("first_contact_state")), {False})
        loaded = self.env["crm.lead"].load(["name", "type"], [["Old", "lead"]])
        self.assertFalse(self.env["crm.lead"].browse(loaded["ids"]).first_contact_deadline)

    def test_many_leads_at_once(self):
        leads = self.env["crm.lead"].create(
            [{"name": str(n), "type": "lead", "team_id": self.north.id} for n in range(20)]
        )
        self.assertEqual(set(leads.mapped("first_contact_deadline")), {datetime(2026, 3, 2, 14)})

    def test_a_broken_time_zone_loses_no_lead(self):
        self.env.cr.execute(
            "UPDATE resource_calendar SET tz = 'Nowhere/Land' WHERE id = %s", [self.calendar.id]
        )
        self.env.invalidate_all()
        self.calendar._bump_working_time_revision()
        self.assertFalse(self.create_lead().first_contact_deadline)

    # ------------------------------------------------------------------ state

    def test_time_alone_makes_it_late(self):
        lead = self.create_lead()
        self.travel(datetime(2026, 3, 2, 13))
        self.assertState(lead, "due_soon")
        self.assertEqual(lead.first_contact_text, "01:00 working hours left")
        self.travel(datetime(2026, 3, 3, 8, 15))
        self.assertState(lead, "late")
        self.assertEqual(lead.first_contact_text, "03:15 working hours late")

    def test_a_call_keeps_the_promise(self):
        lead = self.create_lead()
        self.travel(hours=2)
        self.log(lead)
        self.assertEqual(lead.first_contact_at, datetime(2026, 3, 2, 11))
        self.assertEqual(lead.first_contact_hours, 2)
        self.assertState(lead, "kept")
        self.travel(days=3)
        self.log(lead)
        self.assertEqual(lead.first_contact_at, datetime(2026, 3, 2, 11), "the first stays it")

    def test_a_late_call_does_not(self):
        lead = self.create_lead()
        self.travel(datetime(2026, 3, 3, 9))
        self.log(lead)
        self.assertState(lead, "missed")
        self.assertEqual(lead.first_contact_hours, 8)
        self.assertEqual(lead.first_contact_text, "Contacted after 08:00 working hours")

    def test_an_attempt_is_no_contact(self):
        lead = self.create_lead()
        call = self.log(lead, outcome_id=self.env.ref("crm_suite.outcome_no_answer").id)
        self.assertFalse(lead.first_contact_at)
        call.outcome_id = self.env.ref("crm_suite.outcome_reached")
        self.assertEqual(lead.first_contact_at, MONDAY)

    def test_the_customer_must_have_been_talked_to(self):
        lead = self.create_lead()
        self.log(lead, direction="in", channel="email")
        self.log(lead, direction="in", channel="web")
        self.assertFalse(lead.first_contact_at)
        self.log(lead, direction="in", channel="phone")
        self.assertTrue(lead.first_contact_at)

    def test_what_was_logged_by_mistake_is_taken_back(self):
        lead = self.create_lead()
        call = self.log(lead)
        self.assertTrue(lead.first_contact_at)
        call.with_user(self.omar).unlink()
        self.assertFalse(lead.first_contact_at)
        self.assertState(lead, "waiting")

    def test_a_meeting_counts_when_it_is_held(self):
        lead = self.create_lead(type="opportunity")
        self.north.first_contact_scope = "all"
        lead = self.create_deal()
        self.meet(lead, MONDAY + timedelta(hours=2))
        self.assertState(lead, "waiting")
        self.travel(hours=8)
        self.assertState(lead, "kept")
        self.remind()
        self.assertEqual(lead.first_contact_at, datetime(2026, 3, 2, 11))
        self.assertFalse(self.reminders(lead))
        self.assertState(lead, "kept")

    def test_a_meeting_that_is_cancelled_does_not(self):
        self.north.first_contact_scope = "all"
        lead = self.create_deal()
        meeting = self.meet(lead, MONDAY + timedelta(hours=2))
        with freeze_time(MONDAY):
            meeting.unlink()
        self.travel(hours=8)
        self.assertState(lead, "late")

    def test_a_lost_lead_is_not_waited_for(self):
        lead = self.create_lead()
        lead.with_user(self.omar).action_set_lost()
        self.travel(days=3)
        self.assertState(lead, False)
        self.remind()
        self.assertFalse(self.reminders(lead))

    def test_a_lead_lost_after_its_time_was_missed(self):
        lead = self.create_lead()
        self.travel(days=1)
        lead.action_set_lost()
        self.assertEqual(lead.first_contact_state, "missed")
        self.assertEqual(lead.first_contact_text, "Never contacted")

    def test_a_restored_lead_has_the_time_that_was_left(self):
        lead = self.create_lead()
        self.travel(hours=1)
        lead.action_archive()
        self.travel(datetime(2026, 3, 10, 8))
        lead.action_unarchive()
        self.assertEqual(lead.first_contact_deadline, datetime(2026, 3, 10, 11))
        self.assertEqual(lead.first_contact_state, "waiting")

    def test_a_restored_lead_stays_late_when_it_was(self):
        lead = self.create_lead()
        deadline = lead.first_contact_deadline
        self.travel(days=1)
        lead.action_archive()
        self.travel(days=1)
        lead.action_unarchive()
        self.assertEqual(lead.first_contact_deadline, deadline)
        self.assertState(lead, "late")

    def test_conversion_is_no_contact(self):
        lead = self.create_lead()
        lead.convert_opportunity(lead.partner_id)
        self.travel(days=1)
        self.assertState(lead, "late")

    def test_another_team_has_other_hours(self):
        lead = self.create_lead(user_id=False)
        self.south.first_contact_hours = 6
        lead.team_id = self.south
        self.assertEqual(lead.first_contact_deadline, datetime(2026, 3, 2, 16), "from arrival on")
        self.travel(days=1)
        self.south.first_contact_hours = 100
        self.north.first_contact_hours = 200
        lead.team_id = self.north
        self.assertState(lead, "late")

    def test_changed_working_hours_move_what_waits(self):
        lead, late = self.create_lead(), self.create_lead()
        self.travel(datetime(2026, 3, 2, 10))
        self.log(late)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Afternoon off",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 3, 2, 13),
                "date_to": datetime(2026, 3, 2, 23, 59, 59),
            }
        )
        cron = self.env.ref("crm_suite.ir_cron_first_contact")
        self.assertTrue(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]))
        self.remind()
        self.assertEqual(lead.first_contact_deadline, datetime(2026, 3, 3, 9))
        self.assertEqual(late.first_contact_deadline, datetime(2026, 3, 2, 14), "it is over")

    def test_merging_keeps_the_first_contact(self):
        first, second = self.create_lead(), self.create_lead()
        self.travel(hours=1)
        self.log(second)
        self.travel(days=1)
        merged = (first | second).merge_opportunity()
        self.assertEqual(merged.first_contact_at, datetime(2026, 3, 2, 10))

    # ------------------------------------------------------------------ reminder

    def test_the_leader_is_reminded_for_a_salesperson_who_has_left(self):
        lead = self.create_lead()
        self.omar.active = False
        self.travel(days=1)
        self.remind()
        self.assertEqual(self.reminders(lead).user_id, self.nora)

    def test_the_salesperson_is_reminded_once(self):
        lead = self.create_lead()
        self.remind()
        self.assertFalse(self.reminders(lead), "it is not late yet")
        self.travel(hours=6)
        self.remind()
        self.remind()
        reminder = self.reminders(lead)
        self.assertEqual(reminder.user_id, self.omar)
        self.assertEqual(reminder.activity_type_id, self.env.ref("mail.mail_activity_data_call"))
        reminder.unlink()
        self.travel(days=2)
        self.remind()
        self.assertFalse(self.reminders(lead), "never twice")

    def test_without_a_salesperson_the_leader_is_reminded(self):
        lead = self.create_lead(user_id=False)
        self.travel(hours=6)
        self.remind()
        self.assertEqual(self.reminders(lead).user_id, self.nora)

    def test_nobody_is_reminded_of_what_he_may_not_see(self):
        self.south.user_id = self.sami  # a salesperson who sees own documents only
        lead = self.create_lead(team_id=self.south.id, user_id=False)
        secret = self.create_lead(team_id=self.south.id, user_id=False)
        other = self.env["res.company"].create({"name": "Sister"})
        secret.company_id = other
        self.travel(days=1)
        self.remind()
        self.assertEqual(self.reminders(lead).user_id, self.sami)
        self.assertFalse(self.reminders(secret))
        self.assertEqual(secret.first_contact_state, "late", "but it shows as late")

    def test_the_reminder_goes_with_the_contact(self):
        lead = self.create_lead()
        self.travel(hours=6)
        self.remind()
        self.assertTrue(self.reminders(lead))
        self.log(lead)
        self.assertFalse(self.reminders(lead))

    def test_a_done_call_is_a_contact(self):
        lead = self.create_lead()
        self.travel(hours=6)
        self.remind()
        self.reminders(lead).with_user(self.omar).action_feedback(feedback="She wants ten")
        self.assertEqual(lead.first_contact_at, self.env.cr.now())
        self.assertState(lead, "missed")

    def test_a_done_task_is_none(self):
        lead = self.create_lead()
        self.plan(lead).with_user(self.omar).action_feedback(feedback="Looked him up")
        self.assertFalse(lead.first_contact_at)

    # ------------------------------------------------------------------ report and digest

    def test_promises_kept_by_team(self):
        kept, missed, late, waiting = (self.create_lead() for _n in range(4))
        self.log(kept)
        self.travel(hours=7)
        self.log(missed)
        in_time = self.create_lead()
        self.travel(minutes=1)
        waiting.action_set_lost()
        report = self.env["crm.first.contact.report"]
        rows = report._read_group(
            [("lead_id", "in", (kept | missed | late | in_time).ids)],
            ["team_id"],
            ["kept_rate:avg", "hours:avg", "__count"],
        )
        [(team, rate, hours, count)] = rows
        self.assertEqual((team, count), (self.north, 4))
        self.assertAlmostEqual(rate, 100 / 3)
        self.assertAlmostEqual(hours, 3, msg="0 and 6 hours")
        states = {row.lead_id: row.state for row in report.search([])}
        self.assertEqual(states[late], "late")
        self.assertEqual(states[in_time], "waiting")

    def test_a_promise_that_is_not_decided_is_not_broken(self):
        lead = self.create_lead()
        domain = [("lead_id", "=", lead.id)]
        report = self.env["crm.first.contact.report"]
        [(rate,)] = report._read_group(domain, [], ["kept_rate:avg"])
        self.assertIs(rate, False)
        self.env["crm.lead"].search(
            [("first_contact_deadline", "!=", False), ("id", "!=", lead.id)]
        )._store_facts(first_contact_deadline=False)
        self.env.flush_all()
        digest = self.env["digest.digest"].create(
            {"name": "Mine", "kpi_crm_first_contact": True, "company_id": self.company.id}
        )
        period = {
            "start_datetime": MONDAY,
            "end_datetime": MONDAY + timedelta(days=1),
        }
        alia = digest.with_user(self.alia).with_context(**period)
        self.assertEqual(alia.kpi_crm_first_contact_value, 100)

    def test_digest(self):
        kept, _late = self.create_lead(), self.create_lead()
        self.log(kept)
        self.travel(days=1)
        digest = self.env["digest.digest"].create(
            {"name": "Mine", "kpi_crm_first_contact": True, "company_id": self.company.id}
        )
        self.env["crm.lead"].search(
            [("first_contact_deadline", "!=", False), ("id", "not in", (kept | _late).ids)]
        )._store_facts(first_contact_deadline=False)
        self.env.flush_all()
        period = {
            "start_datetime": MONDAY,
            "end_datetime": MONDAY + timedelta(days=1),
        }
        alia = digest.with_user(self.alia).with_context(**period)
        self.assertEqual(alia.kpi_crm_first_contact_value, 50)
        stranger = digest.with_user(self.cora).with_context(**period)
        stranger.invalidate_recordset()
        with self.assertRaises(AccessError):
            stranger.read(["kpi_crm_first_contact_value"])

    # ------------------------------------------------------------------ settings

    def test_unusable_settings_are_refused(self):
        for hours in (0, -1, 10000):
            with self.assertRaises(ValidationError):
                self.north.first_contact_hours = hours
        with self.assertRaises(ValidationError):
            self.north.calendar_id = self.env["resource.calendar"].create(
                {"name": "Empty", "attendance_ids": [Command.clear()]}
            )
