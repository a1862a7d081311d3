from odoo.tests import HttpCase, tagged

from .test_form_rule import FormRuleCase


@tagged("post_install", "-at_install")
class TestFormRuleUi(FormRuleCase, HttpCase):
    """A salesperson is stopped by a rule, reads why and mends it; in English and in Arabic."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("ar_001")
        self.lead = self._create_opportunity(partner_id=False, phone=False, email_from=False)
        rule = self._create_rule(
            condition_domain="[('priority', '=', '3')]",
            message="RULE 7: important deals need a phone number.",
        )
        rule.with_context(lang="ar_001").message = "RULE 7: الصفقات المهمة تحتاج رقم هاتف."
        self.omar.tz = "Asia/Amman"

    def _stop(self, name, path):
        self.start_tour(path, name, login=self.omar.login, timeout=120)
        self.lead.invalidate_recordset()

    def _stop_in_form(self):
        path = f"/odoo/action-crm.crm_lead_action_pipeline/{self.lead.id}"
        self._stop("crm_suite_form_rule", path)
        self.assertEqual(self.lead.name, "Forty oak desks")
        self.assertEqual(self.lead.priority, "3")
        self.assertEqual(self.lead.phone, "+962 6 500 1234")

    def test_form_in_english(self):
        self._stop_in_form()

    def test_form_in_arabic(self):
        self.omar.lang = "ar_001"
        self._stop_in_form()

    def _stop_in_list(self):
        self.env["crm.form.rule"].search([]).active = False
        rule = self._create_rule(
            targets=["email_from"],
            condition_domain="[('color', '=', 7)]",
            message="RULE 7: where do we write?",
        )
        rule.with_context(lang="ar_001").message = "RULE 7: إلى أين نكتب؟"
        self._create_rule(
            targets=["expected_revenue"], kind="readonly", condition_domain="[('color', '=', 7)]"
        )
        self.lead.write({"color": 7, "email_from": "layla@example.com", "expected_revenue": 70})
        self.env["crm.lead"].search([("id", "!=", self.lead.id)]).active = False
        self._stop(
            "crm_suite_form_rule_list", "/odoo/action-crm.crm_lead_opportunities?view_type=list"
        )
        self.assertEqual(self.lead.email_from, "office@example.com")
        self.assertEqual(self.lead.expected_revenue, 70)

    def test_list_in_english(self):
        self._stop_in_list()

    def test_list_in_arabic(self):
        self.omar.lang = "ar_001"
        self._stop_in_list()
