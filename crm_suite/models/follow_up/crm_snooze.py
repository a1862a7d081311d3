from datetime import datetime, time, timedelta, timezone

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

LONGEST_DAYS = 60


class CrmSnooze(models.Model):
    """Somebody leaves an opportunity alone until a date, and says why.

    Snoozes are history: they are neither changed nor deleted, only ended.
    """

    _name = "crm.snooze"
    _description = "Snooze"
    _inherit = ["crm.lead.detail.mixin"]
    _order = "id desc"
    _rec_name = "reason_id"

    lead_id = fields.Many2one(
        "crm.lead",
        "Opportunity",
        required=True,
        ondelete="cascade",
        index=True,
        domain=[("type", "=", "opportunity")],
    )
    company_id = fields.Many2one(related="lead_id.company_id")
    team_id = fields.Many2one(related="lead_id.team_id", string="Sales Team")
    salesperson_id = fields.Many2one(related="lead_id.user_id", string="Salesperson")
    until = fields.Date(
        required=True,
        default=lambda self: self._get_today() + timedelta(days=7),
        help="The opportunity is watched again from this day on.",
    )
    until_at = fields.Datetime("Until (Time)", readonly=True)
    reason_id = fields.Many2one("crm.snooze.reason", required=True, ondelete="restrict")
    needs_note = fields.Boolean(related="reason_id.needs_note")
    note = fields.Text("Explanation")
    user_id = fields.Many2one(
        "res.users", "Snoozed by", required=True, readonly=True, default=lambda self: self.env.user
    )
    days = fields.Integer("Days Snoozed", readonly=True, aggregator="sum")
    ended_at = fields.Datetime("Ended Early on", readonly=True)
    ended_by_id = fields.Many2one("res.users", "Ended by", readonly=True)
    latest = fields.Date("At the Latest", compute="_compute_latest")

    @api.depends("lead_id.team_id")
    def _compute_latest(self):
        today = self._get_today()
        for snooze in self:
            team = snooze.lead_id.team_id.sudo()  # who snoozes may see the limit of the team
            longest = team.snooze_max_days if team else LONGEST_DAYS
            snooze.latest = today + timedelta(days=longest)

    @api.model_create_multi
    def create(self, vals_list):
        allowed = {"lead_id", "until", "reason_id", "note"}
        if not self.env.su:
            vals_list = [
                {name: value for name, value in vals.items() if name in allowed}
                | {"user_id": self.env.uid}
                for vals in vals_list
            ]
        today = self._get_today()
        for vals in vals_list:
            if until := fields.Date.to_date(vals.get("until") or False):
                vals.update(until_at=self._get_instant(until), days=(until - today).days)
        snoozes = super().create(vals_list)
        snoozes._check_snooze()
        for snooze in snoozes:
            snooze._start()
        return snoozes

    @api.model
    def _add_missing_default_values(self, values):
        complete = super()._add_missing_default_values(values)
        if until := fields.Date.to_date(complete.get("until") or False):
            today = self._get_today()
            complete.update(until_at=self._get_instant(until), days=(until - today).days)
        return complete

    @api.model
    def _get_today(self):
        """The day on which the transaction takes place, where the user is."""
        return fields.Datetime.context_timestamp(self, self.env.cr.now()).date()

    @api.model
    def _get_instant(self, day):
        """When a day begins for the user, as naive UTC."""
        zone = pytz.timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")
        begin = zone.localize(datetime.combine(day, time.min))
        return begin.astimezone(timezone.utc).replace(tzinfo=None)

    def _check_snooze(self):
        """:raise AccessError: when the user may not change the opportunity
        :raise ValidationError: for what cannot be snoozed, and dates out of bounds
        """
        today = self._get_today()
        for snooze in self:
            lead = snooze.lead_id
            lead.check_access("write")
            if lead.type != "opportunity" or not lead.active or lead.won_status != "pending":
                raise ValidationError(
                    self.env._("Only open opportunities can be snoozed: %s is not one.", lead.name)
                )
            if snooze.until <= today:
                raise ValidationError(
                    self.env._(
                        "An opportunity is snoozed until a day in the future; %(date)s is not.",
                        date=format_date(self.env, snooze.until),
                    )
                )
            if snooze.until > snooze.latest:
                raise ValidationError(
                    self.env._(
                        "The sales team snoozes until %(latest)s at the latest, not until "
                        "%(date)s. Choose a nearer day, or mark the opportunity as lost.",
                        latest=format_date(self.env, snooze.latest),
                        date=format_date(self.env, snooze.until),
                    )
                )
            if snooze.reason_id.needs_note and not (snooze.note or "").strip():
                raise ValidationError(
                    self.env._(
                        "The reason %(reason)s needs an explanation.", reason=snooze.reason_id.name
                    )
                )

    def _start(self):
        self.ensure_one()
        lead = self.lead_id
        lead._end_snooze()
        lead._store_facts(
            snooze_id=self.id,
            snoozed_until=self.until_at,
            snooze_count=lead.snooze_count + 1,
        )
        lead.message_post(body=self._get_text(), subtype_xmlid="mail.mt_note")

    def _get_text(self):
        """Until when, why, and by whom, in one sentence of the reader's language."""
        self.ensure_one()
        values = {
            "date": format_date(self.env, self.until),
            "reason": self.reason_id.name,
            "user": self.user_id.name,
            "note": (self.note or "").strip(),
        }
        if values["note"]:
            return self.env._(
                "Snoozed until %(date)s by %(user)s because: %(reason)s (%(note)s)", **values
            )
        return self.env._("Snoozed until %(date)s by %(user)s because: %(reason)s", **values)
