from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from .common import CustomerCase

CALL = "mail.mail_activity_data_call"
MEETING = "mail.mail_activity_data_meeting"
TODO = "mail.mail_activity_data_todo"


class DoneActivityCase(CustomerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Desks",
                "type": "opportunity",
                "partner_id": cls.layla.id,
                "user_id": cls.omar.id,
                "team_id": cls.north.id,
            }
        )

    def _plan(self, record=None, kind=CALL, user=None, **values):
        """An activity of a user (omar) on a record (the lead of Layla)."""
        return (
            (record if record is not None else self.lead)
            .with_context(mail_activity_quick_update=True)
            .activity_schedule(kind, user_id=(user or self.omar).id, **values)
        )

    def _done(self, activities, user=None, feedback=False):
        activities.with_user(user or self.omar).action_feedback(feedback=feedback)
        return self.env["crm.interaction"].search([("activity_id", "in", activities.ids)])


class TestDoneActivity(DoneActivityCase):
    """Activities that are done become interactions by themselves, once each."""

    def test_a_call_on_a_lead(self):
        call = self._done(
            self._plan(summary="Ask about the budget"), feedback="Approved.\nDecision next week."
        )
        self.assertEqual(len(call), 1)
        self.assertEqual(call.name, "Ask about the budget")
        self.assertEqual((call.channel, call.direction), ("phone", "out"))
        self.assertEqual(call.partner_id, self.layla)
        self.assertEqual(call.commercial_partner_id, self.haddad)
        self.assertEqual(call.lead_id, self.lead)
        self.assertEqual(call.user_id, self.omar)
        self.assertEqual(call.company_id, self.company)
        self.assertIn("Approved.<br>Decision next week.", call.note)
        self.assertLess(abs(call.date - fields.Datetime.now()), timedelta(minutes=5))

    def test_on_contact_order_and_invoice(self):
        order = self.env["sale.order"].create(
            {"partner_id": self.layla.id, "user_id": self.omar.id}
        )
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.layla.id,
                "invoice_user_id": self.omar.id,
            }
        )
        for record, link in ((self.layla, None), (order, "order_id"), (move, "move_id")):
            call = self._done(self._plan(record))
            self.assertEqual(call.partner_id, self.layla, record)
            self.assertEqual(call.name, "Phone Call: Haddad Trading, Layla Haddad")
            if link:
                self.assertEqual(call[link], record)

    def test_each_type_has_its_channel(self):
        for kind, channel in (
            (MEETING, "meeting"),
            ("crm_suite.mail_activity_type_visit", "visit"),
            ("crm_suite.mail_activity_type_letter", "letter"),
            ("crm_suite.mail_activity_type_call_quotation", "phone"),
        ):
            self.assertEqual(self.env.ref(kind).interaction_channel, channel)
        visit = self._done(self._plan(kind="crm_suite.mail_activity_type_visit"))
        self.assertEqual(visit.channel, "visit")

    def test_what_is_no_contact_never(self):
        for kind in (
            TODO,
            "mail.mail_activity_data_email",
            "mail.mail_activity_data_upload_document",
        ):
            self.assertFalse(self._done(self._plan(kind=kind)))
        self.assertFalse(self._done(self._plan(self.omar.partner_id)), "a colleague")
        bill = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.layla.id}
        )
        self.assertFalse(self._done(self._plan(bill)))
        self.assertFalse(self._done(self._plan(self.training.product_tmpl_id)))
        by_robot = self._plan()
        by_robot.with_user(self.env.ref("base.user_root")).action_feedback()
        self.assertFalse(self.lead.interaction_ids)

    def test_a_type_of_ones_own(self):
        admin = self.env.ref("base.user_admin")
        kind = self.env["mail.activity.type"].with_user(admin).create({"name": "Trade fair"})
        self.assertFalse(kind.interaction_channel)
        with Form(kind) as form:
            form.interaction_channel = "visit"
        activity = self.lead.activity_schedule(activity_type_id=kind.id, user_id=self.omar.id)
        self.assertEqual(self._done(activity).channel, "visit")
        with self.assertRaises(ValueError):
            kind.interaction_channel = "email"
        self.assertEqual(
            self.env["mail.activity.type"]
            .create({"name": "Cold call", "category": "phonecall"})
            .interaction_channel,
            "phone",
        )

    def test_many_at_once_of_several_records(self):
        activities = self._plan() + self._plan() + self._plan(self.karim) + self._plan(kind=TODO)
        calls = self._done(activities, feedback="Reached")
        self.assertEqual(len(calls), 3)
        self.assertEqual(calls.activity_id, activities[:3])
        self.assertEqual(set(calls.mapped("user_id")), {self.omar})

    def test_by_a_colleague_it_is_his_call(self):
        call = self._done(self._plan(), user=self.alia)
        self.assertEqual(call.user_id, self.alia)

    def test_who_may_not_log_interactions(self):
        """The history does not depend on the rights of whoever finishes the activity."""
        call = self._done(self._plan(self.layla, user=self.cora), user=self.cora)
        self.assertEqual((call.partner_id, call.user_id), (self.layla, self.cora))

    def test_chained_activities(self):
        kind = self.env.ref(CALL)
        kind.write({"chaining_type": "trigger", "triggered_next_type_id": kind.id})
        activity = self._plan()
        self.assertEqual(len(self._done(activity)), 1)
        following = self.lead.activity_ids
        self.assertEqual(following.activity_type_id, kind)
        self.assertFalse(self.env["crm.interaction"].search([("activity_id", "=", following.id)]))
        action = following.with_user(self.omar).action_feedback_schedule_next(feedback="Again")
        self.assertFalse(action)
        self.assertEqual(len(self.lead.interaction_ids), 2)

    def test_reopened(self):
        activity = self._plan()
        self.assertTrue(self._done(activity))
        activity.with_user(self.omar).action_unarchive()
        self.assertFalse(self.lead.interaction_ids, "it was not done")
        kept = self._done(activity, feedback="Reached")
        activity.action_unarchive()
        self.assertEqual(self.lead.interaction_ids, kept, "somebody wrote what came of it")
        self.assertEqual(self._done(activity), kept, "and it stays the only one")

    def test_next_step_by_phone(self):
        first = self._log(
            lead_id=self.lead.id,
            next_step="Ask for the decision",
            next_step_date="2040-01-05",
            next_step_type_id=self.env.ref(CALL).id,
        )
        activity = first.next_activity_id
        self.assertEqual(activity.activity_type_id, self.env.ref(CALL))
        call = self._done(activity)
        self.assertEqual((call.name, call.lead_id), ("Ask for the decision", self.lead))
        self.assertEqual(first.next_step_state, "done")
        self.assertEqual(self.lead.interaction_ids, first + call)

    def test_on_an_interaction_itself(self):
        first = self._log(lead_id=self.lead.id)
        call = self._done(self._plan(first))
        self.assertEqual((call.lead_id, call.partner_id), (self.lead, self.layla))

    def test_contact_of_another_company(self):
        """Whoever works for two companies logs in that of the contact; nothing stays open."""
        self.karim.company_id = self.berlin
        self.alia.company_ids += self.berlin
        call = self._done(self._plan(self.karim, user=self.alia), user=self.alia)
        self.assertEqual((call.partner_id, call.company_id), (self.karim, self.berlin))

    def test_a_form_rule_keeps_no_activity_open(self):
        self.env["crm.form.rule"].create(
            {
                "name": "Outcome",
                "model_id": self.env["ir.model"]._get_id("crm.interaction"),
                "target_field_ids": [
                    (6, 0, self.env["ir.model.fields"]._get("crm.interaction", "outcome_id").ids)
                ],
                "condition_domain": "[('channel', '=', 'phone')]",
            }
        )
        self.assertTrue(self._done(self._plan()))

    def test_hostile_feedback(self):
        call = self._done(self._plan(), feedback="<script>alert(1)</script>\x0b")
        self.assertNotIn("<script", call.note)

    def test_counted_once(self):
        """A done call is one call in the report, one row of the timeline, one last contact."""
        self._done(self._plan(), feedback="Reached")
        self.env.flush_all()
        facts = self.env["crm.sales.performance.report"].search(
            [("lead_id", "=", self.lead.id), ("kind", "=", "call")]
        )
        self.assertEqual(len(facts), 1)
        self.assertEqual(self.layla.interaction_count, 1)
        self.assertEqual(self.layla.last_contact_at, self.lead.interaction_ids.date)

    def test_queries_do_not_grow_with_the_activities(self):
        """Beside what core does for each activity, which it does without us as well."""

        def count(number, channel):
            self.env.ref(CALL).interaction_channel = channel
            leads = self.env["crm.lead"].create(
                [
                    {"name": f"Lead {index}", "partner_id": self.layla.id, "user_id": self.omar.id}
                    for index in range(number)
                ]
            )
            activities = self.env["mail.activity"]
            for lead in leads:
                activities += self._plan(lead)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            activities.with_user(self.omar).action_feedback(feedback="Reached")
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(2, "phone")
        few = count(10, "phone") - count(10, False)
        many = count(100, "phone") - count(100, False)
        self.assertLessEqual(many, few + 10)


