from odoo import api, fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner"]

    customer_tier_id = fields.Many2one(
        "crm.customer.tier",
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        groups="base.group_user",
        help="Holds for everybody in the company of this contact.",
    )

    def write(self, vals):
        before = self._get_customer_tiers() if "customer_tier_id" in vals else {}
        res = super().write(vals)
        changed = [
            partner_id
            for partner_id, tier_id in before.items()
            if tier_id != (vals["customer_tier_id"] or False)
        ]
        if changed:
            # sudo: what was promised to a customer holds for tickets of all teams
            self.env["crm.ticket"].sudo().search(
                [("commercial_partner_id", "in", changed), ("closed_at", "=", False)]
            )._sla_sync("tier")
        return res

    def _get_customer_tiers(self):
        """The tier of those of these contacts that are customers themselves, by their ids."""
        # sudo: hidden from portal users, who may change their own address
        return {
            partner.id: partner.customer_tier_id.id
            for partner in self.sudo()
            if partner.commercial_partner_id == partner
        }

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "customer_tier_id"]
