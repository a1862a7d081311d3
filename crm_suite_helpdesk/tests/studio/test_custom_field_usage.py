from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.crm_suite.tests.studio.common import CustomFieldCase


@tagged("post_install", "-at_install")
class TestCustomFieldUsage(CustomFieldCase):
    def test_macros_and_public_forms_that_name_a_field(self):
        field, twin = self._make_fields(
            [
                {"name": "Serial Plate", "model": "crm.ticket"},
                {"name": "Serial Plate", "model": "crm.lead"},
            ]
        )
        self.assertEqual(field.technical_name, twin.technical_name)
        macro = self.env["crm.ticket.macro"].create(
            {"name": "Ask", "body": "<p>Is it {{x_cs_serial_plate}}?</p>"}
        )
        form = self.env["crm.ticket.form"].search([], limit=1) or self.env[
            "crm.ticket.form"
        ].create({"name": "Repairs"})
        line = self.env["crm.ticket.form.field"].create(
            {"form_id": form.id, "custom_field_id": field.id}
        )
        uses = self.env["crm.custom.field.usage"].with_user(self.cora)._list(field)
        self.assertCountEqual(
            uses.mapped(lambda use: (use.res_model, use.res_id, use.is_deleted)),
            [("crm.ticket.form", form.id, False), ("crm.ticket.macro", macro.id, False)],
        )
        self.assertFalse(self.env["crm.custom.field.usage"]._find(twin)[twin])
        field.action_archive_field()
        with self.assertRaisesRegex(UserError, "is still used"):
            field._drop()
        macro.unlink()
        with self.assertRaisesRegex(UserError, "is still used"):
            field._drop()
        line.unlink()
        field._drop()
        self.assertFalse(field.exists())
