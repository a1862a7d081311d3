from lxml import etree

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ...models.studio import crm_form_tab
from ..common import CrmSuiteCase

PLAIN_FORM = "<form><sheet><group><field name='name'/></group></sheet></form>"
QUICK_FORM = "<form><group><field name='name'/></group></form>"


@tagged("post_install", "-at_install")
class TestFormTab(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.form.rule"].search([]).active = False
        cls.env["crm.form.tab"].search([]).active = False
        cls.stage = cls.env["crm.stage"].create({"name": "Proposal", "sequence": 50})
        cls.tab = cls._create_tab()

    @classmethod
    def _create_tab(cls, model="crm.lead", **values):
        model_id = cls.env["ir.model"]._get_id(model)
        return cls.env["crm.form.tab"].create({"name": "Delivery", "model_id": model_id, **values})

    def _shape(self, arch, user=None, model="crm.lead", content="<field name='phone'/>"):
        """Return a form as the tabs make it, with a field put into each of their pages."""
        shaper = self.env["crm.form.tab"].with_user(user or self.env.user)
        form = etree.fromstring(arch)
        shaper._apply_to_view(model, form, self.env["ir.ui.view"], "form")
        for page in form.iter("page"):
            if content and page.get("name") == f"x_cs_tab_{self.tab.id}":
                page.append(etree.fromstring(content))
        shaper._finish_view(model, form, self.env["ir.ui.view"], "form")
        return form

    def _get_page(self, form, tab=None):
        return form.find(f".//page[@name='x_cs_tab_{(tab or self.tab).id}']")

    def test_a_form_has_room_for_so_many_tabs(self):
        Tab = self.env["crm.form.tab"].with_context(active_test=False)
        there = Tab.search_count([("model_id", "=", self.tab.model_id.id)])
        self.patch(crm_form_tab, "MAX_TABS", there + 2)
        self._create_tab()
        self._create_tab(active=False)
        with self.assertRaisesRegex(ValidationError, "Lead and Opportunity.*has room for"):
            self._create_tab()
        other = self._create_tab("res.partner")
        with self.assertRaisesRegex(ValidationError, "has room for"):
            other.model_id = self.tab.model_id

    def test_labels_are_short_in_every_language(self):
        self.env["res.lang"]._activate_lang("ar_001")
        for label in ("x" * 101, "two\nlines", " "):
            with self.subTest(label=label), self.assertRaises(ValidationError):
                self.tab.name = label
        for label in ("ب" * 101, "سطر\nسطر", "\0"):
            with self.subTest(label=label), self.assertRaisesRegex(ValidationError, "100 letters"):
                self.tab.update_field_translations("name", {"ar_001": label})
        # where nothing is said in Arabic, the English label is read
        self.tab.update_field_translations("name", {"ar_001": "التسليم"})
        self.tab.update_field_translations("name", {"ar_001": " "})
        self.assertEqual(self.tab.with_context(lang="ar_001").name, "Delivery")

    def test_every_customizable_model_gets_the_tab_in_its_own_notebook(self):
        for model in self.env["crm.form.tab"]._get_customizable_models():
            with self.subTest(model=model):
                self.tab = self._create_tab(model)
                arch = self.env[model].with_context(lang="en_US")._get_view(view_type="form")[0]
                self.assertIsNone(self._get_page(arch), "an empty tab is not shown")
                form = self._shape(etree.tostring(arch), model=model, content="<field name='id'/>")
                [page] = form.xpath(f"//page[@name='x_cs_tab_{self.tab.id}']")
                self.assertEqual(page.get("string"), "Delivery")
                self.assertEqual(page.getparent().tag, "notebook")
                self.assertFalse(page.xpath("ancestor::field"))

    def test_a_form_without_notebook_gets_one_and_a_quick_entry_does_not(self):
        form = self._shape(PLAIN_FORM)
        self.assertIsNotNone(self._get_page(form))
        self.assertEqual(len(self._shape(PLAIN_FORM, content="").xpath("//notebook")), 0)
        self.assertIsNone(self._get_page(self._shape(QUICK_FORM)))

    def test_notebooks_of_embedded_records_and_hidden_ones_are_left_alone(self):
        form = self._shape(
            "<form><sheet><field name='order_ids'><form><notebook/></form></field>"
            "<notebook invisible='1'/><notebook name='real'/></sheet></form>"
        )
        self.assertEqual(self._get_page(form).getparent().get("name"), "real")

    def test_order_of_tabs(self):
        first = self._create_tab(name="Before", position="first", sequence=1)
        second = self._create_tab(name="Second", position="first", sequence=2)
        arch = "<form><sheet><notebook><page name='notes'/></notebook></sheet></form>"
        form = etree.fromstring(arch)
        self.env["crm.form.tab"]._apply_to_view("crm.lead", form, None, "form")
        self.assertEqual(
            [page.get("name") for page in form.iter("page")],
            [f"x_cs_tab_{first.id}", f"x_cs_tab_{second.id}", "notes", f"x_cs_tab_{self.tab.id}"],
        )

    def test_condition(self):
        self.tab.condition_domain = str([("stage_id", "=", self.stage.id)])
        page = self._get_page(self._shape(PLAIN_FORM))
        self.assertEqual(page.get("invisible"), f"not ((stage_id == {self.stage.id}))")
        with self.assertRaisesRegex(ValidationError, "field of another record"):
            self.tab.condition_domain = "[('partner_id.name', '=', 'x')]"
        with self.assertRaisesRegex(ValidationError, "cannot be read"):
            self.tab.condition_domain = "[('name', '=', __import__('os').getcwd())]"

    def test_a_tab_whose_fields_are_all_hidden_is_hidden(self):
        page = self._get_page(
            self._shape(
                PLAIN_FORM,
                content="<group><field name='phone' invisible='not name'/>"
                "<field name='email_from' invisible='type == \"lead\"'/></group>",
            )
        )
        self.assertEqual(page.get("invisible"), '(not name) and (type == "lead")')

    def test_groups(self):
        self.tab.group_ids = self.env.ref("sales_team.group_sale_manager")
        self.assertIsNone(self._get_page(self._shape(PLAIN_FORM, self.omar)))
        self.assertIsNotNone(self._get_page(self._shape(PLAIN_FORM, self.mona)))
        Lead = self.env["crm.lead"]
        keys = [Lead.with_user(user)._get_view_cache_key() for user in (self.omar, self.mona)]
        self.assertNotEqual(*keys)

    def test_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.tab.company_id = other
        self.assertIsNone(self._get_page(self._shape(PLAIN_FORM, self.omar)))
        self.tab.company_id = self.company
        page = self._get_page(self._shape(PLAIN_FORM, self.omar))
        self.assertIn(f"company_id == {self.company.id}", page.get("invisible"))

    def test_language(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.env["crm.lead"].get_view(view_type="form")
        self.tab.update_field_translations("name", {"ar_001": "التسليم"})
        names = [
            self._get_page(
                self._shape_in(lang, PLAIN_FORM),
            ).get("string")
            for lang in ("en_US", "ar_001")
        ]
        self.assertEqual(names, ["Delivery", "التسليم"])

    def _shape_in(self, lang, arch):
        env = self.env
        self.env = env(context={**env.context, "lang": lang})
        try:
            return self._shape(arch)
        finally:
            self.env = env

    def test_archived_and_broken_tabs_are_skipped(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_form_tab SET condition_domain = %s WHERE id = %s",
            ["[('gone_field', '=', 1)]", self.tab.id],
        )
        self.tab.invalidate_recordset()
        self.tab._clear_view_caches()
        with self.assertLogs("odoo.addons.crm_suite.models.studio.crm_form_tab", "WARNING"):
            self.assertIsNone(self._get_page(self._shape(PLAIN_FORM)))
        self.assertEqual(self.tab.health, "bad_condition")
        self.assertIn("gone_field", self.tab.last_error)
        self.assertIn(self.tab, self.tab.search([("health", "in", ["bad_condition"])]))
        self.tab.active = False
        self.assertIsNone(self._get_page(self._shape(PLAIN_FORM)))

    def test_rights(self):
        with Form(self.env["crm.form.tab"].with_user(self.cora)) as form:
            form.name = "Mine"
            form.model_id = self.env["ir.model"]._get("crm.lead")
        for user in (self.omar, self.mona):
            with self.assertRaises(AccessError):
                self.tab.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                self.tab.with_user(user).name = "Mine"
        with self.assertRaises(ValidationError):
            self._create_tab("res.users")

    def test_tabs_of_foreign_companies_are_out_of_reach(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self._create_tab(company_id=other.id)
        Tab = self.env["crm.form.tab"].with_user(self.cora)
        self.assertNotIn(foreign, Tab.search([]))
        with self.assertRaises(AccessError):
            foreign.with_user(self.cora).name = "Mine"
        with self.assertRaisesRegex(ValidationError, "You do not work for"):
            Tab.create(
                {
                    "name": "Theirs",
                    "model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "company_id": other.id,
                }
            )
        with self.assertRaisesRegex(ValidationError, "You do not work for"):
            self.tab.with_user(self.cora).company_id = other
