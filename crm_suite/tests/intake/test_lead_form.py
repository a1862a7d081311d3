import re
import time
from unittest.mock import patch

from lxml import html

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...lib import lead_form
from .common import IntakeCase

XSS = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class LeadFormCase(HttpCase, IntakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source, cls.other_source = cls.env["utm.source"].create(
            [{"name": "Fair 2026"}, {"name": "Poster"}]
        )
        cls.form = cls.env["crm.lead.form"].create(
            {
                "name": "Fair",
                "slug": "fair",
                "title": "Ask us",
                "team_id": cls.north.id,
                "company_id": False,
                "source_id": cls.source.id,
                "product_ids": cls.desk.ids,
                "field_ids": [
                    (0, 0, {"name": name, "required": name in ("contact_name", "email_from")})
                    for name in (
                        "contact_name",
                        "partner_name",
                        "email_from",
                        "phone",
                        "country_id",
                        "product_ids",
                        "description",
                        "consent",
                    )
                ],
            }
        )
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.typed = {
            "contact_name": "Nour Salem",
            "partner_name": "Salem Stores",
            "email_from": "nour@salem.example.org",
            "phone": "+966 55 555 0102",
            "product_ids": str(cls.desk.id),
            "description": "Two desks, please.\nSoon.",
            "consent": "1",
        }

    def _get(self, path="/crm/form/fair", **headers):
        return self.url_open(path, headers=headers)

    def _token(self, page=None):
        page = self._get() if page is None else page
        return html.fromstring(page.text).xpath("//input[@name='token']/@value")[0]

    def _send(self, path="/crm/form/fair", token=None, **values):
        """Send the form as a person does who took his time."""
        if token is None:
            token = self._aged_token()
        return self.url_open(path, data={"token": token, **self.typed, **values})

    def _aged_token(self, seconds=60):
        with patch.object(time, "time", return_value=time.time() - seconds):
            return self.form._make_token()

    def _leads(self):
        return self.env["crm.lead"].search([("lead_form_id", "=", self.form.id)])


@tagged("post_install", "-at_install")
class TestLeadForm(LeadFormCase):
    def test_a_visitor_becomes_a_lead(self):
        page = self._get("/crm/form/fair?utm_source=poster")
        self.assertEqual(page.status_code, 200)
        tree = html.fromstring(page.text)
        self.assertEqual(tree.xpath("//input[@name='utm_source']/@value"), ["poster"])
        answer = self._send(utm_source="poster", utm_campaign="unheard of")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("/crm/form/fair/thanks", answer.url)
        lead = self._leads()
        self.assertRecordValues(
            lead,
            [
                {
                    "name": "Fair: Nour Salem",
                    "contact_name": "Nour Salem",
                    "partner_name": "Salem Stores",
                    "email_from": "nour@salem.example.org",
                    "phone": "+966 55 555 0102",
                    "team_id": self.north.id,
                    "user_id": self.nora.id,
                    "source_id": self.other_source.id,
                    "campaign_id": False,
                    "partner_id": False,
                }
            ],
        )
        self.assertEqual(lead.line_ids.product_id, self.desk)
        self.assertIn("Two desks, please.<br>Soon.", lead.description)
        self.assertIn("unheard of", lead.description)
        self.assertFalse(self.env["utm.campaign"].search([("name", "=", "unheard of")]))

    def test_no_cookie_and_no_session_is_needed(self):
        page = self._get()
        self.assertNotIn("session_id", page.headers.get("Set-Cookie", ""))
        self.opener.cookies.clear()
        self.assertIn("thanks", self._send().url)

    def test_errors_are_beside_the_fields_and_nothing_is_lost(self):
        answer = self._send(email_from="no address", phone="call me", contact_name="  ")
        self.assertEqual(answer.status_code, 422)
        tree = html.fromstring(answer.text)
        for name in ("contact_name", "email_from", "phone"):
            [node] = tree.xpath(f"//*[@name='{name}']")
            self.assertEqual(node.get("aria-invalid"), "true")
            self.assertTrue(tree.xpath(f"//*[@id='{name}-error']")[0].text_content().strip())
        self.assertEqual(tree.xpath("//input[@name='email_from']/@value"), ["no address"])
        self.assertIn("Two desks, please.", tree.xpath("//textarea")[0].text)
        self.assertTrue(tree.xpath("//input[@name='product_ids'][@checked]"))
        self.assertTrue(tree.xpath("//input[@name='consent'][@checked]"))
        self.assertFalse(self._leads())
        # the page that comes back can be sent at once
        answer = self._send(token=self._token(answer))
        self.assertIn("thanks", answer.url, answer.text)

    def test_arabic(self):
        page = self._get("/crm/form/fair", **{"Accept-Language": "ar-SA,ar;q=0.9,en;q=0.5"})
        tree = html.fromstring(page.text)
        self.assertEqual(tree.get("dir"), "rtl")
        self.assertTrue(tree.get("lang").startswith("ar"))
        answer = self._send("/crm/form/fair?lang=ar_001", phone="٠٥٥٥٥٥٠١٠٢")
        self.assertIn("lang=ar", answer.url)
        lead = self._leads()
        self.assertEqual(lead.lang_id.code, "ar_001")
        self.assertEqual(lead.phone.replace(" ", ""), "0555550102")
        self.form.lang_ids = self.env["res.lang"]._lang_get("en_US")
        page = self._get("/crm/form/fair", **{"Accept-Language": "ar"})
        self.assertEqual(html.fromstring(page.text).get("dir"), "ltr")

    def test_sent_twice_it_is_one_lead(self):
        token = self._aged_token()
        self._send(token=token)
        again = self._send(token=token, description="Another")
        self.assertIn("thanks", again.url)
        self.assertEqual(len(self._leads()), 1)

    def test_a_known_customer(self):
        deal = self._create_opportunity()
        before = self.layla.read(), self.haddad.read()
        values = {"email_from": "layla@haddad.example.com", "phone": "+49 30 1", "country_id": ""}
        values["phone"] = "+49 30 1234567"
        answer = self._send(**values)
        stranger = self._send(email_from="unknown@example.org")
        # the visitor cannot see whether the address is known
        strip = lambda page: re.sub(r"\d{6,}", "", page.text)
        self.assertEqual(strip(answer), strip(stranger))
        message = deal.message_ids[0]
        self.assertIn("Two desks, please.", message.body)
        self.assertIn("Nobody has checked", message.body)
        self.assertFalse(message.author_id)
        self.assertEqual(message.message_type, "email")
        self.form.join_open = False
        self._send(**values)
        lead = self.env["crm.lead"].search(
            [("lead_form_id", "=", self.form.id), ("partner_id", "=", self.layla.id)]
        )
        self.assertEqual(len(lead), 1)
        self.assertIn("+49 30 1234567", lead.description)
        self.env.invalidate_all()
        ignored = {"write_date", "message_ids", "opportunity_ids", "opportunity_count"}

        def facts(rows):
            return [
                {
                    name: value
                    for name, value in rows[0].items()
                    if name in ("name", "email", "phone", "country_id", "write_date", "lang")
                    and name not in ignored
                }
            ]

        self.assertEqual(
            (facts(self.layla.read()), facts(self.haddad.read())), tuple(map(facts, before))
        )

    def test_closed_and_unknown_forms(self):
        self.form.active = False
        for path in ("/crm/form/fair", "/crm/form/never", "/crm/form/%00", "/crm/form/a%20b"):
            page = self._get(path)
            self.assertEqual(page.status_code, 404, path)
        self.assertEqual(self._send().status_code, 404)
        self.assertFalse(self._leads())

    def test_frames_and_redirect(self):
        self.assertIn("frame-ancestors *", self._get().headers["Content-Security-Policy"])
        self.form.allowed_origins = "https://www.example.com/ https://*.example.org"
        policy = self._get().headers["Content-Security-Policy"]
        self.assertIn(
            "frame-ancestors 'self' https://www.example.com https://*.example.org", policy
        )
        self.form.redirect_url = "https://www.example.com/thanks"
        answer = self.url_open(
            "/crm/form/fair",
            data={"token": self._aged_token(), **self.typed},
            allow_redirects=False,
        )
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(answer.headers["Location"], "https://www.example.com/thanks")

    def test_confirmation_only_when_wanted(self):
        before = self.env["mail.mail"].search([])
        self._send()
        mails = self.env["mail.mail"].search([]) - before
        self.assertNotIn("nour@salem.example.org", mails.mapped("email_to"))
        self.form.write({"confirm_mail": True, "join_open": False})
        self._send(contact_name=XSS)
        mail = self.env["mail.mail"].search([("email_to", "=", "nour@salem.example.org")])
        self.assertEqual(len(mail), 1)
        self.assertNotIn("alert", mail.body_html)

    def test_visits_tell_where_visitors_stop(self):
        for number in range(30):
            token = self._aged_token()
            self._progress(token)
            if number < 20:
                self._progress(token, field="phone")
            if number == 0:
                self._send(token=token)
        self.env.invalidate_all()
        form = self.form.with_user(self.mona)
        self.assertEqual((form.seen_count, form.begun_count, form.sent_count), (30, 20, 1))
        phone = form.field_ids.filtered(lambda field: field.name == "phone")
        self.assertEqual(phone.stop_count, 19)
        self.assertIn("Phone", form.advice)
        self.assertIn("Try fewer", form.advice)

    def _progress(self, token, **values):
        answer = self.url_open("/crm/form/fair/progress", data={"token": token, **values})
        self.assertEqual(answer.status_code, 204)

    def test_queries_of_the_page(self):
        self._get()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self._get()
        self.assertLess(self.env.cr.sql_log_count - before, 40)


@tagged("post_install", "-at_install")
class TestLeadFormAttacks(LeadFormCase):
    def test_what_is_typed_is_text(self):
        answer = self._send(
            contact_name=XSS, email_from="not" + XSS, partner_name=XSS, description=XSS
        )
        self.assertNotIn("<script>alert", answer.text)
        self.assertNotIn("<img src=x", answer.text)
        self.assertNotIn("<script>alert", self._get(f"/crm/form/fair?utm_source={XSS}").text)
        self._send(contact_name=XSS, partner_name=XSS, description=XSS, utm_source=XSS)
        description = self._leads().description
        self.assertNotIn("<script", description)
        self.assertNotIn("<img", description)
        self.assertIn("alert(1)", description)

    def test_nul_controls_and_broken_encodings(self):
        self._send(contact_name="Nour\x00\x07 Sal\u202eem", description=b"\xff\xfe broken \x00")
        lead = self._leads()
        self.assertEqual(lead.contact_name, "Nour Salem")
        self.assertIn("broken", lead.description)

    def test_endless_fields(self):
        answer = self._send(description="x" * 1_000_000, contact_name="y" * 100_000)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("too long", answer.text)
        self.assertLess(len(answer.text), 100_000)
        with mute_logger("odoo.http"):
            answer = self._send(description="x" * 3_000_000)
        self.assertEqual(answer.status_code, 413)
        self.assertFalse(self._leads())

    def test_tokens(self):
        other = self.form.copy({"slug": "other"})
        with patch.object(time, "time", return_value=time.time() - 60):
            foreign = other._make_token()
        good = self._aged_token()
        for token in (
            "",
            "x",
            "1.2.3.4",
            "é" * 10,
            "9" * 5000,
            good[:-1] + ("0" if good[-1] != "0" else "1"),
            good.replace(".", "..", 1),
            foreign,
            self._aged_token(13 * 3600),
            self._aged_token(-60),
        ):
            with self.subTest(token=token[:80]):
                answer = self._send(token=token)
                self.assertEqual(answer.status_code, 400)
                self.assertIn("Two desks, please.", answer.text)
        self.assertFalse(self._leads())
        # what came back can be sent
        self._send(token=self._token(self._send(token=self._aged_token(13 * 3600))))
        self.assertEqual(len(self._leads()), 1)

    def test_robots_fill_in_what_nobody_sees(self):
        answer = self._send(nickname="http://example.net")
        self.assertIn("thanks", answer.url)
        self.assertFalse(self._leads())
        kept = self.env["crm.machine.mail"].search([("reason", "=", "robot")], limit=1)
        self.assertEqual(kept.team_id, self.north)
        self.assertIn("Two desks", kept.body)
        kept.action_make_lead()
        self.assertEqual(kept.lead_id.email_normalized, "nour@salem.example.org")

    def test_floods(self):
        self.form.write({"address_limit": 2, "join_open": False})
        self._send()
        self._send(email_from="b@example.org")
        answer = self._send(email_from="c@example.org")
        self.assertEqual(answer.status_code, 429)
        self.assertTrue(answer.headers["Retry-After"])
        self.assertIn("Two desks, please.", answer.text)
        self.assertEqual(len(self._leads()), 2)
        # only the header of a proxy that the administrator trusts says who it is
        answer = self.url_open(
            "/crm/form/fair",
            data={"token": self._aged_token(), **self.typed},
            headers={"X-Forwarded-For": "192.0.2.7"},
        )
        self.assertEqual(answer.status_code, 429)
        self.form.write({"address_limit": 100, "hour_limit": 2})
        self.assertEqual(self._send().status_code, 429)

    def test_choices_that_are_not_offered(self):
        hidden = self.training
        for values in (
            {"product_ids": str(hidden.id)},
            {"product_ids": [str(self.desk.id), "x"]},
            {"country_id": "999999"},
            {"country_id": "1 OR 1=1"},
        ):
            answer = self._send(**values)
            self.assertEqual(answer.status_code, 422, values)
        self.assertFalse(self._leads())

    def test_arrays_files_and_unknown_parameters(self):
        answer = self._send(
            contact_name=["Nour", "Other"], user_id=str(self.sami.id), active="0", name="x"
        )
        self.assertIn("thanks", answer.url)
        self.assertRecordValues(
            self._leads(), [{"contact_name": "Nour", "user_id": self.nora.id, "active": True}]
        )
        answer = self.url_open(
            "/crm/form/fair",
            data={"token": self._aged_token(), **self.typed, "contact_name": "File"},
            files={"description": ("x.exe", b"MZ")},
        )
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self._leads().filtered(lambda lead: lead.contact_name == "File"))

    @mute_logger("odoo.http")
    def test_wrong_methods(self):
        for path in ("/crm/form/fair", "/crm/form/fair/thanks", "/crm/form/fair/progress"):
            answer = self.opener.put(self.base_url() + path, data=b"x")
            self.assertEqual(answer.status_code, 405)
        self.assertEqual(self._get("/crm/form/fair/progress").status_code, 405)

    def test_progress_counts_no_noise(self):
        for data in (
            {"field": "phone"},
            {"token": "x"},
            {"token": self._aged_token(), "field": "no such field"},
        ):
            self.assertEqual(self.url_open("/crm/form/fair/progress", data=data).status_code, 204)
        visits = self.env["crm.lead.form.visit"].search([("form_id", "=", self.form.id)])
        self.assertEqual(visits.mapped("state"), ["seen"])
        self.assertFalse(visits.last_field)

    def test_an_error_of_ours_keeps_what_was_typed(self):
        Form = type(self.env["crm.lead.form"])
        with (
            patch.object(Form, "_receive", side_effect=RuntimeError("broken")),
            mute_logger("odoo.addons.crm_suite.controllers.lead_form"),
        ):
            token = self._aged_token()
            answer = self._send(token=token)
        self.assertEqual(answer.status_code, 503)
        self.assertIn("Two desks, please.", answer.text)
        # going back or reloading sends the first page again: it is not taken for sent
        self.assertIn("thanks", self._send(token=token).url)
        self.assertEqual(len(self._leads()), 1)


