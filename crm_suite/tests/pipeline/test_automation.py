from ast import literal_eval
from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestAutomation(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.contact = cls.env.ref("crm_suite.mail_activity_type_contact")
        cls.lead_rule = cls.env.ref("crm_suite.automation_lead_untouched")
        cls.quotation_rule = cls.env.ref("crm_suite.automation_quotation_unanswered")
        # as if the rules had been installed a week ago, alone
        cls.env["base.automation"].search([]).active = False
        rules = cls.lead_rule | cls.quotation_rule
        rules.active = True
        rules.last_run = cls.now - timedelta(days=7)

    def _run_cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(
                "base_automation.ir_cron_data_base_automation_check"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _age(self, lead, **ago):
        created = self.now - timedelta(**ago)
        lead.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s, date_last_stage_update = %s WHERE id = %s",
            [created, created, lead.id],
        )
        lead.invalidate_recordset()
        return lead

    def test_untouched_lead_reminds_the_responsible_once(self):
        lead = self._age(self._create_opportunity(), hours=30)
        young = self._age(self._create_opportunity(), hours=20)
        self._run_cron()
        self.assertRecordValues(
            lead.activity_ids,
            [{"user_id": self.omar.id, "activity_type_id": self.contact.id}],
        )
        self.assertFalse(young.activity_ids)
        self.lead_rule.last_run = self.now - timedelta(days=7)
        self._run_cron()
        self.assertEqual(len(lead.activity_ids), 1)

    def test_lead_of_nobody_reminds_the_team_leader(self):
        lead = self._age(self._create_opportunity(user_id=False), hours=30)
        orphan = self._age(self._create_opportunity(user_id=False, team_id=self.south.id), hours=30)
        self._run_cron()
        self.assertEqual(lead.activity_ids.user_id, self.nora)
        self.assertFalse(orphan.activity_ids)

    def test_touched_leads_are_left_alone(self):
        touches = {
            "written": lambda lead: self._say(lead, "Hello", message_type="comment"),
            "planned": lambda lead: lead.activity_schedule("mail.mail_activity_data_call"),
            "met": lambda lead: self.env["calendar.event"].create(
                {
                    "name": "Visit",
                    "opportunity_id": lead.id,
                    "start": self.now,
                    "stop": self.now + timedelta(hours=1),
                }
            ),
            "logged": lambda lead: self.env["crm.interaction"].create(
                {"name": "Call", "lead_id": lead.id, "channel": "phone", "date": self.now}
            ),
            "moved": lambda lead: lead.write({"date_last_stage_update": self.now}),
            "lost": lambda lead: lead.action_set_lost(),
        }
        leads = {}
        for name, touch in touches.items():
            leads[name] = self._age(self._create_opportunity(name=name), hours=30)
            self.assertTrue(leads[name].is_untouched, name)
            touch(leads[name])
        self.env.flush_all()
        self.env.invalidate_all()
        for name, lead in leads.items():
            self.assertFalse(lead.is_untouched, name)
        self._run_cron()
        for name, lead in leads.items():
            self.assertNotIn(self.contact, lead.activity_ids.activity_type_id, name)

    def test_mail_of_the_customer_does_not_count_as_touch(self):
        lead = self._age(self._create_opportunity(), hours=30)
        self._say(lead, "Any news?", message_type="email", author_id=self.layla.id)
        self.assertTrue(lead.is_untouched)

    def _send_quotation(self, **ago):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "user_id": self.omar.id,
                "order_line": [Command.create({"product_id": self.desk.id})],
            }
        )
        order.action_quotation_sent()
        order.quotation_sent_at = self.now - timedelta(**ago)
        return order

    def test_unanswered_quotation_is_called(self):
        order = self._send_quotation(hours=73)
        young = self._send_quotation(hours=71)
        ordered = self._send_quotation(hours=73)
        ordered.action_confirm()
        answered = self._send_quotation(hours=73)
        self._say(answered, "I will think about it", message_type="email", author_id=self.layla.id)
        self._run_cron()
        self.assertRecordValues(
            order.activity_ids,
            [
                {
                    "user_id": self.omar.id,
                    "activity_type_id": self.env.ref(
                        "crm_suite.mail_activity_type_call_quotation"
                    ).id,
                }
            ],
        )
        self.assertFalse((young | ordered | answered).activity_ids)

    def test_a_note_of_a_colleague_is_no_answer(self):
        order = self._send_quotation(hours=73)
        self._say(
            order, "He is on holiday", message_type="comment", author_id=self.omar.partner_id.id
        )
        self.assertTrue(order.is_unanswered)
        self.assertIn(order, order.search([("is_unanswered", "=", True)]))
        self.assertNotIn(order, order.search([("is_unanswered", "=", False)]))

    def test_administrators_can_edit_the_rules(self):
        admin = self._create_user("admin", "base.group_system,sales_team.group_sale_manager")
        action = self.env.ref("crm_suite.base_automation_action")
        rules = self.env["base.automation"].with_user(admin).with_context(active_test=False)
        found = rules.search(literal_eval(action.domain))
        self.assertLessEqual(self.lead_rule | self.quotation_rule, found)
        self.lead_rule.with_user(admin).trg_date_range = 2
        states = (self.lead_rule | self.quotation_rule).action_server_ids.mapped("state")
        self.assertEqual(set(states), {"next_activity"})
