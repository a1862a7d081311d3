from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import CustomerCase

CALL = "mail.mail_activity_data_call"


class TestCallList(CustomerCase):
    """Whom to call today: open calls on what the reader may see, with number and last talk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.layla.phone = "+49 30 5550100"
        cls.haddad.phone = "+49 30 5550111"
        cls.lead = cls._create_opportunity()
        cls.today = fields.Date.today()

    def _plan(self, record, days=0, kind=CALL, user=None, **values):
        return record.with_context(mail_activity_quick_update=True).activity_schedule(
            kind, self.today + timedelta(days=days), user_id=(user or self.omar).id, **values
        )

    def _calls(self, activities, user=None, domain=()):
        self.env.flush_all()
        return (
            self.env["crm.call"]
            .with_user(user or self.omar)
            .search([("activity_id", "in", activities.ids), *domain])
        )

    def test_every_document_of_a_customer(self):
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
        step = self._log(
            next_step="Call again",
            next_step_date=self.today,
            next_step_type_id=self.env.ref(CALL).id,
        ).next_activity_id
        activities = step
        for record in (self.lead, self.layla, order, move):
            activities += self._plan(record)
        activities += self._plan(self.lead, kind="mail.mail_activity_data_todo")
        calls = self._calls(activities)
        self.assertEqual(calls.activity_id, activities[:5])
        self.assertEqual(set(calls.mapped("phone")), {"+49 30 5550100"})
        self.assertEqual(calls.partner_id, self.layla)
        self.assertEqual(set(calls.mapped("who")), {"Haddad Trading, Layla Haddad"})

    def test_numbers(self):
        stranger = self._create_opportunity(
            partner_id=False, contact_name="Rami", phone="+49 30 5550199"
        )
        activities = self._plan(stranger) + self._plan(self.karim)
        first, second = self._calls(activities).sorted("id")
        self.assertEqual((first.who, first.phone), ("Rami", "+49 30 5550199"))
        self.assertEqual(second.phone, "+49 30 5550111", "that of the company")

    def test_last_talk(self):
        activity = self._plan(self.lead)
        call = self._calls(activity)
        self.assertFalse(call.last_contact_at)
        self._log(
            partner=self.karim,
            date="2024-02-01 10:00:00",
            outcome_id=self.env.ref("crm_suite.outcome_interested").id,
        )
        self._log(date="2024-01-01 10:00:00")
        self._meet(self.layla, days=3)
        call.invalidate_recordset()
        self.assertEqual(str(call.last_contact_at), "2024-02-01 10:00:00")
        self.assertEqual(call.last_outcome_id, self.env.ref("crm_suite.outcome_interested"))

    def test_who_sees_what(self):
        secret = self._create_opportunity(user_id=self.sami.id, team_id=self.south.id)
        of_sami = self._plan(secret, user=self.sami)
        told = self._plan(secret, user=self.omar)
        self.assertFalse(self._calls(of_sami + told), "omar may not read the lead")
        self.assertEqual(len(self._calls(of_sami, user=self.alia)), 1)
        with self.assertRaises(AccessError):
            self._calls(of_sami, user=self.cora)
        with self.assertRaises(AccessError):
            self._calls(of_sami, user=self.pia)

    def test_what_nobody_waits_for(self):
        done = self._plan(self.lead)
        lost = self._create_opportunity()
        on_lost = self._plan(lost)
        order = self.env["sale.order"].create(
            {"partner_id": self.layla.id, "user_id": self.omar.id, "state": "cancel"}
        )
        colleague = self._plan(self.nora.partner_id)
        activities = done + on_lost + self._plan(order) + colleague
        done.with_user(self.omar).action_feedback()
        lost.active = False
        self.assertFalse(self._calls(activities))

    def test_filters(self):
        late, now, later = (self._plan(self.lead, days=days) for days in (-2, 0, 3))
        activities = late + now + later
        for domain, expected in (
            ([("date_deadline", "<=", "today")], late + now),
            ([("date_deadline", "<", "today")], late),
            ([("date_deadline", ">", "today")], later),
        ):
            self.assertEqual(self._calls(activities, domain=domain).activity_id, expected)

    def test_log_and_postpone(self):
        first, second = self._plan(self.lead), self._plan(self.layla)
        calls = self._calls(first + second)
        action = calls.filtered(lambda call: call.res_model == "crm.lead").action_log_interaction()
        Interaction = self.env["crm.interaction"].with_user(self.omar)
        Form(
            Interaction.with_context(**action["context"]),
            view=self.env["ir.ui.view"].browse(action["views"][0][0]),
        ).save()
        self.assertFalse(first.active)
        self.assertEqual(self.lead.interaction_ids.activity_id, first)
        rest = self._calls(second)
        rest.action_postpone_tomorrow()
        self.assertGreater(second.date_deadline, self.today)
        rest.action_postpone_next_week()
        self.assertEqual(second.date_deadline.weekday(), 0)
        with self.assertRaisesRegex(UserError, "already"):
            calls.action_postpone_tomorrow()
        with self.assertRaises(UserError):
            self.env["crm.call"].with_user(self.omar).browse(first.id).action_log_interaction()

    def test_rows_are_read_only(self):
        call = self._calls(self._plan(self.lead))
        for operation in ("write", "create", "unlink"):
            self.assertFalse(call.has_access(operation))

    def test_queries_do_not_grow_with_the_calls(self):
        def count(number):
            activities = self.env["mail.activity"]
            for index in range(number):
                partner = self.env["res.partner"].create({"name": f"Contact {number} {index}"})
                self._log(partner=partner)
                activities += self._plan(partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._calls(activities, user=self.alia).read(
                ["who", "phone", "last_contact_at", "last_outcome_id"]
            )
            return self.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(20))


class TestLogPanel(CustomerCase):
    """What the window shows that logs from anywhere."""

    def _panel(self, user=None, record=None):
        return (
            self.env["crm.interaction"]
            .with_user(user or self.omar)
            .get_log_panel(*((record._name, record.id) if record else ()))
        )

    def test_calls_and_last_ones_of_the_reader(self):
        mine, theirs = self._log(), self._log(user=self.sami)
        lead = self._create_opportunity()
        lead.activity_schedule(CALL, fields.Date.today(), user_id=self.omar.id)
        panel = self._panel()
        latest = [row["id"] for row in panel["latest"]]
        self.assertIn(mine.id, latest)
        self.assertNotIn(theirs.id, latest)
        self.assertEqual(panel["call_count"], 1)
        self.assertEqual(panel["calls"][0]["name"], lead.display_name)
        self.assertTrue(panel["outcomes"] and panel["types"])

    def test_the_record_on_the_screen(self):
        lead = self._create_opportunity()
        defaults = self._panel(record=lead)["defaults"]
        self.assertEqual(defaults["lead_id"], lead.id)
        self.assertEqual(defaults["partner_id"], self.layla.id)
        secret = self._create_opportunity(user_id=self.sami.id, team_id=self.south.id)
        self.assertEqual(self._panel(record=secret)["defaults"], {})
        self.assertEqual(self._panel(record=self.desk)["defaults"], {})
        Interaction = self.env["crm.interaction"].with_user(self.omar)
        for res_model, res_id in (("no.model", 1), ("crm.lead", "x"), ("crm.lead", 0)):
            self.assertEqual(Interaction.get_log_panel(res_model, res_id)["defaults"], {})

    def test_who_may_not_log(self):
        for user in self.cora, self.pia:
            with self.assertRaises(AccessError):
                self._panel(user)

    def test_average_duration_leaves_out_what_was_not_measured(self):
        calls = self._log(duration=1) + self._log(duration=0.5) + self._log()
        [[average, total]] = self.env["crm.interaction"]._read_group(
            [("id", "in", calls.ids)], [], ["average_duration:avg", "duration:sum"]
        )
        self.assertEqual((average, total), (0.75, 1.5))
