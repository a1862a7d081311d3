from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.timing import timing
from .common import OutboxCommon
from .test_timing import JUMPS, MINUTE, read_wall, walk

KEYS = count()


@tagged("post_install", "-at_install")
class TestUsualHour(OutboxCommon):
    """Everybody gets a message in the hour in which he mostly reads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.marketer.company_id
        cls.company.write(
            {
                "quiet_hours": False,
                **{
                    f"send_on_{name}": True
                    for name in (
                        "monday",
                        "tuesday",
                        "wednesday",
                        "thursday",
                        "friday",
                        "saturday",
                        "sunday",
                    )
                },
            }
        )
        cls.company.partner_id.tz = "Europe/Berlin"
        cls.amal.tz, cls.basil.tz, cls.emre.tz = "Asia/Riyadh", "America/New_York", False

    def _read(self, partner, hour, days=3, tz="Asia/Riyadh", kind="open", **values):
        """Somebody looked at that hour of his clock, some days ago."""
        day = fields.Datetime.now().replace(tzinfo=UTC).astimezone(ZoneInfo(tz))
        day -= timedelta(days=days)
        at = datetime(day.year, day.month, day.day, hour, 20, tzinfo=ZoneInfo(tz))
        # sudo: as the ledger writes
        self.env["crm.engagement"].sudo().create(
            {
                "event_key": f"usual:{next(KEYS)}",
                "ts": at.astimezone(UTC).replace(tzinfo=None),
                "kind": kind,
                "actor": "human",
                "partner_id": partner.id,
                "company_id": self.company.id,
                **values,
            }
        )

    def _plan(self, **values):
        """:return: ``{contact: wait of the message}``, and the rows by contact"""
        mailing = self._create_mailing(**{"at_usual_hour": True, **values})
        self.env.flush_all()
        self._launch(mailing)
        return {row.res_id: row for row in self._rows(mailing, "planned")}

    def _assert_hour(self, row, hour, tz):
        self.assertEqual(read_wall(row.due_at, tz).hour, hour)
        self.assertLessEqual(row.due_at, fields.Datetime.now() + timedelta(hours=25))

    def test_the_hour_in_which_each_mostly_reads(self):
        hours = [(read_wall(fields.Datetime.now(), "Asia/Riyadh").hour + n) % 24 for n in (2, 5, 9)]
        for days in (2, 20):
            self._read(self.amal, hours[1], days)
        self._read(self.amal, hours[0], 1)
        self._read(self.basil, hours[2], tz="America/New_York", kind="click")
        rows = self._plan()
        self._assert_hour(rows[self.amal.id], hours[1], "Asia/Riyadh")
        self._assert_hour(rows[self.basil.id], hours[2], "America/New_York")
        self.assertLessEqual(rows[self.emre.id].due_at, fields.Datetime.now(), "nobody knows")

    def test_in_that_hour_it_goes_at_once(self):
        self._read(self.amal, read_wall(fields.Datetime.now(), "Asia/Riyadh").hour)
        before = fields.Datetime.now()
        row = self._plan()[self.amal.id]
        self.assertLessEqual(row.due_at - before, timedelta(minutes=1))

    def test_what_tells_nothing(self):
        """Programs, what was long ago, what is no reading, what another company knows."""
        hour = (read_wall(fields.Datetime.now(), "Asia/Riyadh").hour + 7) % 24
        other = self.env["res.company"].create({"name": "Other"})
        self._read(self.amal, hour, actor="bot")
        self._read(self.amal, hour, actor="unknown")
        self._read(self.amal, hour, days=92)
        self._read(self.amal, hour, kind="bounce_soft")
        self._read(self.amal, hour, company_id=other.id)
        self.assertLessEqual(self._plan()[self.amal.id].due_at, fields.Datetime.now())

    def test_known_by_the_address(self):
        """Events of an address whose contact was not known tell as well, each once."""
        hour = (read_wall(fields.Datetime.now(), "Asia/Riyadh").hour + 4) % 24
        key = self.env["crm.consent"]._hash(self.amal.email_normalized, "email")
        self._read(self.amal, hour, identity_key=key, partner_id=False)
        self._assert_hour(self._plan()[self.amal.id], hour, "Asia/Riyadh")

    def test_only_where_it_is_wanted(self):
        self._read(self.amal, (read_wall(fields.Datetime.now(), "Asia/Riyadh").hour + 7) % 24)
        row = self._plan(at_usual_hour=False)[self.amal.id]
        self.assertLessEqual(row.due_at, fields.Datetime.now())

    def test_quiet_hours_come_after_it(self):
        hour = (read_wall(fields.Datetime.now(), "Asia/Riyadh").hour + 4) % 24
        self._read(self.amal, hour)
        self.company.write(
            {"quiet_hours": True, "quiet_from": hour, "quiet_until": (hour + 2) % 24}
        )
        row = self._plan()[self.amal.id]
        self._assert_hour(row, (hour + 2) % 24, "Asia/Riyadh")
        self.assertEqual(row.reason, "quiet")

    def test_where_the_clock_jumps(self):
        """Against the slow way: minute by minute on the wall (trap 18)."""
        for tz, jump in JUMPS:
            for number in range(-6, 7):
                since = jump + number * 37 * MINUTE
                hour = (read_wall(jump - timedelta(minutes=30), tz).hour + number % 3) % 24
                began = read_wall(since, tz)
                shown = began.replace(hour=hour, minute=0, second=0)
                if began.hour == hour:
                    shown = began
                elif began.hour > hour:
                    shown += timedelta(days=1)
                slow = walk(since, tz, lambda wall: wall >= shown)  # noqa: B023
                at = timing.make_hour(SQL("%s::timestamp", since), SQL("%s", tz), SQL("%s", hour))
                [(found,)] = self.env.execute_query(SQL("SELECT %s", at))
                with self.subTest(tz=tz, since=since, hour=hour):
                    self.assertEqual(found, slow)
