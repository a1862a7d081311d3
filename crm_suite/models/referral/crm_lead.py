from odoo import api, fields, models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead"]

    referred_by_id = fields.Many2one(
        "res.partner",
        string="Referred by Customer",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        groups="sales_team.group_sale_salesman",
        help="Who sent this lead to us. Handed on to the customer.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._hand_referrer_on()
        return leads

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals or "referred_by_id" in vals:
            self._hand_referrer_on()
        return result

    def _hand_referrer_on(self):
        """Note with the customer who brought him. Who is noted first stays."""
        # sudo: whoever converts a lead hands on what is known of it
        for lead in self.sudo():
            if lead.partner_id and lead.referred_by_id:
                lead.partner_id.commercial_partner_id._take_referrer(lead.referred_by_id)

    def _merge_get_fields(self):
        return [*super()._merge_get_fields(), "referred_by_id"]
