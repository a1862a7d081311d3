from markupsafe import Markup

from odoo import models
from odoo.exceptions import AccessError, UserError

from odoo.addons.crm_suite.lib.working_time import epoch

# Promises whose time a merge may add to
STARTED_METRICS = ("first_response", "resolution")


class CrmTicket(models.Model):
    """What people decide about the clocks of a ticket, and what merges do to them."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    # ------------------------------------------------------------------ actions

    def action_no_reply_needed(self):
        """Nobody has to answer what the customer wrote last, such as his thanks."""
        self.check_access("write")
        waiting = self.filtered("unanswered_since")
        # sudo: since when a customer waits is measured, and this is what ends it
        tickets = waiting.sudo()
        note = self.env._("No reply needed")
        tickets._with_sla_event("manual", note=note).write({"unanswered_since": False})
        for ticket in waiting:
            ticket._message_note(note)
        return True

    # ------------------------------------------------------------------ holding

    def _sla_hold(self, reason):
        """Pause the clocks by hand, for something within the house.

        :raise AccessError: for anybody but managers and the leader of the team
        :raise UserError: without a reason, or for a ticket that is closed
        """
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Give a reason: it is written to the ticket."))
        self._check_may_correct()
        if any(ticket.closed_at for ticket in self):
            raise UserError(self.env._("The clocks of a closed ticket do not run."))
        # sudo: the reason is no field to fill in; rights were checked
        self.sudo()._with_sla_event("manual", note=reason).write({"sla_hold_reason": reason})
        for ticket in self:
            ticket._message_note(self.env._("SLA clocks held."), reason)

    def _sla_release(self):
        """Let clocks that were paused by hand run again.

        :raise AccessError: for anybody but managers and the leader of the team
        """
        self._check_may_correct()
        held = self.filtered("sla_hold_reason")
        # sudo: as in `_sla_hold`
        held.sudo()._with_sla_event("manual").write({"sla_hold_reason": False})
        for ticket in held:
            ticket._message_note(self.env._("SLA clocks released."))

    def _may_correct(self):
        """Whether the user may decide about the promises of all these tickets."""
        if self.env.su or self.env.user.has_group("crm_suite_helpdesk.group_manager"):
            return True
        # sudo: who leads a team is no secret to whoever sees the ticket
        return all(ticket.sudo().team_id.user_id == self.env.user for ticket in self)

    def _check_may_correct(self):
        self.check_access("read")
        if not self._may_correct():
            raise AccessError(
                self.env._("Only managers and the leader of the team may decide this.")
            )

    def _message_note(self, text, reason=""):
        """Leave a note for colleagues on this ticket."""
        self.ensure_one()
        body = Markup("<p>%s<br/>%s</p>") % (text, reason) if reason else text
        self.message_post(body=body, message_type="notification", subtype_xmlid="mail.mt_note")

    # ------------------------------------------------------------------ merges

    def _sla_take_start(self, opened_at):
        """Count the promises of this ticket from the start of one that was merged into it.

        Called again with the start that holds after a merge was undone, it takes back what it
        added. Promises that ended stay as they ended.

        :param opened_at: the oldest start that counts; the own one when nothing is merged
        """
        self.ensure_one()
        # sudo: whoever may merge tickets need not be able to write clocks
        ticket = self.sudo()
        latest = ticket.env["crm.sla.clock"]._lock_latest(ticket).get(ticket.id, {})
        for (metric, slot, _team_id), clock in latest.items():
            if metric not in STARTED_METRICS or not clock._is_live():
                continue
            cycles = ticket.sla_clock_ids.filtered(
                lambda c, metric=metric, slot=slot: c.metric == metric and c.slot == slot
            )
            if clock.cycle > 1 and not clock.carried_s:
                continue  # it began anew when the ticket was reopened
            own_start = min(cycles.mapped("started_at"))
            begin = min(opened_at, own_start)
            adjusted = cycles.segment_ids.filtered(
                lambda s: s.state == "adjusted" and s.cause in ("merge", "unmerge")
            )
            wanted = clock._get_hours().worked(epoch(begin), epoch(own_start))
            seconds = wanted - sum(adjusted.mapped("worked_s"))
            if seconds:
                first = min([begin, *adjusted.mapped("start_at")])
                clock._adjust(seconds, first, own_start, "merge" if seconds > 0 else "unmerge")
