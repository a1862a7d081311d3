from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestCustomizationItem(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead_model = cls.env["ir.model"]._get("crm.lead")
        cls.Item = cls.env["crm.customization.item"].with_user(cls.cora)
        cls.tab = (
            cls.env["crm.form.tab"]
            .with_user(cls.cora)
            .create({"name": "Zebra tab", "model_id": cls.lead_model.id})
        )
        cls.rule = cls.env["crm.form.rule"].create(
            {
                "name": "Zebra rule",
                "model_id": cls.lead_model.id,
                "target_field_ids": cls.env["ir.model.fields"]._get("crm.lead", "phone").ids,
            }
        )
        cls.default = cls.env["crm.form.default"].create(
            {
                "model_id": cls.lead_model.id,
                "field_id": cls.env["ir.model.fields"]._get("crm.lead", "referred").id,
                "value": "Zebra",
            }
        )
        cls.field = cls.env["crm.custom.field"].create(
            {"name": "Zebra field", "model_id": cls.lead_model.id}
        )

    def _find(self, record):
        self.env.flush_all()
        self.Item.invalidate_model()
        return self.Item.search([("res_model", "=", record._name), ("res_id", "=", record.id)])

    def test_all_that_configurators_made(self):
        for record, kind, state in [
            (self.tab, "tab", "live"),
            (self.rule, "rule", "live"),
            (self.default, "default", "live"),
            (self.field, "field", "draft"),
        ]:
            with self.subTest(kind=kind):
                item = self._find(record)
                self.assertEqual(item.kind, kind)
                self.assertEqual(item.title, record.display_name)
                self.assertEqual(item.model_id, self.lead_model)
                self.assertEqual(item.state, state)
                self.assertEqual(item.origin, "person")
                self.assertEqual(item.action_open()["res_id"], record.id)
        self.assertEqual(self._find(self.tab).user_id, self.cora)
        self.tab.active = False
        self.assertEqual(self._find(self.tab).state, "archived")

    def test_what_was_made_elsewhere(self):
        automation = self.env["base.automation"].create(
            {"name": "Zebra automation", "model_id": self.lead_model.id, "trigger": "on_create"}
        )
        shared, own = self.env["ir.filters"].create(
            [
                {"name": "Zebra for all", "model_id": "crm.lead", "user_ids": []},
                {"name": "Zebra of Omar", "model_id": "crm.lead", "user_ids": self.omar.ids},
            ]
        )
        view = self.env["ir.ui.view"].create(
            {"name": "Zebra view", "model": "crm.lead", "arch": "<form><field name='name'/></form>"}
        )
        for record, kind in [(automation, "automation"), (shared, "filter"), (view, "view")]:
            with self.subTest(kind=kind):
                item = self._find(record)
                self.assertEqual((item.kind, item.title), (kind, record.name))
                self.assertEqual(item.health, "ok")
        self.assertFalse(self._find(own), "filters of one person are nobody's business")
        delivered = self._find(self.env.ref("crm_suite.automation_lead_untouched"))
        self.assertEqual(delivered.origin, "module")
        with self.assertRaisesRegex(UserError, "Ask an administrator"):
            self._find(automation).action_open()

    def test_what_apps_make_for_themselves_was_not_made_by_people(self):
        """Columns of analytic plans, and those that belong to custom fields."""
        plan = self.env["account.analytic.plan"].create({"name": "Zebra plan"})
        columns = self.env["ir.model.fields"].search([("name", "=", plan._column_name())])
        self.assertTrue(columns)
        self.assertFalse(self._find(columns[0]))
        self.assertFalse(self.Item.search([("keywords", "=like", "x\\_plan%")]))
        self.assertFalse(
            self.Item.search([("kind", "=", "column"), ("keywords", "=like", "x\\_cs%")])
        )

    def test_cards_count_what_people_made(self):
        form = self.env["crm.customization.form"].with_user(self.cora)
        form = form.search([("model_name", "=", "crm.lead")])
        self.env.flush_all()
        before = form.other_count
        delivered = [("model_name", "=", "crm.lead"), ("origin", "=", "module")]
        self.assertTrue(self.Item.search([*delivered, ("kind", "=", "automation")]))
        made = [("model_name", "=", "crm.lead"), ("origin", "=", "person")]
        kinds = [("kind", "in", ["automation", "filter", "column", "view"])]
        self.assertEqual(
            before, self.Item.search_count([*made, *kinds, ("state", "!=", "archived")])
        )
        self.env["ir.filters"].create({"name": "Zebra", "model_id": "crm.lead", "user_ids": []})
        self.env.flush_all()
        form.invalidate_recordset(["other_count"])
        self.assertEqual(form.other_count, before + 1)

    def test_forms_are_called_the_same_everywhere(self):
        """As on the page of forms: lists, groups, history, what can be chosen."""
        self.env["res.lang"]._activate_lang("ar_001")
        for lang in ("en_US", "ar_001"):
            form = self.env["crm.customization.form"].with_context(lang=lang)
            title = form.search([("model_name", "=", "crm.lead")]).title
            invoice = form.search([("model_name", "=", "account.move")]).title
            spec = {"model_id": {"fields": {"display_name": {}}}}
            for record in (self.tab, self.rule, self.default, self.field, self._find(self.tab)):
                with self.subTest(model=record._name, lang=lang):
                    local = record.with_user(self.cora).with_context(lang=lang)
                    context = local.fields_get(["model_id"])["model_id"]["context"]
                    read = local.web_read({"model_id": {**spec["model_id"], "context": context}})
                    self.assertEqual(read[0]["model_id"]["display_name"], title)
                    groups = local.web_read_group([("id", "in", local.ids)], ["model_id"], [])
                    self.assertEqual(groups["groups"][0]["model_id"][1], title)
                    found = self.env["ir.model"].with_context(lang=lang, **context)
                    names = found.name_search(invoice, [("model", "=", "account.move")])
                    self.assertEqual([name for _id, name in names], [invoice])

    def test_found_by_words_and_technical_names(self):
        self.env.flush_all()
        found = self.Item.search([("name", "ilike", "zebra")])
        self.assertLessEqual({"tab", "rule", "field"}, set(found.mapped("kind")))
        self.assertIn(self._find(self.rule), self.Item.search([("keywords", "ilike", "phone")]))
        self.assertIn(self._find(self.default), self.Item.search([("keywords", "ilike", "zebra")]))
        groups = self.Item.formatted_read_group(
            [("model_name", "=", "crm.lead")], ["kind"], ["__count"]
        )
        self.assertLessEqual({"tab", "rule", "default"}, {group["kind"] for group in groups})

    def test_names_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.tab.update_field_translations("name", {"ar_001": "حمار وحشي"})
        items = self.Item.with_context(lang="ar_001").search([("name", "ilike", "حمار")])
        self.assertEqual(items.res_id, self.tab.id)
        self.assertEqual(items.name, "حمار وحشي")

    def test_what_does_not_work(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_form_tab SET condition_domain = %s WHERE id = %s",
            ["[('gone_field', '=', 1)]", self.tab.id],
        )
        self.tab.invalidate_recordset()
        item = self._find(self.tab)
        self.assertEqual(item.health, "broken")
        self.assertIn("gone_field", item.last_error)
        self.assertIn(item, self.Item.search([("health", "=", "broken")]))
        self.assertNotIn(item, self.Item.search([("health", "=", "ok")]))
        form = self.env["crm.customization.form"].with_user(self.cora)
        form = form.search([("model_name", "=", "crm.lead")])
        self.assertGreaterEqual(form.broken_count, 1)

    def test_history_of_a_row(self):
        action = self._find(self.tab).action_view_changes()
        changes = self.env["crm.customization.change"].with_user(self.cora).search(action["domain"])
        self.assertEqual(changes.mapped("action"), ["create"])

    def test_forms(self):
        Form_ = self.env["crm.customization.form"].with_user(self.cora)
        self.env.flush_all()
        forms = Form_.search([])
        self.assertEqual(
            set(forms.mapped("model_name")),
            set(self.env["crm.form.tab"]._get_customizable_models()),
        )
        lead = forms.filtered(lambda form: form.model_name == "crm.lead")
        self.assertGreaterEqual(min(lead.field_count, lead.tab_count), 1)
        self.assertGreaterEqual(min(lead.rule_count, lead.default_count), 1)
        self.assertTrue(lead.change_date)
        items = self.Item.search(lead.action_open_items()["domain"])
        self.assertIn(self._find(self.tab), items)
        self.assertIn(self.tab, self.env["crm.form.tab"].search(lead.action_open_tabs()["domain"]))
        with self.assertRaises(AccessError):
            lead.action_open_records()
        admin = lead.with_user(self.env.ref("base.user_admin"))
        self.assertEqual(admin.action_open_records()["res_model"], "crm.lead")

    def test_foreign_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.tab.sudo().with_user(self.env.ref("base.user_root")).company_id = other
        self.assertFalse(self._find(self.tab))

    def test_for_configurators_only(self):
        for name in (
            "crm.customization.item",
            "crm.customization.form",
            "crm.customization.switch",
        ):
            with self.subTest(model=name), self.assertRaises(AccessError):
                self.env[name].with_user(self.mona).search([])

    def test_safe_mode(self):
        switch = Form(self.env["crm.customization.switch"].with_user(self.cora)).save()
        self.assertFalse(switch.is_on)
        self.assertGreaterEqual(switch.item_count, 3)
        switch.action_switch()
        self.assertFalse(self.env["crm.form.rule"]._is_enabled())
        change = self.env["crm.customization.change"].search([], limit=1)
        self.assertEqual((change.kind, change.user_id), ("switch", self.cora))
        self.assertIn("no → yes", change.summary)
        switch.action_switch()
        self.assertTrue(self.env["crm.form.rule"]._is_enabled())
        with self.assertRaises(AccessError):
            switch.with_user(self.mona).action_switch()

    def test_settings_count_what_is_in_use(self):
        settings = Form(self.env["res.config.settings"].with_user(self.env.ref("base.user_admin")))
        self.assertGreaterEqual(settings.crm_customization_count, 3)