class TestMeetingActivity(DoneActivityCase):
    """A meeting in the calendar is one interaction, whether its activity is done or not."""

    def _plan_meeting(self, *attendees, days=-1, **values):
        activity = self._plan(kind=MEETING)
        event = self._meet(*attendees, days=days, **values)
        activity.calendar_event_id = event
        return activity, event

    def test_with_the_customer(self):
        activity, event = self._plan_meeting(self.layla)
        held = event.interaction_ids
        self.assertEqual(self._done(activity, feedback="Went well"), held)
        self.assertIn("Went well", held.note)
        self.assertEqual(self.layla.interaction_ids, held)

    def test_on_the_opportunity_with_colleagues(self):
        activity, event = self._plan_meeting(opportunity_id=self.lead.id)
        held = event.interaction_ids
        self.assertEqual(self._done(activity), held)
        self.assertEqual(self.lead.interaction_ids, held)

    def test_that_the_calendar_knows_without_the_customer(self):
        activity, event = self._plan_meeting()
        self.assertFalse(event.interaction_ids)
        held = self._done(activity)
        self.assertEqual((held.event_id, held.date), (event, event.start))
        self.assertEqual(held.duration, 2)
        event.write({"partner_ids": [(4, self.layla.id)]})
        self.assertEqual(event.interaction_ids, held, "the customer is invited afterwards")

    def test_private(self):
        activity, _event = self._plan_meeting(self.layla, privacy="private")
        self.assertFalse(self._done(activity))
        self.assertFalse(self.layla.interaction_ids)


