from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .common import TriggerCommon


@tagged("post_install", "-at_install")
class TestDates(TriggerCommon):
    """Dates of records and their anniversaries, on the clock of the contact."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.partner_id.tz = "Europe/Brussels"
        cls.birth, cls.deadline = (
            cls.env["ir.model.fields"]._get(model, name)
            for model, name in (("res.partner", "birthdate"), ("crm.lead", "date_deadline"))
        )
        cls.env["res.partner"].search([("birthdate", "!=", False)]).birthdate = False

    def _birthday(self, launched_at, **values):
        values = {"amount": 0, "unit": "days"} | values
        return self._start("yearly", launched_at=launched_at, date_field_id=self.birth.id, **values)

    def _at(self, moment, journey, expected):
        with freeze_time(moment):
            self._check_who(journey, expected)

    def test_a_birthday_comes_every_year(self):
        self.amal.birthdate = "1990-03-10"
        self.emre.birthdate = "1990-03-11"
        self.amal.tz = self.emre.tz = "UTC"
        journey = self._birthday(datetime(2025, 3, 1), reentry="ended")
        self._at("2025-03-09 23:00:00", journey, self.env["res.partner"])
        self._at("2025-03-10 00:05:00", journey, self.amal)
        with freeze_time("2025-03-10 01:00:00"):
            self.env["crm.journey.participant"]._exit(self._participants(journey).ids, "by_hand")
        self._at("2025-03-10 12:00:00", journey, self.amal)
        self._at("2026-03-10 00:05:00", journey, self.amal + self.amal + self.emre.browse())

    def test_the_clock_of_the_contact(self):
        self.amal.birthdate = self.emre.birthdate = self.basil.birthdate = "1990-03-10"
        self.amal.tz, self.emre.tz, self.basil.tz = "Asia/Tokyo", "America/New_York", False
        journey = self._birthday(datetime(2025, 3, 1), has_hour=True, at_hour=8.0)
        self._at("2025-03-09 22:00:00", journey, self.env["res.partner"])
        # Tokyo is nine hours ahead
        self._at("2025-03-09 23:01:00", journey, self.amal)
        # who has no zone lives where the company does
        self._at("2025-03-10 07:01:00", journey, self.amal + self.basil)
        # New York has put its clocks on the day before
        self._at("2025-03-10 11:59:00", journey, self.amal + self.basil)
        self._at("2025-03-10 12:01:00", journey, self.amal + self.basil + self.emre)

    def test_a_zone_that_nobody_knows(self):
        self.amal.birthdate = "1990-03-10"
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET tz = 'Moon/Base' WHERE id = %s", [self.amal.id])
        self.env.invalidate_all()
        journey = self._birthday(datetime(2025, 3, 1))
        self._at("2025-03-09 23:01:00", journey, self.amal)

    def test_born_on_29_february(self):
        self.amal.birthdate, self.amal.tz = "1992-02-29", "UTC"
        common, leap = (
            self._birthday(datetime(year, 2, 20), reentry="ended") for year in (2025, 2028)
        )
        self._at("2025-02-27 23:59:00", common, self.env["res.partner"])
        self._at("2025-02-28 00:01:00", common, self.amal)
        self._at("2028-02-28 23:59:00", leap, self.env["res.partner"])
        self._at("2028-02-29 00:01:00", leap, self.amal)

    def test_some_days_before_over_the_turn_of_the_year(self):
        self.amal.birthdate, self.amal.tz = "1990-01-02", "UTC"
        journey = self._birthday(datetime(2025, 12, 1), amount=7, side="before")
        self._at("2025-12-25 23:00:00", journey, self.env["res.partner"])
        self._at("2025-12-26 00:01:00", journey, self.amal)

    def test_nobody_is_congratulated_on_being_born(self):
        self.amal.birthdate, self.amal.tz = "2025-03-10", "UTC"
        journey = self._birthday(datetime(2025, 3, 1))
        self._at("2025-03-10 12:00:00", journey, self.env["res.partner"])

    def test_nights_that_were_missed(self):
        self.amal.birthdate, self.emre.birthdate = "1990-03-10", "1990-03-14"
        self.amal.tz = self.emre.tz = "UTC"
        journey = self._birthday(datetime(2025, 3, 1))
        self._at("2025-03-05 00:00:00", journey, self.env["res.partner"])
        # nobody looked for twelve days: what is a week old is over
        self._at("2025-03-18 00:00:00", journey, self.emre)

    def test_before_the_launch(self):
        self.amal.birthdate, self.amal.tz = "1990-03-10", "UTC"
        journey = self._birthday(datetime(2025, 3, 10, 9))
        self._at("2025-03-10 10:00:00", journey, self.env["res.partner"])

    def test_a_date_of_another_record(self):
        lead, other = self.env["crm.lead"].create(
            [
                {"name": "Tea", "partner_id": self.amal.id, "date_deadline": day}
                for day in ("2025-05-20", "2025-05-25")
            ]
        )
        self.amal.tz = "UTC"
        journey = self._start(
            "date",
            model="crm.lead",
            launched_at=datetime(2025, 5, 1),
            date_field_id=self.deadline.id,
            amount=3,
            unit="days",
            side="before",
            reentry="ended",
        )
        self._at("2025-05-17 00:01:00", journey, lead)
        self.assertEqual(self._participants(journey).entry["date"], "2025-05-20")
        with freeze_time("2025-05-17 01:00:00"):
            self.env["crm.journey.participant"]._exit(self._participants(journey).ids, "by_hand")
        # once for each date
        self._at("2025-05-17 02:00:00", journey, lead)
        # it is put off: that is another date
        lead.date_deadline = "2025-06-20"
        other.active = False
        self._at("2025-06-17 00:01:00", journey, lead + lead)

    def test_hours_after_a_moment(self):
        created = self.env["ir.model.fields"]._get("crm.lead", "date_open")
        lead = self.env["crm.lead"].create({"name": "Tea", "partner_id": self.amal.id})
        # the clocks of Brussels are put on in this night
        lead.date_open = datetime(2025, 3, 29, 23, 30)
        self.amal.tz = "Europe/Brussels"
        hours, days = (
            self._start(
                "date",
                model="crm.lead",
                launched_at=datetime(2025, 3, 1),
                date_field_id=created.id,
                amount=amount,
                unit=unit,
            )
            for amount, unit in ((24, "hours"), (1, "days"))
        )
        # 00:30 of the day after is half past ten in the evening of UTC, an hour earlier
        self._at("2025-03-30 22:29:00", days, lead.browse())
        self._at("2025-03-30 22:31:00", days, lead)
        self._at("2025-03-30 23:29:00", hours, lead.browse())
        self._at("2025-03-30 23:31:00", hours, lead)

    def test_an_hour_that_the_clock_leaves_out(self):
        self.amal.birthdate, self.amal.tz = "1990-03-30", "Europe/Brussels"
        journey = self._birthday(datetime(2025, 3, 1), has_hour=True, at_hour=2.5)
        self._at("2025-03-30 00:59:00", journey, self.env["res.partner"])
        self._at("2025-03-30 01:31:00", journey, self.amal)
        self.assertLess(
            self._participants(journey).entered_at, datetime(2025, 3, 30) + timedelta(hours=3)
        )
