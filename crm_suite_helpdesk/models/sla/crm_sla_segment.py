from odoo import api, fields, models
from odoo.exceptions import UserError

PAUSE_CAUSES = [
    ("customer", "Waiting for the customer"),
    ("third", "Waiting for a third party"),
    ("internal", "Held by us"),
]
CAUSES = [
    ("create", "Ticket created"),
    ("stage", "Stage changed"),
    ("reply", "Customer was answered"),
    ("customer_message", "Customer wrote"),
    ("assign", "Assigned"),
    ("priority", "Priority changed"),
    ("team", "Team changed"),
    ("partner", "Customer changed"),
    ("tier", "Tier of the customer changed"),
    ("category", "Category changed"),
    ("tag", "Tags changed"),
    ("product", "Product changed"),
    ("order", "Order changed"),
    ("ticket", "Ticket changed"),
    ("policy", "Policy archived"),
    ("apply", "New policy revision applied"),
    ("calendar", "Working hours changed"),
    ("recount", "History counted again"),
    ("merge", "Tickets merged"),
    ("unmerge", "Merge undone"),
    ("manual", "Held or released by hand"),
    ("override", "Target changed by hand"),
]


class CrmSlaSegment(models.Model):
    """A span in which a clock ran or was paused: the ledger that explains every deadline.

    Rows are only ever added, by the engine, when a span ends; the present span is on the clock.
    The sum of the worked seconds of a clock, and what it carried in, is its elapsed time.
    """

    _name = "crm.sla.segment"
    _description = "SLA Ledger Entry"
    _order = "clock_id, start_at, id"
    _rec_name = "state"

    clock_id = fields.Many2one("crm.sla.clock", required=True, ondelete="cascade")
    ticket_id = fields.Many2one(
        related="clock_id.ticket_id",
        store=True,
        precompute=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="clock_id.company_id", store=True, precompute=True)
    state = fields.Selection(
        [("running", "Running"), ("paused", "Paused"), ("adjusted", "Adjusted")],
        required=True,
        help="Adjusted: time that was added or taken away afterwards, for the span given.",
    )
    pause_cause = fields.Selection(PAUSE_CAUSES, "Paused for")
    start_at = fields.Datetime("From", required=True)
    end_at = fields.Datetime("To", required=True)
    mode = fields.Selection([("working", "Working hours"), ("always", "24/7")], required=True)
    calendar_id = fields.Many2one("resource.calendar", "Working Hours", ondelete="restrict")
    calendar_rev = fields.Integer(
        "Calendar Revision", help="State of the calendar with which the time was counted."
    )
    worked_s = fields.Integer("Worked (seconds)")
    worked = fields.Float("Counted", compute="_compute_worked", help="Working time, in hours.")
    cause = fields.Selection(
        CAUSES,
        "Ended by",
        required=True,
    )
    user_id = fields.Many2one("res.users", "By", ondelete="set null")
    message_id = fields.Many2one("mail.message", ondelete="set null")
    note = fields.Char("Reason")
    revision_id = fields.Many2one("crm.sla.revision", "Policy Revision", ondelete="set null")
    budget_s = fields.Integer("Budget (seconds)", aggregator=None)
    deadline = fields.Datetime(help="The deadline as it was in this span.")
    breached_at = fields.Datetime(
        "Breached on", help="The breach as it stood when this entry was made."
    )

    _of_clock = models.Index("(clock_id, start_at)")

    @api.depends("worked_s")
    def _compute_worked(self):
        for segment in self:
            segment.worked = segment.worked_s / 3600

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The SLA ledger can only be added to."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The SLA ledger can only be added to."))
