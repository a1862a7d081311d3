import base64

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.crm_suite.lib import pack_format
from odoo.addons.crm_suite.tests.studio.test_customization_pack import PackCase


@tagged("post_install", "-at_install")
class TestHelpdeskPacks(PackCase):
    def setUp(self):
        super().setUp()
        groups = self.env.ref("crm_suite_helpdesk.group_manager")
        groups |= self.env.ref("sales_team.group_sale_manager")
        self.cora.group_ids = [Command.link(group.id) for group in groups]
        self.env["crm.sla.policy"].search([]).active = False

    def _import_ready(self, name):
        pack = self.env.ref(f"crm_suite.pack_{name}").with_user(self.cora)
        action = pack.action_import()
        import_ = pack.env[action["res_model"]].browse(action["res_id"])
        for line in import_.line_ids:
            line.is_taken = line.section == "service" and line.action in ("new", "changed")
        import_.action_import()
        return import_

    def test_ready_packs_bring_promises_and_replies(self):
        for name in ("services_company", "trading_company", "clinic"):
            with self.subTest(pack=name):
                import_ = self._import_ready(name)
                lines = import_.line_ids.filtered(lambda line: line.section == "service")
                self.assertFalse(lines.filtered(lambda line: line.action == "impossible"))
                kinds = set(lines.mapped("kind"))
                self.assertLessEqual(
                    {"ticket_category", "sla_policy", "ticket_macro", "canned_reply"}, kinds
                )
                self._undo(import_)
                self.assertEqual(set(lines.mapped("undo_result")), {"done"})

    def test_categories_macros_and_policies_in_both_languages(self):
        self._import_ready("trading_company")
        late = self.env["crm.ticket.category"].search(
            [
                ("name", "=", "Late"),
                ("parent_id.name", "=", "Delivery"),
                ("parent_id.parent_id", "=", False),
            ]
        )
        self.assertEqual(late.display_name, "Delivery / Late")
        self.assertEqual(late.with_context(lang="ar_001").display_name, "التسليم / متأخر")
        policy = self.env["crm.sla.policy"].search([("name", "=", "Trade: Delivery")])
        self.assertEqual(policy.company_id, self.company)
        self.assertEqual(policy.category_ids, late.parent_id)
        self.assertEqual(
            {target.metric: target.budget for target in policy.target_ids},
            {"first_response": 4, "resolution": 24},
        )
        macro = self.env["crm.ticket.macro"].search([("name", "=", "Photos of the Damage")])
        self.assertIn("send us photos", macro.body)
        self.assertIn("يرجى إرسال صور", macro.with_context(lang="ar_001").body)
        reply = self.env["mail.canned.response"].search([("source", "=", "trd-stock-ar")])
        self.assertEqual(reply.ticket_lang, "ar_001")
        self.assertIn(self.env.ref("crm_suite_helpdesk.group_agent"), reply.group_ids)

    def test_what_was_imported_is_exported_alike(self):
        self._import_ready("clinic")
        action = self.env["crm.customization.export"].with_user(self.cora).action_start()
        wizard = self.env[action["res_model"]].with_user(self.cora).browse(action["res_id"])
        wizard.key = "copy"
        for line in wizard.line_ids:
            line.is_taken = line.kind in ("sla_policy", "ticket_macro") and not line.reason
        action = wizard.action_export()
        pack = self.env[action["res_model"]].with_user(self.cora).browse(action["res_id"])
        document = pack_format.read(base64.b64decode(pack.file))
        keys = {record["key"] for record in document["records"]}
        self.assertIn("sla_policy:Clinic: Appointments", keys)
        # what they name comes along
        self.assertIn("ticket_category:Appointments / Postpone", keys)
        self.assertIn("ticket_category:Appointments", keys)
        action = pack.action_import()
        import_ = pack.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(set(import_.line_ids.mapped("action")), {"unchanged"})

    def test_a_policy_for_certain_customers_cannot_be_exported(self):
        policy = self.env["crm.sla.policy"].create(
            {
                "name": "Haddad",
                "mode": "always",
                "partner_ids": self.haddad.ids,
                "target_ids": [Command.create({"metric": "resolution", "budget_s": 3600})],
            }
        )
        action = self.env["crm.customization.export"].with_user(self.cora).action_start()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        line = wizard.line_ids.filtered(
            lambda line: (line.res_model, line.res_id) == (policy._name, policy.id)
        )
        self.assertIn("customers", line.reason)

    def test_without_rights_on_the_helpdesk_nothing_of_it_comes(self):
        self.cora.group_ids = [Command.unlink(self.env.ref("crm_suite_helpdesk.group_manager").id)]
        pack = self.env.ref("crm_suite.pack_clinic").with_user(self.cora)
        action = pack.action_import()
        import_ = pack.env[action["res_model"]].browse(action["res_id"])
        lines = import_.line_ids.filtered(lambda line: line.kind == "sla_policy")
        self.assertEqual(set(lines.mapped("action")), {"impossible"})
