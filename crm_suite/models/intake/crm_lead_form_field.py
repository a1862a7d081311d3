from odoo import api, fields, models

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
    name = fields.Selection(FIELDS, string="Field", required=True)
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

    _name_unique = models.UniqueIndex("(form_id, name)", "A field can be on a form only once.")

    @api.depends("form_id", "name")
    def _compute_stop_count(self):
        counts = self.form_id._get_stop_counts()
        for field in self:
            field.stop_count = counts.get((field.form_id.id, field.name), 0)
