from odoo import api, fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    product_purchase_count = fields.Integer(
        string="Products Bought",
        compute="_compute_product_purchase_count",
        groups="sales_team.group_sale_salesman",
        help="Different products that the customer has ordered before.",
    )

    @api.depends("partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_product_purchase_count(self):
        for lead in self:
            lead.product_purchase_count = lead.partner_id.product_purchase_count

    def action_view_product_purchases(self):
        """Open what the customer has bought; its products can be put on this opportunity."""
        self.ensure_one()
        action = self.partner_id.action_view_product_purchases()
        action["context"] = {**action["context"], "purchase_lead_id": self.id}
        return {
            **action,
            "target": "new",
            "views": [(self.env.ref("crm_suite.crm_product_purchase_view_list").id, "list")],
        }
