from odoo import fields, models
from odoo.tools import SQL


class CrmFunnelReport(models.Model):
    """The sales funnel: one row for each opportunity and stage that it reached.

    An opportunity has *reached* a stage when it entered it, or when it entered a later one of the
    pipeline (of its sales team) without it: the stages between were *skipped*, and so were those
    before the stage in which it started. A won stage is reached by entering it only. So no bar of
    the funnel is longer than the one above it by leaps alone.

    * An opportunity counts once in a stage, however often it came back; `entries` counts them all,
      and `days` is the time of all its stays together.
    * `date` is the first entry; of a skipped stage, the entry into the stage that was next.
    * It *moved on* when it reached a later stage, even if it came back or was lost afterwards.
    * `days` is empty while the opportunity is still in the stage and in skipped stages; time in
      which it was lost or won is not counted.
    * An opportunity that began as a lead enters its first stage when it is converted; leads are
      not in the funnel.
    * `lost_here` and `still_here` look at where the opportunity stands now.
    """

    _name = "crm.funnel.report"
    _description = "Sales Funnel"
    _inherit = ["crm.pipeline.report"]
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "crm.lead": [
            "active",
            "campaign_id",
            "company_id",
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
        "crm.stage": ["is_won", "sequence", "team_ids"],
        "crm.stage.move": ["date", "duration", "from_stage_id", "kind", "lead_id", "to_stage_id"],
    }

    stage_id = fields.Many2one("crm.stage", readonly=True)
    date = fields.Datetime(string="Reached on", readonly=True)
    won_status = fields.Selection(
        [("won", "Won"), ("lost", "Lost"), ("pending", "Pending")],
        string="Outcome",
        readonly=True,
    )
    reached = fields.Integer(readonly=True)
    entered = fields.Integer(readonly=True)
    skipped = fields.Integer(readonly=True)
    entries = fields.Integer(
        readonly=True, help="How often it was entered, coming back to it included."
    )
    moved_on = fields.Integer(readonly=True, help="Reached a later stage.")
    still_here = fields.Integer(readonly=True)
    lost_here = fields.Integer(readonly=True)
    won = fields.Integer(readonly=True)
    move_rate = fields.Float(
        string="Moved On (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="How many of those that reached the stage reached a later one.",
    )
    win_rate = fields.Float(
        string="Won (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="How many of those that reached the stage were won.",
    )
    days = fields.Float(
        string="Average Days",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Time in the stage, of those that left it, were won or were lost.",
    )
    days_median = fields.Float(
        string="Median Days",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Half of those that left the stage took no longer.",
    )
    amount = fields.Monetary(string="Expected Revenue", readonly=True)
    won_amount = fields.Monetary(string="Won Revenue", readonly=True)

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec == "days_median:avg":
            days = self._field_to_sql(self._table, "days", query)
            return SQL("PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %s)", days)
        return super()._read_group_select(aggregate_spec, query)

    @property
    def _table_query(self):
        return SQL(
            """
            WITH stage AS (
                SELECT id,
                       is_won IS TRUE AS is_won,
                       ROW_NUMBER() OVER (ORDER BY sequence, id) AS rank,
                       (SELECT ARRAY_AGG(crm_team_id)
                          FROM crm_stage_crm_team_rel WHERE crm_stage_id = crm_stage.id) AS team_ids
                  FROM crm_stage
            ),
            stay AS (
                SELECT lead_id,
                       to_stage_id AS stage_id,
                       date,
                       from_stage_id IS DISTINCT FROM to_stage_id
                           OR kind IN ('created', 'converted') AS is_entry,
                       type,
                       LEAD(duration) OVER (PARTITION BY lead_id ORDER BY date, id) AS hours
                  FROM crm_stage_move
            ),
            visit AS (
                SELECT lead_id,
                       stage_id,
                       MIN(date) AS date,
                       COUNT(*) FILTER (WHERE is_entry) AS entries,
                       SUM(hours) / 24 AS days
                  FROM stay
                 WHERE type = 'opportunity' AND stage_id IS NOT NULL
              GROUP BY lead_id, stage_id
            ),
            way AS (
                SELECT visit.*,
                       stage.rank,
                       LAG(stage.rank, 1, 0::bigint) OVER by_rank AS previous_rank,
                       LEAD(stage.rank) OVER by_rank IS NOT NULL AS moved_on
                  FROM visit
                  JOIN stage ON stage.id = visit.stage_id
                WINDOW by_rank AS (PARTITION BY visit.lead_id ORDER BY stage.rank)
            )
            SELECT %s
              FROM way
              JOIN crm_lead lead ON lead.id = way.lead_id AND lead.type = 'opportunity'
              JOIN stage ON stage.rank > way.previous_rank AND stage.rank <= way.rank
                        AND (stage.id = way.stage_id
                             OR NOT stage.is_won
                                AND (stage.team_ids IS NULL OR lead.team_id = ANY(stage.team_ids)))
                   %s
            """,
            self._select_funnel(),
            self._join_rates("lead"),
        )

    def _select_funnel(self):
        moved_on = SQL("(way.moved_on OR stage.id != way.stage_id)::int")
        revenue = SQL("lead.expected_revenue * COALESCE(rate.value, 1)")
        days = SQL(
            """
            CASE WHEN stage.id = way.stage_id AND NOT stage.is_won
                  AND NOT (lead.stage_id = stage.id AND lead.won_status = 'pending')
                 THEN way.days END
            """
        )
        return SQL(
            """
            lead.id::bigint * 1048576 + stage.id AS id,
            lead.id AS lead_id,
            stage.id AS stage_id,
            way.date,
            lead.user_id,
            lead.team_id,
            lead.company_id,
            %(currency)s AS currency_id,
            lead.partner_id,
            lead.source_id,
            lead.medium_id,
            lead.campaign_id,
            lead.lost_reason_id,
            lead.won_status,
            1 AS reached,
            (stage.id = way.stage_id)::int AS entered,
            (stage.id != way.stage_id)::int AS skipped,
            CASE WHEN stage.id = way.stage_id THEN way.entries ELSE 0 END AS entries,
            %(moved_on)s AS moved_on,
            (lead.stage_id = stage.id AND lead.active AND lead.won_status = 'pending')::int
                AS still_here,
            (lead.stage_id = stage.id AND lead.won_status = 'lost')::int AS lost_here,
            (lead.won_status = 'won')::int AS won,
            CASE WHEN NOT stage.is_won
                 THEN %(moved_on)s * 100.0 END AS move_rate,
            (lead.won_status = 'won')::int * 100.0 AS win_rate,
            %(days)s AS days,
            %(days)s AS days_median,
            %(revenue)s AS amount,
            CASE WHEN lead.won_status = 'won'
                 THEN %(revenue)s ELSE 0 END AS won_amount
            """,
            currency=self.env.company.currency_id.id,
            days=days,
            moved_on=moved_on,
            revenue=revenue,
        )
