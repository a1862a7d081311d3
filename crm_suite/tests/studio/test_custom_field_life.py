import base64
import csv
import io
import zipfile

from psycopg2.extras import Json

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ...hooks import leave_custom_fields
from .common import CustomFieldCase


@tagged("post_install", "-at_install")
class TestCustomFieldLife(CustomFieldCase):
    def setUp(self):
        super().setUp()
        # whoever drops a field reads what is handed out
        self.cora.group_ids = [Command.link(self.env.ref("sales_team.group_sale_manager").id)]

    def _open_dialog(self, field):
        dialog = self.env["crm.custom.field.drop"].with_user(self.cora)
        return dialog.browse(field.action_drop()["res_id"])

    def _drop(self, field, **values):
        dialog = self._open_dialog(field)
        dialog.write({"typed_name": field.technical_name, "is_saved": True, **values})
        dialog.action_drop()

    def test_archived_fields_are_shown_nowhere_and_keep_their_values(self):
        field = self._make_field()
        lead = self._create_opportunity(x_cs_contract_number="A-1")
        leads = self.env["crm.lead"].with_user(self.omar)
        self.assertIn("x_cs_contract_number", leads.fields_get())
        field.action_archive_field()
        self.assertNotIn("x_cs_contract_number", leads.fields_get())
        live = self.env["crm.custom.field"]._get_live("crm.lead")
        self.assertNotIn("x_cs_contract_number", [field.name for field in live])
        served = leads.get_views([(False, "list"), (False, "search")])["models"]["crm.lead"]
        self.assertNotIn("x_cs_contract_number", served["fields"])
        # what somebody saved goes on working
        self.assertEqual(leads.search([("x_cs_contract_number", "=", "A-1")]), lead)
        field.action_restore()
        self.assertIn("x_cs_contract_number", leads.fields_get())
        self.assertEqual(lead.x_cs_contract_number, "A-1")

    def test_archived_fields_of_contacts_are_not_on_users(self):
        field = self._make_field("Blood Type", "res.partner")
        self.assertIn("x_cs_blood_type", self.env["res.users"].fields_get())
        field.action_archive_field()
        self.assertNotIn("x_cs_blood_type", self.env["res.users"].fields_get())

    def test_a_live_field_cannot_be_deleted(self):
        field = self._make_field()
        with self.assertRaisesRegex(UserError, "Archive it"):
            field.unlink()
        with self.assertRaisesRegex(UserError, "is not in the state"):
            field.action_drop()
        draft = self._make_field("Note", publish=False)
        draft.unlink()

    def test_drop_hands_out_the_values_first(self):
        field = self._make_field("Color", options=["Red", "=cmd"])
        old = self._create_opportunity(name="Old", active=False, x_cs_color="red")
        new = self._create_opportunity(name="=1+1", x_cs_color="cmd")
        field.action_archive_field()
        dialog = self._open_dialog(field)
        self.assertEqual((dialog.count, dialog.file_name), (2, "crm.lead.x_cs_color.csv"))
        text = base64.b64decode(dialog.file).decode("utf-8-sig")
        self.assertEqual(
            list(csv.reader(io.StringIO(text))),
            [
                [".id", "Record", "x_cs_color", "Label"],
                [str(old.id), "Old", "red", "Red"],
                [str(new.id), "'=1+1", "cmd", "'=cmd"],
            ],
        )
        for values in (
            {"typed_name": "Color", "is_saved": True},
            {"typed_name": "x_cs_color", "is_saved": False},
        ):
            dialog.write(values)
            with self.subTest(values), self.assertRaises(UserError):
                dialog.action_drop()
        dialog.write({"typed_name": "x_cs_color", "is_saved": True})
        dialog.action_drop()
        self.assertFalse(field.exists())
        self.assertNotIn("x_cs_color", self.env["crm.lead"]._fields)
        self.assertFalse(self.env["ir.model.fields"]._get("crm.lead", "x_cs_color"))
        self.env.cr.execute(
            "SELECT 1 FROM information_schema.columns"
            " WHERE table_name = 'crm_lead' AND column_name = 'x_cs_color'"
        )
        self.assertFalse(self.env.cr.fetchall())

    def test_values_that_came_after_the_file_are_not_lost(self):
        field = self._make_field()
        field.action_archive_field()
        dialog = self._open_dialog(field)
        self._create_opportunity(x_cs_contract_number="A-1")
        dialog.write({"typed_name": "x_cs_contract_number", "is_saved": True})
        with self.assertRaisesRegex(UserError, "Values were changed"):
            dialog.action_drop()

    def test_values_that_cannot_be_read_are_not_dropped(self):
        field = self._make_field()
        self._create_opportunity(x_cs_contract_number="A-1")
        field.action_archive_field()
        self.cora.group_ids = [Command.unlink(self.env.ref("sales_team.group_sale_manager").id)]
        with self.assertRaisesRegex(UserError, "1 records .* are not open to you"):
            field.action_drop()

    def test_the_file_of_a_dialog_cannot_be_forged(self):
        field = self._make_field()
        self._create_opportunity(x_cs_contract_number="A-1")
        field.action_archive_field()
        dialog = self.env["crm.custom.field.drop"].with_user(self.cora)
        dialog = dialog.create(
            {"custom_field_id": field.id, "count": 0, "file": b"", "is_saved": 1}
        )
        self.assertEqual(dialog.count, 1)
        dialog.write({"count": 0, "file": b"", "usage_ids": False})
        self.assertTrue(dialog.file)
        with self.assertRaises(AccessError):
            self.env["crm.custom.field.drop"].with_user(self.omar).create(
                {"custom_field_id": field.id}
            )

    def test_files_are_handed_out(self):
        field = self._make_field("Contract", kind="binary")
        lead = self._create_opportunity(
            x_cs_contract=base64.b64encode(b"Agreed."), x_csf_contract="../../the contract.txt"
        )
        field.action_archive_field()
        dialog = self._open_dialog(field)
        self.assertEqual(dialog.file_name, "crm.lead.x_cs_contract.zip")
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(dialog.file))) as archive:
            name = f"files/{lead.id}-the contract.txt"
            self.assertEqual(archive.namelist(), ["values.csv", name])
            self.assertEqual(archive.read(name), b"Agreed.")
        self._drop(field)
        self.assertNotIn("x_csf_contract", self.env["crm.lead"]._fields)

    def test_how_many_records_have_a_value(self):
        fields_ = self._make_fields(
            [
                {"name": "Note"},
                {"name": "Amount", "kind": "monetary"},
                {"name": "Agreed", "kind": "boolean"},
                {"name": "Countries", "kind": "many2many", "comodel": "res.country"},
                {"name": "Paper", "kind": "binary"},
            ]
        )
        self._create_opportunity()
        self._create_opportunity(
            active=False,
            x_cs_note="a",
            x_cs_amount=2,
            x_cs_agreed=True,
            x_cs_countries=self.env.ref("base.jo").ids,
            x_cs_paper=base64.b64encode(b"a"),
        )
        self.assertEqual(fields_.mapped("value_count"), [1] * 5)

    def test_where_a_field_is_used(self):
        field = self._make_field()
        self._make_field("Contract Number", "res.partner")
        lead_model = self.env["ir.model"]._get("crm.lead")
        partner_model = self.env["ir.model"]._get("res.partner")
        rule = self.env["crm.form.rule"].create(
            {
                "name": "Numbers are needed",
                "model_id": lead_model.id,
                "target_field_ids": field.field_id.ids,
            }
        )
        condition = "[('x_cs_contract_number', '!=', False)]"
        favorites = self.env["ir.filters"].create(
            [
                {"name": "With contract", "model_id": "crm.lead", "domain": condition},
                {"name": "Contacts", "model_id": "res.partner", "domain": condition},
                {
                    "name": "Other",
                    "model_id": "crm.lead",
                    "domain": "[('x_cs_contract_numbers', '=', 1)]",
                },
                {
                    "name": "Secret plans",
                    "model_id": "crm.lead",
                    "context": "{'group_by': ['x_cs_contract_number']}",
                    "user_ids": self.omar.ids,
                },
            ]
        )
        automation = self.env["base.automation"].create(
            {
                "name": "Tell everybody",
                "model_id": lead_model.id,
                "trigger": "on_create_or_write",
                "trigger_field_ids": field.field_id.ids,
            }
        )
        template = self.env["mail.template"].create(
            {
                "name": "Your contract",
                "model_id": lead_model.id,
                "body_html": "<p t-out='object.x_cs_contract_number'/>",
            }
        )
        self.env["mail.template"].create(
            {
                "name": "Of contacts",
                "model_id": partner_model.id,
                "body_html": "<p>The field x_cs_contract_number</p>",
            }
        )
        export = self.env["ir.exports"].create(
            {
                "name": "Contracts",
                "resource": "crm.lead",
                "export_fields": [Command.create({"name": "x_cs_contract_number"})],
            }
        )
        uses = self.env["crm.custom.field.usage"].with_user(self.cora)._list(field)
        self.assertCountEqual(
            uses.mapped(lambda use: (use.res_model, use.res_id, use.is_deleted)),
            [
                ("base.automation", automation.id, False),
                ("crm.form.rule", rule.id, False),
                ("ir.exports", export.id, True),
                ("ir.filters", favorites[0].id, True),
                ("ir.filters", favorites[3].id, True),
                ("mail.template", template.id, False),
            ],
        )
        self.assertNotIn("Secret plans", uses.mapped("name"))
        opened = uses.filtered(lambda use: use.res_model == "crm.form.rule").action_open_record()
        self.assertEqual((opened["res_model"], opened["res_id"]), ("crm.form.rule", rule.id))
        self.assertEqual(field.usage_count, 6)
        field.action_archive_field()
        with self.assertRaisesRegex(UserError, "is still used"):
            self._drop(field)
        for record in (rule, automation, template):
            record.unlink()
        self._drop(field)
        self.assertEqual(favorites.exists(), favorites[1:3])
        self.assertFalse(export.export_fields)

    def test_a_dotted_mention_counts_whatever_its_model(self):
        field = self._make_field("Size", "res.partner")
        favorite = self.env["ir.filters"].create(
            {
                "name": "Large",
                "model_id": "crm.lead",
                "domain": "[('partner_id.x_cs_size', '=', 'L')]",
            }
        )
        [use] = self.env["crm.custom.field.usage"]._find(field)[field]
        self.assertEqual(use, ("ir.filters", favorite.id))

    def test_a_column_that_somebody_else_deleted(self):
        field = self._make_field()
        field.sudo().field_id.unlink()
        field.invalidate_recordset()
        self.assertEqual(field.health, "column_missing")
        self.assertIn(field, field.search([("health", "=", "column_missing")]))
        live = self.env["crm.custom.field"]._get_live("crm.lead")
        self.assertNotIn("x_cs_contract_number", [field.name for field in live])
        field.unlink()

    def test_by_the_form(self):
        form = Form(self.env["crm.custom.field"].with_user(self.cora))
        form.name = "Region"
        form.model_id = self.env["ir.model"]._get("crm.lead")
        form.kind = "selection"
        for name in ("North", "South"):
            with form.option_ids.new() as option:
                option.name = name
        form.is_required = True
        field = form.save()
        field.action_publish()
        self.assertEqual(field.technical_name, "x_cs_region")
        with Form(field) as form, form.option_ids.new() as option:
            option.name = "West"
        self.assertIn("west", dict(self.env["crm.lead"]._fields["x_cs_region"].selection))

    def test_what_stays_when_the_suite_goes(self):
        field = self._make_field()
        parameters = self.env["ir.config_parameter"]
        settings = self.env["res.config.settings"].create({})
        self.assertTrue(settings.crm_keep_custom_fields)
        leave_custom_fields(self.env)
        self.assertIn("x_cs_contract_number", self.env["crm.lead"]._fields)
        settings.crm_keep_custom_fields = False
        settings.set_values()
        self.assertEqual(parameters.get_param("crm_suite.keep_custom_fields"), "0")
        leave_custom_fields(self.env)
        self.assertNotIn("x_cs_contract_number", self.env["crm.lead"]._fields)
        field.invalidate_recordset()
        self.assertFalse(field.field_id)

    def test_terms_that_come_with_modules_reach_the_columns(self):
        self.env["res.lang"]._activate_lang("ar_001")
        field = self._make_field()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_custom_field SET name = name || %s WHERE id = %s",
            [Json({"ar_001": "رقم العقد"}), field.id],
        )
        self.env["ir.module.module"]._load_module_terms([], ["ar_001"])
        described = self.env["crm.lead"].with_context(lang="ar_001").fields_get()
        self.assertEqual(described["x_cs_contract_number"]["string"], "رقم العقد")