class TestLogFromActivity(DoneActivityCase):
    """Finishing an activity with an outcome and a next step."""

    def _open(self, activity, user=None):
        action = activity.with_user(user or self.omar).action_log_interaction()
        Interaction = self.env["crm.interaction"].with_user(user or self.omar)
        return Form(
            Interaction.with_context(**action["context"]),
            view=self.env["ir.ui.view"].browse(action["views"][0][0]),
        )

    def test_the_form_finishes_it(self):
        activity = self._plan(summary="Ask about the budget")
        with self._open(activity) as form:
            self.assertEqual(form.name, "Ask about the budget")
            self.assertEqual(form.channel, "phone")
            form.outcome_id = self.env.ref("crm_suite.outcome_call_back")
            form.next_step = "Call again"
            form.next_step_date = "2040-01-05"
        call = form.record
        self.assertFalse(activity.active)
        self.assertEqual(call.activity_id, activity)
        self.assertEqual(self.lead.interaction_ids, call, "no second one by itself")
        self.assertEqual(self.lead.activity_ids.summary, "Call again")
        self.assertIn("Call Back Later", self.lead.message_ids[0].body)

    def test_a_call_that_reached_nobody_keeps_no_promise(self):
        self.north.first_contact_scope = "all"
        lead = self.env["crm.lead"].create(
            {"name": "New", "team_id": self.north.id, "user_id": self.omar.id, "type": "lead"}
        )
        self.assertTrue(lead.first_contact_deadline)
        with self._open(self._plan(lead)) as form:
            form.outcome_id = self.env.ref("crm_suite.outcome_no_answer")
        self.assertFalse(lead.first_contact_at)
        self._done(self._plan(lead), feedback="Reached")
        self.assertTrue(lead.first_contact_at)

    def test_what_is_refused(self):
        Interaction = self.env["crm.interaction"].with_user(self.omar)
        of_sami = self._plan(
            self.env["crm.lead"].create({"name": "Secret", "user_id": self.sami.id}), user=self.sami
        )
        with self.assertRaises(AccessError):
            Interaction.create({"partner_id": self.layla.id, "activity_id": of_sami.id})
        with self.assertRaises(AccessError):
            of_sami.with_user(self.omar).action_log_interaction()
        elsewhere = self._plan()
        other = self.env["res.partner"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "another customer"):
            Interaction.create({"partner_id": other.id, "activity_id": elsewhere.id})
        with self.assertRaises(AccessError):
            self._log().with_user(self.omar).activity_id = elsewhere
        self._done(elsewhere)
        with self.assertRaisesRegex(UserError, "done already"):
            Interaction.create({"partner_id": self.layla.id, "activity_id": elsewhere.id})
        self.assertTrue(of_sami.active)
