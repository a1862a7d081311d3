from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column, table_exists

from .history import FILL_FROM_HISTORY


class CrmStageMove(models.Model):
    """How a lead moved: one row for every change of its stage, kind or outcome.

    Rows are only added, by `crm.lead` itself: nobody has the right to write one. Each row tells
    where the lead stood after the move, so the log can be read without the lead. A row is also the
    end of a stay: `duration` are the hours since the move before, or zero while the lead was won
    or lost. The durations of a stage sum up to the time that the lead spent in it.

    A lead that becomes an opportunity starts its stage anew ("converted"). When leads are merged,
    the log of the ones that are dropped goes with them: they were the same deal, and it must not
    be counted twice.
    """

    _name = "crm.stage.move"
    _description = "Move of a Lead"
    _order = "date desc, id desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one(
        "crm.lead",
        string="Lead or Opportunity",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    date = fields.Datetime(required=True, readonly=True)
    kind = fields.Selection(
        [
            ("created", "Created"),
            ("converted", "Converted"),
            ("stage", "Stage Changed"),
            ("won", "Won"),
            ("lost", "Lost"),
            ("restored", "Restored"),
        ],
        string="Move",
        required=True,
        readonly=True,
    )
    from_stage_id = fields.Many2one(
        "crm.stage", readonly=True, index="btree_not_null", ondelete="set null"
    )
    to_stage_id = fields.Many2one(
        "crm.stage", readonly=True, index="btree_not_null", ondelete="set null"
    )
    duration = fields.Float(
        string="Hours in the Stage Left",
        readonly=True,
        help="Time since the move before. What passes after a lead was won or lost is not counted.",
    )
    type = fields.Selection(
        [("lead", "Lead"), ("opportunity", "Opportunity")], required=True, readonly=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        help="The salesperson of the lead after the move.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        readonly=True,
        ondelete="set null",
        help="The sales team of the lead after the move.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    customer_id = fields.Many2one(
        related="lead_id.partner_id.commercial_partner_id",
        string="Customer",
        store=True,
        precompute=True,
        help="The customer of the lead today.",
    )

    # holds all that the funnel reads
    _lead_date_idx = models.Index(
        "(lead_id, date, id) INCLUDE (kind, type, from_stage_id, to_stage_id, duration)"
    )
    _date_idx = models.Index("(date DESC, id DESC)")
    # serves the timeline: the newest of one customer first
    _customer_date_idx = models.Index("(customer_id, date DESC, id DESC)")

    def _auto_init(self):
        # filled by `init`, before the ORM would compute it for all moves in memory
        if table_exists(self.env.cr, self._table) and not column_exists(
            self.env.cr, self._table, "customer_id"
        ):
            create_column(self.env.cr, self._table, "customer_id", "int4")
        return super()._auto_init()

    def init(self):
        self._fill_from_history()

    def action_open_lead(self):
        """Open the lead that moved."""
        self.ensure_one()
        return self.lead_id.redirect_lead_opportunity_view()

    @api.model
    def _fill_from_history(self):
        """Write the log of the leads that have none, from what the database knows of them.

        That are their dates (created, converted, closed, last change of stage) and the tracked
        changes of stage, kind and outcome. Salesperson, team and company of those rows are today's.
        A stage that nothing tells of stays empty. Runs when the add-on is installed and updated.
        """
        self.env["crm.lead"].flush_model()
        self.flush_model()
        self.env.cr.execute(SQL(FILL_FROM_HISTORY))
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_stage_move AS move
                   SET customer_id = contact.commercial_partner_id
                  FROM crm_lead AS lead
                  JOIN res_partner AS contact ON contact.id = lead.partner_id
                 WHERE lead.id = move.lead_id
                   AND move.customer_id IS DISTINCT FROM contact.commercial_partner_id
                """
            )
        )
        self.invalidate_model(flush=False)
