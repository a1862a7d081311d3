from odoo import api, fields, models


class CrmTicketClosing(models.Model):
    """One time that a ticket was closed, and opened again.

    A ticket itself knows its last closing only; without this log nobody could say how many were
    open last month, nor how often a solution was none. Rows are written by the system.
    """

    _name = "crm.ticket.closing"
    _description = "Ticket Closing"
    _order = "closed_at desc, id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one(
        "crm.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    closed_at = fields.Datetime("Closed on", required=True, readonly=True)
    reopened_at = fields.Datetime(
        "Reopened on", readonly=True, help="Empty while the ticket stays closed."
    )
    stage_type = fields.Selection(
        [
            ("solved", "Solved"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
            ("spam", "Spam"),
        ],
        "Closed as",
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one("res.users", "Closed by", readonly=True, ondelete="set null")
    solution_s = fields.Integer("Time to Solution (seconds)", readonly=True, aggregator=None)
    solution_hours = fields.Float(
        "Time to Solution",
        compute="_compute_solution_hours",
        help="Working time of the team from opening to this closing, in hours.",
    )
    answer_count = fields.Integer("Answers", readonly=True, aggregator=None)

    @api.depends("solution_s")
    def _compute_solution_hours(self):
        for closing in self:
            closing.solution_hours = closing.solution_s / 3600

    @api.model
    def _search_last(self, ticket_ids):
        """The present closing of each of these tickets: the one after which it was not opened."""
        return self.search([("ticket_id", "in", ticket_ids), ("reopened_at", "=", False)])
