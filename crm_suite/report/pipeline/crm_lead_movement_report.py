from odoo import fields, models
from odoo.tools import SQL


class CrmLeadMovementReport(models.Model):
    """What became of the leads that arrived: one row for each lead and opportunity.

    Grouped by the date of arrival the rows are a cohort: of the leads that came in March, so many
    were converted, won, lost, are still open. Grouped by the date of conversion or closing they
    are the movement of that month.

    * `conversion_rate` is about what arrived as a lead; an opportunity that was created as one has
      no part in it. What arrived as a lead was converted, or is one today.
    * `win_rate` is about what was decided: won and lost.
    * What was archived without being lost is neither open nor lost.
    * Amounts of quotations and orders are those of the documents that the reader may see.
    """

    _name = "crm.lead.movement.report"
    _description = "Lead Movement"
    _inherit = ["crm.pipeline.report"]
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "crm.lead": [
            "active",
            "campaign_id",
            "company_id",
            "country_id",
            "date_closed",
            "date_conversion",
            "expected_revenue",
            "lost_reason_id",
            "medium_id",
            "partner_id",
            "source_id",
            "stage_id",
            "team_id",
            "type",
            "user_id",
            "won_status",
        ],
        "sale.order": ["amount_untaxed", "currency_rate", "opportunity_id", "state"],
    }

    date = fields.Datetime(string="Arrived on", readonly=True)
    date_conversion = fields.Datetime(string="Converted on", readonly=True)
    date_closed = fields.Datetime(string="Closed on", readonly=True)
    type = fields.Selection([("lead", "Lead"), ("opportunity", "Opportunity")], readonly=True)
    stage_id = fields.Many2one("crm.stage", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("won", "Won"), ("lost", "Lost"), ("archived", "Archived")],
        readonly=True,
    )
    arrived = fields.Integer(readonly=True)
    converted = fields.Integer(readonly=True, help="Arrived as a lead, became an opportunity.")
    opportunities = fields.Integer(readonly=True)
    open = fields.Integer(readonly=True)
    won = fields.Integer(readonly=True)
    lost = fields.Integer(readonly=True)
    archived = fields.Integer(readonly=True)
    conversion_rate = fields.Float(
        string="Converted (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="How many of those that arrived as leads became opportunities.",
    )
    win_rate = fields.Float(
        string="Won of Decided (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Won, compared with won and lost.",
    )
    days_to_convert = fields.Float(readonly=True, aggregator="avg", digits=(16, 1))
    days_to_close = fields.Float(readonly=True, aggregator="avg", digits=(16, 1))
    amount = fields.Monetary(string="Expected Revenue", readonly=True)
    quoted_amount = fields.Monetary(
        string="Quoted",
        readonly=True,
        help="Quotations and orders, cancelled ones aside, without taxes.",
    )
    ordered_amount = fields.Monetary(
        string="Ordered", readonly=True, help="Confirmed orders, without taxes."
    )
    won_amount = fields.Monetary(string="Won Revenue", readonly=True)
    lost_amount = fields.Monetary(string="Lost Revenue", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT %s
              FROM crm_lead lead
                   %s
         LEFT JOIN (%s) sale ON sale.opportunity_id = lead.id
            """,
            self._select_movement(),
            self._join_rates("lead"),
            self._select_sales(),
        )

    def _select_movement(self):
        revenue = SQL("lead.expected_revenue * COALESCE(rate.value, 1)")
        return SQL(
            """
            lead.id,
            lead.id AS lead_id,
            lead.create_date AS date,
            lead.date_conversion,
            lead.date_closed,
            lead.type,
            lead.stage_id,
            lead.user_id,
            lead.team_id,
            lead.company_id,
            %(currency)s AS currency_id,
            lead.partner_id,
            lead.country_id,
            lead.source_id,
            lead.medium_id,
            lead.campaign_id,
            lead.lost_reason_id,
            CASE WHEN lead.won_status IN ('won', 'lost') THEN lead.won_status
                 WHEN lead.active THEN 'open' ELSE 'archived' END AS state,
            1 AS arrived,
            (lead.type = 'opportunity' AND lead.date_conversion IS NOT NULL)::int AS converted,
            (lead.type = 'opportunity')::int AS opportunities,
            (lead.won_status = 'pending' AND lead.active)::int AS open,
            (lead.won_status = 'won')::int AS won,
            (lead.won_status = 'lost')::int AS lost,
            (lead.won_status = 'pending' AND NOT lead.active)::int AS archived,
            CASE WHEN lead.type = 'lead' THEN 0.0
                 WHEN lead.date_conversion IS NOT NULL THEN 100.0 END AS conversion_rate,
            CASE lead.won_status WHEN 'won' THEN 100.0 WHEN 'lost' THEN 0.0 END AS win_rate,
            EXTRACT(EPOCH FROM lead.date_conversion - lead.create_date) / 86400
                AS days_to_convert,
            CASE WHEN lead.won_status IN ('won', 'lost')
                 THEN EXTRACT(EPOCH FROM lead.date_closed - lead.create_date) / 86400
            END AS days_to_close,
            %(revenue)s AS amount,
            COALESCE(sale.quoted, 0) AS quoted_amount,
            COALESCE(sale.ordered, 0) AS ordered_amount,
            CASE WHEN lead.won_status = 'won'
                 THEN %(revenue)s ELSE 0 END AS won_amount,
            CASE WHEN lead.won_status = 'lost'
                 THEN %(revenue)s ELSE 0 END AS lost_amount
            """,
            currency=self.env.company.currency_id.id,
            revenue=revenue,
        )

    def _select_sales(self):
        """Return the amounts of the orders of each opportunity that the reader may see."""
        Order = self.env["sale.order"]
        if not Order.has_access("read"):
            return SQL("SELECT NULL::int AS opportunity_id, 0 AS quoted, 0 AS ordered WHERE FALSE")
        readable = Order._search([("opportunity_id", "!=", False), ("state", "!=", "cancel")])
        return SQL(
            """
            SELECT sale_order.opportunity_id,
                   SUM(untaxed.amount) AS quoted,
                   SUM(untaxed.amount) FILTER (WHERE sale_order.state = 'sale') AS ordered
              FROM sale_order
                   %s
        CROSS JOIN LATERAL (
                   SELECT %s AS amount) untaxed
             WHERE sale_order.id IN %s
          GROUP BY sale_order.opportunity_id
            """,
            self._join_rates("sale_order"),
            self._get_order_amount(),
            readable.subselect(),
        )
