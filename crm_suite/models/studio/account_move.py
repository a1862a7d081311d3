from odoo import api, models

# documents of customers; bills and entries of the journal share the model
CUSTOMER_DOCUMENTS = ("out_invoice", "out_refund", "out_receipt")


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ("crm.customizable.mixin", "account.move")

    @api.model
    def _get_custom_field_condition(self, view_type):
        if view_type == "list":
            return f"context.get('default_move_type', 'out_invoice') not in {CUSTOMER_DOCUMENTS}"
        return f"move_type not in {CUSTOMER_DOCUMENTS}"

    @api.model
    def _takes_form_defaults(self):
        return self.env.context.get("default_move_type") in CUSTOMER_DOCUMENTS

    def _add_missing_default_values(self, values):
        result = super()._add_missing_default_values(values)
        move_type = values.get("move_type")
        if move_type in CUSTOMER_DOCUMENTS and not self._takes_form_defaults():
            # who says so in the values and not in the context gets the same
            invoices = self.with_context(default_move_type=move_type)
            defaults = invoices.env["ir.default"]._get_form_defaults(self._name)
            for name, value in defaults.items():
                if name not in values and f"default_{name}" not in self.env.context:
                    field = self._fields[name]
                    cached = field.convert_to_cache(value, self)
                    result[name] = field.convert_to_write(cached, self)
        return result

    @api.model
    def _get_custom_import_columns(self):
        if self.env.context.get("default_move_type") not in CUSTOMER_DOCUMENTS:
            return {}
        return {
            "partner_id": self._get_first_name("res.partner", [("is_company", "=", True)]),
            "invoice_date": "2026-01-31",
            "invoice_line_ids/name": self.env._("Desks"),
            "invoice_line_ids/quantity": "2",
            "invoice_line_ids/price_unit": "150",
        }
