from odoo import api, fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    buyer_count = fields.Integer(
        string="Customers",
        compute="_compute_buyer_count",
        groups="sales_team.group_sale_salesman",
        help="Customers who have ordered this product.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_buyer_count(self):
        counts = self.env["crm.product.purchase.line"]._get_buyer_counts("product_tmpl_id", self)
        for template in self:
            template.buyer_count = counts.get(template._origin, 0)

    def action_view_buyers(self):
        """Open who bought this product."""
        self.ensure_one()
        return self.env["crm.product.purchase"]._prepare_buyer_action(
            self, [("product_tmpl_id", "=", self.id)]
        )
