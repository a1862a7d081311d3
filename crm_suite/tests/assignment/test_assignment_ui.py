from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestAssignmentUi(HttpCase):
    """A person lets a lead be assigned and switches a rule on; in English and in Arabic."""

    def _create_user(self, lang, groups):
        self.env["res.lang"]._activate_lang(lang)
        return new_test_user(
            self.env, f"mona_{lang}", groups=groups, lang=lang, email="mona@example.com"
        )

    def _assign(self, lang):
        self.env.ref("base.group_user")._apply_group(self.env.ref("crm.group_use_lead"))
        mona = self._create_user(lang, "sales_team.group_sale_manager")
        sami = new_test_user(self.env, "sami", groups="sales_team.group_sale_salesman")
        team = self.env["crm.team"].create(
            {"name": "South", "member_ids": [Command.link(sami.id)], "assignment_wait_hours": 744}
        )
        lead = self.env["crm.lead"].create(
            {"name": "Desks", "type": "lead", "user_id": False, "team_id": team.id}
        )
        self.start_tour(
            f"/odoo/action-crm.crm_lead_all_leads/{lead.id}",
            "crm_suite_assignment",
            login=mona.login,
            timeout=120,
        )
        self.assertEqual((lead.user_id, lead.assignment_state), (sami, "automatic"))

    def _switch(self, lang):
        admin = self._create_user(lang, "base.group_system,sales_team.group_sale_manager")
        rules = self.env["base.automation"].with_context(active_test=False).search([])
        rules.active = True
        rule = self.env.ref("crm_suite.automation_quotation_reminder_1")
        rule.active = False
        self.start_tour(
            "/odoo/action-crm_suite.base_automation_action",
            "crm_suite_automation_switch",
            login=admin.login,
            timeout=120,
        )
        self.assertTrue(rule.active)

    def test_assign_in_english(self):
        self._assign("en_US")

    def test_assign_in_arabic(self):
        self._assign("ar_001")

    def test_switch_in_english(self):
        self._switch("en_US")

    def test_switch_in_arabic(self):
        self._switch("ar_001")
