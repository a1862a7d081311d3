from odoo import fields, models
from odoo.tools import SQL

# Upper ends of the buckets, in days
BUCKETS = (1, 3, 7, 14, 30, 90)


class CrmTicketAgeReport(models.Model):
    """The tickets that are open now, by age: one row for each.

    Ages are in days around the clock: a customer waits on Sundays, too.
    """

    _name = "crm.ticket.age.report"
    _description = "Age of Open Tickets"
    _inherit = ["crm.ticket.report"]
    _auto = False
    _order = "opened_at, id"
    _depends = {
        "crm.ticket": [
            "active",
            "category_id",
            "closed_at",
            "commercial_partner_id",
            "company_id",
            "customer_tier_id",
            "last_agent_message_at",
            "last_customer_message_at",
            "opened_at",
            "priority",
            "product_id",
            "sla_breached",
            "stage_id",
            "team_id",
            "user_id",
            "waiting_on",
        ]
    }

    stage_id = fields.Many2one("crm.ticket.stage", readonly=True)
    waiting_on = fields.Selection(
        [("us", "Us"), ("customer", "Customer"), ("third", "Third party")],
        "Waiting on",
        readonly=True,
        help="Whose turn it is.",
    )
    opened_at = fields.Datetime("Opened on", readonly=True)
    open_tickets = fields.Integer(readonly=True)
    bucket = fields.Selection(
        [
            ("0", "Up to 1 day"),
            ("1", "1 to 3 days"),
            ("2", "3 to 7 days"),
            ("3", "1 to 2 weeks"),
            ("4", "2 weeks to 30 days"),
            ("5", "30 to 90 days"),
            ("6", "Over 90 days"),
        ],
        "Age",
        readonly=True,
    )
    age_days = fields.Float(
        "Days Open",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Days since the ticket was opened, around the clock.",
    )
    age_median = fields.Float(
        "Days Open (median)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Half of the open tickets are younger than this.",
    )
    silent_days = fields.Float(
        "Days of Silence",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Days since the last message of the customer or of an agent, or since the opening.",
    )
    is_breached = fields.Boolean("SLA Breached", readonly=True)

    def _get_medians(self):
        return ("age_median",)

    @property
    def _table_query(self):
        tickets = self.env["crm.ticket"]._query_counted([("closed_at", "=", False)])
        days = SQL(
            "EXTRACT(EPOCH FROM %s - crm_ticket.opened_at) / 86400", self.env["crm.ticket"]._now()
        )
        last = SQL(
            """GREATEST(crm_ticket.opened_at, crm_ticket.last_customer_message_at,
                        crm_ticket.last_agent_message_at)"""
        )
        return SQL(
            """
            SELECT crm_ticket.id,
                   %(dimensions)s,
                   crm_ticket.stage_id,
                   crm_ticket.waiting_on,
                   crm_ticket.opened_at,
                   1 AS open_tickets,
                   WIDTH_BUCKET(%(days)s, %(ends)s::numeric[])::varchar AS bucket,
                   %(days)s AS age_days,
                   %(days)s AS age_median,
                   EXTRACT(EPOCH FROM %(now)s - %(last)s) / 86400 AS silent_days,
                   COALESCE(crm_ticket.sla_breached, FALSE) AS is_breached
              FROM %(source)s
             WHERE %(readable)s
            """,
            dimensions=self._select_dimensions(),
            days=days,
            ends=list(BUCKETS),
            now=self.env["crm.ticket"]._now(),
            last=last,
            source=tickets.from_clause,
            readable=tickets.where_clause or SQL("TRUE"),
        )
