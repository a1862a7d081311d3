from odoo import api, fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    # of the variant, not of all variants of its template
    buyer_count = fields.Integer(
        string="Customers",
        compute="_compute_buyer_count",
        groups="sales_team.group_sale_salesman",
        help="Customers who have ordered this product.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_buyer_count(self):
        counts = self.env["crm.product.purchase.line"]._get_buyer_counts("product_id", self)
        for product in self:
            product.buyer_count = counts.get(product._origin, 0)

    def action_view_buyers(self):
        """Open who bought this product."""
        self.ensure_one()
        return self.env["crm.product.purchase"]._prepare_buyer_action(
            self, [("product_id", "=", self.id)]
        )
