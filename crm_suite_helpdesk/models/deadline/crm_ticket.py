from datetime import datetime, time, timedelta, timezone

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.working_time import epoch

from .crm_sla_clock import MOST_RECORDS


class CrmTicket(models.Model):
    """Where people see what is due: the countdown of the nearest deadline, groups by its state."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    sla_live = fields.Json("Countdown", compute="_compute_sla_live")
    sla_due_today = fields.Boolean(
        "Due Today",
        compute="_compute_sla_due_today",
        search="_search_sla_due_today",
        help="The nearest deadline is on this day, where the reader is.",
    )
    sla_can_decide = fields.Boolean(
        "May Decide on SLA",
        compute="_compute_sla_can_decide",
        help="Managers and the leader of the team may forgive, change targets and hold clocks.",
    )

    # ------------------------------------------------------------------ compute

    @api.depends(
        "sla_phase",
        "sla_deadline",
        "sla_risk_at",
        "sla_breached",
        "sla_clock_ids.state_since",
        "sla_clock_ids.pause_cause",
    )
    def _compute_sla_live(self):
        now, hours = epoch(self._now()), {}
        leading = self._get_leading_clocks()
        for ticket in self:
            if not ticket.sla_phase:
                ticket.sla_live = False
                continue
            live = {
                "now": now,
                "state": ticket.sla_phase,
                "result": ticket.sla_state if ticket.sla_phase == "stopped" else False,
                "deadline": None,
                "risk": None,
                "left": None,
                "hours": [],
            }
            if clock := leading.get(ticket.id):
                live = {**clock._prepare_live(hours), "risk": epoch(ticket.sla_risk_at or None)}
            ticket.sla_live = {**live, "id": ticket.id}

    @api.depends("sla_deadline")
    @api.depends_context("tz")
    def _compute_sla_due_today(self):
        first, after = self._get_today()
        for ticket in self:
            ticket.sla_due_today = ticket.sla_deadline and first <= ticket.sla_deadline < after

    @api.model
    def _search_sla_due_today(self, operator, value):
        if operator != "in":
            return NotImplemented
        first, after = self._get_today()
        # Not "today" of domains: core takes the offset of the reader's zone of before 1900
        is_today = Domain("sla_deadline", ">=", first) & Domain("sla_deadline", "<", after)
        return Domain.OR(is_today if wanted else ~is_today for wanted in value)

    @api.model
    def _get_today(self):
        """The day of the reader: its first instant and that of the next day, naive UTC."""
        zone = self.env.tz
        day = fields.Datetime.context_timestamp(self, self._now()).date()
        return [
            zone.localize(datetime.combine(day + timedelta(days=days), time.min))
            .astimezone(timezone.utc)
            .replace(tzinfo=None)
            for days in (0, 1)
        ]

    @api.depends("team_id")
    @api.depends_context("uid")
    def _compute_sla_can_decide(self):
        for ticket in self:
            ticket.sla_can_decide = ticket._may_correct()

    def _get_leading_clocks(self):
        """The clock that matters most on each open ticket: the nearest deadline, else the one that
        stands still with the least time left.

        :return: {ticket id: clock}
        """
        tickets = self.filtered(lambda ticket: ticket.sla_phase in ("running", "paused"))
        # sudo: whoever may read the ticket may know what was promised, also while he reads it
        # through another team than that of a clock
        clocks = (
            self.env["crm.sla.clock"]
            .sudo()
            .search([("ticket_id", "in", tickets.ids), ("state", "in", ("running", "paused"))])
        )
        leading = {}
        for clock in clocks:
            ticket_id = clock.ticket_id.id
            other = leading.get(ticket_id)
            if not other or clock._get_urgency() < other._get_urgency():
                leading[ticket_id] = clock
        return leading

    @api.model
    @api.readonly
    def get_sla_live(self, ids):
        """How the service levels of tickets stand now, for a page that is open.

        :param ids: ids of tickets
        :return: {"now": epoch seconds, "live": {id: value of `sla_live`}}, without those that
            the reader may not read
        """
        tickets = self.with_context(active_test=False).search([("id", "in", ids[:MOST_RECORDS])])
        return {
            "now": epoch(self._now()),
            "live": {ticket.id: ticket.sla_live for ticket in tickets},
        }

    @api.readonly
    def get_sla_story(self):
        """Why the deadlines of this ticket are when they are, for whoever may read it.

        :return: {"now": epoch seconds, "ticket": name, "clocks": see
            `crm.sla.clock._explain`}, the clocks in the order of their metrics
        """
        self.ensure_one()
        self.check_access("read")
        self.env["crm.sla.clock"].check_access("read")
        hours, clocks = {}, self._get_told_clocks()
        # What agents wrote among themselves may be for fewer than the ticket
        messages = clocks.segment_ids.message_id.sudo(False)._filtered_access("read")
        return {
            "now": epoch(self._now()),
            "ticket": self.display_name,
            # The messages are compared with those of the ledger, which are read as superuser
            "clocks": [clock._explain(hours, messages.sudo()) for clock in clocks],
        }

    def _get_told_clocks(self):
        """The clocks of this ticket, the live ones first, then by metric and cycle."""
        order = [key for key, _label in self.env["crm.sla.clock"]._fields["metric"].selection]
        ranks = {"running": 0, "paused": 0, "stopped": 1, "cancelled": 2}
        # sudo: who may read the ticket may know why it is due, also what was counted in a team
        # that is not his
        clocks = self.sudo().sla_clock_ids
        return clocks.sorted(lambda c: (ranks[c.state], order.index(c.metric), c.cycle, c.id))

    def action_explain_deadline(self):
        """Show why the deadlines of this ticket are when they are."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "crm_sla_story",
            "params": {"ticket_id": self.id},
        }

    def action_hold_sla(self):
        """Ask for the reason for which the clocks of this ticket shall stand still."""
        self.ensure_one()
        return self.env["crm.sla.decision"]._open("hold", ticket=self)

    def action_release_sla(self):
        """Let the clocks of this ticket go on that were held by hand."""
        self._sla_release()

    # ------------------------------------------------------------------ groups

    def _read_group_groupby(self, alias, groupby_spec, query):
        if groupby_spec != "sla_state":
            return super()._read_group_groupby(alias, groupby_spec, query)
        self._check_field_access(self._fields["sla_state"], "read")
        columns = {
            name: self._field_to_sql(alias, f"sla_{name}", query)
            for name in ("phase", "deadline", "risk_at", "breached")
        }
        # As `_compute_sla_state`, whose present is that of the transaction, too
        return SQL(
            """CASE WHEN %(phase)s = 'stopped'
                    THEN CASE WHEN %(breached)s THEN 'missed' ELSE 'met' END
                    WHEN %(phase)s <> 'running' THEN %(phase)s
                    WHEN %(deadline)s < %(now)s THEN 'overdue'
                    WHEN %(risk_at)s <= %(now)s THEN 'at_risk'
                    WHEN %(phase)s = 'running' THEN 'on_track'
                END""",
            now=self._now(),
            **columns,
        )
