from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmTicketSnooze(models.TransientModel):
    """Until when tickets are put aside: three mornings to choose from, or a time of one's own."""

    _name = "crm.ticket.snooze"
    _description = "Snooze Tickets"

    ticket_ids = fields.Many2many(
        "crm.ticket",
        string="Tickets",
        required=True,
        default=lambda self: self._get_default_tickets(),
    )
    ticket_count = fields.Integer("Number of Tickets", compute="_compute_ticket_count")
    wakes_on_reply = fields.Boolean(
        "Wake When the Customer Writes",
        default=True,
        help="Otherwise the tickets come back on their date, whatever the customer writes: a mere "
        '"thanks" does not bring them back.',
    )
    tomorrow_at = fields.Datetime("Tomorrow Morning", compute="_compute_moments")
    next_day_at = fields.Datetime("Next Working Day", compute="_compute_moments")
    next_week_at = fields.Datetime("Next Week", compute="_compute_moments")
    has_several_hours = fields.Boolean(compute="_compute_moments")
    until = fields.Datetime("Own Date")
    due_count = fields.Integer("Due Before", compute="_compute_due_count")

    @api.model
    def _get_default_tickets(self):
        context = self.env.context
        if context.get("active_model") == "crm.ticket":
            return self.env["crm.ticket"].browse(context.get("active_ids") or []).exists()
        return self.env["crm.ticket"]

    @api.depends("ticket_ids")
    def _compute_ticket_count(self):
        for wizard in self:
            wizard.ticket_count = len(wizard.ticket_ids)

    @api.depends("ticket_ids")
    def _compute_moments(self):
        for wizard in self:
            moments = [team._get_snooze_moments(self._now()) for team in wizard._get_teams()]
            first = moments[0]
            wizard.tomorrow_at = first["tomorrow"]
            wizard.next_day_at = first["next_day"]
            wizard.next_week_at = first["next_week"]
            wizard.has_several_hours = any(other != first for other in moments)

    @api.depends("ticket_ids", "until", "next_week_at")
    def _compute_due_count(self):
        """How many deadlines pass before the tickets would come back, at the latest choice."""
        for wizard in self:
            latest = wizard.until or wizard.next_week_at
            wizard.due_count = len(
                wizard.ticket_ids.filtered(
                    lambda t, latest=latest: t.sla_deadline and latest and t.sla_deadline < latest
                )
            )

    # ------------------------------------------------------------------ actions

    def action_tomorrow(self):
        return self._snooze("tomorrow")

    def action_next_day(self):
        return self._snooze("next_day")

    def action_next_week(self):
        return self._snooze("next_week")

    def action_until(self):
        if not self.until:
            raise UserError(self.env._("Choose the time when the tickets come back."))
        self.ticket_ids._snooze(self.until, self.wakes_on_reply)
        return {"type": "ir.actions.act_window_close"}

    # ------------------------------------------------------------------ business

    def _snooze(self, choice):
        """Each ticket comes back in the morning of its own team."""
        self.ensure_one()
        now = self._now()
        for team, tickets in self.ticket_ids.grouped("team_id").items():
            tickets._snooze(team._get_snooze_moments(now)[choice], self.wakes_on_reply)
        return {"type": "ir.actions.act_window_close"}

    def _get_teams(self):
        """The teams of the tickets, also none, each once."""
        return list(self.ticket_ids.grouped("team_id")) or [self.env["crm.ticket.team"]]

    @api.model
    def _now(self):
        return self.env["crm.ticket"]._now()
