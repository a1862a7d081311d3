from odoo import api, fields, models

from odoo.addons.crm_suite.lib.working_time import epoch

# How far ahead the page is told the working hours: it asks again every minute, but a laptop may
# sleep over a weekend
AHEAD_S = 4 * 86400
MOST_RECORDS = 500


class CrmSlaClock(models.Model):
    """What a page needs to count down by itself: `static/src/sla/countdown.js`."""

    _name = "crm.sla.clock"
    _inherit = ["crm.sla.clock"]

    sla_live = fields.Json("Countdown", compute="_compute_sla_live")

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
            "cause": self.state == "paused" and (self.pause_cause or "customer"),
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
