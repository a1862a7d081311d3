from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...lib.basket import parse_thresholds
from . import sql
from .crm_product_suggestion import ALL_DOCUMENTS

# first key of the advisory lock: one run at a time
LOCK = 0x6261736B
PARAMETER = "crm_suite.association_"
# settings that people enter in percent
PERCENT = ("min_support", "min_confidence")


class CrmProductAssociation(models.Model):
    """Who buys one product buys another: a rule that the orders of a company show.

    The basket is one confirmed order, not all that a customer ever bought: what he orders together
    goes together, and no window has to be guessed. What counts as bought is said by
    `crm.product.purchase.line`, so no sections, down payments, combos (what they hold does count),
    discounts, deliveries, rewards and returns; cancelled orders do not. The formulas and their
    sources are in `lib/basket.py`, thresholds in the settings.

    The figures are of all orders of a company, and so of orders that a reader may not open.
    Therefore a rule needs three orders of two customers at least, whatever the settings say; and
    whoever sees only his own documents or those of his team reads shares, not numbers of orders.
    Shares are kept in two significant digits, as the numbers could be told from exact ones.
    """

    _name = "crm.product.association"
    _inherit = ["crm.product.suggestion"]
    _description = "Products Bought Together"
    _order = "score desc, id"
    # written in bulk by the refresh alone
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    antecedent_id = fields.Many2one(
        "product.product",
        string="Who Buys",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    consequent_id = fields.Many2one(
        "product.product",
        string="Also Buys",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    order_count = fields.Integer(
        string="Orders with Both",
        readonly=True,
        aggregator="max",
        groups=ALL_DOCUMENTS,
    )
    antecedent_count = fields.Integer(
        string="Orders with the First",
        readonly=True,
        aggregator="max",
        groups=ALL_DOCUMENTS,
    )
    consequent_count = fields.Integer(
        string="Orders with the Second",
        readonly=True,
        aggregator="max",
        groups=ALL_DOCUMENTS,
    )
    basket_count = fields.Integer(
        string="All Orders",
        readonly=True,
        aggregator="max",
        groups=ALL_DOCUMENTS,
        help="Orders in which rules were looked for.",
    )
    support = fields.Float(
        readonly=True,
        aggregator="avg",
        help="The share of all orders that hold both products.",
    )
    confidence = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Of the orders with the first product, the share that hold the second as well.",
    )
    lift = fields.Float(
        readonly=True,
        aggregator="avg",
        help="How many times as often the second product is bought with the first one as in "
        "general. 1 is chance.",
    )
    score = fields.Float(
        readonly=True,
        aggregator="max",
        help="Confidence times lift: what suggestions are ranked by.",
    )

    _rule_uniq = models.UniqueIndex("(company_id, antecedent_id, consequent_id)")
    _antecedent_idx = models.Index("(antecedent_id)")

    @api.depends("antecedent_id.display_name", "consequent_id.display_name")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = self.env._(
                "%(first)s and %(second)s",
                first=rule.antecedent_id.display_name,
                second=rule.consequent_id.display_name,
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_orders(self):
        """Open the orders with both products that the user may read."""
        self.ensure_one()
        self.check_access("read")
        name = self.display_name
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders"),
            "name": name,
            "display_name": name,
            "domain": [
                ("state", "=", "sale"),
                ("company_id", "=", self.company_id.id),
                ("date_order", ">=", self._get_since(self._get_thresholds())),
                ("order_line.product_id", "=", self.antecedent_id.id),
                ("order_line.product_id", "=", self.consequent_id.id),
            ],
            "context": {"create": False},
        }

    @api.model
    def action_refresh(self):
        """Count anew now, rather than at night.

        :raise AccessError: unless the user administers sales
        """
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(self.env._("Only sales administrators can count all orders anew."))
        # sudo: the rules are of all orders of a company, and nobody may write them otherwise
        if not self.sudo()._refresh():
            raise UserError(self.env._("The orders are being counted already. Wait a moment."))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------

    @api.model
    def _get_thresholds(self):
        """Return what rules must reach, from the settings."""
        # sudo: settings that everybody's suggestions follow
        get_param = self.env["ir.config_parameter"].sudo().get_param
        values = {}
        for name in ("months", "min_baskets", "min_orders", "min_lift", "max_products", *PERCENT):
            value = get_param(PARAMETER + name)
            if not value:
                continue
            try:
                values[name] = float(value) / 100 if name in PERCENT else value
            except (TypeError, ValueError):
                continue
        return parse_thresholds(values)

    @api.model
    def _get_since(self, thresholds):
        today = fields.Datetime.now().replace(hour=0, minute=0, second=0)
        return today - relativedelta(months=thresholds.months)

    @api.model
    def _refresh(self):
        """Find the rules of all companies anew; write only what has changed.

        A handful of statements, whatever the number of orders and companies.

        :return: False when another run is at it
        """
        [(is_free,)] = self.env.execute_query(SQL("SELECT pg_try_advisory_xact_lock(%s)", LOCK))
        if not is_free:
            return False
        thresholds = self._get_thresholds()
        self.env.flush_all()
        # sudo: rules are those of all orders, whoever presses the button
        lines = self.env["crm.product.purchase.line"].sudo()._table_query
        for statement in (
            sql.drop_tables(),
            sql.create_items(lines, self._get_since(thresholds), thresholds.max_products),
            SQL("ANALYZE crm_basket_item"),
            sql.create_products(thresholds),
            SQL("ANALYZE crm_basket_product"),
            sql.create_rules(thresholds),
            SQL("ANALYZE crm_basket_rule"),
            sql.delete_rules(self._table),
            sql.update_rules(self._table),
            sql.insert_rules(self._table),
            sql.update_companies(),
            sql.drop_tables(),
        ):
            self.env.cr.execute(statement)
        self.invalidate_model()
        self.env["res.company"].invalidate_model(["association_order_count"])
        return True

    @api.model
    def _cron_refresh(self):
        self._refresh()
