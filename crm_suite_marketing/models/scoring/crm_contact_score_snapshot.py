from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .crm_contact_score import ENGAGEMENT_GRADES, FIT_GRADES, LEVELS

# days between two snapshots, in which an outcome counts, and for which they are kept
EVERY = 7
WITHIN = 90
KEPT = 400


class CrmContactScoreSnapshot(models.Model):
    """What the score of a contact was on a day, and whether he bought within 90 days: so one sees
    what scores are worth. Written by the nightly job only.

    He bought when a quotation of his customer (the commercial partner, whoever of it ordered)
    was confirmed, or a lead of it was won, after that day.
    """

    _name = "crm.contact.score.snapshot"
    _description = "What Scores Predicted"
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, readonly=True, ondelete="cascade"
    )
    date = fields.Date(required=True, readonly=True)
    total = fields.Float(digits=(16, 1), readonly=True, aggregator="avg")
    fit_grade = fields.Selection(FIT_GRADES, readonly=True)
    engagement_grade = fields.Selection(ENGAGEMENT_GRADES, readonly=True)
    grade = fields.Char(readonly=True)
    level = fields.Selection(LEVELS, readonly=True)
    contact_count = fields.Integer("Contacts", readonly=True, help="One for each row.")
    order_count = fields.Integer("Orders", readonly=True, help="In the 90 days after.")
    won_count = fields.Integer("Won Leads", readonly=True, help="In the 90 days after.")
    converted = fields.Integer(
        "Buyers", readonly=True, help="Contacts with an order or a won lead in the 90 days after."
    )
    conversion_rate = fields.Float(
        "Conversion Rate (%)", digits=(16, 1), readonly=True, aggregator="avg"
    )
    is_over = fields.Boolean("90 Days Are Over", readonly=True)

    _partner_date_uniq = models.UniqueIndex("(partner_id, date)")
    _date_idx = models.Index("(date)")
    _running_idx = models.Index("(date) WHERE is_over IS NOT TRUE")

    @api.model
    def _keep_up(self):
        """Take the snapshot of the week, bring outcomes up to date, forget what is too old."""
        today = fields.Date.today()
        rows = self.env.execute_query(
            SQL(
                "SELECT FROM crm_contact_score_snapshot WHERE date > %s LIMIT 1",
                today - timedelta(days=EVERY),
            )
        )
        if not rows:
            self._take(today)
        self._count_outcomes(today)
        self.env.cr.execute(
            SQL(
                "DELETE FROM crm_contact_score_snapshot WHERE date < %s",
                today - timedelta(days=KEPT),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _take(self, day):
        """Note the scores of everybody."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_contact_score_snapshot (
                          partner_id, date, total, fit_grade, engagement_grade, grade, level,
                          contact_count, order_count, won_count, converted, conversion_rate,
                          is_over)
                   SELECT partner_id, %s, total, fit_grade, engagement_grade, grade, level,
                          1, 0, 0, 0, 0, FALSE
                     FROM crm_contact_score
                       ON CONFLICT (partner_id, date) DO NOTHING""",
                day,
            )
        )

    @api.model
    def _count_outcomes(self, today):
        """Count what came of the snapshots whose 90 days are not over, or have just ended."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH running AS (
                    SELECT snapshot.id, snapshot.date, partner.commercial_partner_id AS customer_id
                      FROM crm_contact_score_snapshot snapshot
                      JOIN res_partner partner ON partner.id = snapshot.partner_id
                     WHERE snapshot.is_over IS NOT TRUE
                ), fact AS (
                    SELECT partner.commercial_partner_id AS customer_id,
                           sale.date_order::date AS day, 1 AS orders, 0 AS won
                      FROM sale_order sale
                      JOIN res_partner partner ON partner.id = sale.partner_id
                     WHERE sale.state = 'sale' AND COALESCE(sale.amount_untaxed, 0) >= 0
                       AND sale.date_order >= %(since)s
                 UNION ALL
                    SELECT partner.commercial_partner_id, lead.date_closed::date, 0, 1
                      FROM crm_lead lead
                      JOIN res_partner partner ON partner.id = lead.partner_id
                     WHERE lead.won_status = 'won' AND lead.date_closed >= %(since)s
                ), outcome AS (
                    SELECT running.id, running.date, COALESCE(SUM(fact.orders), 0) AS orders,
                           COALESCE(SUM(fact.won), 0) AS won
                      FROM running
                 LEFT JOIN fact ON fact.customer_id = running.customer_id
                               AND fact.day > running.date
                               AND fact.day <= running.date + %(within)s
                  GROUP BY running.id, running.date
                )
                UPDATE crm_contact_score_snapshot snapshot
                   SET order_count = outcome.orders,
                       won_count = outcome.won,
                       converted = (outcome.orders + outcome.won > 0)::int,
                       conversion_rate = (outcome.orders + outcome.won > 0)::int * 100,
                       is_over = outcome.date + %(within)s < %(today)s
                  FROM outcome
                 WHERE outcome.id = snapshot.id
                   AND (snapshot.order_count, snapshot.won_count, snapshot.is_over)
                       IS DISTINCT FROM
                       (outcome.orders, outcome.won, outcome.date + %(within)s < %(today)s)
                """,
                since=today - timedelta(days=KEPT),
                within=WITHIN,
                today=today,
            )
        )
        self.invalidate_model(flush=False)
