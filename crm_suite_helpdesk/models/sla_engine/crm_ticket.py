import logging
from datetime import timedelta
from typing import NamedTuple

from odoo import api, models

from odoo.addons.crm_suite.lib.attempt import attempt
from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from ...lib.sla_clock import CANCELLED, PAUSED, RUNNING, STOPPED
from ...lib.sla_terms import Facts
from .crm_sla_policy import get_day

_logger = logging.getLogger(__name__)

# Fields that move the clocks of a ticket, and how the ledger names what happened. The first of
# them that is written names it; those that change the promise itself go before the others.
CAUSES = {
    "merged_into_id": "merge",
    "priority": "priority",
    "team_id": "team",
    "company_id": "team",
    "partner_id": "partner",
    "category_id": "category",
    "tag_ids": "tag",
    "product_id": "product",
    "sale_order_id": "order",
    "stage_id": "stage",
    "user_id": "assign",
    "first_response_at": "reply",
    "unanswered_since": "customer_message",
    "sla_hold_reason": "manual",
}
PROMISE_CAUSES = {
    "create",
    "priority",
    "team",
    "partner",
    "tier",
    "category",
    "tag",
    "product",
    "order",
    "ticket",
    "apply",
}
METRICS = ("first_response", "next_response", "resolution", "pickup", "team_time")
# Those of which every ticket has an outcome
ENDING_METRICS = ("first_response", "resolution")
# What waiting is called, by the type of the stage
WAITS = {"waiting_customer": "customer", "waiting_third": "third"}
DONE_TYPES = ("solved", "closed")
# A number of days that leads beyond the calendar must not lose a message
LONGEST_DAYS = 100 * 366


class SlaEvent(NamedTuple):
    """What happened, for the ledger; in the context, where RPC cannot put one."""

    cause: str
    message_id: int | bool = False
    note: str | bool = False


# What the engine itself changes moves no clocks
FOLLOWED = SlaEvent("stage")


