from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytz

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.timing import timing
from .common import OutboxCommon

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Riyadh", "Australia/Lord_Howe", "Asia/Kolkata")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
MINUTE = timedelta(minutes=1)
# Moments (UTC) at which clocks jump: an hour or half of it, at night and at midnight
JUMPS = (
    ("Europe/Berlin", datetime(2026, 3, 29, 1)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1)),
    ("America/New_York", datetime(2026, 3, 8, 7)),
    ("America/New_York", datetime(2026, 11, 1, 6)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15)),
    ("Asia/Beirut", datetime(2026, 3, 28, 22)),
    ("Asia/Beirut", datetime(2026, 10, 24, 21)),
)


def is_allowed(wall, first, until, days):
    hour = wall.hour + wall.minute / 60
    quiet = (first <= hour < until) if first < until else (hour >= first or hour < until)
    return wall.isoweekday() in days and not quiet


def read_wall(moment, tz):
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(tz)).replace(tzinfo=None)


def walk(moment, tz, is_there):
    """Go on minute by minute; what has begun is not undone by a clock that is set back."""
    began = read_wall(moment, tz)
    while not (is_there(wall := read_wall(moment, tz)) and wall >= began):
        moment += MINUTE
    return moment


@tagged("post_install", "-at_install")
class TestTiming(OutboxCommon):
    """At the local time of the recipient, outside quiet hours, and not too often."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.marketer.company_id
        cls.company.partner_id.tz = "Europe/Berlin"

    def _allow(self, due, tz):
        expression = timing.make_allowed(SQL("%s::timestamp", due), SQL("%s", tz), self.company)
        [(found,)] = self.env.execute_query(SQL("SELECT %s", expression))
        return found

    def _quiet(self, first, until, days=EVERY_DAY):
        names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        self.company.write(
            {
                "quiet_hours": True,
                "quiet_from": first,
                "quiet_until": until,
                **{f"send_on_{name}": number in days for number, name in enumerate(names, 1)},
            }
        )

    def test_the_first_moment_that_is_allowed(self):
        """Against the slow way: go on minute by minute on the wall of the recipient."""
        cases = (
            (21.0, 8.0, EVERY_DAY),
            (0.0, 7.5, [1, 2, 3, 4, 7]),
            (12.0, 13.5, [2]),
            (22.0, 0.0, [5, 6]),
        )
        moments = [datetime(2026, 3, 27, 3) + timedelta(hours=7.3 * n) for n in range(12)]
        moments += [datetime(2026, 10, 24, 3) + timedelta(hours=7.3 * n) for n in range(6)]
        for first, until, days in cases:
            self._quiet(first, until, days)
            for number, moment in enumerate(moments):
                tz = ZONES[number % len(ZONES)]
                moment = moment.replace(microsecond=0, second=0)
                found = self._allow(moment, tz)
                self.assertGreaterEqual(found, moment)
                zone = pytz.timezone(tz)
                wall = pytz.utc.localize(found).astimezone(zone)
                with self.subTest(tz=tz, moment=moment, first=first, days=days):
                    self.assertTrue(is_allowed(wall, first, until, days), wall)
                    if found > moment:
                        before = pytz.utc.localize(found - timedelta(minutes=1)).astimezone(zone)
                        self.assertFalse(is_allowed(before, first, until, days), before)

    def test_quiet_hours_where_the_clock_jumps(self):
        """Against the slow way, through the hour that is missing and the one that is double
        (trap 18).
        """
        cases = (
            (21.0, 2.5, EVERY_DAY),
            (21.0, 1.75, [2, 3, 4, 5, 7]),
            (0.25, 1.25, EVERY_DAY),
            (2.5, 8.0, EVERY_DAY),
        )
        for first, until, days in cases:
            self._quiet(first, until, days)
            for tz, jump in JUMPS:
                moments = [jump + number * 19 * MINUTE for number in range(-20, 10)]
                slow = [
                    walk(one, tz, lambda wall: is_allowed(wall, first, until, days))  # noqa: B023
                    for one in moments
                ]
                allowed = timing.make_allowed(SQL("due.at"), SQL("%s", tz), self.company)
                found = self.env.execute_query(
                    SQL("SELECT %s FROM unnest(%s::timestamp[]) AS due(at)", allowed, moments)
                )
                with self.subTest(tz=tz, jump=jump, first=first, until=until):
                    self.assertEqual([one for [one] in found], slow)

    def test_local_time_where_the_clock_jumps(self):
        """An hour that is missing has come right after; one that is double comes once (trap 18)."""
        for tz, jump in JUMPS:
            for number in range(-12, 13):
                shown = read_wall(jump, tz) + number * 15 * MINUTE
                start = jump - timedelta(hours=5)
                slow = walk(start, tz, lambda wall: wall >= shown)  # noqa: B023
                local = timing.make_local(shown, "UTC", SQL("%s", tz))
                [(found,)] = self.env.execute_query(SQL("SELECT %s", local))
                with self.subTest(tz=tz, shown=shown):
                    self.assertEqual(found, slow)

    def test_wrong_hours_are_refused(self):
        with self.assertRaises(ValidationError):
            self._quiet(9.0, 9.0)
        with self.assertRaises(ValidationError):
            self._quiet(21.0, 8.0, [])

    def test_at_the_local_time_of_the_recipient(self):
        """Nine where the recipient is, on both sides of the change of the clocks (trap 18)."""
        self.amal.tz = "America/New_York"
        self.basil.tz = "Asia/Tokyo"
        self.emre.tz = False
        zone = pytz.timezone("Europe/Berlin")
        day = date(fields.Date.today().year + 1, 3, 20)
        wall = datetime.combine(day, time(9))
        utc = zone.localize(wall).astimezone(pytz.utc).replace(tzinfo=None)
        mailing = self._create_mailing(
            schedule_type="scheduled", schedule_date=utc, at_local_time=True
        )
        mailing.action_put_in_queue()
        mailing._freeze_audience()
        due = {row.record_name: (row.due_at, row.tz) for row in self._rows(mailing, "planned")}
        self.assertEqual(due["Emre"], (utc, "Europe/Berlin"))
        for name, tz in (("Amal", "America/New_York"), ("Basil", "Asia/Tokyo")):
            local = pytz.timezone(tz).localize(wall).astimezone(pytz.utc).replace(tzinfo=None)
            self.assertEqual(due[name], (local, tz))

    def test_recipients_are_fixed_as_soon_as_it_is_time_anywhere(self):
        now = fields.Datetime.now()
        soon, later = (
            self._create_mailing(
                schedule_type="scheduled",
                schedule_date=now + timedelta(hours=hours),
                at_local_time=True,
            )
            for hours in (5, 40)
        )
        plain = self._create_mailing(
            schedule_type="scheduled", schedule_date=now + timedelta(hours=5)
        )
        for mailing in soon + later + plain:
            mailing.action_put_in_queue()
        self._run_core_queue()
        self.assertEqual(
            (soon + later + plain).mapped("state"), ["sending", "in_queue", "in_queue"]
        )

    def test_a_strange_time_zone_is_that_of_the_company(self):
        """Nobody knows when it is night there (trap 18)."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET tz = 'Mars/Olympus' WHERE id = %s", [self.amal.id]
        )
        mailing = self._create_mailing()
        self._launch(mailing)
        row = self._rows(mailing).filtered(lambda one: one.res_id == self.amal.id)
        self.assertEqual((row.tz, row.state), ("Europe/Berlin", "planned"))
        self.assertTrue(row.tz_guessed, "it is told that it is not the contact's own")
        # found out meanwhile
        self.amal.tz = "Asia/Tokyo"
        self._set_state(row, "failed")
        mailing._send_missed()
        self.assertEqual((row.tz, row.tz_guessed, row.state), ("Asia/Tokyo", False, "planned"))

    def test_quiet_hours_put_off_what_is_late(self):
        mailing, loud = self._create_mailing(), self._create_mailing(keeps_quiet_hours=False)
        self._launch(mailing + loud)
        now = fields.Datetime.now()
        hour = pytz.utc.localize(now).astimezone(pytz.timezone("Europe/Berlin")).hour
        self._quiet(float(hour), float((hour + 2) % 24))
        self.env["crm.outbox"]._put_off_quiet(self.company, mailing)
        self.assertTrue(all(row.due_at > now for row in self._rows(mailing, "planned")))
        self.assertTrue(all(row.due_at <= now for row in self._rows(loud, "planned")))
        again = self._create_mailing()
        self._launch(again)
        self.assertTrue(all(row.due_at > now for row in self._rows(again, "planned")))

    def _run_times(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_suite_marketing.ir_cron_keep_times").sudo().method_direct_trigger()

    def test_the_limit_holds_and_lets_go(self):
        self.company.write({"cap_messages": 1, "cap_days": 7})
        first, second, third = (self._create_mailing_to(self.amal) for _number in range(3))
        urgent = self._create_mailing_to(self.amal, keeps_cap=False)
        self._launch(first + second + third)
        self._launch(urgent)
        self.assertEqual(self._results(first), {"Amal": "planned"})
        self.assertEqual(self._results(second), {"Amal": "cap"})
        self.assertEqual(self._rows(second).state, "held")
        self.assertEqual(self._results(urgent), {"Amal": "planned"})
        self.assertEqual(second.state, "sending")
        self._assert_reconciles(second)
        now = fields.Datetime.now()
        self._set_state(self._rows(first) + self._rows(urgent), "sent", sent_at=now)
        self._run_times()
        self.assertEqual(self._rows(second).state, "held")
        long_ago = now - timedelta(days=8)
        self._set_state(self._rows(first) + self._rows(urgent), "sent", sent_at=long_ago)
        self._run_times()
        self.assertEqual(self._rows(second).state, "planned")
        self.assertEqual(self._rows(third).state, "held")

    def test_whoever_waited_too_long_is_left_out(self):
        self.company.write({"cap_messages": 1, "cap_days": 365, "cap_patience": 3})
        first, second = (self._create_mailing_to(self.amal) for _number in range(2))
        self._launch(first + second)
        row = self._rows(second)
        created = fields.Datetime.now() - timedelta(days=4)
        self._set_state(row, "held", create_date=created)
        self._run_times()
        self.assertEqual((row.state, row.reason), ("suppressed", "cap"))
        self.assertEqual(row.trace_id.failure_type, "mail_cap")
        self.assertEqual(second.state, "done")
