from datetime import datetime, time, timezone

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.crm_suite.lib.working_time import epoch

from ..ticket.crm_ticket_stage import CLOSED_TYPES

# What may close or open a ticket: a team without the present stage moves its tickets, too
CLOSING_FIELDS = {"stage_id", "team_id", "closed_at"}


class CrmTicket(models.Model):
    """What is measured on a ticket for the reports, when it happens.

    Working time is that of the team (else of the company) at that moment: who changes the hours
    later does not change what was measured.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    first_assigned_at = fields.Datetime(
        "First Assigned on",
        compute="_compute_first_assigned_at",
        store=True,
        precompute=True,
        help="When somebody took the ticket, or was given it, for the first time.",
    )
    answer_count = fields.Integer(
        "Answers",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Messages of agents to the customer, and calls in which they reached him. Notes and "
        "automatic messages do not count.",
    )
    response_s = fields.Integer(
        "Time to First Response (seconds)",
        compute="_compute_response_s",
        store=True,
        precompute=True,
        aggregator=None,
        help="Working time of the team from opening to the first response.",
    )
    solution_s = fields.Integer(
        "Time to Solution (seconds)",
        compute="_compute_solution_s",
        store=True,
        precompute=True,
        aggregator=None,
        help="Working time of the team from opening to the solution, times of waiting included.",
    )
    closing_ids = fields.One2many("crm.ticket.closing", "ticket_id", "Closings", readonly=True)

    # What an agent closed this week
    _closed_of_user = models.Index("(user_id, closed_at) WHERE closed_at IS NOT NULL")

    # ------------------------------------------------------------------ compute

    @api.depends("user_id")
    def _compute_first_assigned_at(self):
        for ticket in self:
            if ticket.user_id and not ticket.first_assigned_at:
                ticket.first_assigned_at = self._now() if ticket._origin else ticket.opened_at
            else:
                ticket.first_assigned_at = ticket.first_assigned_at

    @api.depends("first_response_at", "opened_at")
    def _compute_response_s(self):
        for ticket in self:
            ticket.response_s = ticket._count_working_time(ticket.first_response_at)

    @api.depends("closed_at", "stage_id", "opened_at")
    def _compute_solution_s(self):
        for ticket in self:
            is_solved = ticket.stage_id.type in ("solved", "closed")
            ticket.solution_s = ticket._count_working_time(is_solved and ticket.closed_at)

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._note_closings({})
        return tickets

    def write(self, vals):
        if not CLOSING_FIELDS & vals.keys():
            return super().write(vals)
        # sudo: what happens to a ticket is noted whoever does it
        before = {ticket.id: (ticket.stage_type, ticket.closed_at) for ticket in self.sudo()}
        res = super().write(vals)
        self._note_closings(before)
        return res

    def _note_closings(self, before):
        """Write down which tickets were closed, opened again, or closed in another way.

        :param before: {id: (type of the stage, closed at)}; new tickets are not in it
        """
        # sudo: nobody has write access to closings, they are facts
        Closing = self.env["crm.ticket.closing"].sudo()
        closed, reopened, changed = [], [], []
        for ticket in self.sudo():
            old_type, old_time = before.get(ticket.id, (False, False))
            was_closed, is_closed = old_type in CLOSED_TYPES, ticket.stage_type in CLOSED_TYPES
            if is_closed and not was_closed:
                closed.append(ticket)
            elif was_closed and not is_closed:
                reopened.append(ticket.id)
            elif is_closed and (old_type, old_time) != (ticket.stage_type, ticket.closed_at):
                changed.append(ticket)
        if reopened:
            Closing._search_last(reopened).write({"reopened_at": self._now()})
        if changed:
            by_ticket = {
                closing.ticket_id: closing
                for closing in Closing._search_last([ticket.id for ticket in changed])
            }
            for ticket in changed:
                if closing := by_ticket.get(ticket):
                    closing.write(ticket._prepare_closing())
        if closed:
            Closing.create(
                [
                    {
                        **ticket._prepare_closing(),
                        "ticket_id": ticket.id,
                        "user_id": self.env.uid,
                        # not those that follow, should it be closed in another way later
                        "answer_count": ticket.answer_count,
                    }
                    for ticket in closed
                ]
            )

    def _prepare_closing(self):
        self.ensure_one()
        return {
            "closed_at": self.closed_at,
            "stage_type": self.stage_type,
            "solution_s": self.solution_s,
        }

    # ------------------------------------------------------------------ business

    def _prepare_agent_message_values(self, now):
        values = super()._prepare_agent_message_values(now)
        return {**values, "answer_count": self.answer_count + 1}

    @api.model
    def _get_local_today(self):
        """The date where the reader is, by the clock of the database."""
        now = self._now().replace(tzinfo=timezone.utc)
        return now.astimezone(self.env.tz).date()

    @api.model
    def _get_day_start(self, day):
        """The instant, UTC without a zone, at which a day begins where the reader is."""
        local = self.env.tz.localize(datetime.combine(day, time.min))
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    @api.model
    def _query_counted(self, domain=()):
        """The query of the tickets that the reader may see and that count in reports.

        A ticket that was archived while it was open counts as if it had never come.
        """
        counts = Domain("active", "=", True) | Domain("closed_at", "!=", False)
        return self.with_context(active_test=False)._search(counts & Domain(domain))

    @api.model
    def _get_open_domain(self, moment):
        """The tickets that were open at a moment, archived ones aside that never were closed."""
        closed_then = Domain("closed_at", "<", moment) & (
            Domain("reopened_at", "=", False) | Domain("reopened_at", ">=", moment)
        )
        return (
            Domain("opened_at", "<", moment)
            & (Domain("active", "=", True) | Domain("closed_at", "!=", False))
            & ~Domain("closing_ids", "any", closed_then)
        )

    def _count_working_time(self, moment):
        """Working seconds from the opening of a ticket to a moment; 0 without one."""
        self.ensure_one()
        if not moment or not self.opened_at:
            return 0
        return self._get_service_hours().worked(epoch(self.opened_at), epoch(moment))

    def _get_service_hours(self):
        """The working hours of the team, else of the company; around the clock without either."""
        self.ensure_one()
        # sudo: the hours of a ticket are the same whoever works on it
        ticket = self.sudo()
        calendar = (ticket.team_id.calendar_id or ticket.company_id.resource_calendar_id).filtered(
            lambda c: not c.flexible_hours
        )
        return calendar._get_working_hours(ticket.company_id)
