from odoo.tests import HttpCase, tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestFormDefaultTour(CrmSuiteCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.form.default"].search([]).active = False
        cls.hot, cls.big = cls.env["crm.tag"].create([{"name": "Tour Hot"}, {"name": "Tour Big"}])
        cls.default = cls.env["crm.form.default"].create(
            {
                "model_id": cls.env["ir.model"]._get_id("crm.lead"),
                "field_id": cls.env["ir.model.fields"]._get("crm.lead", "tag_ids").id,
                "value": cls.hot.ids,
            }
        )

    def _take_tour(self):
        path = f"/odoo/crm-form-defaults/{self.default.id}"
        self.start_tour(path, "crm_suite_form_default", login=self.cora.login)
        self.default.invalidate_recordset()
        self.assertEqual(self.default.value, self.big.ids)

    def test_english(self):
        self._take_tour()

    def test_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.cora.lang = "ar_001"
        self._take_tour()
