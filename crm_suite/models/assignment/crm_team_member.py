from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# who is asked again when this changes
AVAILABILITY = {
    "active",
    "assignment_domain",
    "assignment_max",
    "assignment_optout",
    "away_until",
    "crm_team_id",
    "language_ids",
    "open_lead_limit",
    "resource_calendar_id",
    "territory_ids",
}


class CrmTeamMember(models.Model):
    _inherit = "crm.team.member"

    territory_ids = fields.Many2many(
        "crm.territory",
        "crm_team_member_territory_rel",
        "member_id",
        "territory_id",
        string="Territories",
        groups="sales_team.group_sale_salesman",
        help="Gets leads from these territories. Empty: from everywhere.",
    )
    language_ids = fields.Many2many(
        "res.lang",
        "crm_team_member_lang_rel",
        "member_id",
        "lang_id",
        string="Languages",
        help="Gets leads that speak one of these languages. Empty: any language.",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        help="Empty: the working hours of the user, else of the sales team or the company.",
    )
    away_until = fields.Date(
        tracking=True,
        help="The last day of an absence. No leads are assigned automatically for days on which"
        " this person is away.",
    )
    open_lead_limit = fields.Integer(
        string="Open Leads at Most",
        tracking=True,
        help="No more leads are assigned automatically to who has this many open leads and"
        " opportunities. 0: no limit.",
    )
    open_lead_count = fields.Integer(
        string="Open Leads",
        compute="_compute_open_lead_count",
        groups="sales_team.group_sale_salesman",
        help="Open leads and opportunities of this person, of all teams.",
    )
    last_assigned_at = fields.Datetime(
        string="Last Assigned",
        readonly=True,
        copy=False,
        help="When this person last got a lead automatically.",
    )

    @api.constrains("open_lead_limit")
    def _check_open_lead_limit(self):
        if any(member.open_lead_limit < 0 for member in self):
            raise ValidationError(self.env._("A limit cannot be negative. 0 means no limit."))

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_open_lead_count(self):
        counts = self.env["crm.lead"]._get_open_counts(self.user_id)
        for member in self:
            member.open_lead_count = counts.get(member.user_id.id, 0)

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        self.env["crm.lead"]._retry_assignment()
        return members

    def write(self, vals):
        result = super().write(vals)
        if AVAILABILITY & vals.keys():
            self.env["crm.lead"]._retry_assignment()
        return result

    def _get_next_work(self, now, until):
        """Return when each member works next: `now` or later, at most `until`; else None.

        The working hours are those of the member, else of the user, of the team, of the company;
        without any, a person is always at work. Days off count, those of the user too.

        :param now: datetime without timezone, UTC; so is `until`
        :return: {member id: datetime or None}
        """
        start, stop = pytz.utc.localize(now), pytz.utc.localize(until)
        result = {}
        for calendar, members in self.grouped(lambda member: member._get_calendar()).items():
            own = {member: member._get_resource(calendar) for member in members}
            intervals = {}
            if calendar:
                resources = self.env["resource.resource"].union(*own.values())
                intervals = calendar._work_intervals_batch(
                    start, stop + timedelta(seconds=1), resources
                )
            for member in members:
                result[member.id] = member._find_start(
                    intervals[own[member].id] if calendar else None, start, stop
                )
        return result

    def _find_start(self, intervals, start, stop):
        self.ensure_one()
        if self.away_until:
            timezone = pytz.timezone(self.user_id.tz or self.env.company.partner_id.tz or "UTC")
            back = timezone.localize(datetime.combine(self.away_until, time()) + timedelta(days=1))
            start = max(start, back)
        if intervals is None:  # no working hours: always
            found = start if start <= stop else None
        else:
            found = next(
                (
                    max(begin, start)
                    for begin, end, _meta in intervals
                    if end > start and max(begin, start) <= stop
                ),
                None,
            )
        return found and found.astimezone(pytz.utc).replace(tzinfo=None)

    def _get_calendar(self):
        self.ensure_one()
        company = self.crm_team_id.company_id or self.user_id.company_id
        return (
            self.resource_calendar_id
            or self.user_id.resource_calendar_id
            or self.crm_team_id.calendar_id
            or company.resource_calendar_id
        )

    def _get_resource(self, calendar):
        """Return the resource whose days off count; where HR is installed, there is one."""
        self.ensure_one()
        resources = self.user_id.resource_ids
        return resources.sorted(lambda resource: resource.calendar_id != calendar)[:1]
