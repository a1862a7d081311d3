import time
from unittest.mock import patch

from lxml import html

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import HelpdeskCommon

PNG = b"\x89PNG\r\n\x1a\n"
EVIL = '"><script>alert(1)</script>'


class TicketFormCommon(HelpdeskCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.category = cls.env["crm.ticket.category"].create({"name": "Printing"})
        cls.form = cls.env["crm.ticket.form"].create(
            {
                "name": "Shop",
                "slug": "shop",
                "title": "Ask us",
                "team_id": cls.team.id,
                "consent": "I agree.",
                "ask_reference": "optional",
                "category_ids": cls.category.ids,
            }
        )
        cls.typed = {
            "contact_name": "Nour Salem",
            "email_from": "Nour@salem.example.org",
            "phone": "+966 55 555 0102",
            "reference": "S00042",
            "category_id": str(cls.category.id),
            "subject": "It does not print",
            "description": "Nothing comes out.\n<b>Help</b>",
            "consent": "1",
        }

    def aged_token(self, seconds=60):
        with patch.object(time, "time", return_value=time.time() - seconds):
            return self.form._make_token()

    def send(self, path="/support/shop", token=None, files=(), **values):
        return self.url_open(
            path,
            data={"token": token or self.aged_token(), **self.typed, **values},
            files=[("attachments", file) for file in files] or None,
        )

    def tickets(self):
        return self.env["crm.ticket"].search([("form_id", "=", self.form.id)])


@tagged("post_install", "-at_install")
class TestTicketForm(TicketFormCommon):
    """Strangers ask for help on a page that anybody can open."""

    def test_a_stranger_becomes_a_ticket_with_a_number(self):
        answer = self.send(files=[("a.png", PNG, "image/png")])
        self.assertEqual(answer.status_code, 200)
        ticket = self.tickets()
        self.assertRecordValues(
            ticket,
            [
                {
                    "name": "It does not print",
                    "team_id": self.team.id,
                    "channel": "form",
                    "category_id": self.category.id,
                    "email_from": "nour@salem.example.org",
                    "phone": "+966 55 555 0102",
                    "partner_id": False,
                    "stage_type": "new",
                    "waiting_on": "us",
                }
            ],
        )
        self.assertIn(ticket.number, answer.text)
        self.assertIn("S00042", ticket.description)
        self.assertIn("&lt;b&gt;Help", ticket.description)
        self.assertIn("Nobody has checked", ticket.description)
        message = ticket.message_ids.filtered(ticket._is_public_message)
        self.assertEqual(message.email_from, "nour@salem.example.org")
        self.assertFalse(message.author_id)
        self.assertEqual(message.attachment_ids.name, "a.png")
        self.assertTrue(ticket.last_customer_message_at)

    def test_the_customer_is_told_once_that_it_came_in(self):
        with patch.object(self.registry["crm.ticket"], "_customer_opened", autospec=True) as opened:
            self.send()
        self.assertEqual(len(opened.mock_calls), 1)

    def test_nobody_learns_who_is_a_customer(self):
        answers = {}
        for email in ("nobody@nowhere.example.org", self.customer.email, self.agent.email):
            answer = self.send(email_from=email)
            number = self.tickets()[0].number if self.tickets() else ""
            answers[email] = answer.text.replace(self.tickets().sorted("id")[-1].number, "")
            self.assertTrue(number)
        self.assertEqual(len(set(answers.values())), 1)
        tickets = self.tickets().sorted("id")
        self.assertEqual(
            [ticket.partner_id for ticket in tickets],
            [self.env["res.partner"], self.customer, self.env["res.partner"]],
        )
        # what was typed changes nothing that is known
        self.assertFalse(self.customer.phone)
        self.assertEqual(tickets[1].phone, "+966 55 555 0102")
        self.assertFalse(any(tickets.mapped("first_response_at")))

    def test_an_address_of_two_customers_is_nobodys(self):
        self.env["res.partner"].create(
            [{"name": name, "email": "shared@example.org"} for name in ("One", "Two")]
        )
        self.send(email_from="shared@example.org")
        self.assertFalse(self.tickets().partner_id)

    def test_sent_twice_it_is_one_ticket(self):
        token = self.aged_token()
        first, second = self.send(token=token), self.send(token=token, subject="Again")
        self.assertEqual(len(self.tickets()), 1)
        self.assertIn(self.tickets().number, second.text)
        self.assertEqual(first.url, second.url)

    def test_the_number_is_for_whoever_sent_it(self):
        self.send()
        for key in ("", "0" * 32, "%00", "a" * 9999, "é"):
            page = self.url_open("/support/shop/thanks", params={"key": key})
            self.assertNotIn(self.tickets().number, page.text)
        other = self.form.copy({"slug": "other"})
        key = self.env["crm.ticket.form.entry"].search([("form_id", "=", self.form.id)]).key
        page = self.url_open(f"/support/{other.slug}/thanks", params={"key": key})
        self.assertNotIn(self.tickets().number, page.text)

    def test_errors_are_beside_the_fields_and_nothing_is_lost(self):
        answer = self.send(email_from="no address", subject=" ", consent="", category_id="999")
        self.assertEqual(answer.status_code, 422)
        tree = html.fromstring(answer.text)
        for name in ("email_from", "subject", "consent", "category_id"):
            self.assertTrue(tree.xpath(f"//*[@id='{name}-error']"), name)
        self.assertIn("Nothing comes out.", tree.xpath("//textarea")[0].text)
        self.assertFalse(self.tickets())
        token = tree.xpath("//input[@name='token']/@value")[0]
        self.assertIn("/thanks", self.send(token=token).url)

    def test_hostile_values(self):
        for values in (
            {"subject": EVIL, "description": EVIL, "contact_name": EVIL, "reference": EVIL[:50]},
            {"subject": "a\x00b\u202ec", "description": "x\x00y\ud800"[:3]},
        ):
            answer = self.send(**values)
            self.assertIn("/thanks", answer.url)
            ticket = self.tickets().sorted("id")[-1]
            self.assertNotIn("<script", ticket.description)
            self.assertNotIn("\x00", ticket.name)
        for values in ({"subject": "x" * 201}, {"description": "x" * 5001}, {"phone": "call me"}):
            self.assertEqual(self.send(**values).status_code, 422)

    def test_files_that_are_not_taken(self):
        for file in (
            ("evil.html", b"<script>", "text/html"),
            ("evil.svg", b"<svg/>", "image/svg+xml"),
            ("a.png.exe", b"MZ", "image/png"),
            ("no_type", b"x", "image/png"),
        ):
            answer = self.send(files=[file])
            self.assertEqual(answer.status_code, 422, file[0])
            self.assertIn(file[0], answer.text)
        self.assertEqual(
            self.send(files=[(f"{n}.png", PNG, "image/png") for n in range(6)]).status_code, 422
        )
        self.send(files=[("..\\..\\x/../a.png", PNG, "image/png")])
        self.assertEqual(self.tickets().message_ids.attachment_ids.name, "a.png")
        self.form.has_files = False
        self.send(files=[("b.png", PNG, "image/png")], subject="Another")
        self.assertEqual(self.tickets().message_ids.attachment_ids.name, "a.png")

    def test_a_file_is_no_text(self):
        answer = self.url_open(
            "/support/shop",
            data={"token": self.aged_token(), **self.typed, "subject": ""},
            files={"subject": ("a.png", PNG, "image/png")},
        )
        self.assertEqual(answer.status_code, 422)

    def test_tokens(self):
        for token in (
            "",
            "x",
            self.aged_token(13 * 3600),
            self.form._make_token(),
            self.form.copy({"slug": "twin"})._make_token(),
            f"{self.form.id}.1.é.x",
        ):
            self.assertEqual(self.send(token=token or "-").status_code, 400, token)
        self.assertFalse(self.tickets())

    def test_robots_are_spam_and_hear_nothing(self):
        with patch.object(self.registry["crm.ticket"], "_customer_opened", autospec=True) as opened:
            answer = self.send(nickname="Robbie")
        self.assertIn("/thanks", answer.url)
        self.assertEqual(self.tickets().stage_type, "spam")
        self.assertFalse(opened.mock_calls)
        self.assertFalse(self.tickets().sla_clock_ids)
        self.assertFalse(self.tickets().message_partner_ids.filtered("partner_share"))

    def test_blocked_senders_are_spam_and_do_not_know_it(self):
        self.env["crm.blocked.sender"].create({"sender": "nour@salem.example.org"})
        answer = self.send()
        self.assertIn(self.tickets().number, answer.text)
        self.assertEqual(self.tickets().stage_type, "spam")

    def test_a_flood_stops(self):
        self.form.address_limit = 3
        answers = [self.send(subject=f"{number}").status_code for number in range(5)]
        self.assertEqual(answers, [200, 200, 200, 429, 429])
        self.assertEqual(len(self.tickets()), 3)

    def test_what_cannot_be_stored_is_said(self):
        def fail(*_args, **_kwargs):
            raise ValueError("broken")

        token = self.aged_token()
        with (
            patch.object(self.registry["crm.ticket.form"], "_receive", fail),
            mute_logger("odoo.addons.crm_suite_helpdesk.controllers.request_form"),
        ):
            answer = self.send(token=token)
        self.assertEqual(answer.status_code, 503)
        self.assertIn("Nothing comes out.", answer.text)
        self.assertIn("/thanks", self.send(token=token).url)

    def test_pages_and_headers(self):
        page = self.url_open("/support/shop")
        self.assertNotIn("session_id", page.headers.get("Set-Cookie", ""))
        self.assertIn("frame-ancestors *", page.headers["Content-Security-Policy"])
        self.form.allowed_origins = "https://www.example.com"
        page = self.url_open("/support/shop")
        self.assertIn(
            "frame-ancestors 'self' https://www.example.com",
            page.headers["Content-Security-Policy"],
        )
        for path in ("/support/none", "/support/Shop", "/support/none/thanks", "/support/a%00b"):
            self.assertEqual(self.url_open(path).status_code, 404, path)
        self.form.active = False
        self.assertEqual(self.send().status_code, 404)

    def test_arabic(self):
        page = self.url_open("/support/shop", headers={"Accept-Language": "ar-SA,ar;q=0.9"})
        self.assertEqual(html.fromstring(page.text).get("dir"), "rtl")
        answer = self.send("/support/shop?lang=ar_001", email_from="نور@example.org")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("lang=ar", self.send("/support/shop?lang=ar_001").url)

    def test_set_up(self):
        with self.assertRaises(ValidationError):
            self.form.slug = "No good"
        with self.assertRaises(ValidationError):
            self.form.allowed_origins = "example.com/page"
        self.assertIn("/support/shop", self.form.embed_code)
        self.assertEqual(self.form.company_id, self.team.company_id)
        agent = self.form.with_user(self.agent)
        self.assertTrue(agent.url)
        with self.assertRaises(AccessError):
            agent.title = "Mine"
        with self.assertRaises(AccessError):
            self.form.with_user(self.employee).read(["name"])
        self.send()
        self.assertEqual(self.form.with_user(self.manager).entry_count, 1)
