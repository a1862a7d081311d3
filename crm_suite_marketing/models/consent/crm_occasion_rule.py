from odoo import fields, models


class CrmOccasionRule(models.Model):
    _inherit = "crm.occasion.rule"

    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        string="Purpose of the E-mail",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('on_email', '=', True), ('company_id', 'in', (False, company_id))]",
        help="Only whoever agreed to this purpose, or has not refused it, gets the e-mail. "
        "Empty: whoever has not refused everything.",
    )
