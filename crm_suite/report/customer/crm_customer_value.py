from odoo import api, fields, models
from odoo.tools import SQL

from ...models.purchase.ratios import select_ratio
from .crm_customer_figure import DEPENDS


class CrmCustomerValue(models.Model):
    """What customers are worth, by value tier, RFM cell, lifecycle stage, country and segment.

    One row per customer and company. Whoever is in two segments counts in both groups, and once
    in the total.
    """

    _name = "crm.customer.value"
    _description = "Customer Value"
    _inherit = ["crm.customer.figure"]
    _auto = False
    _order = "revenue desc, id desc"
    _depends = DEPENDS

    customers = fields.Integer(readonly=True)
    revenue_share = fields.Float(
        string="Share of Revenue (%)",
        readonly=True,
        aggregator="sum",
        digits=(16, 1),
        help="Of the revenue of all customers whose figures you may see in the chosen companies.",
    )
    customer_share = fields.Float(
        string="Share of Customers (%)",
        readonly=True,
        aggregator="sum",
        digits=(16, 1),
        help="Of all customers whose figures you may see in the chosen companies.",
    )
    average_order = fields.Monetary(string="Average Order Value", readonly=True, aggregator="avg")
    segment_ids = fields.Many2many(
        "crm.segment",
        string="Segments",
        compute="_compute_segment_ids",
        search="_search_segment_ids",
        help="The segments to which the customer belongs now. Whoever is in two segments counts in "
        "both, and once in the total.",
    )

    @api.depends("partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_segment_ids(self):
        for row in self:
            row.segment_ids = row.partner_id.segment_ids

    def _search_segment_ids(self, operator, value):
        return [("partner_id.segment_ids", operator, value)]

    def _read_group_groupby(self, alias, groupby_spec, query):
        """Group by the segments of the customer, as contacts are grouped."""
        if groupby_spec == "segment_ids":
            groupby_spec = "partner_id.segment_ids"
        return super()._read_group_groupby(alias, groupby_spec, query)

    def _read_group_select(self, aggregate_spec, query):
        """The average order of a group is the one of its sums."""
        expression = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec == "average_order:avg":
            return select_ratio(self, "revenue", "order_count", 1.0)
        return expression

    def _get_columns(self):
        return {
            **super()._get_columns(),
            "customers": SQL("1"),
            "average_order": SQL("%s / NULLIF(metric.order_count, 0)", self._get_amount("revenue")),
            "revenue_share": SQL(
                "100.0 * %s / %s",
                self._get_amount("revenue"),
                self._get_total(SQL("SUM(%s)", self._get_amount("revenue"))),
            ),
            "customer_share": SQL("100.0 / %s", self._get_total(SQL("COUNT(*)"))),
        }

    def _get_total(self, aggregate):
        """Return a figure of all customers of the reader: calculated once, and only if read."""
        return SQL(
            """(SELECT NULLIF(%s, 0)
                  FROM (%s) metric
             LEFT JOIN %s ON rate.company_id = metric.company_id)""",
            aggregate,
            self._get_readable_metrics(),
            self.env["crm.pipeline.report"]._get_company_rates(),
        )
