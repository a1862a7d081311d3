from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ...lib import schedule
from ...models.journey_engine.clock import make_anniversary, make_due

ZONES = (
    "UTC",
    "Europe/Brussels",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "Asia/Riyadh",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "America/St_Johns",
)
# around these the clocks of some of the zones are changed
CHANGES = (
    datetime(2026, 3, 29, 1),
    datetime(2026, 10, 25, 1),
    datetime(2026, 3, 8, 7),
    datetime(2026, 11, 1, 6),
    datetime(2026, 4, 23, 22),
    datetime(2026, 10, 29, 21),
    datetime(2026, 10, 3, 15, 30),
    datetime(2026, 4, 4, 15),
    datetime(2028, 2, 29, 12),
)
ANY = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)
NEAR = st.tuples(
    st.sampled_from(CHANGES), st.integers(-3 * 24 * 60, 3 * 24 * 60), st.integers(0, 59)
).map(lambda parts: parts[0] + timedelta(minutes=parts[1], seconds=parts[2]))
AMOUNTS = st.one_of(
    st.tuples(st.integers(-3000, 3000), st.sampled_from(("minutes", "hours"))),
    st.tuples(st.integers(-40, 40), st.sampled_from(("days", "weeks"))),
    st.tuples(st.integers(-30, 30), st.just("months")),
)
HOURS = st.one_of(st.none(), st.integers(0, 95).map(lambda quarter: quarter / 4))
DAYS = st.one_of(st.just(()), st.sets(st.integers(1, 7), min_size=1).map(sorted))


