import io

import openpyxl

from odoo.tests import HttpCase, tagged

from .common import CustomFieldCase

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@tagged("post_install", "-at_install")
class TestImportTemplates(CustomFieldCase, HttpCase):
    """Who imports finds his custom fields in a template, and can import it as it is."""

    def _templates(self, model, **context):
        return self.env[model].with_user(self.mona).with_context(**context).get_import_templates()

    def _import(self, model, url, language):
        self.mona.write({"lang": language, "password": "mona-password-1"})
        self.authenticate(self.mona.login, "mona-password-1")
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
        wizard = self.env["base_import.import"].with_user(self.mona).with_context(lang=language)
        wizard = wizard.create(
            {
                "res_model": model,
                "file": answer.content,
                "file_name": "template.xlsx",
                "file_type": XLSX,
            }
        )
        preview = wizard.parse_preview({"has_headers": True, "quoting": '"', "separator": ","})
        self.assertNotIn("error", preview)
        matches = preview["matches"]
        self.assertEqual(len(matches or {}), len(rows[0]), [rows[0], matches])
        fields = ["/".join(matches[index]) for index in range(len(rows[0]))]
        result = wizard.execute_import(fields, list(rows[0]), preview["options"])
        self.assertFalse([m for m in result["messages"] if m["type"] == "error"], result)
        return self.env[model].browse(result["ids"])

    def test_contacts_and_orders(self):
        for model in ("res.partner", "sale.order"):
            values = {"model": model, "kind": "selection", "options": ("Gold", "Silver")}
            rank, note = self._make_fields(
                [{"name": "Rank of Tests", **values}, {"name": "Note of Tests", "model": model}]
            )
            template = self._templates(model)[-1]
            self.assertIn("/crm/import-template/", template["template"])
            for language in ("en_US", "ar_001"):
                with self.subTest(model=model, language=language):
                    self.env["res.lang"]._activate_lang(language)
                    [record] = self._import(model, template["template"], language)
                    self.assertEqual(record[rank.technical_name], "gold")
                    self.assertTrue(record[note.technical_name])

    def test_without_custom_fields_everything_is_as_odoo_has_it(self):
        self.env["crm.custom.field"].search([("state", "=", "live")]).action_archive_field()
        for model in ("res.partner", "sale.order", "crm.interaction"):
            for template in self._templates(model):
                self.assertNotIn("/crm/import-template/", template["template"])

    def test_journal_entries_have_no_custom_fields(self):
        self._make_field("Cost Center", model="account.move")
        invoices = self._templates("account.move", default_move_type="out_invoice")
        self.assertIn("/crm/import-template/account.move.xlsx", invoices[-1]["template"])
        entries = self._templates("account.move", default_move_type="entry")
        self.assertFalse([each for each in entries if "/crm/import" in each["template"]])

    def test_who_may_not(self):
        self._make_field("Rank of Tests", model="res.partner")
        self.cora.password = "cora-password-1"
        self.authenticate(self.cora.login, "cora-password-1")
        address = "/crm/import-template/%s.xlsx"
        self.assertEqual(self.url_open(address % "sale.order").status_code, 403)
        for model in ("res.users", "ir.rule", "no.model"):
            self.assertEqual(self.url_open(address % model).status_code, 404, model)
