from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import SHOP, WebTrackingCommon


@tagged("post_install", "-at_install")
class TestVisitsKept(WebTrackingCommon):
    """Who sees visits, how long they stay, and what becomes of them with their contact."""

    def _age(self, days):
        for table, column in (("crm_web_visit", "ts"), ("crm_web_visitor", "last_seen")):
            self.env.cr.execute(
                f"UPDATE {table} SET {column} = {column} - %s * interval '1 day'"
                " WHERE site_id = %s",
                [days, self.site.id],
            )
        self.env.invalidate_all()

    def _forget(self):
        job = self.env.ref("crm_suite_marketing.ir_cron_web_strangers")
        job.sudo().method_direct_trigger()
        self.env.invalidate_all()

    def test_strangers_are_forgotten_in_time(self):
        self._call(self._event())
        self._age(89)
        self._forget()
        self.assertTrue(self._visits())
        self._age(2)
        self._forget()
        self.assertFalse(self._visits())
        self.assertFalse(self._known())

    def test_contacts_are_not_forgotten(self):
        self._call(self._event(), token=self._token(self.to_amal))
        self._age(400)
        self._forget()
        self.assertTrue(self._visits())
        self.assertEqual(self._known().partner_id, self.amal)

    def test_erasure(self):
        self._call(self._event(), token=self._token(self.to_amal))
        self._call(self._event(path="/secret-page"))
        Consent = self.env["crm.consent"].with_user(self.manager).sudo()
        record = Consent._get_record([(self.to_amal.identity, "email")])
        self.assertIn(f"{SHOP}/secret-page", str(record["page_visits"]))
        Consent._erase(self.to_amal.identity, "email", "asked by letter")
        self.assertFalse(self._visits())
        self.assertFalse(self._known())
        self.env.cr.execute(
            "SELECT count(*) FROM crm_engagement WHERE evidence::text LIKE '%secret-page%'"
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_merge_of_contacts(self):
        self._call(self._event(), token=self._token(self.to_amal))
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.amal + self.faris).ids, self.faris)
        self.assertEqual(self._known().partner_id, self.faris)
        self.assertEqual(self._visits().partner_id, self.faris)
        self.assertEqual(len(self._ledger(self.faris)), 1)
        self._call(self._event())
        self.assertEqual(len(self._ledger(self.faris)), 2)

    def test_a_contact_that_is_deleted(self):
        contact = self.env["res.partner"].create({"name": "Gone", "email": "gone@example.com"})
        delivery = self._deliver(contact)
        self._call(self._event(), token=self._token(delivery))
        delivery.partner_id = False
        contact.unlink()
        self.assertFalse(self._known().partner_id)

    def test_the_timeline_tells_of_days(self):
        self._call(
            self._event(path="/a", title="Desks"),
            self._event(path="/b", title="Chairs"),
            token=self._token(self.to_amal),
        )
        timeline = self.env["crm.timeline"].with_user(self.salesperson)
        page = timeline.get_page("res.partner", self.amal.id)
        [row] = [one for one in page["rows"] if one["source"] == "web_visit"]
        self.assertIn("2", row["title"])
        self.assertIn("Shop", row["title"])
        self.assertIn("Chairs", row["preview"])

    def test_rights(self):
        self._call(self._event())
        for model in ("crm.web.visit", "crm.web.visitor", "crm.web.site"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.salesperson).search([])
        self.assertTrue(
            self.visits.with_user(self.marketer).search([("id", "in", self._visits().ids)])
        )
        with self.assertRaises(AccessError):
            self._visits().with_user(self.manager).write({"url": "https://x.example"})
        with self.assertRaises(AccessError):
            self.site.with_user(self.marketer).write({"name": "Mine"})
        with self.assertRaises(AccessError):
            self._known().with_user(self.manager).read(["key_hash"])
        with self.assertRaises(AccessError):
            self.env["crm.web.call"].with_user(self.manager).search([])

    def test_companies_see_their_own(self):
        self._call(self._event())
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.marketer.copy(
            {"login": "elsewhere", "company_ids": [(6, 0, other.ids)], "company_id": other.id}
        )
        for model in ("crm.web.visit", "crm.web.visitor", "crm.web.site"):
            self.assertFalse(
                self.env[model]
                .with_user(stranger)
                .search([("company_id", "=", self.env.company.id)])
            )

    def test_a_manager_makes_a_site(self):
        form = Form(self.env["crm.web.site"].with_user(self.manager))
        form.name = "Blog"
        form.allowed_origins = "https://blog.example.com"
        site = form.save()
        self.assertEqual(site.consent_mode, "none")
        self.assertRegex(site.key, "^[0-9a-f]{32}$")
        self.assertNotEqual(site.copy().key, site.key)

    def test_what_a_site_cannot_be(self):
        for values in (
            {"allowed_origins": "shop.example.com"},
            {"allowed_origins": " "},
            {"allowed_origins": "https://shop.example.com/page"},
            {"consent_cookie": "yes"},
            {"consent_cookie": "a=b; c"},
            {"consent_global": "alert(1)"},
        ):
            with self.assertRaises(ValidationError, msg=str(values)):
                self.site.write(values)

    def test_a_site_with_visitors_stays_with_its_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.site.copy().company_id = other
        self._call(self._event())
        with self.assertRaises(UserError):
            self.site.company_id = other

    def test_numbers_of_a_site(self):
        self._call(self._event(), self._event())
        self.site.invalidate_recordset()
        self.assertEqual((self.site.visit_count, self.site.visitor_count), (2, 1))
        self.assertGreater(self.site.last_seen, fields.Datetime.now() - timedelta(minutes=5))
