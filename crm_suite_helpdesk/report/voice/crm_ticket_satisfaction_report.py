from odoo import fields, models
from odoo.tools import SQL

from ...models.voice.crm_ticket import KINDS
from ...models.voice.crm_ticket_survey import FACES


class CrmTicketSatisfactionReport(models.Model):
    """How content customers are: one row for each customer who was asked, or answered unasked.

    Team and agent are those at closing, whose work was judged; everything else is that of the
    ticket today. The date is when the customer was asked, else when he answered.

    * `response_rate`: of those who were asked, how many answered.
    * `satisfied_rate`: of those who answered, how many were happy (the usual "CSAT").
    * `rating`: 5 happy, 3 neutral, 1 unhappy, the average of those who answered.
    """

    _name = "crm.ticket.satisfaction.report"
    _description = "Customer Satisfaction"
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
            "priority",
            "product_id",
            "sentiment",
        ],
        "crm.ticket.survey": [
            "answered_at",
            "asked_at",
            "feedback",
            "satisfaction",
            "state",
            "team_id",
            "ticket_id",
            "user_id",
        ],
    }

    date = fields.Datetime(readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    cause_id = fields.Many2one("crm.ticket.cause", "Root Cause", readonly=True)
    satisfaction = fields.Selection(FACES, "Customer Was", readonly=True)
    feedback = fields.Text("Comment", readonly=True)
    asked = fields.Integer(readonly=True, help="Customers who got the survey by e-mail.")
    answered = fields.Integer(readonly=True, help="Customers who chose a face.")
    happy = fields.Integer(readonly=True)
    neutral = fields.Integer(readonly=True)
    unhappy = fields.Integer(readonly=True)
    response_rate = fields.Float(
        "Answered (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of the customers who were asked, how many answered.",
    )
    satisfied_rate = fields.Float(
        "Satisfied (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of the customers who answered, how many were happy.",
    )
    rating = fields.Float(
        "Rating (1 to 5)",
        readonly=True,
        aggregator="avg",
        digits=(16, 2),
        help="5 happy, 3 neutral, 1 unhappy: the average of those who answered.",
    )

    @property
    def _table_query(self):
        tickets = self.env["crm.ticket"]._query_counted()
        return SQL(
            """
            SELECT survey.id AS id,
                   COALESCE(survey.asked_at, survey.answered_at) AS date,
                   crm_ticket.kind AS kind,
                   crm_ticket.cause_id AS cause_id,
                   survey.satisfaction AS satisfaction,
                   survey.feedback AS feedback,
                   (survey.asked_at IS NOT NULL)::int AS asked,
                   (survey.answered_at IS NOT NULL)::int AS answered,
                   (survey.satisfaction IS NOT DISTINCT FROM 'happy')::int AS happy,
                   (survey.satisfaction IS NOT DISTINCT FROM 'neutral')::int AS neutral,
                   (survey.satisfaction IS NOT DISTINCT FROM 'unhappy')::int AS unhappy,
                   CASE WHEN survey.asked_at IS NULL THEN NULL
                        WHEN survey.answered_at IS NULL THEN 0 ELSE 100 END::float8
                       AS response_rate,
                   CASE WHEN survey.answered_at IS NULL THEN NULL
                        WHEN survey.satisfaction = 'happy' THEN 100 ELSE 0 END::float8
                       AS satisfied_rate,
                   CASE survey.satisfaction WHEN 'happy' THEN 5 WHEN 'neutral' THEN 3
                                            WHEN 'unhappy' THEN 1 END::float8 AS rating,
                   %s
              FROM %s
              JOIN crm_ticket_survey survey ON survey.ticket_id = crm_ticket.id
             WHERE %s
               AND (survey.asked_at IS NOT NULL OR survey.answered_at IS NOT NULL)
            """,
            self._select_dimensions(),
            tickets.from_clause,
            tickets.where_clause or SQL("TRUE"),
        )

    def _get_dimensions(self):
        return {
            **super()._get_dimensions(),
            "team_id": SQL("survey.team_id"),
            "user_id": SQL("survey.user_id"),
        }