class CrmTicket(models.Model):
    """How what happens to a ticket moves its clocks."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._sla_sync("create")
        return tickets

    def write(self, vals):
        cause = next((cause for name, cause in CAUSES.items() if name in vals), None)
        if cause not in PROMISE_CAUSES and (
            vals.keys() & self.env["crm.sla.policy"]._get_domain_fields()
        ):
            cause = "ticket"
        done = self.filtered(lambda t: t.stage_type in DONE_TYPES) if "stage_id" in vals else self
        res = super().write(vals)
        if "stage_id" in vals and "merged_into_id" not in vals:
            # sudo: the count is no one's to enter
            for ticket in done.sudo().filtered(lambda t: not t.closed_at):
                ticket.reopen_count += 1
        if cause and self._get_sla_event() is not FOLLOWED:
            self._sla_sync(cause)
        return res

    # ------------------------------------------------------------------ engine

    def _sla_sync(self, cause, newest=None):
        """Bring the clocks of these tickets in line with what just happened to them.

        A mail must never be lost because a service level cannot be computed: on the way in from
        the mail gateway, an error leaves the ticket without clocks and a task for its leader.

        :param cause: "create", "apply", or a value of `CAUSES`
        :param newest: policies whose present revision is to hold from now on
        """
        if not self:
            return
        if self.env.context.get("crm_mail_gateway") is not KEEP_INCOMPLETE:
            self._sla_update(cause, newest)
            return
        reason = "The SLA of tickets %s could not be computed", self.ids
        with attempt(self.env.cr, _logger, *reason) as update:
            self._sla_update(cause, newest)
        if update.error:
            for ticket in self:
                ticket._sla_report(
                    self.env._("No deadline"),
                    self.env._(
                        "The SLA of this ticket could not be computed. Check its SLA policy."
                    ),
                )

    def _sla_update(self, cause, newest=None):
        # sudo: nobody has write access to clocks and their ledger but the engine
        tickets, Clock = self.sudo(), self.env["crm.sla.clock"].sudo()
        now = self._now()
        done = tickets.filtered(
            lambda t: (t.unanswered_since or t.sla_hold_reason) and t.stage_type in DONE_TYPES
        )
        if done:  # who is told that it is solved waits for no answer any more
            done.with_context(crm_sla_event=FOLLOWED).write(
                {"unanswered_since": False, "sla_hold_reason": False}
            )
        clocks = {} if cause == "create" else Clock._lock_latest(tickets)
        asking = tickets.filtered(lambda t: t._sla_asks(cause, clocks.get(t.id, {})))
        held = self._get_held_revisions(clocks, newest)
        promises = self.env["crm.sla.policy"]._match(asking, held) if asking else {}
        starts, entries = [], []
        for ticket in tickets:
            own, promised = clocks.get(ticket.id, {}), promises.get(ticket)
            for key, clock in own.items():
                binding = promised if cause in PROMISE_CAUSES else None
                entries += ticket._sla_follow(key, clock, cause, now, binding)
            for promise in (promised or {}).values():
                if start := ticket._sla_begin(promise, own, cause, now):
                    starts.append(start)
        started = Clock.create([values for values, _entries in starts])
        for clock, (_values, first) in zip(started, starts, strict=True):
            entries += [{**entry, "clock_id": clock.id} for entry in first]
        tickets.env["crm.sla.segment"].create(entries)
        self._sla_check_deadlines(started)

    @api.model
    def _get_held_revisions(self, clocks, newest):
        """The revision of each policy to which tickets are held: that of their latest clock."""
        held = {}
        for ticket_id, own in clocks.items():
            for clock in sorted(own.values(), key=lambda c: c.id):
                if clock.revision_id and not (newest and clock.policy_id in newest):
                    held[ticket_id, clock.policy_id.id] = clock.revision_id
        return held

    def _sla_asks(self, cause, own):
        """Whether somebody has to look what holds for this ticket."""
        if cause in PROMISE_CAUSES:
            return True
        live = {clock.metric for clock in own.values() if clock._is_live()}
        begun = {
            clock.metric
            for clock in own.values()
            if clock.metric != "first_response" or clock.state == CANCELLED
        }
        begun.add("next_response")
        if cause == "assign":
            begun.add("pickup")
        team_id = self.team_id.id
        ended = {c.metric for c in own.values() if c.state == CANCELLED} & {*ENDING_METRICS}
        return any(
            goal == RUNNING or (goal == STOPPED and metric in ended)
            for metric in begun - live
            if (goal := self._sla_goal(metric, (), team_id)[0])
        )

    def _sla_follow(self, key, clock, cause, now, promised):
        """Let one clock follow; see `crm.sla.clock._follow`."""
        metric, slot, team_id = key
        revived = (
            clock.state == CANCELLED
            and clock.since_cause == "merge"
            and clock.policy_id.active
            and not self._sla_is_void()
        )
        if not revived and not clock._is_live():
            return []
        left = metric == "team_time" and team_id != self.team_id.id
        promise = promised.get((metric, slot)) if promised is not None and not left else None
        pauses = promise.target.pauses if promise else clock._get_pauses()
        goal = self._sla_goal(metric, pauses, team_id)
        if promised is not None and not left and not promise:
            goal = (CANCELLED, "")
        return clock._follow(goal, "unmerge" if revived else cause, now, promise)

    def _sla_begin(self, promise, own, cause, now):
        """The values of a clock that has to be started where none is live.

        :return: as `crm.sla.clock._start`; None when there is nothing to start
        """
        metric, team_id = promise.target.metric, self.team_id.id
        clock = own.get((metric, promise.slot, team_id if metric == "team_time" else 0))
        if clock and clock._is_live():
            return None
        if metric == "team_time" and not team_id:
            return None
        goal = self._sla_goal(metric, promise.target.pauses, team_id)
        if not self._sla_needs_clock(metric, clock, goal[0], cause):
            return None
        begin = self._sla_beginning(metric, clock, cause, now)
        options = {"at": now, "cause": cause, "late": cause != "create"}
        if cause == "create":
            options["at"] = self._sla_imported_at(metric, goal[0], now)
        if clock:
            options["cycle"] = clock.cycle + 1
            goes_on = clock.state == CANCELLED or (
                metric in ("resolution", "team_time") and promise.on_reopen == "resume"
            )
            options["carried_s"] = clock.elapsed_s if goes_on else 0
        # sudo: as in `_sla_update`
        return self.env["crm.sla.clock"].sudo()._start(self, promise, goal, begin, **options)

    def _sla_needs_clock(self, metric, clock, goal, cause):
        if goal == CANCELLED:
            return False
        if goal == STOPPED:
            # What was brought along from elsewhere counts as it was there, and calling a ticket
            # spam for a moment makes no promise go away
            forgotten = clock.state == CANCELLED if clock else cause == "create"
            return forgotten and metric in ENDING_METRICS
        if clock:
            # The ticket was reopened. A first response stays the first.
            return metric != "first_response" or clock.state == CANCELLED
        return cause in PROMISE_CAUSES or metric in ("next_response", "pickup")

    def _sla_beginning(self, metric, clock, cause, now):
        """From when on the time of a new clock counts."""
        if metric == "next_response":
            return min(self.unanswered_since, now)
        if clock or (metric == "team_time" and cause != "create"):
            return now
        if metric == "pickup" and cause == "assign":
            return now
        return min(self.opened_at, now)

    def _sla_imported_at(self, metric, goal, now):
        """When a new ticket took up the state that it is created in."""
        fact = {
            PAUSED: self.last_agent_message_at,
            STOPPED: self.first_response_at if metric == "first_response" else self.closed_at,
        }.get(goal)
        return min(fact or now, now)

    # ------------------------------------------------------------------ what a ticket calls for

    def _sla_goal(self, metric, pauses, team_id):
        """The state that the ticket calls for in a clock.

        :param pauses: causes for which the clock is paused
        :param team_id: team whose time is counted, for the metric team_time
        :return: (state, cause of the pause)
        """
        self.ensure_one()
        if self._sla_is_void():
            return CANCELLED, ""
        if self._sla_is_done(metric, team_id):
            return STOPPED, ""
        for wait in self._get_waits():
            if wait in pauses:
                return PAUSED, wait
        return RUNNING, ""

    def _sla_is_void(self):
        """Whether nothing is promised for this ticket any more."""
        return bool(self.merged_into_id) or self.stage_type in ("cancelled", "spam")

    def _sla_is_done(self, metric, team_id):
        """Whether what a metric measures has come to its end.

        Only an answer ends the first response: moving the ticket does nothing to it.
        """
        if metric == "first_response":
            return bool(self.first_response_at)
        if self.stage_type in DONE_TYPES:
            return True
        if metric == "next_response":
            return not (self.unanswered_since and self.first_response_at)
        if metric == "pickup":
            return bool(self.user_id)
        return metric == "team_time" and team_id != self.team_id.id

    def _get_waits(self):
        """Why this ticket stands still; the cause that is named first counts."""
        waits = [WAITS[self.stage_type]] if self.stage_type in WAITS else []
        return [*waits, "internal"] if self.sla_hold_reason else waits

    def _get_sla_facts(self):
        """What of this ticket decides which policies cover it."""
        self.ensure_one()
        ticket = self.sudo()  # sudo: agents need not see orders and products
        category, product_category = ticket.category_id, ticket.product_id.categ_id
        return Facts(
            team=ticket.team_id.id or 0,
            partner=ticket.commercial_partner_id.id or 0,
            tier=ticket.customer_tier_id.id or 0,
            categories=_read_path(category.parent_path),
            tags=frozenset(ticket.tag_ids.ids),
            product=ticket.product_id.id or 0,
            product_categories=_read_path(product_category.parent_path),
            order=ticket.sale_order_id.id or 0,
            day=get_day(ticket),
        )

    # ------------------------------------------------------------------ messages

    def _with_sla_event(self, cause, message=None, note=False):
        event = SlaEvent(cause, message.id if message else False, note)
        return self.with_context(crm_sla_event=event)

    @api.model
    def _get_sla_event(self):
        event = self.env.context.get("crm_sla_event")
        return event if isinstance(event, SlaEvent) else None

    def _register_agent_message(self, message=None):
        return super(CrmTicket, self._with_sla_event("reply", message))._register_agent_message(
            message
        )

    def _register_customer_message(self, message=None):
        late = self.filtered(lambda t: t._is_past_reopening() and t._open_follow_up(message))
        return super(
            CrmTicket, (self - late)._with_sla_event("customer_message", message)
        )._register_customer_message(message)

    def _prepare_agent_message_values(self, now):
        values = super()._prepare_agent_message_values(now)
        return {**values, "unanswered_since": False} if self.unanswered_since else values

    def _prepare_customer_message_values(self, now):
        values = super()._prepare_customer_message_values(now)
        return values if self.unanswered_since else {**values, "unanswered_since": now}

    def _is_past_reopening(self):
        """Whether a message of the customer comes too late to reopen this ticket."""
        self.ensure_one()
        if self.stage_type not in DONE_TYPES:
            return False
        days = self._get_reopen_days()
        if not days or not self.closed_at:
            return False
        return self._now() - self.closed_at > timedelta(days=min(days, LONGEST_DAYS))

    def _get_reopen_days(self):
        """For how many days after closing the customer reopens this ticket; 0: for ever."""
        self.ensure_one()
        # sudo: the policy decides, else the team, whoever wrote
        ticket = self.sudo()
        clocks = ticket.sla_clock_ids.sorted("id", reverse=True)
        clock = clocks.filtered(lambda c: c.metric == "resolution")[:1] or clocks[:1]
        days = clock.revision_id._get_terms().reopen_days if clock.revision_id else 0
        return days or ticket.team_id.reopen_days

    # ------------------------------------------------------------------ trouble

    @api.model
    def _sla_check_deadlines(self, clocks):
        """Tell somebody of deadlines that no calendar reaches."""
        for clock in clocks:
            if clock.state == RUNNING and not clock.deadline:
                clock.policy_id._warn(clock.ticket_id)

    def _sla_report(self, summary, note):
        """Ask the leader of the team to look after what keeps a service level from being known."""
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=summary,
            note=note,
            user_id=(self.team_id.user_id or self.env.ref("base.user_admin")).id,
        )


def _read_path(path):
    return frozenset(int(part) for part in (path or "").split("/") if part)
