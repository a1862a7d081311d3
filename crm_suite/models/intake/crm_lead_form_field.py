from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Files cannot be sent with this form
ASKED_KINDS = (
    *("char", "text", "html", "integer", "float", "monetary", "boolean"),
    *("date", "datetime", "selection", "many2one", "many2many"),
)
FIELDS = [
    ("contact_name", "Name"),
    ("partner_name", "Company"),
    ("function", "Job Position"),
    ("email_from", "Email"),
    ("phone", "Phone"),
    ("country_id", "Country"),
    ("city", "City"),
    ("product_ids", "Products of Interest"),
    ("description", "Message"),
    ("consent", "Consent"),
]


class CrmLeadFormField(models.Model):
    _name = "crm.lead.form.field"
    _description = "Lead Form Field"
    _order = "form_id, sequence, id"
    _rec_name = "name"

    form_id = fields.Many2one("crm.lead.form", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Selection([*FIELDS, ("custom", "Custom Field")], string="Field", required=True)
    custom_field_id = fields.Many2one(
        "crm.custom.field",
        index="btree_not_null",
        ondelete="cascade",
        domain=[
            ("model_name", "=", "crm.lead"),
            ("state", "=", "live"),
            ("group_ids", "=", False),
            ("kind", "in", ASKED_KINDS),
        ],
        help="What visitors enter is kept in this field of the lead.",
    )
    label = fields.Char(
        translate=True,
        help="What visitors read. Empty: the usual name. For a consent: the whole sentence that "
        "visitors agree to.",
    )
    required = fields.Boolean()
    stop_count = fields.Integer(
        string="Stopped Here",
        compute="_compute_stop_count",
        groups="sales_team.group_sale_manager",
        help="Visitors of the last 90 days who began to fill in the form, touched this field last "
        "and left without sending.",
    )

    _name_unique = models.UniqueIndex(
        "(form_id, name) WHERE name != 'custom'", "A field can be on a form only once."
    )
    _custom_unique = models.UniqueIndex(
        "(form_id, custom_field_id) WHERE custom_field_id IS NOT NULL",
        "A field can be on a form only once.",
    )

    @api.constrains("name", "custom_field_id")
    def _check_custom_field_id(self):
        # sudo: whoever makes a form need not be a configurator
        for line in self.sudo():
            field = line.custom_field_id
            if (line.name == "custom") != bool(field):
                raise ValidationError(self.env._("Choose the custom field that is asked for."))
            if field and (field.model_name != "crm.lead" or field.kind not in ASKED_KINDS):
                raise ValidationError(
                    self.env._("“%s” cannot be asked for in a lead form.", field.name)
                )
            field._check_open_to_visitors()

    @api.depends("form_id", "name", "custom_field_id")
    def _compute_stop_count(self):
        counts = self.form_id._get_stop_counts()
        for field in self:
            # sudo: the technical name, by which visits know the field
            name = field.sudo().custom_field_id.technical_name or field.name
            field.stop_count = counts.get((field.form_id.id, name), 0)
