from datetime import datetime, timezone

import pytz

from odoo import models

from ...lib import snooze


class CrmTicketTeam(models.Model):
    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    def _get_snooze_moments(self, now):
        """When the mornings are that agents of this team mean; of the company without a team.

        :param now: naive UTC
        :return: {"tomorrow" | "next_day" | "next_week": naive UTC}
        """
        # sudo: whoever has a ticket in front of him may not read teams, calendars or days off
        team = self.sudo()
        company = team.company_id or self.env.company.sudo()
        calendar = team.calendar_id or company.resource_calendar_id
        hours = calendar._get_working_hours(company)
        zone = pytz.timezone(calendar.tz or self.env.user.tz or "UTC")
        instant = int(now.replace(tzinfo=timezone.utc).timestamp())
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        workdays = {int(line.dayofweek) for line in calendar.attendance_ids if line.hour_to}
        first = snooze.get_first_weekday(workdays, int(lang.week_start or 1) - 1)
        return {
            choice: datetime.fromtimestamp(moment, timezone.utc).replace(tzinfo=None)
            for choice, moment in (
                ("tomorrow", snooze.tomorrow(hours, zone, instant)),
                ("next_day", snooze.next_working_day(hours, zone, instant)),
                ("next_week", snooze.next_week(hours, zone, instant, first)),
            )
        }

    def action_open_tickets(self):
        action = super().action_open_tickets()
        action["context"]["search_default_awake"] = 1
        return action
