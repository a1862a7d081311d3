from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmTicketFormField(models.Model):
    """A custom field of tickets that a public form asks for."""

    _name = "crm.ticket.form.field"
    _description = "Ticket Form Field"
    _order = "form_id, sequence, id"
    _rec_name = "custom_field_id"

    form_id = fields.Many2one("crm.ticket.form", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    custom_field_id = fields.Many2one(
        "crm.custom.field",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[
            ("model_name", "=", "crm.ticket"),
            ("state", "=", "live"),
            ("group_ids", "=", False),
        ],
        help="What visitors enter is kept in this field of the ticket.",
    )
    label = fields.Char(translate=True, help="What visitors read. Empty: the usual label.")
    required = fields.Boolean()

    _custom_unique = models.UniqueIndex(
        "(form_id, custom_field_id)", "A field can be on a form only once."
    )

    @api.constrains("custom_field_id")
    def _check_custom_field_id(self):
        # sudo: whoever makes a form need not be a configurator
        for field in self.sudo().custom_field_id:
            if field.model_name != "crm.ticket":
                raise ValidationError(
                    self.env._("“%s” cannot be asked for in a ticket form.", field.name)
                )
            field._check_open_to_visitors()
