from odoo import api, fields, models

from odoo.addons.crm_suite.lib.working_time import epoch

# How far ahead the page is told the working hours: it asks again every minute, but a laptop may
# sleep over a weekend
AHEAD_S = 4 * 86400
MOST_RECORDS = 500
# Of the way to a deadline, so many spans of working time are told one by one
MOST_SPANS = 60


class CrmSlaClock(models.Model):
    """What a page needs to count down by itself: `static/src/sla/countdown.js`."""

    _name = "crm.sla.clock"
    _inherit = ["crm.sla.clock"]

    sla_live = fields.Json("Countdown", compute="_compute_sla_live")

    # How promises to one customer ended, the latest first
    _ended_of_partner = models.Index("(partner_id, stopped_at) WHERE state = 'stopped'")

    @api.depends(
        "state",
        "result",
        "deadline",
        "risk_at",
        "budget_s",
        "elapsed_s",
        "state_since",
        "pause_cause",
        "metric",
    )
    def _compute_sla_live(self):
        hours = {}
        for clock in self:
            clock.sla_live = clock._prepare_live(hours)

    @api.model
    @api.readonly
    def get_sla_live(self, ids):
        """How clocks stand now, for a page that is open.

        :param ids: ids of clocks
        :return: {"now": epoch seconds, "live": {id: value of `sla_live`}}, without those that
            the reader may not read
        """
        clocks = self.search([("id", "in", ids[:MOST_RECORDS])])
        return {
            "now": epoch(self.env["crm.ticket"]._now()),
            "live": {clock.id: clock.sla_live for clock in clocks},
        }

    def _prepare_live(self, hours):
        """How this clock stands, and the working time ahead of it.

        :param hours: what was looked up for other clocks, {(mode, calendar, company): spans}
        """
        self.ensure_one()
        now = epoch(self.env["crm.ticket"]._now())
        running = self.state == "running"
        live = self.state in ("running", "paused")
        spans, elapsed = [], self.elapsed_s
        if running:
            working = self._get_hours()
            key = (self.mode, self.calendar_id, self.company_id)
            if key not in hours:
                hours[key] = working.intervals(now, now + AHEAD_S)
            spans = hours[key]
            elapsed += working.worked(epoch(self.state_since), now)
        metrics = dict(self._fields["metric"]._description_selection(self.env))
        return {
            "id": self.id,
            "now": now,
            "state": self.state,
            "result": self.result,
            "metric": metrics.get(self.metric, ""),
            "deadline": epoch(self.deadline) if running else None,
            "risk": epoch(self.risk_at) if running else None,
            "left": self.budget_s - elapsed if live else None,
            "cause": self.pause_cause if self.state == "paused" else False,
            "since": epoch(self.state_since),
            "hours": spans,
        }

    def _get_urgency(self):
        """What to sort live clocks of a ticket by, the most urgent first."""
        self.ensure_one()
        running = self.state == "running"
        if running and self.deadline:
            return 0, epoch(self.deadline), self.id
        return 2 if running else 1, self.budget_s - self.elapsed_s, self.id

    # ------------------------------------------------------------------ actions

    def action_explain_deadline(self):
        """Show how this clock was counted."""
        self.ensure_one()
        action = self.ticket_id.action_explain_deadline()
        action["params"]["clock_id"] = self.id
        return action

    def action_forgive(self):
        """Ask for the reason for which missed promises shall not count."""
        return self.env["crm.sla.decision"]._open("forgive", self)

    def action_unforgive(self):
        return self.env["crm.sla.decision"]._open("unforgive", self)

    def action_override(self):
        """Ask for another target for this one ticket."""
        self.ensure_one()
        return self.env["crm.sla.decision"]._open("override", self)

    # ------------------------------------------------------------------ why this deadline

    def _explain(self, hours=None, messages=None):
        """How this clock came to stand as it does, in figures that add up.

        Whoever calls it has checked that the reader may read the ticket.

        :param hours: what was looked up for other clocks, as in `_prepare_live`
        :param messages: those of which the reader may see the beginning, as superuser
        :return: what `static/src/sla/sla_story.js` draws; instants are epoch seconds, amounts
            seconds of working time
        """
        self.ensure_one()
        metrics = dict(self._fields["metric"]._description_selection(self.env))
        spans = self._prepare_spans(messages or self.env["mail.message"])
        counted = self.carried_s + sum(span["worked"] for span in spans)
        zone = self.mode == "working" and self.calendar_id.tz or ""
        return {
            "id": self.id,
            "key": self.metric,
            "metric": metrics.get(self.metric, ""),
            "team": self.of_team_id.display_name or "",
            "cycle": self.cycle,
            "live": self._prepare_live({} if hours is None else hours),
            "policy": self.policy_id.display_name,
            "revision": self.revision_id.number,
            "overridden": self.budget_overridden,
            "calendar": self._get_calendar_label(self.mode, self.calendar_id),
            "zone": zone,
            "other_zone": bool(zone) and zone != str(self.env.tz),
            "state": self.state,
            "result": self.result,
            "started": epoch(self.started_at),
            "stopped": epoch(self.stopped_at or None),
            "deadline": epoch(self.deadline or None) if self.state == "running" else None,
            "breached": epoch(self.breached_at or None),
            "since": epoch(self.state_since),
            "budget": self.budget_s,
            "carried": self.carried_s,
            "counted": counted,
            "left": self.budget_s - counted,
            "forgiven": self.forgiven_at
            and {
                "by": self.forgiven_by_id.display_name,
                "at": epoch(self.forgiven_at),
                "reason": self.forgiven_reason,
            },
            "spans": spans,
            "way": self._prepare_way(),
        }

    def _prepare_spans(self, readable_messages):
        """The ledger of this clock, and the present span, which is not in it yet."""
        causes = dict(self.segment_ids._fields["cause"]._description_selection(self.env))
        spans, total = [], self.carried_s
        for entry in self.segment_ids.sorted(lambda entry: (entry.start_at, entry.id)):
            total += entry.worked_s
            message = entry.message_id & readable_messages
            spans.append(
                {
                    "state": entry.state,
                    "pause": entry.pause_cause,
                    "from": epoch(entry.start_at),
                    "to": epoch(entry.end_at),
                    "worked": entry.worked_s,
                    "late": entry.state == "running" and total > (entry.budget_s or self.budget_s),
                    "cause": causes.get(entry.cause, ""),
                    "by": entry.user_id.display_name or "",
                    "note": entry.note or "",
                    "message": message.preview or "",
                    "calendar": self._get_calendar_label(entry.mode, entry.calendar_id),
                    # Only where it was another one than now
                    "budget": entry.budget_s != self.budget_s and entry.budget_s,
                }
            )
        if self.state in ("running", "paused"):
            now, since = epoch(self.env["crm.ticket"]._now()), epoch(self.state_since)
            running = self.state == "running"
            worked = self._get_hours().worked(since, now) if running else 0
            spans.append(
                {
                    "state": self.state,
                    "pause": self.pause_cause,
                    "from": since,
                    "to": None,
                    "worked": worked,
                    "late": running and total + worked > self.budget_s,
                    "because": causes.get(self.since_cause, ""),
                    "calendar": self._get_calendar_label(self.mode, self.calendar_id),
                }
            )
        return spans

    @api.model
    def _get_calendar_label(self, mode, calendar):
        return self.env._("around the clock") if mode == "always" else calendar.display_name

    def _prepare_way(self):
        """The working time from the present span to the deadline.

        :return: {"from", "left", "hours": spans, "more": whether there are more}, or False
        """
        left = self.budget_s - self.elapsed_s
        if self.state != "running" or not self.deadline or left <= 0:
            return False
        since = epoch(self.state_since)
        spans = self._get_hours().intervals(since, epoch(self.deadline))
        return {
            "from": since,
            "left": left,
            "hours": spans[:MOST_SPANS],
            "more": len(spans) > MOST_SPANS,
        }
