from odoo import fields, models

# What people may tell of themselves; the message goes to the note, or the lead
FIELDS = [
    ("email", "Email"),
    ("name", "Name"),
    ("company_name", "Company"),
    ("function", "Job Position"),
    ("phone", "Phone"),
    ("street", "Street"),
    ("zip", "Zip"),
    ("city", "City"),
    ("country_id", "Country"),
    ("description", "Message"),
]


class CrmWebFormField(models.Model):
    _name = "crm.web.form.field"
    _description = "Website Form Field"
    _order = "form_id, sequence, id"

    form_id = fields.Many2one("crm.web.form", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Selection(FIELDS, "Field", required=True)
    label = fields.Char(translate=True, help="What people read. Empty: the usual name.")
    required = fields.Boolean()
    progressive = fields.Boolean(
        "Asked Once",
        help="Who is known by a link of a mail is asked only what we do not know yet, a few at a "
        "time.",
    )

    _name_unique = models.UniqueIndex("(form_id, name)", "A field can be on a form only once.")
    _check_progressive = models.Constraint(
        "CHECK(NOT progressive OR name NOT IN ('email', 'description'))",
        "The e-mail and the message are not asked only once: who is known is not asked for his "
        "address anyway.",
    )
