from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.crm_suite.models.purchase.ratios import select_ratio

from ...models.attribution.readers import REVENUE_READERS
from ...models.journey.choices import EXIT_REASONS, PARTICIPANT_STATES

# Participants first, then their messages: who asks for no messages does not pay for them, as the
# database leaves out a join that gives nothing and changes nothing
COHORTS = """
    SELECT cohort.*,
           company.currency_id,
           COALESCE(message.sent, 0) AS sent,
           COALESCE(message.opened, 0) AS opened,
           COALESCE(message.clicked, 0) AS clicked,
           100.0 * cohort.goals / cohort.entered AS goal_rate,
           cohort.goal_hours / NULLIF(cohort.goals, 0) AS hours_to_goal,
           100.0 * message.opened / NULLIF(message.sent, 0) AS open_rate,
           100.0 * message.clicked / NULLIF(message.sent, 0) AS click_rate
      FROM (SELECT min(participant.id) AS id,
                   participant.journey_id,
                   participant.version_id,
                   participant.company_id,
                   participant.entered_at::date AS date,
                   participant.state,
                   participant.exit_reason,
                   count(*) AS entered,
                   count(*) FILTER (WHERE participant.state = 'running') AS running,
                   count(*) FILTER (WHERE participant.state = 'done') AS done,
                   count(*) FILTER (WHERE participant.state = 'left') AS left_early,
                   count(participant.goal_at) AS goals,
                   COALESCE(sum(extract(epoch FROM participant.goal_at - participant.entered_at)),
                            0) / 3600.0 AS goal_hours,
                   COALESCE(sum(participant.revenue), 0) AS revenue
              FROM crm_journey_participant AS participant
          GROUP BY 2, 3, 4, 5, 6, 7) AS cohort
 LEFT JOIN res_company AS company ON company.id = cohort.company_id
 LEFT JOIN (SELECT participant.version_id,
                   COALESCE(participant.company_id, 0) AS company_id,
                   participant.entered_at::date AS date,
                   participant.state,
                   COALESCE(participant.exit_reason, '') AS exit_reason,
                   count(*) FILTER (WHERE delivery.state = 'sent') AS sent,
                   -- who answers has read it
                   count(*) FILTER (
                       WHERE COALESCE(trace.open_datetime, trace.reply_datetime) IS NOT NULL
                   ) AS opened,
                   count(trace.links_click_datetime) AS clicked
              FROM crm_journey_step AS step
              JOIN crm_outbox AS delivery ON delivery.id = step.outbox_id
              JOIN crm_journey_participant AS participant ON participant.id = step.participant_id
         LEFT JOIN mailing_trace AS trace ON trace.id = delivery.trace_id
          GROUP BY 1, 2, 3, 4, 5) AS message
        ON message.version_id = cohort.version_id
       AND message.company_id = COALESCE(cohort.company_id, 0)
       AND message.date = cohort.date
       AND message.state = cohort.state
       AND message.exit_reason = COALESCE(cohort.exit_reason, '')
"""


class CrmJourneyPerformance(models.Model):
    """What journeys brought: one row for those who entered a version on a day and stand alike.

    It asks the participants themselves, whenever somebody looks: so it says what the canvas and the
    lists say. A table of sums would have to know which days changed, and nearly all of them do as
    long as people are on the way.
    """

    _name = "crm.journey.performance"
    _description = "Performance of Journeys"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "date"
    _depends = {
        "crm.journey.participant": [
            "company_id",
            "entered_at",
            "exit_reason",
            "goal_at",
            "journey_id",
            "revenue",
            "state",
            "version_id",
        ],
        "crm.journey.step": ["outbox_id", "participant_id"],
        "crm.outbox": ["state", "trace_id"],
        "mailing.trace": ["links_click_datetime", "open_datetime", "reply_datetime"],
        "res.company": ["currency_id"],
    }

    journey_id = fields.Many2one("crm.journey", readonly=True)
    version_id = fields.Many2one("crm.journey.version", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date("Entered on", readonly=True)
    state = fields.Selection(PARTICIPANT_STATES, readonly=True)
    exit_reason = fields.Selection(EXIT_REASONS, "Reason of the End", readonly=True)
    entered = fields.Integer(readonly=True)
    running = fields.Integer("On the Way", readonly=True)
    done = fields.Integer("Ended", readonly=True)
    left_early = fields.Integer(readonly=True)
    goals = fields.Integer("Reached the Goal", readonly=True)
    goal_rate = fields.Float(
        "Goal Rate (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of all who entered, also those who are still on the way.",
    )
    # the sum from which averages of groups are made
    goal_hours = fields.Float("Hours to the Goal, Summed Up", readonly=True)
    hours_to_goal = fields.Float(
        "Hours to the Goal", readonly=True, aggregator="avg", digits=(16, 1)
    )
    revenue = fields.Monetary(
        readonly=True,
        groups=REVENUE_READERS,
        help="Of the orders and invoices by which goals were reached, without taxes.",
    )
    sent = fields.Integer("Messages Sent", readonly=True)
    opened = fields.Integer("Messages Opened", readonly=True)
    clicked = fields.Integer("Messages Clicked", readonly=True)
    open_rate = fields.Float("Opened (%)", readonly=True, aggregator="avg", digits=(16, 1))
    click_rate = fields.Float("Clicked (%)", readonly=True, aggregator="avg", digits=(16, 1))

    @property
    def _table_query(self):
        return SQL(COHORTS)

    def _read_group_select(self, aggregate_spec, query):
        """Averages of a group are those of its sums, never averages of averages."""
        ratios = {
            "goal_rate:avg": ("goals", "entered", 100.0),
            "hours_to_goal:avg": ("goal_hours", "goals", 1.0),
            "open_rate:avg": ("opened", "sent", 100.0),
            "click_rate:avg": ("clicked", "sent", 100.0),
        }
        expression = super()._read_group_select(aggregate_spec, query)
        ratio = ratios.get(aggregate_spec)
        return select_ratio(self, *ratio) if ratio else expression

    def action_view_participants(self):
        """Open the people whom this row counts."""
        self.ensure_one()
        # apart from the lists below, which the extractor of terms would take for words
        name = self.env._("Participants")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "crm.journey.participant",
            "view_mode": "list,form",
            "domain": [
                ("version_id", "=", self.version_id.id),
                ("company_id", "=", self.company_id.id),
                ("entered_at", ">=", fields.Date.to_string(self.date)),
                ("entered_at", "<", fields.Date.to_string(fields.Date.add(self.date, days=1))),
                ("state", "=", self.state),
                ("exit_reason", "=", self.exit_reason),
            ],
        }
