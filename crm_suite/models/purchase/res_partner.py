from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class ResPartner(models.Model):
    _inherit = "res.partner"

    product_purchase_count = fields.Integer(
        string="Products Bought",
        compute="_compute_product_purchase_count",
        groups="sales_team.group_sale_salesman",
        help="Different products that all the contacts of this customer have ordered.",
    )

    bought_product_ids = fields.Many2many(
        "product.product",
        string="Bought Products",
        compute="_compute_bought_ids",
        search="_search_bought_product_ids",
        groups="sales_team.group_sale_salesman",
        help="What any contact of this customer has bought, by the confirmed orders that you may "
        "see.",
    )
    bought_category_ids = fields.Many2many(
        "product.category",
        string="Bought Product Categories",
        compute="_compute_bought_ids",
        search="_search_bought_category_ids",
        groups="sales_team.group_sale_salesman",
        help="The categories of what any contact of this customer has bought, by the confirmed "
        "orders that you may see. Searching for a category finds those below it too.",
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

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_bought_ids(self):
        rows = self.env["crm.product.purchase.line"]._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("is_purchase", "=", True),
            ],
            ["partner_id"],
            ["product_id:recordset"],
        )
        bought = {customer: products._filtered_access("read") for customer, products in rows}
        for partner in self:
            products = bought.get(partner.commercial_partner_id) or self.env["product.product"]
            partner.bought_product_ids = products
            partner.bought_category_ids = products.categ_id

    @api.model
    def _search_bought_product_ids(self, operator, value):
        return self._search_bought("product_id", operator, value)

    @api.model
    def _search_bought_category_ids(self, operator, value):
        return self._search_bought("categ_id", operator, value)

    @api.model
    def _search_bought(self, name, operator, value):
        """Contacts of customers by what they bought, with the rights of the user on the orders."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator != "in":
            return self._get_bought_domain(Domain(name, operator, value))
        below = "child_of" if name == "categ_id" else "in"
        domain = self._get_bought_domain(Domain(name, below, [id_ for id_ in value if id_]))
        if not all(value):
            domain |= ~self._get_bought_domain(Domain.TRUE)
        return domain

    @api.model
    def _get_bought_domain(self, domain):
        Line = self.env["crm.product.purchase.line"]
        query = Line._search(Domain("is_purchase", "=", True) & domain)
        customer = Line._field_to_sql(query.table, "partner_id", query)
        return Domain("commercial_partner_id", "in", SQL("(%s)", query.select(customer)))

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
