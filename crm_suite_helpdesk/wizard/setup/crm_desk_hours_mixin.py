from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.crm_suite.lib.working_time import WorkingTime, clock_text, epoch

from ...lib import desk
from ...models.setup.crm_ticket_team import DAYS

# Fields that decide in which hours time is counted
SHAPE = (
    "hours",
    "hour_from",
    "hour_to",
    "has_break",
    "break_from",
    "break_to",
    "tz",
    "calendar_id",
    *DAYS,
)

# Days that examples look ahead
HORIZON = 366

# Seconds that no night lasts
LONG_PAUSE = 24 * 3600


class CrmDeskHoursMixin(models.AbstractModel):
    """The answers to when a desk works: hours of a day, working days, time zone.

    Whoever inherits this has a `company_id`, and may override `_get_closed_days`.
    """

    _name = "crm.desk.hours.mixin"
    _description = "Hours of a Desk"

    hours = fields.Selection(
        [
            ("day", "The same hours on every working day"),
            ("always", "Around the clock, every day"),
            ("calendar", "Working hours that exist already"),
        ],
        default="day",
        required=True,
    )
    hour_from = fields.Float("From", default=9)
    hour_to = fields.Float("To", default=17)
    has_break = fields.Boolean("Break", help="A lunch break, or the time between two shifts.")
    break_from = fields.Float("Break from", default=12)
    break_to = fields.Float("Break to", default=13)
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        domain="[('flexible_hours', '=', False), ('company_id', 'in', [company_id, False])]",
    )
    tz = fields.Selection(_tz_get, "Time Zone")
    weekend = fields.Selection(
        [
            ("fri_sat", "Friday and Saturday"),
            ("sat_sun", "Saturday and Sunday"),
            ("fri", "Friday only"),
            ("sun", "Sunday only"),
            ("own", "Other working days"),
        ],
        default="sat_sun",
        required=True,
    )
    mon = fields.Boolean("Monday", compute="_compute_days", store=True, readonly=False)
    tue = fields.Boolean("Tuesday", compute="_compute_days", store=True, readonly=False)
    wed = fields.Boolean("Wednesday", compute="_compute_days", store=True, readonly=False)
    thu = fields.Boolean("Thursday", compute="_compute_days", store=True, readonly=False)
    fri = fields.Boolean("Friday", compute="_compute_days", store=True, readonly=False)
    sat = fields.Boolean("Saturday", compute="_compute_days", store=True, readonly=False)
    sun = fields.Boolean("Sunday", compute="_compute_days", store=True, readonly=False)
    hours_in_words = fields.Char(compute="_compute_hours_in_words")

    # ------------------------------------------------------------------ compute

    @api.depends("weekend")
    def _compute_days(self):
        for setup in self:
            off = desk.WEEKENDS.get(setup.weekend)
            if off is None and not any(setup[name] for name in DAYS):
                off = desk.WEEKENDS[desk.weekend_of(setup.company_id.country_id.code)]
            if off is None:
                setup.update({name: setup[name] for name in DAYS})
            else:
                setup.update({name: number not in off for number, name in enumerate(DAYS)})

    @api.depends(*SHAPE)
    def _compute_hours_in_words(self):
        names = dict(
            self.env["resource.calendar.attendance"]
            ._fields["dayofweek"]
            ._description_selection(self.env)
        )
        for setup in self:
            setup.hours_in_words = False
            if setup.hours != "day" or setup._find_fault():
                continue
            spans = setup._get_spans()
            amount = sum(end - start for start, end in spans) * len(setup._get_working_days())
            setup.hours_in_words = self.env._(
                "%(days)s: %(hours)s (%(zone)s), %(amount)s hours a week",
                days=format_list(self.env, [names[str(day)] for day in setup._sort_days()]),
                hours=format_list(self.env, [f"{_clock(a)}–{_clock(b)}" for a, b in spans]),
                zone=setup.tz,
                amount=f"{amount:g}",
            )

    # ------------------------------------------------------------------ checks

    def _check_hours_step(self):
        if self.hours == "calendar":
            if not self.calendar_id:
                raise UserError(self.env._("Choose the working hours of the team."))
            # sudo: users may not read all hours
            self.calendar_id.sudo()._check_countable()
        if self.hours != "day":
            return
        fault = self._find_fault()
        if fault:
            raise UserError(self._describe_fault(fault))
        if not self._get_working_days():
            raise UserError(self.env._("Choose at least one working day."))
        if not self.tz:
            raise UserError(self.env._("Choose the time zone of the working hours."))

    def _describe_fault(self, fault):
        if fault == "range":
            return self.env._("Hours of a day lie between 00:00 and 24:00.")
        if fault == "reversed":
            return self.env._(
                "The day ends at %(end)s, before it starts at %(start)s. For a night shift, choose "
                "existing working hours that hold its two parts.",
                start=_clock(self.hour_from),
                end=_clock(self.hour_to),
            )
        if fault == "break_reversed":
            return self.env._(
                "The break ends at %(end)s, before it starts at %(start)s.",
                start=_clock(self.break_from),
                end=_clock(self.break_to),
            )
        return self.env._(
            "The hours before and after the break overlap: a break from %(start)s to %(end)s does "
            "not lie between %(opens)s and %(closes)s.",
            start=_clock(self.break_from),
            end=_clock(self.break_to),
            opens=_clock(self.hour_from),
            closes=_clock(self.hour_to),
        )

    # ------------------------------------------------------------------ business

    def _get_closed_days(self):
        """(first, last) days on which the desk is closed besides the weekend, both included."""
        return []

    def _get_rest(self):
        return (self.break_from, self.break_to) if self.has_break else None

    def _find_fault(self):
        return desk.find_fault(self.hour_from, self.hour_to, self._get_rest())

    def _get_spans(self):
        return desk.spans_of_day(self.hour_from, self.hour_to, self._get_rest())

    def _get_working_days(self):
        return {number for number, name in enumerate(DAYS) if self[name]}

    def _sort_days(self):
        """Working days, in the order in which the week goes where the user is."""
        first = int(self.env["res.lang"]._get_data(code=self.env.lang or "en_US").week_start or 1)
        return sorted(self._get_working_days(), key=lambda day: (day - first + 1) % 7)

    def _get_time_zone(self):
        if self.hours == "calendar":
            return self.calendar_id.sudo().tz  # sudo: users may not read all hours
        return self.tz or str(self.env.tz)

    def _get_example(self):
        """Working time as it would be, and the instant when a ticket comes in in the examples.

        That is an hour before the weekend begins, where there is one.

        :return: (working time, epoch seconds), or (None, None) as long as the hours are wrong
        """
        now = self.env.cr.now().replace(minute=0, second=0, microsecond=0)
        if self.hours != "day":
            calendar = self.calendar_id if self.hours == "calendar" else self.calendar_id.browse()
            if self.hours == "calendar" and not calendar:
                return None, None
            hours = calendar._origin._get_working_hours(self.company_id._origin)
            return hours, hours.add(epoch(now), 1) - 1
        if self._find_fault() or not self._get_working_days() or not self.tz:
            return None, None
        spans = desk.intervals(
            self._get_working_days(),
            self._get_spans(),
            self.tz,
            now.date(),
            HORIZON,
            self._get_closed_days(),
        )
        if not spans:
            return None, None
        pauses = ((end, start - end) for (_s, end), (start, _e) in pairwise(spans))
        last = next((end for end, pause in pauses if pause >= LONG_PAUSE), spans[0][1])
        return WorkingTime(spans), max(last - 3600, spans[0][0])


def _clock(hour):
    return clock_text(round(hour * 3600))
