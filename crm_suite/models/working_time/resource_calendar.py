from datetime import datetime
from random import SystemRandom

import pytz

from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ...lib.working_time import AlwaysOpen, Horizon, WorkingTime

# What of a calendar itself, besides its hours and days off, moves working time
SHAPING_FIELDS = {"tz", "two_weeks_calendar", "schedule_type", "flexible_hours", "company_id"}


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    working_time_revision = fields.Integer(
        default=0,
        copy=False,
        readonly=True,
        help="Changes whenever the hours or days off of this calendar change.",
    )

    def write(self, vals):
        res = super().write(vals)
        if SHAPING_FIELDS & vals.keys():
            self._bump_working_time_revision()
        return res

    def _check_countable(self):
        """:raise ValidationError: for calendars in which working time cannot be counted"""
        for calendar in self:
            if calendar.flexible_hours:
                raise ValidationError(
                    self.env._(
                        "%s has flexible hours: nobody can say when a deadline in it would be. "
                        "Choose working hours with fixed times.",
                        calendar.name,
                    )
                )
            if not calendar.attendance_ids.filtered(lambda a: a._is_work_period()):
                raise ValidationError(
                    self.env._("%s has no working hours: nothing would ever be due.", calendar.name)
                )

    def _bump_working_time_revision(self):
        """Note that the working time of these calendars changed.

        The revision is drawn, not counted: a count would be given twice when a transaction is
        rolled back, and would then name two different states in the caches of the workers.
        """
        draw = SystemRandom()
        for calendar in self.sudo():  # whoever edits hours may not be allowed to edit calendars
            calendar.working_time_revision = draw.randrange(1, 2**31)
        if self:
            self._on_working_time_changed()

    def _on_working_time_changed(self):
        """Called when the working time of these calendars has changed.

        Whoever stores instants that were counted in it has them counted again from here, later:
        the editor of a calendar waits for this.
        """

    def _get_working_hours(self, company):
        """The working time of this calendar for one company; around the clock when empty.

        :return: an object that answers `worked(start, end)` and `add(instant, seconds)` in
            integer epoch seconds
        """
        if not self:
            return AlwaysOpen()
        calendar = self.sudo()  # users and the mail gateway may not read all days off
        revision = calendar.working_time_revision
        return Horizon(
            lambda first, last: calendar._get_working_time(company.id, revision, first, last)
        )

    @ormcache("self.id", "company_id", "revision", "first", "last")
    def _get_working_time(self, company_id, revision, first, last):
        """The index of working time over whole years, `first` to `last` included."""
        self.ensure_one()
        tz = pytz.timezone(self.tz or "UTC")
        intervals = self._work_intervals_batch(
            datetime(first, 1, 1, tzinfo=pytz.utc),
            datetime(last + 1, 1, 1, tzinfo=pytz.utc),
            # Days off without a calendar are valid for all calendars: only those of the company
            # count, else the holidays of a sister company would move our deadlines
            domain=[("time_type", "=", "leave"), ("company_id", "in", [False, company_id])],
            tz=tz,
        )[False]
        return WorkingTime((_opening(start), _closing(end)) for start, end, _meta in intervals)


def _opening(instant):
    """Epoch second of the start of an interval.

    Days off that are entered on the screen end at 23:59:59 and would leave a second of work
    between them: work that begins with the last second of a minute begins after it.
    """
    second = round(instant.timestamp())
    return second + 1 if second % 60 == 59 else second


def _closing(instant):
    """Epoch second of the end of an interval; midnight, which core writes as .999999, whole."""
    return round(instant.timestamp())