@tagged("post_install", "-at_install")
class TestSchedule(TransactionCase):
    def test_the_end_of_the_month_and_leap_days(self):
        utc = ZoneInfo("UTC")
        for start, amount, unit, expected in (
            ("2026-01-31 10:00:00", 1, "months", "2026-02-28 10:00:00"),
            ("2028-01-31 10:00:00", 1, "months", "2028-02-29 10:00:00"),
            ("2028-02-29 10:00:00", 12, "months", "2029-02-28 10:00:00"),
            ("2026-03-31 10:00:00", -1, "months", "2026-02-28 10:00:00"),
            ("2026-12-31 10:00:00", 2, "weeks", "2027-01-14 10:00:00"),
        ):
            due = schedule.get_due(datetime.fromisoformat(start), amount, unit, utc)
            self.assertEqual(str(due), expected)
        self.assertEqual(schedule.get_anniversary(date(2000, 2, 29), 2026), date(2026, 2, 28))
        self.assertEqual(schedule.get_anniversary(date(2000, 2, 29), 2028), date(2028, 2, 29))

    def test_hours_that_the_clock_skips_or_shows_twice(self):
        brussels = ZoneInfo("Europe/Brussels")
        for start, hour, expected in (
            # 02:30 is skipped: right after the gap, which is 03:00
            ("2026-03-28 12:00:00", 2.5, "2026-03-29 01:00:00"),
            # 02:30 comes twice: the first
            ("2026-10-24 12:00:00", 2.5, "2026-10-25 00:30:00"),
            # for whoever comes between the two, the second
            ("2026-10-25 01:10:00", 2.5, "2026-10-25 01:30:00"),
            ("2026-07-01 12:00:00", 9.0, "2026-07-02 07:00:00"),
        ):
            due = schedule.get_due(datetime.fromisoformat(start), 0, "days", brussels, hour)
            self.assertEqual(str(due), expected)

    def test_who_means_never(self):
        zone, last = ZoneInfo("Asia/Tokyo"), schedule.LATEST
        for start, amount, unit in (
            (date(9999, 12, 31), 2, "months"),
            (date(9999, 12, 31), 0, "days"),
            (datetime(9999, 12, 31, 23, 59), 1, "days"),
            (datetime(2026, 1, 1), 100_000, "months"),
        ):
            with self.subTest(start=start, amount=amount):
                self.assertEqual(schedule.get_due(start, amount, unit, zone), last)
                is_date = not isinstance(start, datetime)
                start = SQL("%s::date" if is_date else "%s::timestamp", start)
                due = make_due(start, amount, unit, SQL("'Asia/Tokyo'"), is_date=is_date)
                [[found]] = self.env.execute_query(SQL("SELECT %s", due))
                self.assertEqual(found, last)
        self.assertEqual(schedule.get_due(date(1, 1, 1), -3, "days", zone), datetime.min)
        self.assertEqual(schedule.get_hour_seconds(1e308), 24 * 3600 - 60)

    def test_a_day_is_a_day_of_the_clock(self):
        start, zone = datetime(2026, 3, 28, 11), ZoneInfo("Europe/Brussels")
        self.assertEqual(schedule.get_due(start, 1, "days", zone), datetime(2026, 3, 29, 10))
        self.assertEqual(schedule.get_due(start, 24, "hours", zone), datetime(2026, 3, 29, 11))

    def test_working_days(self):
        friday, zone = datetime(2026, 3, 6, 11), ZoneInfo("UTC")
        due = schedule.get_due(friday, 1, "days", zone, days=(1, 2, 3, 4, 5))
        self.assertEqual(due, datetime(2026, 3, 9, 11))
        due = schedule.get_due(friday, 0, "days", zone, hour=9, days=(7,))
        self.assertEqual(due, datetime(2026, 3, 8, 9))

    @settings(max_examples=300, deadline=None)
    @given(st.one_of(ANY, NEAR), AMOUNTS, st.sampled_from(ZONES), HOURS, DAYS)
    def test_what_a_wait_promises(self, start, amount, name, hour, days):
        """Asked of the answer alone, whatever way led to it."""
        number, unit = amount
        zone = ZoneInfo(name)
        due = schedule.get_due(start, number, unit, zone, hour, days)
        wall = schedule.get_wall(due, zone)
        if number >= 0:
            self.assertGreaterEqual(due, start)
        before = schedule.get_wall(due - timedelta(seconds=1), zone)
        is_after_gap = wall - before > timedelta(seconds=1)
        if hour is not None and not is_after_gap:
            self.assertEqual((wall.hour + wall.minute / 60, wall.second), (hour, 0))
        if days:
            self.assertIn(wall.isoweekday(), days)

    @settings(max_examples=30, deadline=None)
    @given(st.data())
    def test_the_database_says_the_same(self, data):
        """Many moments with one statement: what differs is the same for all of them."""
        number, unit = data.draw(AMOUNTS)
        hour, days = data.draw(HOURS), data.draw(DAYS)
        is_date = data.draw(st.booleans())
        starts = data.draw(
            st.lists(
                st.tuples(st.one_of(ANY, NEAR), st.sampled_from(ZONES)), min_size=1, max_size=60
            )
        )
        start = SQL("given.at::date") if is_date else SQL("given.at")
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM unnest(%s::timestamp[], %s::text[])"
                " WITH ORDINALITY AS given(at, tz, place) ORDER BY given.place",
                make_due(start, number, unit, SQL("given.tz"), hour, days, is_date=is_date),
                [moment for moment, _name in starts],
                [name for _moment, name in starts],
            )
        )
        for (moment, name), [due] in zip(starts, rows, strict=True):
            begun = moment.date() if is_date else moment
            expected = schedule.get_due(begun, number, unit, ZoneInfo(name), hour, days)
            self.assertEqual(due, expected, (begun, number, unit, name, hour, days))

    @settings(max_examples=50, deadline=None)
    @given(st.dates(date(1920, 1, 1), date(2030, 1, 1)), st.integers(1950, 2050))
    def test_anniversaries(self, day, year):
        [[found]] = self.env.execute_query(
            SQL("SELECT %s", make_anniversary(SQL("%s::date", day), SQL("%s", year)))
        )
        self.assertEqual(found, schedule.get_anniversary(day, year))
        self.assertEqual((found.year, found.month), (year, day.month))
