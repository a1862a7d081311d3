from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_customization_pack import PackCase


@tagged("post_install", "-at_install")
class TestReadyPacks(PackCase):
    def setUp(self):
        super().setUp()
        # who administers sales, too
        groups = self.env.ref("sales_team.group_sale_manager")
        self.cora.group_ids = [Command.link(groups.id)]
        # the demo data may have what the packs bring
        self.env["crm.qualification.checklist"].search([]).active = False

    def _start(self, name):
        pack = self.env.ref(f"crm_suite.pack_{name}").with_user(self.cora)
        action = pack.action_import()
        return pack.env[action["res_model"]].browse(action["res_id"])

    def test_every_pack_can_be_imported_twice_and_rolled_back(self):
        self.env.ref("crm.stage_lead3").name = "Proposition"
        for name in ("services_company", "trading_company", "clinic"):
            with self.subTest(pack=name):
                import_ = self._start(name)
                forms = import_.line_ids.filtered(lambda line: line.section in ("forms", "sales"))
                self.assertFalse(
                    forms.filtered(lambda line: line.action == "impossible").mapped("reason")
                )
                import_.action_import()
                again = self._start(name)
                taken = set(import_.line_ids.filtered("is_taken").mapped("key"))
                self.assertEqual(
                    {line.action for line in again.line_ids if line.key in taken}, {"unchanged"}
                )
                Form(self.env["crm.lead"].with_context(default_type="opportunity"))
                Form(self.env["res.partner"])
                Form(self.env["sale.order"])
                self._undo(import_)
                self.assertEqual(import_.state, "undone")

    def test_every_text_is_there_in_arabic(self):
        arabic = [chr(code) for code in range(0x600, 0x700)]

        def check(value, where):
            if isinstance(value, dict):
                if "en_US" in value:
                    self.assertTrue(set(value.get("ar", "")) & set(arabic), where)
                for name, each in value.items():
                    check(each, f"{where}.{name}")
            elif isinstance(value, list):
                for each in value:
                    check(each, where)

        for pack in self.env["crm.customization.pack"].search([("origin", "=", "ready")]):
            document = pack._get_document()
            check(document["name"], pack.key)
            for record in document["records"]:
                check(record["values"], f"{pack.key}: {record['key']}")

    def test_ready_packs_cannot_be_deleted_or_replaced(self):
        pack = self.env.ref("crm_suite.pack_clinic").with_user(self.cora)
        with self.assertRaisesRegex(Exception, "cannot be deleted"):
            pack.unlink()
        with self.assertRaisesRegex(Exception, "ready pack"):
            self._upload(self._document(self._tab(), key="clinic"))
