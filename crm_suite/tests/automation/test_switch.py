from ast import literal_eval
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import AutomationCase

DATA = {
    "lead_untouched": True,
    "quotation_unanswered": True,
    "closing_date": True,
    "quotation_reminder_1": False,
    "quotation_reminder_2": False,
    "quotation_reminder_3": False,
    "order_thanks": False,
    "won_hand_over": False,
    "invoice_due_soon": False,
    "invoice_overdue": True,
    "promise_broken": True,
    "customer_silent": True,
}


@tagged("post_install", "-at_install")
class TestSwitch(AutomationCase):
    """Rules are switched on and edited by the administrator, and begin with that moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._create_user("admin", "base.group_system,sales_team.group_sale_manager")

    def test_what_is_delivered(self):
        """Nothing that writes to customers is on, and nothing is hidden in code."""
        for name in DATA:
            rule = self._rule(name)
            self.assertTrue(rule.description, name)
            self.assertTrue(rule.action_server_ids, name)
            self.assertNotIn("code", rule.action_server_ids.mapped("state"), name)
            data = self.env["ir.model.data"].search(
                [("module", "=", "crm_suite"), ("name", "=", f"automation_{name}")]
            )
            self.assertTrue(data.noupdate, name)

    def test_the_list_shows_all_and_switches(self):
        action = self.env.ref("crm_suite.base_automation_action")
        rules = self.env["base.automation"].with_user(self.admin)
        found = rules.with_context(**literal_eval(action.context)).search(
            literal_eval(action.domain)
        )
        for name in DATA:
            self.assertIn(self._rule(name), found)
        self.assertEqual(action.view_ids[:1].view_mode, "list")
        arch = rules.get_views([(action.view_ids[:1].view_id.id, "list")])["views"]["list"]["arch"]
        self.assertIn("boolean_toggle", arch)
        rule = self._rule("quotation_reminder_1").with_user(self.admin)
        rule.active = True
        rule.trg_date_range = 4
        with self.assertRaises(AccessError):
            rule.with_user(self.mona).active = False

    def test_switching_on_does_not_wake_the_past(self):
        old = self._create_opportunity()
        old.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - interval '2 years',"
            " date_last_stage_update = create_date - interval '2 years' WHERE id = %s",
            [old.id],
        )
        rule = self._rule("lead_untouched")
        rule.last_run = self.now - timedelta(days=3 * 365)
        old.invalidate_recordset()
        self.assertTrue(old.is_untouched)
        rule.with_user(self.admin).active = True
        self.assertGreaterEqual(rule.last_run, self.now)
        self._run_cron()
        self.assertFalse(old.activity_ids)

    def test_writing_on_again_misses_nothing(self):
        self._switch_on("closing_date", since_days=5)
        rule = self._rule("closing_date")
        before = rule.last_run
        rule.with_user(self.admin).write({"active": True, "name": "Closing date"})
        self.assertEqual(rule.last_run, before)

    def test_copies_and_new_rules_begin_now(self):
        self._switch_on("closing_date")
        copy = self._rule("closing_date").with_user(self.admin).copy()
        self.assertGreaterEqual(copy.last_run, self.now)

    def test_rules_of_other_apps_catch_up_as_core_has_it(self):
        field = self.env["ir.model.fields"]._get("res.country", "write_date")
        rule = self.env["base.automation"].create(
            {
                "name": "Countries",
                "model_id": self.env["ir.model"]._get_id("res.country"),
                "trigger": "on_time",
                "trg_date_id": field.id,
            }
        )
        self.assertFalse(rule.last_run)
