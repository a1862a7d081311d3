from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestCustomizationChange(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead_model = cls.env["ir.model"]._get("crm.lead")
        cls.Tab = cls.env["crm.form.tab"].with_user(cls.cora)
        cls.tab = cls.Tab.create({"name": "Delivery", "model_id": cls.lead_model.id})

    def _get_changes(self, record):
        domain = [("res_model", "=", record._name), ("res_id", "in", record.ids)]
        return self.env["crm.customization.change"].with_user(self.cora).search(domain, order="id")

    def test_who_changed_what(self):
        group = self.env.ref("sales_team.group_sale_manager")
        self.tab.write({"name": "Shipping", "group_ids": group.ids, "position": "first"})
        self.tab.active = False
        self.tab.unlink()
        changes = self._get_changes(self.tab)
        self.assertEqual(changes.mapped("action"), ["create", "write", "write", "unlink"])
        self.assertEqual(changes.user_id, self.cora)
        self.assertEqual(changes.model_id, self.lead_model)
        self.assertEqual(set(changes.mapped("kind")), {"tab"})
        self.assertEqual(changes[-1].name, "Shipping")
        summary = changes[1].summary
        self.assertIn("Name: Delivery → Shipping", summary)
        self.assertIn(f"Visible To: – → {group.display_name}", summary)
        self.assertIn("Position: After the other tabs → Before the other tabs", summary)
        self.assertEqual(changes[2].summary, "Active: yes → no")

    def test_words_are_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.tab.position = "first"
        change = self._get_changes(self.tab)[-1]
        label = self.Tab.with_context(lang="ar_001").fields_get(["position"])["position"]
        self.assertIn(dict(label["selection"])["first"], change.with_context(lang="ar_001").summary)

    def test_what_stays_the_same_is_no_change(self):
        before = self._get_changes(self.tab)
        self.tab.write({"name": "Delivery", "sequence": 3})
        self.assertEqual(self._get_changes(self.tab), before)

    def test_translations_are_changes(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.tab.update_field_translations("name", {"ar_001": "التسليم"})
        change = self._get_changes(self.tab)[-1]
        language = dict(self.env["res.lang"].get_installed())["ar_001"]
        self.assertEqual(change.summary, f"Name ({language}): Delivery → التسليم")
        # whoever reads in that language knows that it is meant
        self.assertNotIn("(", change.with_context(lang="ar_001").summary)
        self.tab.with_context(lang="ar_001").name = "الشحن"
        change = self._get_changes(self.tab)[-1]
        self.assertIn(f"({language}): التسليم → الشحن", change.summary)
        # also when it is one's own language
        self.tab.with_context(lang="ar_001").update_field_translations("name", {"ar_001": "النقل"})
        self.assertIn("النقل", self._get_changes(self.tab)[-1].summary)

    def test_names_are_in_the_language_of_the_reader(self):
        """The history of somebody who works in Arabic is read in English, and the other way."""
        self.env["res.lang"]._activate_lang("ar_001")
        groups = self.env["res.groups"].create([{"name": "Night shift"}, {"name": "Day shift"}])
        groups[0].with_context(lang="ar_001").name = "وردية الليل"
        self.tab.update_field_translations("name", {"ar_001": "التسليم"})
        arabic = self.tab.with_context(lang="ar_001")
        arabic.group_ids = groups[0]
        arabic.condition_domain = "[('type', '=', 'lead')]"
        english, local = (
            self._get_changes(self.tab)[-2:].with_context(lang=lang) for lang in ("en_US", "ar_001")
        )
        self.assertEqual(english.mapped("name"), ["Delivery", "Delivery"])
        self.assertEqual(local.mapped("name"), ["التسليم", "التسليم"])
        self.assertEqual(english[0].summary, "Visible To: – → Night shift")
        self.assertIn("وردية الليل", local[0].summary)
        kind = self.env["crm.lead"].with_context(lang="ar_001").fields_get(["type"])["type"]
        self.assertIn("Lead", english[1].summary)
        self.assertIn(dict(kind["selection"])["lead"], local[1].summary)
        found = self.env["crm.customization.change"].with_user(self.cora)
        for lang, name in (("en_US", "delivery"), ("ar_001", "التسليم")):
            found = found.with_context(lang=lang)
            self.assertIn(english[0], found.search([("name", "ilike", name)]))

    def test_safe_mode_in_both_languages(self):
        self.env["res.lang"]._activate_lang("ar_001")
        switch = self.env["crm.customization.switch"].with_user(self.cora)
        switch.with_context(lang="ar_001").create({}).action_switch()
        change = self.env["crm.customization.change"].search([("kind", "=", "switch")], limit=1)
        self.assertEqual(change.with_context(lang="en_US").name, "Safe Mode")
        self.assertNotEqual(change.with_context(lang="ar_001").name, "Safe Mode")

    def test_many_records_are_one_insert(self):
        tabs = self.Tab.create(
            [{"name": f"Tab {index}", "model_id": self.lead_model.id} for index in range(20)]
        )
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        tabs[:1].write({"active": False})
        self.env.flush_all()
        one = self.env.cr.sql_log_count - before
        tabs[1:].write({"active": False})
        self.env.flush_all()
        self.assertLessEqual(self.env.cr.sql_log_count - before - one, one)
        self.assertEqual(len(self._get_changes(tabs)), 40)

    def test_searched_by_value_and_opened_from_the_record(self):
        self.tab.name = "Zebra crossing"
        Change = self.env["crm.customization.change"].with_user(self.cora)
        found = Change.search([("summary", "ilike", "zebra")])
        self.assertEqual(found, self._get_changes(self.tab)[-1])
        self.assertEqual(self.tab.change_count, 2)
        action = self.tab.action_view_changes()
        self.assertEqual(len(Change.search(action["domain"])), 2)
        self.assertEqual(found.action_open_record()["res_id"], self.tab.id)
        self.tab.unlink()
        with self.assertRaisesRegex(UserError, "no longer exists"):
            found.action_open_record()

    def test_parts_of_a_field_are_in_the_history_of_the_field(self):
        field = self.env["crm.custom.field"].create(
            {"name": "Colour", "model_id": self.lead_model.id, "kind": "selection"}
        )
        self.env["crm.custom.field.option"].create({"custom_field_id": field.id, "name": "Red"})
        self.assertEqual(field.change_count, 2)

    def test_nobody_changes_history(self):
        change = self._get_changes(self.tab)
        for user in (self.cora, self.mona, self.env.ref("base.user_admin")):
            change_as = change.with_user(user)
            with self.assertRaises(AccessError):
                change_as.create({"action": "create", "name": "Forged"})
            with self.assertRaises(UserError):
                change_as.write({"name": "Forged"})
            with self.assertRaises(UserError):
                change_as.unlink()
        with self.assertRaises(UserError):
            change.sudo().write({"name": "Forged"})
        with self.assertRaises(UserError):
            change.sudo().unlink()
        with self.assertRaises(AccessError):
            change.with_user(self.omar).read(["name"])

    def test_context_does_not_hide_a_change(self):
        self.tab.with_context(install_mode=True, _force_unlink=True).name = "Hidden"
        self.assertIn("Hidden", self._get_changes(self.tab)[-1].summary)

    def test_names_of_records_are_not_told(self):
        """Who reads the history may not be who was allowed to choose the record."""
        customer = self.env["res.partner"].create({"name": "Secret Holding"})
        criterion = repr([("partner_id", "=", customer.id)])
        stage = self.env["crm.stage"].search([], limit=1)
        rule = self.env["crm.form.rule"].create(
            {
                "model_id": self.lead_model.id,
                "kind": "block",
                "condition_domain": repr([("stage_id", "=", stage.id)]),
            }
        )
        rule.condition_domain = criterion
        self.assertIn("Secret", rule.display_name)
        rule.unlink()
        changes = self._get_changes(rule)
        told = "".join(change.name + (change.summary or "") for change in changes)
        self.assertNotIn("Secret", told)
        self.assertIn(f"#{customer.id}", told)
        self.assertIn(stage.name, told)
