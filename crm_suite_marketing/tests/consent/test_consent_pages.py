import re
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ...controllers import preferences
from .common import ConsentCommon

AMAL = "amal@customer.example.com"


@tagged("post_install", "-at_install")
class TestConsentPages(ConsentCommon, HttpCase):
    """What people see and decide, by the links of mails and in the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def get(self, path, **kwargs):
        return self.url_open(path, **kwargs)

    def post(self, path, page=None, **values):
        token = self.csrf(self.get(page or path.rpartition("/")[0]).text)
        return self.url_open(path, data={"csrf_token": token, **values})

    # ------------------------------------------------------------------ looking

    def test_looking_changes_nothing(self):
        """Programs open links, too (trap 2)."""
        mailing = self._create_mailing(purpose_id=self.news.id)
        path = self.link_to(AMAL, mailing)
        click = self.link_to(AMAL, mailing, "one_click")
        before = self.entries.search_count([])
        self.assertEqual(self.get(path).status_code, 200)
        for address in (path, click, f"{path}/save"):
            self.opener.head(self.base_url() + address)
        # programs that do not know RFC 8058 open the address of one click
        answer = self.get(click, allow_redirects=False)
        self.assertEqual((answer.status_code, answer.headers["Location"]), (303, path))
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertIn("o_consent", self.get(click).text)
        self.assertEqual(self.get(f"{path}/save").status_code, 405)
        self.assertEqual(self.entries.search_count([]), before)

    def test_the_address_says_nothing_and_stays_between_us(self):
        """Core's links name address and record (trap 7)."""
        path = self.link_to(AMAL, self._create_mailing())
        self.assertRegex(path, r"^/consent/[\w-]{44}$")
        response = self.get(path)
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertIn("noindex", response.headers["X-Robots-Tag"])
        self.assertNotIn(AMAL, response.text)

    def test_links_that_nobody_made(self):
        """Nobody makes one up, and each opens one door only (trap 1)."""
        good = self.link_to(AMAL)
        click = self.link_to(AMAL, scope="one_click").removesuffix("/one-click")
        for path in (f"/consent/{'a' * 44}", "/consent/x", f"{good[:-1]}_", click):
            self.assertEqual(self.get(path).status_code, 404, path)
        token = good.rpartition("/")[2]
        self.assertEqual(
            self.url_open(f"/consent/{token}/one-click", data={"a": 1}).status_code, 404
        )
        self.assertEqual(self.get(f"/consent/{token}/one-click").status_code, 404)
        self.assertEqual(self.get(f"/consent/confirm/{token}").status_code, 404)

    # ------------------------------------------------------------------ deciding

    def test_switches(self):
        path = self.link_to(AMAL)
        response = self.post(f"{path}/save", **{f"email_{self.offers.id}": "1", "action": "save"})
        self.assertIn("o_consent_done", response.text)
        self.assertIsNone(self.refusal(AMAL, self.offers))
        self.assertEqual(self.refusal(AMAL, self.news), "withdrawn")
        entry = self.entries_of(AMAL).filtered(lambda one: one.purpose_id == self.offers)
        self.assertEqual((entry.source, entry.text), ("preferences", "Send me offers"))
        self.assertTrue(entry.ip)
        count = len(self.entries_of(AMAL))
        self.post(f"{path}/save", **{f"email_{self.offers.id}": "1", "action": "save"})
        self.assertEqual(len(self.entries_of(AMAL)), count)

    def test_nobody_fills_the_ledger(self):
        """Whoever holds the link of somebody, also his own, could; refusing is always allowed."""
        path, offers = self.link_to(AMAL), {f"email_{self.offers.id}": "1", "action": "save"}
        with patch.object(preferences, "MOST_A_DAY", 3):
            for _again in range(3):
                self.post(f"{path}/save", **offers)
                last = self.post(f"{path}/save", action="save")
            self.assertEqual(self.post(f"{path}/save", **offers).status_code, 429)
            self.assertEqual(self.post(f"{path}/save", action="pause", days="30").status_code, 429)
            self.assertLess(len(self.entries_of(AMAL)), 7)
            self.say(AMAL, "granted", self.offers)
            self.assertEqual(last.status_code, 429)
            self.post(f"{path}/save", action="none")
            self.assertEqual(self.refusal(AMAL, self.offers), "withdrawn")

    def test_without_the_token_of_the_form_nothing_is_saved(self):
        path = self.link_to(AMAL)
        response = self.url_open(f"{path}/save", data={"action": "none"})
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.entries_of(AMAL))

    def test_everything_with_a_reason(self):
        readers = self.make_list("Readers", AMAL)
        path = self.link_to(AMAL)
        self.assertIn("Readers", self.get(path).text)
        self.post(f"{path}/save", action="none", reason="Too  many")
        self.assertEqual(self.refusal(AMAL, self.news), "withdrawn")
        self.assertEqual(self.refusal(AMAL, mailing_lists=readers), "list")
        self.assertEqual(set(self.entries_of(AMAL).mapped("reason")), {"Too many"})
        # the number of the same contact
        self.assertEqual(self.refusal("+32456000001", self.offers, "sms"), "withdrawn")

    def test_pause_and_go_on(self):
        path = self.link_to(AMAL)
        self.post(f"{path}/save", action="pause", days="60")
        self.assertEqual(self.refusal(AMAL, self.news), "paused")
        self.post(f"{path}/save", action="pause", days="9999")
        self.post(f"{path}/save", action="pause", days="60")
        for _again in range(2):
            self.post(f"{path}/save", action="resume")
        self.assertEqual(len(self.entries_of(AMAL)), 2)

    def test_private_purposes_are_not_offered(self):
        self.offers.is_public = False
        self.assertNotIn("Test Offers", self.get(self.link_to(AMAL)).text)
        self.say(AMAL, "granted", self.offers)
        self.assertIn("Test Offers", self.get(self.link_to(AMAL)).text)

    def test_arabic(self):
        text = self.get(f"{self.link_to(AMAL)}?lang=ar_001").text
        self.assertRegex(text, r'<html[^>]*lang="ar')
        self.assertIn("rtl", text)

    # ------------------------------------------------------------------ one click

    def test_one_click(self):
        mailing = self._create_mailing(purpose_id=self.news.id)
        path = self.link_to(AMAL, mailing, "one_click")
        for _again in range(3):
            response = self.url_open(path, data={"List-Unsubscribe": "One-Click"})
            self.assertEqual(response.status_code, 200)
            self.assertNotIn("session_id", response.headers.get("Set-Cookie", ""))
        self.assertEqual(self.refusal(AMAL, self.news), "withdrawn")
        self.assertIsNone(self.refusal(AMAL))
        entry = self.entries_of(AMAL)
        self.assertEqual((len(entry), entry.source), (1, "one_click"))
        self.assertEqual(mailing.unsubscribe_count, 1)
        action = mailing.action_view_unsubscribed()
        self.assertEqual(self.entries.search(action["domain"]), entry)

    def test_one_click_on_a_mailing_to_a_list_leaves_the_list(self):
        readers, others = self.make_list("Readers", AMAL), self.make_list("Others", AMAL)
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "To a list",
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": readers.ids,
            }
        )
        path = self.link_to(AMAL, mailing, "one_click")
        for _again in range(2):
            self.url_open(path, data={"List-Unsubscribe": "One-Click"})
        self.assertEqual(self.refusal(AMAL, mailing_lists=readers), "list")
        self.assertIsNone(self.refusal(AMAL, mailing_lists=others))
        self.assertIsNone(self.refusal(AMAL))
        self.assertEqual(mailing.unsubscribe_count, 1)

    def test_one_click_of_a_mail_that_is_no_mailing(self):
        self.env["crm.suppressed.domain"].create({"domain": "customer.example.com", "reason": "x"})
        path = self.link_to(AMAL, scope="one_click")
        for _again in range(3):
            self.url_open(path, data={"List-Unsubscribe": "One-Click"})
        self.assertEqual(len(self.entries_of(AMAL)), 1)

    def test_one_click_at_a_suppressed_domain_is_noted_once(self):
        self.env["crm.suppressed.domain"].create({"domain": "customer.example.com", "reason": "x"})
        path = self.link_to(AMAL, self._create_mailing(purpose_id=self.news.id), "one_click")
        for _again in range(3):
            self.url_open(path, data={"List-Unsubscribe": "One-Click"})
        self.assertEqual(len(self.entries_of(AMAL)), 1)

    # ------------------------------------------------------------------ core's own doors

    def _core_link(self, mailing, what):
        token = mailing._generate_mailing_recipient_token(self.amal.id, AMAL)
        return (
            f"/mailing/{mailing.id}/{what}?document_id={self.amal.id}&email={AMAL}"
            f"&hash_token={token}"
        )

    def test_core_changes_nothing_either_when_somebody_looks(self):
        """Core unsubscribes whoever opens this link (trap 2)."""
        mailing = self._create_mailing(purpose_id=self.news.id)
        response = self.get(self._core_link(mailing, "unsubscribe"))
        self.assertEqual(response.status_code, 200)
        self.assertFalse(self.entries_of(AMAL))
        self.assertFalse(self.amal.is_blacklisted)
        page = self.csrf(response.text)
        token = mailing._generate_mailing_recipient_token(self.amal.id, AMAL)
        response = self.url_open(
            "/mailing/confirm_unsubscribe",
            data={
                "csrf_token": page,
                "mailing_id": mailing.id,
                "document_id": self.amal.id,
                "email": AMAL,
                "hash_token": token,
            },
        )
        self.assertIn("/consent/", response.url)
        self.assertEqual(self.refusal(AMAL, self.news), "withdrawn")
        self.assertEqual(self.entries_of(AMAL).mailing_id, mailing)

    def test_cores_one_click_is_in_the_ledger(self):
        mailing = self._create_mailing()
        self.url_open(self._core_link(mailing, "unsubscribe_oneclick"), data={"a": "b"})
        self.assertEqual(self.entries_of(AMAL).source, "link")
        self.assertEqual(self.refusal(AMAL), "blacklist")

    def test_text_messages_change_nothing_when_somebody_looks(self):
        """Core unsubscribes whoever opens this link, too (trap 2)."""
        mailing = self._create_mailing(mailing_type="sms", body_plaintext="Hello")
        trace = self.env["mailing.trace"].create(
            {
                "trace_type": "sms",
                "sms_code": "abc",
                "sms_number": "+32456000001",
                "mass_mailing_id": mailing.id,
                "model": "res.partner",
                "res_id": self.amal.id,
            }
        )
        page = f"/sms/{mailing.id}/unsubscribe/{trace.sms_code}?sms_number=%2B32456000001"
        text = self.get(page).text
        self.assertIsNone(self.refusal("+32456000001", None, "sms"))
        self.url_open(
            f"/sms/{mailing.id}/unsubscribe/{trace.sms_code}",
            data={"csrf_token": self.csrf(text), "sms_number": "+32456000001"},
        )
        self.assertEqual(
            self.refusal("+32456000001", None, "sms", use_blacklist=False), "withdrawn"
        )
        self.assertEqual(mailing.unsubscribe_count, 1)

    def _leave_sms(self, mailing, number="+32456000001", **kwargs):
        trace = self.env["mailing.trace"].create(
            {
                "trace_type": "sms",
                "sms_code": "abc",
                "sms_number": number,
                "mass_mailing_id": mailing.id,
                "model": "res.partner",
                "res_id": self.amal.id,
            }
        )
        page = f"/sms/{mailing.id}/unsubscribe/{trace.sms_code}"
        token = self.csrf(self.get(page).text)
        data = {"csrf_token": token, "sms_number": number} if not kwargs else {"csrf_token": token}
        return self.url_open(page, data=data, **kwargs)

    def test_leaving_one_purpose_of_text_messages_leaves_no_other(self):
        mailing = self._create_mailing(
            mailing_type="sms", body_plaintext="Hello", purpose_id=self.offers.id
        )
        self.assertIn("Test Offers", self._leave_sms(mailing).text)
        self.assertEqual(self.refusal("+32456000001", self.offers, "sms"), "withdrawn")
        self.assertIsNone(self.refusal("+32456000001", None, "sms"))

    def test_a_file_is_no_number(self):
        mailing = self._create_mailing(mailing_type="sms", body_plaintext="Hello")
        answer = self._leave_sms(mailing, files={"sms_number": ("x.txt", b"+32456000001")})
        self.assertLess(answer.status_code, 500)

    def test_a_colleague_does_not_see_the_preferences_of_a_customer(self):
        """Core shows mailing users the mail of anybody."""
        body = '<p><a href="/unsubscribe_from_list">Unsubscribe</a></p>'
        mailing = self._create_mailing(body_arch=body, body_html=body)
        self.marketer.password = "consent-view"
        self.authenticate(self.marketer.login, "consent-view")
        for names in (("email", "document_id"), ("email", "res_id")):
            query = f"?{names[0]}={AMAL}&{names[1]}={self.amal.id}"
            text = self.get(f"/mailing/{mailing.id}/view{query}").text
            self.assertIn("unsubscribe", text)
            self.assertNotIn("/consent/", text)
        self.marketer.partner_id.email = AMAL
        page = self.csrf(self.get("/consent/subscribe").text)
        for path in (f"/mailing/{mailing.id}/unsubscribe", "/mailing/confirm_unsubscribe"):
            data = {"csrf_token": page, "mailing_id": mailing.id}
            if "confirm" not in path:
                data = {"csrf_token": page}
            self.assertTrue(self.url_open(path, data=data).url.endswith("/my/consent"), path)

    def test_the_company_of_the_mailing_counts(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        purpose = self.news.copy({"company_id": other.id, "name": "Elsewhere News"})
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Elsewhere",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "purpose_id": purpose.id,
            }
        )
        self.assertIn("Elsewhere News", self.get(self.link_to(AMAL, mailing)).text)

    # ------------------------------------------------------------------ subscribing

    def _subscribe(self, email, *purposes):
        return self.post(
            "/consent/subscribe/send",
            page="/consent/subscribe",
            email=email,
            **{f"purpose_{purpose.id}": "1" for purpose in purposes},
        )

    def _request(self):
        return self.env["crm.consent.request"].search([], limit=1)

    def test_double_opt_in(self):
        response = self._subscribe("New@Customer.example.com", self.double)
        self.assertIn("o_consent_thanks", response.text)
        request = self._request()
        self.assertEqual(self.refusal("new@customer.example.com", self.double), "unconfirmed")
        with self.mock_mail_gateway():
            self.env["mail.mail"]._cron_deliver_once()
        self.assertEqual(request.state, "sent")
        [mail] = self._mails
        self.assertEqual(mail["email_to"], ["new@customer.example.com"])
        path = re.search(r"/consent/confirm/[\w-]{44}", mail["body"])[0]
        self.opener.head(self.base_url() + path)
        text = self.get(path).text
        self.assertIn("o_consent_confirm", text)
        self.assertEqual(self.refusal("new@customer.example.com", self.double), "unconfirmed")
        for _again in range(2):
            self.url_open(f"{path}/yes", data={"csrf_token": self.csrf(text)})
        self.assertIsNone(self.refusal("new@customer.example.com", self.double))
        said = self.entries_of("new@customer.example.com")
        self.assertEqual(said.mapped("state"), ["requested", "granted"])
        self.assertEqual(said[1].source, "confirmation")
        self.assertEqual(said[1].text, "Send me the letter")
        self.assertIn("o_consent_confirmed", self.get(path).text)

    def test_an_old_confirmation_counts_no_more(self):
        self._subscribe(AMAL, self.double)
        request = self._request()
        text = self.get(f"/consent/confirm/{request._get_token()}").text
        request.expires_at -= timedelta(days=30)
        path = f"/consent/confirm/{request._get_token()}"
        self.assertEqual(self.get(path).status_code, 410)
        self.url_open(f"{path}/yes", data={"csrf_token": self.csrf(text)})
        self.assertEqual(self.refusal(AMAL, self.double), "unconfirmed")

    def test_the_page_tells_nobody_who_is_known(self):
        self.say(AMAL, "withdrawn")
        pages = {
            re.search(r"(?s)o_consent_page.*</main>", self._subscribe(email, self.double).text)[0]
            for email in (AMAL, "unknown@example.com", "celine@customer.example.com")
        }
        self.assertEqual(len(pages), 1)
        # whoever has refused stays out until he confirms it himself
        self.assertEqual(self.refusal(AMAL, self.double), "withdrawn")

    def test_only_public_purposes(self):
        self.offers.is_public = False
        self.assertNotIn("Test Offers", self.get("/consent/subscribe").text)
        response = self._subscribe(AMAL, self.offers)
        self.assertEqual(response.status_code, 422)
        self.assertFalse(self.entries_of(AMAL))
        self.assertEqual(self._subscribe("no address", self.double).status_code, 422)
        self.assertEqual(self._subscribe("a\x00b@example.com", self.double).status_code, 422)
        # the languages of the page with the error lead to the form
        self.assertIn('href="/consent/subscribe?lang=ar_001"', response.text)

    def test_nobody_fills_a_mailbox(self):
        for _time in range(5):
            self.assertIn("o_consent_thanks", self._subscribe(AMAL, self.double).text)
        requests = self.env["crm.consent.request"].search([])
        self.assertEqual(sorted(requests.mapped("state")), ["limited"] * 2 + ["waiting"] * 3)
        for number in range(5):
            self._subscribe(f"x{number}@example.com", self.double)
        self.assertEqual(self._subscribe("y@example.com", self.double).status_code, 429)

    # ------------------------------------------------------------------ one's data

    def test_data_goes_to_the_mailbox(self):
        self.say(AMAL, "granted", self.offers, reason="=cmd()")
        path = self.link_to(AMAL)
        self.post(f"{path}/data", page=path)
        request = self._request()
        self.assertEqual((request.kind, request.identity), ("export", AMAL))
        data = f"/consent/data/{request._get_token()}"
        self.assertEqual(self.get(data).status_code, 200)
        record = self.get(f"{data}?format=json").json()
        self.assertEqual(record["history"][0]["text"], "Send me offers")
        self.assertEqual(record["status"][0]["state"], "granted")
        text = self.get(f"{data}?format=csv").content.decode("utf-8-sig")
        self.assertIn("'=cmd()", text)
        request.expires_at -= timedelta(days=3)
        self.assertEqual(self.get(f"{data}?format=json").status_code, 410)

    def test_data_is_not_asked_for_again_and_again(self):
        path = self.link_to(AMAL)
        for _again in range(5):
            self.post(f"{path}/data", page=path)
        requests = self.env["crm.consent.request"].search([("kind", "=", "export")])
        self.assertEqual(requests.mapped("state"), ["waiting"] * 3)
