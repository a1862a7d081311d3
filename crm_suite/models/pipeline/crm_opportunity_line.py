from odoo import api, fields, models

# Copies of what the opportunity says, stored for analysis and record rules: nobody enters them
FOLLOWED_FIELDS = frozenset(
    (
        "company_id",
        "currency_id",
        "date_deadline",
        "partner_id",
        "stage_id",
        "team_id",
        "user_id",
        "won_status",
    )
)


class CrmOpportunityLine(models.Model):
    """A product that an opportunity is about, before there is a quotation."""

    _name = "crm.opportunity.line"
    _description = "Opportunity Product"
    _order = "lead_id, sequence, id"
    _check_company_auto = True

    lead_id = fields.Many2one(
        "crm.lead", string="Opportunity", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        domain=[("sale_ok", "=", True)],
    )
    product_categ_id = fields.Many2one(
        related="product_id.categ_id", string="Product Category", store=True
    )
    name = fields.Text(
        string="Description",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    quantity = fields.Float(default=1.0, required=True, digits="Product Unit")
    allowed_uom_ids = fields.Many2many("uom.uom", compute="_compute_allowed_uom_ids")
    product_uom_id = fields.Many2one(
        "uom.uom",
        string="Unit",
        compute="_compute_product_uom_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        domain="[('id', 'in', allowed_uom_ids)]",
    )
    price_unit = fields.Float(
        string="Unit Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        min_display_digits="Product Price",
        help="From the pricelist of the customer, until you enter another price.",
    )
    # what the pricelist said when the price was computed: tells a price entered by hand
    pricelist_price = fields.Float(
        compute="_compute_price_unit", store=True, readonly=False, precompute=True
    )
    discount = fields.Float(
        string="Discount (%)",
        compute="_compute_discount",
        store=True,
        readonly=False,
        precompute=True,
        digits="Discount",
    )
    price_subtotal = fields.Monetary(
        string="Amount",
        compute="_compute_price_subtotal",
        store=True,
        precompute=True,
        help="Without taxes.",
    )
    margin = fields.Monetary(
        compute="_compute_margin",
        store=True,
        precompute=True,
        help="Amount less the cost of the product. Zero while the product has no cost.",
    )
    order_line_ids = fields.One2many(
        "sale.order.line", "opportunity_line_id", string="Order Lines", readonly=True
    )
    order_id = fields.Many2one(
        "sale.order",
        string="Quotation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The quotation that this product was last carried to or updated from.",
    )

    # of the opportunity, stored for analysis and record rules
    company_id = fields.Many2one(
        related="lead_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="lead_id.partner_id",
        string="Customer",
        store=True,
        index="btree_not_null",
        precompute=True,
    )
    user_id = fields.Many2one(related="lead_id.user_id", store=True, index=True)
    team_id = fields.Many2one(related="lead_id.team_id", store=True, index=True)
    stage_id = fields.Many2one(related="lead_id.stage_id", store=True)
    won_status = fields.Selection(related="lead_id.won_status", store=True)
    date_deadline = fields.Date(related="lead_id.date_deadline", store=True)

    _check_quantity = models.Constraint(
        "CHECK(quantity >= 0)", "The quantity of a product cannot be negative."
    )
    _check_discount = models.Constraint(
        "CHECK(discount <= 100)", "A discount cannot be higher than 100%."
    )

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            if line.product_id:
                lang = line.lead_id.partner_id.lang or self.env.lang
                product = line.product_id.with_context(lang=lang)
                line.name = product.get_product_multiline_description_sale()

    @api.depends("product_id")
    def _compute_allowed_uom_ids(self):
        for line in self:
            line.allowed_uom_ids = line.product_id.uom_id | line.product_id.uom_ids

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for line in self:
            if line.product_uom_id not in line.allowed_uom_ids or not line.product_uom_id:
                line.product_uom_id = line.product_id.uom_id

    @api.depends("company_id")
    def _compute_currency_id(self):
        for line in self:
            line.currency_id = (line.company_id or self.env.company).currency_id

    @api.depends("product_id", "product_uom_id", "quantity", "partner_id")
    def _compute_price_unit(self):
        for line in self:
            currency = line.currency_id or self.env.company.currency_id
            price, known_price = line.price_unit, line.pricelist_price
            if currency.compare_amounts(price, known_price):
                line.price_unit, line.pricelist_price = price, known_price
            else:
                line.price_unit = line.pricelist_price = line._get_pricelist_values()[0]

    @api.depends("product_id", "product_uom_id", "quantity", "partner_id")
    def _compute_discount(self):
        for line in self:
            line.discount = line._get_pricelist_values()[1]

    @api.depends("product_id", "quantity", "price_unit", "discount", "currency_id")
    def _compute_price_subtotal(self):
        for line in self:
            company = line.company_id or self.env.company
            currency = line.currency_id or company.currency_id
            price = line.price_unit * (1 - (line.discount or 0.0) / 100)
            # sudo: which taxes a product's price includes is no secret of the accountants
            taxes = line.product_id.sudo().taxes_id._filter_taxes_by_company(company)
            line.price_subtotal = taxes.compute_all(
                price, currency, line.quantity, line.product_id, line.partner_id
            )["total_excluded"]

    @api.depends("product_id", "product_uom_id", "quantity", "price_subtotal")
    def _compute_margin(self):
        for line in self:
            company = line.company_id or self.env.company
            product = line.product_id.with_company(company)
            cost = product.standard_price
            if not cost:
                line.margin = 0.0
                continue
            if line.product_uom_id:
                cost = product.uom_id._compute_price(cost, line.product_uom_id)
            cost = product.cost_currency_id._convert(
                cost, line.currency_id or company.currency_id, company, round=False
            )
            line.margin = line.price_subtotal - cost * line.quantity

    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.lead_id.name} - {line.product_id.display_name}"

    def _get_pricelist_values(self):
        """Return the unit price and the discount in percent that the customer's pricelist gives.

        The price is in the currency of the opportunity and before the discount, when the rule of
        the pricelist shows it.
        """
        self.ensure_one()
        if not self.product_id:
            return 0.0, 0.0
        company = self.company_id or self.env.company
        line = self.with_company(company)
        product = line.product_id.with_context(lang=line.partner_id.lang)
        currency = line.currency_id or company.currency_id
        pricelist = line.partner_id.property_product_pricelist
        terms = {
            "quantity": line.quantity or 1.0,
            "uom": line.product_uom_id or product.uom_id,
            "date": fields.Datetime.now(),
            # a fixed price is always in the currency of its pricelist
            "currency": pricelist.currency_id or currency,
        }
        rule = self.env["product.pricelist.item"]
        if pricelist:
            rule = rule.browse(pricelist._get_product_rule(product, **terms))

        def convert(price):
            return terms["currency"]._convert(price, currency, company, terms["date"], round=False)

        price = rule._compute_price(product, **terms)
        full_price = price
        if rule._show_discount():
            full_price = rule._compute_price_before_discount(product, **terms)
        if price >= full_price or not full_price:
            return convert(price), 0.0
        return convert(full_price), (full_price - price) / full_price * 100

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._drop_followed(vals) for vals in vals_list]
        self._check_leads(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        vals = self._drop_followed(vals)
        self._check_leads([vals])
        return super().write(vals)

    @api.model
    def _drop_followed(self, vals):
        """Values without those that the opportunity decides, and with them who sees a line."""
        return {name: value for name, value in vals.items() if name not in FOLLOWED_FIELDS}

    @api.model
    def _check_leads(self, vals_list):
        """Whoever puts products on an opportunity must be allowed to change it."""
        leads = {vals["lead_id"] for vals in vals_list if vals.get("lead_id")}
        self.env["crm.lead"].browse(leads).check_access("write")

    def _get_unquoted(self):
        """Return the lines that are on no quotation or order, cancelled ones aside."""
        # sudo: a quotation of a colleague holds the product as well as one's own
        quoted = (
            self.env["sale.order.line"]
            .sudo()
            .search([("opportunity_line_id", "in", self.ids), ("state", "!=", "cancel")])
            .opportunity_line_id
        )
        return self - quoted.sudo(False)

    def _prepare_order_line_values(self, currency, company, date):
        """Return the values of the `sale.order.line` that carries this product.

        :param currency: of the quotation
        :param date: of the quotation; prices are converted at its rate
        """
        self.ensure_one()

        def convert(amount):
            return self.currency_id._convert(amount, currency, company, date, round=False)

        return {
            "opportunity_line_id": self.id,
            "sequence": self.sequence,
            "product_id": self.product_id.id,
            "name": self.name,
            "product_uom_qty": self.quantity,
            "product_uom_id": self.product_uom_id.id,
            "price_unit": convert(self.price_unit),
            "technical_price_unit": convert(self.pricelist_price),
            "discount": self.discount,
        }
