import re
import secrets
import time

from lxml import html

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.crm_suite.lib import lead_form

from .common import SHOP, WebTrackingCommon

PLACES = ("email", "name", "company_name", "function", "phone", "city", "country_id", "description")


class FormCase(WebTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.letter = cls.env["crm.consent.purpose"].create(
            {"name": "Test Letter", "text": "Yes, write to me.", "is_double": False}
        )
        cls.list = cls.env["mailing.list"].create({"name": "Test List"})
        cls.form = cls.env["crm.web.form"].create(
            {
                "name": "Desk Guide",
                "title": "Get the guide",
                "slug": "guide",
                "company_id": cls.env.company.id,
                "progressive_count": 20,
                "address_limit": 100,
                "purpose_id": cls.letter.id,
                "field_ids": [
                    Command.create(
                        {
                            "name": name,
                            "sequence": number,
                            "required": name == "email",
                            "progressive": name not in ("email", "description"),
                        }
                    )
                    for number, name in enumerate(PLACES)
                ],
            }
        )
        cls.amal.write({"phone": False, "country_id": False, "city": "Ghent"})

    def _page_token(self, age=60):
        token = lead_form.Token(self.form.id, int(time.time()) - age, secrets.token_hex(16))
        return lead_form.sign(self.form._get_secret(), token)

    def _get(self, query="", **headers):
        return self.url_open(f"/crm_suite/form/guide{query}", headers=headers)

    def _asked(self, answer):
        tree = html.fromstring(answer.text)
        names = tree.xpath(
            "//div[hasclass('field')]//*[self::input or self::select or self::textarea]/@name"
        )
        return [name for name in names if name != "nickname"]

    def _send(self, headers=None, **values):
        values = {"token": self._page_token()} | values
        answer = self.url_open(
            "/crm_suite/form/guide",
            data={name: value for name, value in values.items() if value is not None},
            headers=headers,
            allow_redirects=False,
        )
        self.env.invalidate_all()
        return answer

    def _posts(self):
        self.env.invalidate_all()
        return self.env["crm.web.form.post"].search([("form_id", "=", self.form.id)], order="id")

    def _contacts(self, email):
        self.env.invalidate_all()
        return self.env["res.partner"].search([("email_normalized", "=", email)])


@tagged("post_install", "-at_install")
class TestForms(FormCase):
    """A stranger, or somebody whom we know, fills in a form of a site."""

    def test_a_stranger_becomes_a_contact(self):
        self.form.category_ids = self.tag
        self.form.mailing_list_ids = self.list
        answer = self._send(email="Nour@Example.org", name="نور", company_name="Salem")
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/crm_suite/form/guide/thanks", answer.headers["Location"])
        contact = self._contacts("nour@example.org")
        self.assertEqual((contact.name, contact.company_name), ("نور", "Salem"))
        self.assertIn(self.tag, contact.category_id)
        self.assertEqual(self.list.contact_ids.email_normalized, "nour@example.org")
        post = self._posts()
        self.assertEqual((post.state, post.partner_id, post.is_new), ("done", contact, True))
        self.assertFalse(post.content)
        event = self._ledger(contact)
        self.assertEqual((event.kind, event.actor), ("form", "human"))
        self.assertEqual(event.evidence["form_id"], self.form.id)
        self.assertEqual(event.evidence["form"], "Desk Guide")
        # not what nobody has agreed to
        self.assertFalse(self.env["crm.consent"].search([("identity", "=", "nour@example.org")]))

    def test_the_page_it_was_sent_from(self):
        self._send(email="nour@example.org", u=f"{SHOP}/guide?id=7")
        self.assertEqual(self._posts().url, f"{SHOP}/guide")
        self.assertEqual(self._ledger(self._contacts("nour@example.org")).page, f"{SHOP}/guide")

    def test_what_we_know_is_not_overwritten(self):
        before = self.amal.name
        self._send(
            email="amal@customer.example.com",
            name="Mallory",
            city="Nowhere",
            phone="+32 456 00 11 22",
            description="<b>Hello</b>",
        )
        self.amal.invalidate_recordset()
        self.assertEqual((self.amal.name, self.amal.city), (before, "Ghent"))
        self.assertEqual(self.amal.phone, "+32 456 00 11 22")
        note = "".join(self.amal.message_ids.mapped("body"))
        for word in ("Mallory", "Nowhere", "Desk Guide", "&lt;b&gt;Hello"):
            self.assertIn(word, note)
        self.assertNotIn("456 00 11 22", note)

    def test_colleagues_are_left_alone(self):
        colleague = self.marketer.partner_id
        colleague.phone = False
        self._send(email=colleague.email, phone="+32 456 00 11 22")
        self.assertFalse(colleague.phone)
        self.assertEqual(self._posts().state, "done")

    def test_the_answer_is_the_same_for_those_we_know(self):
        known = self._send(email="amal@customer.example.com", name="A")
        unknown = self._send(email="nobody@example.org", name="A")
        self.assertEqual(known.status_code, unknown.status_code)
        self.assertEqual(known.headers["Location"], unknown.headers["Location"])

    def test_nothing_is_overwritten_by_sending_twice(self):
        token = self._page_token()
        for _turn in range(2):
            answer = self._send(token=token, email="nour@example.org")
            self.assertEqual(answer.status_code, 303)
        self.assertEqual(len(self._posts()), 1)

    def test_what_is_refused(self):
        for values, status in (
            ({"email": ""}, 422),
            ({"email": "no address"}, 422),
            ({"phone": "call me"}, 422),
            ({"country_id": "99999999"}, 422),
            ({"country_id": "1 or 1=1"}, 422),
            ({"name": "x" * 101}, 422),
            ({"token": "forged"}, 400),
            ({"token": self._page_token(age=0)}, 400),
            ({"token": self._page_token(age=13 * 3600)}, 400),
        ):
            answer = self._send(**({"email": "nour@example.org"} | values))
            self.assertEqual(answer.status_code, status, values)
        self.assertFalse(self._posts())

    def test_other_sites_cannot_send_it(self):
        for origin in ("https://evil.example.com", SHOP, "null", "https://["):
            answer = self._send(email="nour@example.org", headers={"Origin": origin})
            self.assertEqual(answer.status_code, 400)
        answer = self._send(email="nour@example.org", headers={"Origin": self.base_url()})
        self.assertEqual(answer.status_code, 303)

    def test_robots(self):
        answer = self._send(email="nour@example.org", nickname="Bot")
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self._posts().state, "robot")
        self.assertFalse(self._contacts("nour@example.org"))

    def test_floods(self):
        self.form.address_limit = 2
        for number, status in enumerate((303, 303, 429)):
            answer = self._send(email=f"nour{number}@example.org")
            self.assertEqual(answer.status_code, status)
        self.assertIn("Retry-After", answer.headers)

    def test_a_lead(self):
        self.form.write({"create_lead": True, "user_id": self.salesperson.id})
        self._send(email="nour@example.org", name="Nour", description="Six desks <b>")
        lead = self._posts().lead_id
        self.assertEqual(lead.partner_id, self._contacts("nour@example.org"))
        self.assertEqual(lead.user_id, self.salesperson)
        self.assertIn("Six desks &lt;b&gt;", lead.description)

    def test_agreeing(self):
        self._send(email="nour@example.org", consent="1")
        consent = self.env["crm.consent"].search([("identity", "=", "nour@example.org")])
        self.assertEqual((consent.state, consent.purpose_id), ("granted", self.letter))
        entry = self.env["crm.consent.entry"].search([("identity", "=", "nour@example.org")])
        self.assertEqual((entry.text, entry.source), ("Yes, write to me.", "form"))

    def test_who_has_refused_is_asked_by_mail(self):
        self.env["crm.consent"]._withdraw("amal@customer.example.com", "email", source="form")
        self._send(email="amal@customer.example.com", consent="1")
        found = self.env["crm.consent"]._get_refusals(
            ["amal@customer.example.com"], "email", self.letter
        )
        self.assertTrue(found)
        asked = self.env["crm.consent.request"].search(
            [("identity", "=", "amal@customer.example.com")]
        )
        self.assertEqual(asked.purpose_ids, self.letter)

    def test_who_left_a_list_does_not_come_back_by_a_stranger(self):
        self.form.mailing_list_ids = self.list
        self._send(email="nour@example.org")
        row = self.list.subscription_ids
        row.opt_out = True
        self._send(email="nour@example.org")
        self.assertTrue(row.opt_out)
        self.assertEqual(len(self.list.subscription_ids), 1)

    def test_a_page_after_sending_of_our_sites_only(self):
        self.form.redirect_url = f"{SHOP}/thanks"
        answer = self._send(email="nour@example.org")
        self.assertEqual(answer.headers["Location"], f"{SHOP}/thanks")
        for url in ("https://evil.example.com/", "//evil.example.com", "javascript:alert(1)"):
            with self.assertRaises(ValidationError):
                self.form.redirect_url = url

    def test_frames(self):
        policy = self._get().headers["Content-Security-Policy"]
        self.assertIn(f"frame-ancestors 'self' {SHOP}", policy)
        self.site.active = False
        policy = self._get().headers["Content-Security-Policy"]
        self.assertRegex(policy, r"frame-ancestors 'self'(;|$)")

    def test_no_cookies(self):
        for answer in (self._get(), self._send(email="nour@example.org")):
            self.assertNotIn("Set-Cookie", answer.headers)
            self.assertEqual(answer.headers.get("Cache-Control", "no-store"), "no-store")

    def test_arabic_reads_from_the_right(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.form.with_context(lang="ar_001").title = "دليل المكاتب"
        tree = html.fromstring(self._get(**{"Accept-Language": "ar"}).text)
        self.assertEqual(tree.get("dir"), "rtl")
        self.assertEqual(tree.findtext(".//h1"), "دليل المكاتب")
        self.assertEqual(tree.xpath("//input[@name='email']/@dir"), ["ltr"])

    def test_no_such_form(self):
        self.form.active = False
        self.assertEqual(self._get().status_code, 404)
        self.assertEqual(self.url_open("/crm_suite/form/'%20or%201").status_code, 404)

    def test_who_makes_forms(self):
        form = Form(self.env["crm.web.form"].with_user(self.marketer))
        form.name = "Fair"
        form.title = "Meet us"
        with form.field_ids.new() as line:
            line.name = "email"
            line.required = True
        saved = form.save()
        self.assertIn("data-crm-suite-form", saved.embed_code)
        self.assertEqual(saved.copy().field_ids.name, "email")
        with self.assertRaises(AccessError):
            self.form.with_user(self.salesperson).read(["name"])
        with self.assertRaises(AccessError):
            self.env["crm.web.form.post"].with_user(self.marketer).create(
                {"form_id": saved.id, "key": "x", "state": "done"}
            )

    def test_what_a_form_cannot_be(self):
        with self.assertRaises(ValidationError):
            self.form.field_ids.filtered(lambda line: line.name == "email").required = False
            self.form._check_field_ids()
        with self.assertRaises(ValidationError):
            self.form.write({"double_opt_in": True, "purpose_id": False})

    def test_the_timeline_tells_of_forms(self):
        self._send(email="amal@customer.example.com", u=f"{SHOP}/guide")
        page = self.env["crm.timeline"].with_user(self.salesperson)
        rows = page.get_page("res.partner", self.amal.id, sources=["web_form"])["rows"]
        self.assertEqual([row["title"] for row in rows], ["Desk Guide"])

    def test_erasure(self):
        self._send(email="amal@customer.example.com", name="Amal")
        self.env["crm.consent"].sudo()._erase("amal@customer.example.com", "email", "asked")
        self.assertFalse(self._posts())


@tagged("post_install", "-at_install")
class TestConfirmedForms(FormCase):
    """Nothing is done before the link of the e-mail was followed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form.write({"double_opt_in": True, "mailing_list_ids": cls.list.ids})

    def _confirm(self):
        token = self._posts()[-1].request_id._get_token()
        page = f"/consent/confirm/{token}"
        self.assertEqual(self.url_open(page).status_code, 200)
        tree = html.fromstring(self.url_open(page).text)
        [csrf] = tree.xpath("//form//input[@name='csrf_token']/@value")[:1]
        answer = self.url_open(f"{page}/yes", data={"csrf_token": csrf})
        self.assertEqual(answer.status_code, 200)

    def test_first_the_mail(self):
        with self.mock_mail_gateway():
            answer = self._send(email="nour@example.org", name="Nour", consent="1")
        self.assertEqual(answer.status_code, 303)
        self.assertFalse(self._contacts("nour@example.org"))
        self.assertFalse(self.list.contact_ids)
        post = self._posts()
        self.assertEqual(post.state, "waiting")
        self._confirm()
        contact = self._contacts("nour@example.org")
        self.assertEqual(contact.name, "Nour")
        self.assertEqual(self.list.contact_ids.email_normalized, "nour@example.org")
        consent = self.env["crm.consent"].search([("identity", "=", "nour@example.org")])
        self.assertEqual(consent.state, "granted")
        self.assertEqual(len(self._ledger(contact, "form")), 1)

    def test_without_agreeing_nothing_is_sent(self):
        self.assertEqual(self._send(email="nour@example.org").status_code, 422)
        self.assertFalse(self._posts())

    def test_who_has_proved_it_corrects_what_we_know(self):
        with self.mock_mail_gateway():
            self._send(email="amal@customer.example.com", city="Bruges", consent="1")
        self.assertEqual(self.amal.city, "Ghent")
        self._confirm()
        self.amal.invalidate_recordset()
        self.assertEqual(self.amal.city, "Bruges")

    def test_only_what_was_confirmed_counts(self):
        """Somebody else has typed the same address: his values do not come with it."""
        with self.mock_mail_gateway():
            self._send(email="amal@customer.example.com", city="Evil", consent="1")
            self._send(email="amal@customer.example.com", city="Bruges", consent="1")
        self._confirm()
        self.amal.invalidate_recordset()
        self.assertEqual(self.amal.city, "Bruges")
        self.assertEqual(self._posts().mapped("state"), ["waiting", "done"])

    def test_nobody_fills_a_mailbox(self):
        with self.mock_mail_gateway():
            for _turn in range(5):
                answer = self._send(email="amal@customer.example.com", consent="1")
                self.assertEqual(answer.status_code, 303)
        asked = self.env["crm.consent.request"].search([("purpose_ids", "in", self.letter.ids)])
        self.assertEqual(len(asked), 5)
        self.assertEqual(len(asked.filtered(lambda one: one.state != "limited")), 3)

    def test_the_thanks_name_the_mail(self):
        text = self.url_open("/crm_suite/form/guide/thanks").text
        self.assertTrue(re.search("e-mail that we have sent", text))


@tagged("post_install", "-at_install")
class TestProgressiveForms(FormCase):
    """Who came by a link of a mail is asked what we do not know, and shown nothing of the rest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form.progressive_count = 2

    def test_a_stranger(self):
        asked = self._asked(self._get())
        self.assertEqual(asked, ["email", "name", "company_name", "description", "consent"])

    def test_who_is_known_by_a_link(self):
        answer = self._get(f"?cst={self._token(self.to_amal)}")
        # his name and city are known
        self.assertEqual(
            self._asked(answer), ["company_name", "function", "description", "consent"]
        )
        for secret in ("Amal", "amal@", "Ghent"):
            self.assertNotIn(secret, answer.text)
        [who] = html.fromstring(answer.text).xpath("//input[@name='who']/@value")
        self._send(who=who, company_name="Desks Ltd", function="Buyer")
        self.amal.invalidate_recordset()
        self.assertEqual((self.amal.company_name, self.amal.function), ("Desks Ltd", "Buyer"))
        self.assertEqual(self._posts().partner_id, self.amal)
        # the next two
        answer = self._get(f"?cst={self._token(self.to_amal)}")
        self.assertEqual(self._asked(answer), ["phone", "country_id", "description", "consent"])

    def test_who_is_known_by_his_browser(self):
        self._call(self._event(), token=self._token(self.to_amal))
        asked = self._asked(self._get(f"?v={self.visitor_key}"))
        self.assertNotIn("email", asked)
        self.assertIn("email", self._asked(self._get(f"?v={secrets.token_hex(16)}")))

    def test_typing_an_address_makes_nobody_known(self):
        """Else anybody could find out what we know of an address."""
        self._call(self._event())
        self._send(email="amal@customer.example.com", v=self.visitor_key)
        visitor = self._known()
        self.assertEqual((visitor.partner_id, visitor.identified_by), (self.amal, "form"))
        strangers = self._asked(self._get())
        self.assertEqual(self._asked(self._get(f"?v={self.visitor_key}")), strangers)

    def test_a_form_tells_later_than_a_link(self):
        self._call(self._event(path="/by-amal"), token=self._token(self.to_amal))
        self._send(email="faris@customer.example.com", v=self.visitor_key)
        self.assertEqual(self._known().partner_id, self.faris)
        # and a link does not turn it back
        self._call(self._event(path="/by-faris"), token=self._token(self.to_amal))
        self.assertEqual(self._known().partner_id, self.faris)
        self.assertEqual(self._ledger(self.amal, "visit").page, f"{SHOP}/by-amal")
        self.assertEqual(self._ledger(self.faris, "visit").page, f"{SHOP}/by-faris")

    def test_a_form_joins_what_was_looked_at_before(self):
        self._call(self._event(path="/before"))
        self._send(email="nour@example.org", v=self.visitor_key)
        contact = self._contacts("nour@example.org")
        self.assertEqual(self._ledger(contact, "visit").page, f"{SHOP}/before")

    def test_who_is_signed(self):
        self._send(who=f"{self.form.id}.{self.amal.id}", phone="+32 456 00 11 22")
        self.assertFalse(self._posts())
        other = self.form.copy({"slug": "other"})
        self.assertEqual(
            self._send(who=other._sign_who(self.amal), phone="+32 456 00 11 22").status_code, 422
        )
        self.assertFalse(self.amal.phone)

    def test_links_to_the_form_itself_get_a_mark(self):
        url = f"{self.form.url}?lang=en_US"
        marked = self.env["crm.web.site"]._mark_link(url, self.to_amal)
        self.assertIn("cst=", marked)
        self.assertNotIn("cst=", self.env["crm.web.site"]._mark_link(self.base_url(), self.to_amal))
