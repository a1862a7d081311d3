from datetime import datetime, time, timedelta

import pytz

from odoo import models

from ...lib.working_time import epoch, first_outside, moment


class CrmAvailabilityMixin(models.AbstractModel):
    """Somebody who works at certain hours, and is away at times.

    The model has the fields `user_id`, `resource_calendar_id` and `away_until`, the last day of an
    absence. Days off count, too: those of the company, and those of the person, which HR enters
    where it is installed.
    """

    _name = "crm.availability.mixin"
    _description = "Availability"

    def _get_next_work(self, now, until):
        """Return when each of these people works next: `now` or later, at most `until`; else None.

        The working hours are those of the record, else of the user, of the team, of the company;
        without any, or with flexible ones, a person is always at work.

        :param now: datetime without timezone, UTC; so is `until`
        :return: {id of the record: datetime or None}
        """
        absences = self._get_absences(now, until)
        result = {}
        for record in self:
            start = max(now, record._get_return() or now)
            company = record._get_employer()
            calendar = record._get_calendar().filtered(lambda c: not c.flexible_hours)
            hours = calendar._get_working_hours(company)
            spans = hours.intervals(epoch(start), epoch(until) + 1)
            begin = first_outside(spans, absences.get(record.id, ()))
            result[record.id] = moment(begin) or None
        return result

    def _get_absences(self, now, until):
        """Days off of these people themselves, as (from, to) in epoch seconds, by their ids."""
        own = {record.id: record._get_resources() for record in self}
        # sudo: that colleagues are away may be known to whoever waits for them, the why is not read
        leaves = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                [
                    ("resource_id", "in", self.env["resource.resource"].union(*own.values()).ids),
                    ("time_type", "=", "leave"),
                    ("date_to", ">", now),
                    ("date_from", "<=", until),
                ]
            )
        )
        spans = {
            resource: [(epoch(leave.date_from), epoch(leave.date_to) + 1) for leave in days]
            for resource, days in leaves.grouped("resource_id").items()
        }
        return {
            key: [span for resource in resources for span in spans.get(resource, ())]
            for key, resources in own.items()
        }

    def _get_return(self):
        """The end of the absence that is entered here; None without one."""
        self.ensure_one()
        if not self.away_until:
            return None
        zone = pytz.timezone(self.user_id.tz or self.env.company.partner_id.tz or "UTC")
        back = zone.localize(datetime.combine(self.away_until, time()) + timedelta(days=1))
        return back.astimezone(pytz.utc).replace(tzinfo=None)

    def _get_team(self):
        """The team in which this person works here, with its `calendar_id` and `company_id`."""
        raise NotImplementedError

    def _get_employer(self):
        """The company whose public holidays count."""
        return self._get_team().company_id or self.user_id.company_id

    def _get_calendar(self):
        self.ensure_one()
        return (
            self.resource_calendar_id
            or self.user_id.resource_calendar_id
            or self._get_team().calendar_id
            or self._get_employer().resource_calendar_id
        )

    def _get_resources(self):
        """What the days off of this person are entered for, in the company if there is any."""
        self.ensure_one()
        # sudo: agents and salespeople may not read the resources of their colleagues
        resources = self.user_id.sudo().resource_ids
        return resources.filtered(lambda r: r.company_id == self._get_employer()) or resources
