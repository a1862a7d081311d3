from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.working_time import clock_text, epoch, moment

from ...lib import sla_clock
from ..sla_engine.crm_ticket import SlaEvent


class CrmSlaClock(models.Model):
    """What people decide about a promise: to forgive it, to change it, to count it again.

    Every decision has a reason, and is told in the chatter of the ticket. Nothing is taken out of
    the ledger.
    """

    _name = "crm.sla.clock"
    _inherit = ["crm.sla.clock"]

    # ------------------------------------------------------------------ actions

    def action_recount(self):
        """Ask for the reason for which the past of these promises is counted again."""
        return self.env["crm.sla.decision"]._open("recount", self)

    # ------------------------------------------------------------------ decisions

    def _forgive(self, reason):
        """A promise that was broken counts as forgiven.

        :raise AccessError: for anybody but managers and the leader of the team
        :raise UserError: without a reason, or when nothing was broken
        """
        rows, reason = self._prepare_decision(reason)
        now = self.env["crm.ticket"]._now()
        for row in rows:
            before = row._load()
            clock = sla_clock.settle(before, epoch(now))
            if clock.breached_at is None or row.forgiven_at or row.state == "cancelled":
                raise UserError(self.env._("%s: there is nothing to forgive.", row._get_title()))
        rows.write({"forgiven_by_id": self.env.uid, "forgiven_at": now, "forgiven_reason": reason})
        for row in rows:
            clock = sla_clock.settle(row._load(), epoch(now))
            row.write(row._prepare_row(clock))
            row._tell(self.env._("%s: forgiven.", row._get_title()), reason)

    def _unforgive(self, reason):
        """A promise that was forgiven counts as missed again.

        :raise AccessError: for anybody but managers and the leader of the team
        :raise UserError: without a reason, or when nothing was forgiven
        """
        rows, reason = self._prepare_decision(reason)
        if not all(row.forgiven_at for row in rows):
            raise UserError(self.env._("Only what was forgiven can be taken back."))
        rows.write({"forgiven_by_id": False, "forgiven_at": False, "forgiven_reason": False})
        for row in rows:
            row.write(row._prepare_row(row._load()))
            row._tell(self.env._("%s: no longer forgiven.", row._get_title()), reason)

    def _override(self, budget_s, reason):
        """Another target for this promise, which stays when the ticket changes.

        :param budget_s: working seconds; 0 for the target of the policy again
        :raise AccessError: for anybody but managers and the leader of the team
        :raise UserError: without a reason, or when the promise is not running any more
        """
        rows, reason = self._prepare_decision(reason)
        if budget_s < 0:
            raise UserError(self.env._("A target needs a time greater than zero."))
        if not all(row._is_live() for row in rows):
            raise UserError(self.env._("The target of a promise that ended cannot be changed."))
        now, entries = epoch(self.env["crm.ticket"]._now()), []
        for row in rows.with_context(crm_sla_event=SlaEvent("override", note=reason)):
            before, hours = row._load(), row._get_hours()
            budget = budget_s or row._get_promised_budget()
            clock, segment = sla_clock.retarget(
                before, max(now, before.since), hours, hours, budget
            )
            values = {"budget_s": budget, "budget_overridden": bool(budget_s)}
            entries += row._move_to(before, clock, "override", [segment], values)
            row._tell(
                self.env._(
                    "%(promise)s: target %(old)s → %(new)s.",
                    promise=row._get_title(),
                    old=clock_text(before.budget),
                    new=clock_text(budget),
                ),
                reason,
            )
        rows.env["crm.sla.segment"].create(entries)

    def _recount_history(self, reason):
        """Count the past of these clocks again, in the working hours as they are now.

        For a holiday that was entered when it was over. What comes out differently is added to
        the ledger; a breach that would not have been one is forgiven.

        :return: the clocks that changed
        """
        rows, reason = self._prepare_decision(reason)
        changed = rows.browse()
        for row in rows.with_context(crm_sla_event=SlaEvent("recount", note=reason)):
            spans = row.segment_ids.filtered(lambda s: s.state == "running" and s.calendar_id)
            difference = sum(
                s.calendar_id._get_working_hours(row.company_id).worked(
                    epoch(s.start_at), epoch(s.end_at)
                )
                - s.worked_s
                for s in spans
            ) - sum(row.segment_ids.filtered(lambda s: s.cause == "recount").mapped("worked_s"))
            if not difference:
                continue
            row._adjust(difference, spans[:1].start_at, spans[-1:].end_at, "recount")
            row._tell(self.env._("%s: counted again.", row._get_title()), reason)
            if row.breached_at and not row.forgiven_at and row.elapsed_s <= row.budget_s:
                row.with_env(self.env)._forgive(reason)
            changed |= row
        return changed.with_env(self.env)

    # ------------------------------------------------------------------ how

    def _prepare_decision(self, reason):
        """:return: (these clocks as superuser, locked; the reason)"""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Give a reason: it is written to the ticket."))
        self.check_access("read")
        self.ticket_id._check_may_correct()
        self.env.execute_query(
            SQL("SELECT 1 FROM crm_sla_clock WHERE id IN %s FOR UPDATE", tuple(self.ids) or (0,))
        )
        return self.sudo(), reason  # sudo: clocks are nobody's to write; rights were checked

    def _get_promised_budget(self):
        """The target as the policy has it, in the revision that holds for the ticket."""
        self.ensure_one()
        target = self.revision_id and self.revision_id._get_terms().find(
            self.metric, self.ticket_id.priority
        )
        return target.budget if target else self.budget_s

    def _adjust(self, seconds, start_at, end_at, cause):
        """Count more, or less, for a span that has passed.

        :param seconds: working seconds, with a sign
        """
        self.ensure_one()
        now, before = epoch(self.env["crm.ticket"]._now()), self._load()
        if sla_clock.is_live(before):
            at = max(now, before.since)
            clock, segment = sla_clock.adjust(before, at, self._get_hours(), seconds)
            if cause == "unmerge" and self._is_broken_by_merge(clock):
                clock = sla_clock.lift(clock, self._get_hours())
        else:
            clock, segment = sla_clock.correct(before, seconds), None
        # The entry of the adjustment is counted in the same hours, so it goes before the row, too
        adjusted = sla_clock.Segment("adjusted", epoch(start_at), epoch(end_at), seconds)
        entry = self._prepare_own_segment(adjusted, cause, clock)
        entries = self._move_to(before, clock, cause, [segment])
        self.env["crm.sla.segment"].create([*entries, {**entry, "budget_s": before.budget}])

    def _is_broken_by_merge(self, clock):
        """Whether a breach only came from the time of a ticket that was merged into this one."""
        merged = self.segment_ids.filtered(lambda s: s.state == "adjusted" and s.cause == "merge")
        return bool(
            merged
            and clock.breached_at is not None
            and clock.elapsed <= clock.budget
            and moment(clock.breached_at)
            >= min(merged.mapped("create_date")).replace(microsecond=0)
        )

    @api.model
    def _get_metric_label(self, metric):
        return dict(self._fields["metric"]._description_selection(self.env)).get(metric, metric)

    def _get_title(self):
        """The promise in words, for messages."""
        self.ensure_one()
        return self._get_metric_label(self.metric)

    def _tell(self, text, reason):
        """Write a decision to the ticket."""
        self.ticket_id.sudo(False)._message_note(text, reason)
