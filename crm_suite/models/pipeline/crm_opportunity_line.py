from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, float_compare

# no pricelist said so: tells a price or discount of zero that somebody entered
NO_PRICELIST = -1.0
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
    _inherit = ["crm.lead.detail.mixin"]
    _order = "sequence, id"
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
        # what a combo holds is chosen on the quotation
        domain=[("sale_ok", "=", True), ("type", "!=", "combo")],
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
    pricelist_discount = fields.Float(
        compute="_compute_discount", store=True, readonly=False, precompute=True, digits="Discount"
    )
    is_price_manual = fields.Boolean(
        string="Price Entered by Hand",
        compute="_compute_is_price_manual",
        help="The price or the discount was entered by hand and does not follow the pricelist.",
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
        help="Amount less the cost of the product. Empty while the product has no cost.",
    )
    margin_percent = fields.Float(
        string="Margin (%)", compute="_compute_margin_percent", help="Of the amount."
    )
    is_cost_known = fields.Boolean(
        string="Cost Known",
        compute="_compute_margin",
        store=True,
        precompute=True,
        help="The product has a cost. Without one there is no margin, rather than a full one.",
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
    user_id = fields.Many2one(related="lead_id.user_id", store=True, index=True, precompute=True)
    team_id = fields.Many2one(related="lead_id.team_id", store=True, index=True, precompute=True)
    stage_id = fields.Many2one(related="lead_id.stage_id", store=True, precompute=True)
    won_status = fields.Selection(related="lead_id.won_status", store=True, precompute=True)
    date_deadline = fields.Date(related="lead_id.date_deadline", store=True, precompute=True)

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
        following = self.filtered(lambda line: not line._is_manual("price_unit"))
        for line in self - following:
            # both, or the ORM would take them for not computed
            line.price_unit, line.pricelist_price = line.price_unit, line.pricelist_price
        for line, (price, _discount) in following._get_pricelist_values().items():
            line.price_unit = line.pricelist_price = price

    @api.depends("product_id", "product_uom_id", "quantity", "partner_id")
    def _compute_discount(self):
        following = self.filtered(lambda line: not line._is_manual("discount"))
        for line in self - following:
            line.discount, line.pricelist_discount = line.discount, line.pricelist_discount
        for line, (_price, discount) in following._get_pricelist_values().items():
            line.discount = line.pricelist_discount = discount

    @api.depends("price_unit", "pricelist_price", "discount", "pricelist_discount", "currency_id")
    def _compute_is_price_manual(self):
        for line in self:
            line.is_price_manual = line._is_manual("price_unit") or line._is_manual("discount")

    @api.depends("product_id", "quantity", "price_unit", "discount", "currency_id", "partner_id")
    def _compute_price_subtotal(self):
        positions = {}
        for line in self:
            company = line.company_id or self.env.company
            currency = line.currency_id or company.currency_id
            price = line.price_unit * (1 - (line.discount or 0.0) / 100)
            taxes = line._get_included_taxes()
            if taxes:
                taxes = line._get_fiscal_position(positions).map_tax(taxes)
            if not taxes:
                line.price_subtotal = currency.round(price * line.quantity)
                continue
            line.price_subtotal = taxes.compute_all(
                price, currency, line.quantity, line.product_id, line.partner_id
            )["total_excluded"]

    @api.depends("product_id", "product_uom_id", "quantity", "price_subtotal")
    def _compute_margin(self):
        for line in self:
            company = line.company_id or self.env.company
            product = line.product_id.with_company(company)
            cost = product.standard_price
            line.is_cost_known = bool(cost)
            if not cost:
                line.margin = 0.0
                continue
            if line.product_uom_id:
                cost = product.uom_id._compute_price(cost, line.product_uom_id)
            cost = product.cost_currency_id._convert(
                cost, line.currency_id or company.currency_id, company, round=False
            )
            line.margin = line.price_subtotal - cost * line.quantity

    @api.depends("margin", "price_subtotal")
    def _compute_margin_percent(self):
        for line in self:
            line.margin_percent = line.margin / line.price_subtotal if line.price_subtotal else 0.0

    @api.depends("lead_id.name", "product_id.display_name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.lead_id.name} - {line.product_id.display_name}"

    @api.constrains("quantity", "discount")
    def _check_numbers(self):
        for line in self:
            # written so that they also refuse what is no number
            if not line.quantity > 0:
                raise ValidationError(
                    self.env._(
                        "%(product)s: the quantity must be above zero. Remove the product if the "
                        "customer does not want it.",
                        product=line.product_id.display_name,
                    )
                )
            if not line.discount <= 100:
                raise ValidationError(
                    self.env._(
                        "%(product)s: a discount cannot be higher than 100%%.",
                        product=line.product_id.display_name,
                    )
                )

    @api.onchange("product_id")
    def _onchange_product_id(self):
        # a price entered by hand was meant for the product of before
        self._reset_prices()

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._with_manual_prices(self._drop_followed(vals)) for vals in vals_list]
        self._check_leads(vals_list)
        self._check_products(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        vals = self._drop_followed(vals)
        self._check_leads([vals])
        changed = (
            self.filtered(lambda line: line.product_id.id != vals["product_id"])
            if ("product_id" in vals and "price_unit" not in vals)
            else self.browse()
        )
        result = super().write(vals)
        changed._reset_prices()
        return result

    @api.model
    def _with_manual_prices(self, vals):
        """Values that tell prices and discounts of zero from those that nobody entered."""
        for name, known in (("price_unit", "pricelist_price"), ("discount", "pricelist_discount")):
            if name in vals and known not in vals:
                vals = {**vals, known: NO_PRICELIST}
        return vals

    @api.model
    def _drop_followed(self, vals):
        """Values without those that the opportunity decides, and with them who sees a line."""
        return {name: value for name, value in vals.items() if name not in FOLLOWED_FIELDS}

    @api.model
    def _check_leads(self, vals_list):
        """Whoever puts products on an opportunity must be allowed to change it."""
        leads = {vals["lead_id"] for vals in vals_list if vals.get("lead_id")}
        self.env["crm.lead"].browse(leads).check_access("write")

    @api.model
    def _check_products(self, vals_list):
        if self.env.context.get("default_product_id"):
            return
        if any(not vals.get("product_id") for vals in vals_list):
            raise ValidationError(
                self.env._("Choose a product on each line of the opportunity, or remove the line.")
            )

    def _is_manual(self, name):
        """Tell whether somebody entered the price or the discount: `price_unit`, `discount`."""
        self.ensure_one()
        if name == "discount":
            return bool(float_compare(self.discount, self.pricelist_discount, precision_digits=2))
        currency = self.currency_id or self.env.company.currency_id
        return bool(currency.compare_amounts(self.price_unit, self.pricelist_price))

    def _reset_prices(self):
        """Take price and discount from the pricelist of the customer, whatever they are now."""
        for line, (price, discount) in self._get_pricelist_values().items():
            line.update(
                {
                    "price_unit": price,
                    "pricelist_price": price,
                    "discount": discount,
                    "pricelist_discount": discount,
                }
            )

    def _get_pricelist_values(self):
        """Return what the pricelist of the customer gives, for many lines at once.

        The rules of a pricelist are read once for all products, as one search per product would
        make an import crawl.

        :return: unit price and discount in percent by line. The price is in the currency of the
            opportunity and before the discount, when the rule of the pricelist shows it.
        """
        values = {line: (0.0, 0.0) for line in self}
        now, positions = fields.Datetime.now(), {}
        priced = self.filtered("product_id")
        for company, lines in priced.grouped(
            lambda line: line.company_id or self.env.company
        ).items():
            lines = lines.with_company(company)
            for pricelist, group in lines.grouped(
                lambda line: line.partner_id.property_product_pricelist
            ).items():
                rules = pricelist._get_applicable_rules(group.product_id, now)
                for line in group:
                    values[line] = line._apply_pricelist(pricelist, rules, now, positions)
        return values

    def _apply_pricelist(self, pricelist, rules, date, positions):
        """Return unit price and discount in percent by the first of the rules that applies."""
        self.ensure_one()
        company = self.company_id or self.env.company
        currency = self.currency_id or company.currency_id
        product = self.product_id.with_context(lang=self.partner_id.lang)
        terms = {
            "quantity": self.quantity or 1.0,
            "uom": self.product_uom_id or product.uom_id,
            "date": date,
            # a fixed price is always in the currency of its pricelist
            "currency": pricelist.currency_id or currency,
        }
        quantity = terms["uom"]._compute_quantity(
            terms["quantity"], product.uom_id, raise_if_failure=False
        )
        rule = next(
            (rule for rule in rules if rule._is_applicable_for(product, quantity)), rules.browse()
        )
        price = full_price = rule._compute_price(product, **terms)
        if rule._show_discount():
            full_price = rule._compute_price_before_discount(product, **terms)
        discount = 0.0
        if full_price and price < full_price:
            discount = (full_price - price) / full_price * 100
            price = full_price
        price = terms["currency"]._convert(price, currency, company, date, round=False)
        taxes = self._get_included_taxes()
        if taxes:
            price = product._get_tax_included_unit_price_from_price(
                price, taxes, fiscal_position=self._get_fiscal_position(positions)
            )
        return price, discount

    def _get_included_taxes(self):
        """Return the taxes of the product when its price includes one: others change no amount."""
        company = self.company_id or self.env.company
        # sudo: which taxes a product's price includes is no secret of the accountants
        taxes = self.product_id.sudo().taxes_id._filter_taxes_by_company(company)
        return taxes if any(taxes.mapped("price_include")) else taxes.browse()

    def _get_fiscal_position(self, known):
        """Return the fiscal position that the quotation will have.

        :param dict known: fiscal positions found before, by company and customer
        """
        company, partner = self.company_id or self.env.company, self.partner_id
        if (company, partner) not in known:
            # sudo: whose taxes are which is no secret of the accountants
            Position = self.env["account.fiscal.position"].sudo().with_company(company)
            delivery = partner.browse(partner.address_get(["delivery"])["delivery"])
            known[company, partner] = Position._get_fiscal_position(partner, delivery)
        return known[company, partner]

    def _lock(self):
        """Let only one at a time carry these products to a quotation.

        Whoever comes second waits; the first has changed the lines meanwhile, so PostgreSQL makes
        the second start over, and he finds the quotation of the first.
        """
        self.env.cr.execute(
            SQL(
                "SELECT 1 FROM crm_opportunity_line WHERE id IN %s FOR NO KEY UPDATE",
                tuple(self.ids),
            )
        )

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
