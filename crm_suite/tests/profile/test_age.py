from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user

from ..common import CrmSuiteCase


class TestAge(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.env["res.partner"].create(
            [
                {"name": "Born on the leap day", "birthdate": "1996-02-29"},
                {"name": "Born in March", "birthdate": "1996-03-01"},
                {"name": "Born in 1986", "birthdate": "1986-02-28"},
                {"name": "Born this year", "birthdate": "2026-01-02"},
                {"name": "Birthday unknown"},
            ]
        )

    def _find(self, *domain, user=None):
        partners = self.env["res.partner"].with_user(user or self.omar)
        return partners.search([("id", "in", self.people.ids), *domain])

    @freeze_time("2026-02-28 12:00:00")
    def test_age(self):
        self.assertEqual(self.people.with_user(self.omar).mapped("age"), [30, 29, 40, 0, 0])

    @freeze_time("2026-02-28 12:00:00")
    def test_filter_between(self):
        leap, march, older, baby, unknown = self.people
        self.assertEqual(self._find(("age", ">=", 30), ("age", "<=", 40)), leap | older)
        self.assertEqual(self._find(("age", "<", 30)), march | baby)
        self.assertEqual(self._find(("age", ">", 30)), older)
        self.assertEqual(self._find(("age", "=", 30)), leap)
        self.assertEqual(self._find(("age", "in", [29, 40])), march | older)
        self.assertEqual(self._find(("age", "=", False)), unknown)
        self.assertEqual(self._find(("age", "!=", False)), self.people - unknown)
        self.assertEqual(self._find(("age", "!=", 30)), self.people - leap)
        self.assertEqual(self._find(("age", ">", 29.5)), leap | older)

    def test_today_in_the_zone_of_the_reader(self):
        self.omar.tz = "Pacific/Auckland"
        self.sami.tz = "America/Los_Angeles"
        leap = self.people[0]
        with freeze_time("2026-02-27 23:00:00"):
            self.assertEqual(leap.with_user(self.omar).with_context(tz=self.omar.tz).age, 30)
            self.assertEqual(leap.with_user(self.sami).with_context(tz=self.sami.tz).age, 29)

    def test_hostile_ages(self):
        for value in (10**30, -(10**30), float("inf"), 1e-9):
            for operator in ("<", ">", "<=", ">=", "=", "!="):
                self._find(("age", operator, value))
        for value in ("thirty", "'; drop table", float("nan")):
            with self.assertRaises(ValidationError):
                self._find(("age", ">", value))
            with self.assertRaises(ValidationError):
                self._find(("age", "=", value))

    def test_impossible_dates(self):
        for born in ("1899-12-31", "2999-01-01"):
            with self.assertRaises(ValidationError):
                self.people[0].birthdate = born
            with self.assertRaises(ValidationError), Form(self.layla.with_user(self.omar)) as form:
                form.birthdate = born

    def test_form(self):
        with Form(self.layla.with_user(self.alia)) as form:
            form.birthdate = date(1990, 5, 1)
        self.assertEqual(self.layla.birthdate, date(1990, 5, 1))

    def test_import(self):
        partners = self.env["res.partner"].with_user(self.mona)
        result = partners.load(
            ["name", "birthdate"], [["Amal", "1990-05-01"], ["Basim", "1890-05-01"]]
        )
        self.assertFalse(result["ids"])
        self.assertIn("1900", result["messages"][0]["message"])
        result = partners.load(["name", "birthdate"], [["Amal", "1990-05-01"]])
        self.assertEqual(partners.browse(result["ids"]).birthdate, date(1990, 5, 1))

    def test_not_for_everybody(self):
        portal = new_test_user(self.env, "crm_suite_profile_portal", groups="base.group_portal")
        clerk = new_test_user(self.env, "crm_suite_profile_clerk", groups="base.group_user")
        portal.partner_id.birthdate = "1990-05-01"
        for user in (portal, clerk):
            partner = portal.partner_id.with_user(user)
            with self.assertRaises(AccessError):
                partner.read(["birthdate"])
            with self.assertRaises(AccessError):
                partner.search([("age", ">", 20)])
            self.assertNotIn("birthdate", partner.fields_get())
