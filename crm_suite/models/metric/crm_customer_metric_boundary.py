from odoo import api, fields, models
from odoo.tools import SQL

from .figures import NEW, select_boundaries


class CrmCustomerMetricBoundary(models.Model):
    """What the figures of all customers of a company say about each: one row per company.

    Written by the full pass of `crm.customer.metric` and read by both passes, so that a customer
    who is computed alone gets the scores that he would get among all. Formulas: `lib/rfm.py` and
    `lib/lifetime_value.py`.
    """

    _name = "crm.customer.metric.boundary"
    _description = "Boundaries of Customer Figures"
    _rec_name = "company_id"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    customer_count = fields.Integer(
        string="Customers", readonly=True, help="Customers with a confirmed order."
    )
    recency_1 = fields.Date(readonly=True)
    recency_2 = fields.Date(readonly=True)
    recency_3 = fields.Date(readonly=True)
    recency_4 = fields.Date(readonly=True)
    frequency_1 = fields.Integer(readonly=True)
    frequency_2 = fields.Integer(readonly=True)
    frequency_3 = fields.Integer(readonly=True)
    frequency_4 = fields.Integer(readonly=True)
    monetary_1 = fields.Monetary(readonly=True)
    monetary_2 = fields.Monetary(readonly=True)
    monetary_3 = fields.Monetary(readonly=True)
    monetary_4 = fields.Monetary(readonly=True)
    tier_a = fields.Monetary(string="Least Revenue in Tier A", readonly=True)
    tier_b = fields.Monetary(string="Least Revenue in Tier B", readonly=True)
    interval_days = fields.Float(
        string="Median Days between Orders",
        readonly=True,
        help="Of the customers who have ordered on several days. Empty while there are none.",
    )
    earlier_count = fields.Integer(
        string="Customers of the Year Before",
        readonly=True,
        help="Who ordered in the 12 months before the last 12.",
    )
    returned_count = fields.Integer(
        string="Who Came Back", readonly=True, help="Those of them who ordered in the last 12."
    )
    retention_rate = fields.Float(
        readonly=True,
        help="Who came back plus one, divided by the customers of the year before plus two (rule "
        "of succession).",
    )

    _company_uniq = models.UniqueIndex("(company_id)")

    @api.model
    def _place(self):
        """Place the boundaries anew, of what a full pass has just computed."""
        names = [name for name, field in self._fields.items() if field.store and name != "id"]
        columns = SQL(", ").join(map(SQL.identifier, names))
        self.env.cr.execute(SQL("DELETE FROM crm_customer_metric_boundary"))
        self.env.cr.execute(
            SQL(
                "INSERT INTO crm_customer_metric_boundary (%s) SELECT %s FROM (%s) edge",
                columns,
                columns,
                select_boundaries(),
            )
        )

    @api.model
    def _is_missing(self):
        """Tell whether there is a company with customers that no full pass has seen."""
        return bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT FROM %s new
                     WHERE NOT EXISTS (SELECT FROM crm_customer_metric_boundary edge
                                        WHERE edge.company_id = new.company_id)
                     LIMIT 1
                    """,
                    NEW,
                )
            )
        )
