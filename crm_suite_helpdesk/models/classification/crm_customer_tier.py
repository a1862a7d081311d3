from odoo import api, fields, models


class CrmCustomerTier(models.Model):
    """How much a customer may expect: the word of a contract, shown to everybody who serves him."""

    _name = "crm.customer.tier"
    _description = "Customer Tier"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="The most important tier first.")
    color = fields.Integer()
    is_vip = fields.Boolean(
        "VIP", help="Tickets of these customers are marked, so that nobody overlooks them."
    )
    description = fields.Text(translate=True, help="What these customers may expect.")
    partner_count = fields.Integer("Customers", compute="_compute_partner_count")

    _unique_name = models.UniqueIndex("(name)", "There is a customer tier of this name already.")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_partner_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(
                [("customer_tier_id", "in", self.ids), ("parent_id", "=", False)],
                ["customer_tier_id"],
                ["__count"],
            )
        )
        for tier in self:
            tier.partner_count = counts.get(tier, 0)

    def action_open_customers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("base.action_partner_form")
        action["display_name"] = self.name
        action["domain"] = [("customer_tier_id", "=", self.id), ("parent_id", "=", False)]
        action["context"] = {"default_customer_tier_id": self.id}
        return action