@tagged("post_install", "-at_install")
class TestLeadFormSettings(LeadFormCase):
    def test_settings_that_cannot_work_are_refused(self):
        for values in (
            {"slug": "Fair"},
            {"slug": "a/b"},
            {"slug": "-"},
            {"redirect_url": "javascript:alert(1)"},
            {"redirect_url": "//example.com"},
            {"redirect_url": "https://"},
            {"redirect_url": "https://[broken"},
            {"redirect_url": "https://example.com; script-src *"},
            {"redirect_url": "https://example.com\r\nSet-Cookie: a=b"},
            {"redirect_url": "https://name:secret@example.com"},
            {"allowed_origins": "www.example.com"},
            {"allowed_origins": "https://example.com/page"},
            {"allowed_origins": "https://example.com; script-src *"},
            {"field_ids": [(5, 0, 0), (0, 0, {"name": "contact_name"})]},
            {
                "company_id": self.company.id,
                "product_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Foreign",
                            "company_id": self.env["res.company"].create({"name": "X"}).id,
                        },
                    )
                ],
            },
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(ValidationError),
                self.env.cr.savepoint(),
            ):
                self.form.write(values)

    def test_rights(self):
        form = self.form.with_user(self.omar)
        self.assertTrue(form.url)
        with self.assertRaises(AccessError):
            form.write({"title": "Mine"})
        with self.assertRaises(AccessError):
            form.read(["seen_count"])
        with self.assertRaises(AccessError):
            self.env["crm.lead.form.visit"].with_user(self.omar).search([])
        with self.assertRaises(AccessError):
            self.form.with_user(self.cora).read(["name"])
        self.form.with_user(self.mona).write({"title": "Yours"})
        with self.assertRaises(AccessError):
            self.env["crm.lead.form.visit"].with_user(self.mona).create(
                {"form_id": self.form.id, "key": "x"}
            )

    def test_embed_code(self):
        self.form.title = 'A "quoted" <b>title</b>'
        self.assertIn(f'src="{self.form.url}"', self.form.embed_code)
        self.assertNotIn("<b>", self.form.embed_code)

    def test_the_default_form_works(self):
        form = self.env.ref("crm_suite.lead_form_contact", raise_if_not_found=False)
        if form and form.active:
            page = self._get(f"/crm/form/{form.slug}")
            self.assertEqual(page.status_code, 200)
            self.assertTrue(html.fromstring(page.text).xpath("//input[@name='email_from']"))

    def test_network_addresses(self):
        hash_address = lead_form.hash_address
        self.assertEqual(
            hash_address("s", 1, "2001:db8::1"), hash_address("s", 1, "2001:db8::ffff")
        )
        self.assertNotEqual(hash_address("s", 1, "192.0.2.1"), hash_address("s", 1, "192.0.2.2"))
        self.assertNotEqual(hash_address("s", 1, "192.0.2.1"), hash_address("s", 2, "192.0.2.1"))
