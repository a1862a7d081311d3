from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import CustomFieldCase


@tagged("post_install", "-at_install")
class TestPackTour(CustomFieldCase, HttpCase):
    """A configurator who also administers sales takes a ready pack, and thinks better of it."""

    def setUp(self):
        super().setUp()
        manager = self.env.ref("sales_team.group_sale_manager")
        self.cora.group_ids = [Command.link(manager.id)]
        self.before = self._get_shape()

    def _get_shape(self):
        stages = self.env["crm.stage"].search([])
        fields = self.env["crm.custom.field"].search([])
        return stages.mapped("name"), fields.mapped("technical_name")

    def _take_tour(self):
        self.start_tour("/odoo/crm-customization-packs", "crm_suite_pack", login=self.cora.login)
        import_ = self.env["crm.customization.import"].search([], order="id desc", limit=1)
        self.assertEqual(import_.pack_id, self.env.ref("crm_suite.pack_services_company"))
        self.assertEqual(import_.state, "undone")
        self.assertTrue(import_.line_ids.filtered(lambda line: line.action == "new"))
        self.assertEqual(self._get_shape(), self.before)

    def test_english(self):
        self._take_tour()

    def test_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.cora.lang = "ar_001"
        self._take_tour()
