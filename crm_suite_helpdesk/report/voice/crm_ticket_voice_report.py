from odoo import fields, models
from odoo.tools import SQL

from ...models.sentiment.crm_ticket import MOODS
from ...models.voice.crm_ticket import KINDS
from ...models.voice.crm_ticket_survey import FACES


class CrmTicketVoiceReport(models.Model):
    """What customers write about, and why: one row for each ticket, by the day it was opened.

    Spam is not counted.

    * `complaint_rate`: the share of complaints in all tickets, so that a busy month does not look
      like a bad one.
    * `negative_rate`: of the tickets whose last message was read for its mood, those that sound
      unhappy.
    """

    _name = "crm.ticket.voice.report"
    _description = "Voice of the Customer"
    _inherit = ["crm.ticket.report"]
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "crm.ticket": [
            "active",
            "category_id",
            "cause_id",
            "closed_at",
            "commercial_partner_id",
            "company_id",
            "customer_tier_id",
            "kind",
            "opened_at",
            "priority",
            "product_id",
            "satisfaction",
            "sentiment",
            "sentiment_id",
            "solution_s",
            "stage_type",
            "team_id",
            "user_id",
        ],
        "crm.ticket.sentiment": ["score"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id"],
    }

    date = fields.Datetime("Opened on", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    cause_id = fields.Many2one("crm.ticket.cause", "Root Cause", readonly=True)
    product_categ_id = fields.Many2one("product.category", "Product Category", readonly=True)
    satisfaction = fields.Selection(FACES, "Customer Was", readonly=True)
    sentiment = fields.Selection(MOODS, "Mood", readonly=True)
    tickets = fields.Integer(readonly=True)
    complaints = fields.Integer(readonly=True)
    suggestions = fields.Integer(readonly=True)
    praises = fields.Integer("Praise", readonly=True)
    complaint_rate = fields.Float(
        "Complaints (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of all tickets, how many were complaints.",
    )
    negative_rate = fields.Float(
        "Sound Unhappy (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of the tickets whose last message was read for its mood, how many sound unhappy.",
    )
    mood = fields.Float(
        "Mood (-1 to 1)",
        readonly=True,
        aggregator="avg",
        digits=(16, 2),
        help="What the last messages of customers sound like: the average.",
    )
    satisfied_rate = fields.Float(
        "Satisfied (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of the customers who answered the survey, how many were happy.",
    )
    solution_hours = fields.Float(
        "Solution (average)",
        readonly=True,
        aggregator="avg",
        help="Working time from opening to the solution, in hours.",
    )

    @property
    def _table_query(self):
        tickets = self.env["crm.ticket"]._query_counted([("stage_type", "!=", "spam")])
        return SQL(
            """
            SELECT crm_ticket.id AS id,
                   crm_ticket.opened_at AS date,
                   crm_ticket.kind AS kind,
                   crm_ticket.cause_id AS cause_id,
                   template.categ_id AS product_categ_id,
                   crm_ticket.satisfaction AS satisfaction,
                   crm_ticket.sentiment AS sentiment,
                   1 AS tickets,
                   (crm_ticket.kind IS NOT DISTINCT FROM 'complaint')::int AS complaints,
                   (crm_ticket.kind IS NOT DISTINCT FROM 'suggestion')::int AS suggestions,
                   (crm_ticket.kind IS NOT DISTINCT FROM 'praise')::int AS praises,
                   CASE WHEN crm_ticket.kind = 'complaint' THEN 100 ELSE 0 END::float8
                       AS complaint_rate,
                   CASE WHEN crm_ticket.sentiment IS NULL THEN NULL
                        WHEN crm_ticket.sentiment = 'negative' THEN 100 ELSE 0 END::float8
                       AS negative_rate,
                   mood.score::float8 AS mood,
                   CASE WHEN crm_ticket.satisfaction IS NULL THEN NULL
                        WHEN crm_ticket.satisfaction = 'happy' THEN 100 ELSE 0 END::float8
                       AS satisfied_rate,
                   CASE WHEN crm_ticket.stage_type IN ('solved', 'closed')
                        THEN crm_ticket.solution_s / 3600.0 END::float8 AS solution_hours,
                   %s
              FROM %s
         LEFT JOIN crm_ticket_sentiment mood ON mood.id = crm_ticket.sentiment_id
         LEFT JOIN product_product product ON product.id = crm_ticket.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE %s
            """,
            self._select_dimensions(),
            tickets.from_clause,
            tickets.where_clause or SQL("TRUE"),
        )
