from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    product_purchase_count = fields.Integer(
        string="Products Bought",
        compute="_compute_product_purchase_count",
        groups="sales_team.group_sale_salesman",
        help="Different products that all the contacts of this customer have ordered.",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_product_purchase_count(self):
        Line = self.env["crm.product.purchase.line"]
        counts = dict(
            Line._read_group(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    *Line._get_domain_of_bought(),
                ],
                ["partner_id"],
                ["product_id:count_distinct"],
            )
        )
        for partner in self:
            partner.product_purchase_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_product_purchases(self):
        """Open what this customer has bought."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_product_purchase_action"
        )
        name = self.env._("Bought by %(customer)s", customer=self.commercial_partner_id.name)
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {"purchase_of_customer": True},
        }
