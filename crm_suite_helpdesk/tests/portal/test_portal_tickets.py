import re

from odoo.exceptions import AccessError
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from ...controllers.portal import MAX_FILES
from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalTickets(PortalCommon):
    """A customer sees his tickets and nobody else's, whatever he asks for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket(name="Mine to see", description="<p>It hurts</p>")
        cls.foreign = cls.create_ticket(
            name="Not yours", partner_id=cls.stranger_user.partner_id.id
        )
        cls.own_url = f"/my/tickets/{cls.ticket.id}"
        cls.foreign_url = f"/my/tickets/{cls.foreign.id}"

    # ------------------------------------------------------------------ reading

    def test_the_list_shows_ones_own(self):
        self.login(self.customer_user)
        text = self.page("/my/tickets").text
        self.assertIn("Mine to see", text)
        self.assertNotIn("Not yours", text)

    def test_colleagues_do_not_see_each_others(self):
        self.login(self.colleague_user)
        self.assertNotIn("Mine to see", self.page("/my/tickets?filterby=all").text)
        self.assertURLEqual(self.page(self.own_url).url, "/my")

    def test_followers_do_and_their_colleagues_do_not(self):
        self.ticket.message_subscribe(self.stranger_user.partner_id.ids)
        self.login(self.stranger_user)
        self.assertIn("Mine to see", self.page(self.own_url).text)
        other = self._create_portal_user("hd_stranger2", self.stranger_company)
        self.login(other)
        self.assertURLEqual(self.page(self.own_url).url, "/my")

    def test_the_page_shows_request_and_stage(self):
        self.login(self.customer_user)
        text = self.page(self.own_url).text
        for part in ("Mine to see", "It hurts", self.ticket.number, self.ticket.stage_id.name):
            self.assertIn(part, text)

    def test_a_foreign_ticket_leads_back_home(self):
        self.login(self.customer_user)
        for url in (self.foreign_url, "/my/tickets/2147483647"):
            self.assertURLEqual(self.page(url).url, "/my")
        self.assertEqual(self.url_open("/my/tickets/99999999999").status_code, 404)

    def test_the_public_has_to_log_in(self):
        self.login(None)
        for url in ("/my/tickets", "/my/tickets/page/2", "/my/tickets/new", self.own_url):
            response = self.page(url)
            self.assertIn("/web/login", response.url)
            self.assertNotIn("Mine to see", response.text)

    def test_a_link_with_the_right_token_shows_and_with_a_wrong_one_does_not(self):
        self.login(None)
        token = self.ticket._portal_ensure_token()
        foreign = self.foreign._portal_ensure_token()
        response = self.page(f"{self.own_url}?access_token={token}")
        self.assertIn("It hurts", response.text)
        self.assertIn('data-allow_composer="0"', response.text, "whoever holds it may only read")
        self.assertEqual(response.headers["Referrer-Policy"], "same-origin")
        for wrong in (foreign, "", "x"):
            response = self.page(f"{self.own_url}?access_token={wrong}")
            self.assertNotIn("It hurts", response.text)

    def test_the_counter_on_the_home_page(self):
        self.login(self.customer_user)
        answer = self.make_jsonrpc_request("/my/counters", {"counters": ["ticket_count"]})
        self.assertEqual(answer["ticket_count"], 1)
        self.assertIn("/my/tickets", self.page("/my").text)

    def test_filters_search_order_and_pages(self):
        self.move(self.ticket, "closed")
        self.create_ticket(name="Zebra")
        self.create_ticket(name="Apple")
        self.login(self.customer_user)
        text = self.page("/my/tickets").text
        self.assertNotIn("Mine to see", text)
        text = self.page("/my/tickets?filterby=closed").text
        self.assertIn("Mine to see", text)
        self.assertNotIn("Zebra", text)
        text = self.page("/my/tickets?filterby=all&sortby=name").text
        self.assertLess(text.index("Apple"), text.index("Zebra"))
        text = self.page("/my/tickets?filterby=all&search=zeb").text
        self.assertIn("Zebra", text)
        self.assertNotIn("Apple", text)
        number = self.page(f"/my/tickets?filterby=all&search={self.ticket.number}").text
        self.assertIn("Mine to see", number)

    def test_more_than_a_page(self):
        for index in range(85):
            self.create_ticket(name=f"Batch {index:03}")
        self.login(self.customer_user)
        first = self.page("/my/tickets?sortby=name").text
        last = self.page("/my/tickets/page/2?sortby=name").text
        self.assertIn("Batch 000", first)
        self.assertNotIn("Batch 084", first)
        self.assertIn("Batch 084", last)

    def test_strange_parameters_do_no_harm(self):
        self.login(self.customer_user)
        for query in (
            "sortby=id;drop&filterby=nothing",
            "search=%00%27%22",
            "search=%25_%5C",
            "search=" + "x" * 3000,
            "filterby=all&sortby=write_uid",
        ):
            self.assertNotIn("Not yours", self.page(f"/my/tickets?{query}").text)
        self.page("/my/tickets/page/999999")
        self.page("/my/tickets/page/0")

    # ------------------------------------------------------------------ opening

    def test_a_customer_opens_a_ticket(self):
        self.login(self.customer_user)
        response = self.submit([("photo.png", b"\x89PNG picture", "image/png")])
        ticket = self.newest()
        self.assertURLEqual(response.url, f"/my/tickets/{ticket.id}")
        self.assertEqual(ticket.name, "Help")
        self.assertIn("&lt;b&gt;really", ticket.description)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.stage_type, "new")
        self.assertTrue(ticket.sla_deadline)
        self.assertTrue(ticket.last_customer_message_at)
        self.assertFalse(ticket.first_response_at)
        self.assertIn(self.customer, ticket.message_partner_ids)
        self.assertEqual(ticket._get_opening_attachments().mapped("name"), ["photo.png"])
        link = re.search(r'href="(/web/content/[^"]+)"', response.text).group(1)
        self.assertEqual(self.page(link.replace("&amp;", "&")).content, b"\x89PNG picture")

    def test_the_team_is_told(self):
        self.team.message_subscribe(self.agent.partner_id.ids)
        self.login(self.customer_user)
        self.submit()
        opening = self.newest().message_ids.filtered(lambda m: m.message_type == "comment")
        self.assertIn(self.agent.partner_id, opening.notified_partner_ids)

    def test_what_may_not_be_chosen_is_not(self):
        self.login(self.customer_user)
        self.submit(
            priority="3",
            user_id=str(self.agent.id),
            partner_id=str(self.stranger_user.partner_id.id),
            stage_id=str(self.stages["closed"].id),
        )
        ticket = self.newest()
        self.assertEqual(ticket.name, "Help")
        self.assertEqual((ticket.priority, ticket.stage_type), ("1", "new"))
        self.assertFalse(ticket.user_id)

    def test_what_was_typed_is_not_lost(self):
        self.login(self.customer_user)
        before = self.newest()
        for wrong, message in (
            ({"subject": " "}, "subject"),
            ({"description": ""}, "describe"),
            ({"subject": "x" * 300}, "255"),
            ({"description": "x" * 50_001}, "50000"),
            ({"files": [("evil.exe", b"MZ", "image/png")]}, "evil.exe"),
            ({"files": [("page.html", b"<script>", "text/plain")]}, "page.html"),
            ({"files": [("noext", b"", "image/png")]}, "noext"),
            ({"files": [("big.png", b"x" * (10 * 1024 * 1024 + 1), "image/png")]}, "10 MB"),
            ({"files": [("a.png", b"x", "image/png")] * (MAX_FILES + 1)}, str(MAX_FILES)),
        ):
            response = self.submit(**wrong)
            alert = re.search(r'role="alert">(.*?)</div>', response.text, re.DOTALL)
            self.assertIn(message, alert.group(1))
            self.assertIn("It broke." if "description" not in wrong else "Help", response.text)
        self.assertEqual(self.newest(), before)

    def test_names_of_files_are_names(self):
        self.login(self.customer_user)
        self.submit([("C:\\fakepath\\..\\photo.png", b"x", "image/png")])
        self.assertEqual(self.newest()._get_opening_attachments().mapped("name"), ["photo.png"])

    @mute_logger("odoo.http")
    def test_nothing_is_created_without_a_csrf_token(self):
        self.login(self.customer_user)
        before = self.newest()
        self.assertEqual(self.submit(token="wrong").status_code, 400)
        self.assertEqual(self.submit(token="").status_code, 400)
        self.assertEqual(self.newest(), before)

    @mute_logger("odoo.http")
    def test_the_public_creates_nothing(self):
        self.login(None)
        before = self.env["crm.ticket"].search_count([])
        self.url_open("/my/tickets/new", data={"subject": "x", "description": "y"})
        self.assertEqual(self.env["crm.ticket"].search_count([]), before)

    @mute_logger("odoo.http")
    def test_pages_are_for_reading(self):
        self.login(self.customer_user)
        for url in ("/my/tickets", self.own_url):
            self.assertEqual(self.url_open(url, data={"x": "y"}).status_code, 405)

    # ------------------------------------------------------------------ conversation

    def test_the_customer_answers_and_the_ticket_is_open_again(self):
        self.move(self.ticket, "waiting_customer")
        self.login(self.customer_user)
        self.post(self.ticket)
        self.env.invalidate_all()
        self.assertEqual(self.ticket.stage_type, "open")
        self.assertTrue(self.ticket.last_customer_message_at)
        self.assertEqual(self.ticket.message_ids[0].author_id, self.customer)

    @mute_logger("odoo.http")
    def test_nobody_answers_for_him(self):
        self.login(self.stranger_user)
        before = self.ticket.message_ids
        with self.assertRaises(Exception):  # noqa: B017 -- whatever the client makes of "not found"
            self.post(self.ticket)
        self.env.invalidate_all()
        self.assertEqual(self.ticket.message_ids, before)

    def test_notes_and_their_files_stay_inside(self):
        note = self.reply(
            self.ticket,
            body="He is difficult",
            subtype_xmlid="mail.mt_note",
            attachments=[("secret.txt", b"secret")],
        )
        self.reply(self.ticket, body="We are on it", attachments=[("guide.txt", b"guide")])
        self.login(self.customer_user)
        text = self.page(self.own_url).text
        for secret in ("He is difficult", "secret.txt", f"/web/content/{note.attachment_ids.id}"):
            self.assertNotIn(secret, text)
        messages = str(self.conversation(self.ticket))
        self.assertIn("We are on it", messages)
        self.assertIn("guide.txt", messages)
        self.assertNotIn("He is difficult", messages)
        self.assertNotIn("secret.txt", messages)
        with mute_logger("odoo.http"):
            response = self.url_open(f"/web/content/{note.attachment_ids.id}")
        self.assertNotEqual(response.content, b"secret")

    # ------------------------------------------------------------------ links

    def refused(self, **access):
        before = self.ticket.message_ids
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.post(self.ticket, **access)
        self.env.invalidate_all()
        self.assertEqual(self.ticket.message_ids, before)

    def test_a_link_does_not_write_as_the_customer(self):
        token = self.ticket._portal_ensure_token()
        for reader in (None, self.stranger_user, self.employee):
            self.login(reader)
            self.refused(token=token)
            self.refused(token=token, pid=self.customer.id, hash="wrong")
            for strange in ("é", 5, ["x"], None):
                self.refused(token=strange, pid=self.customer.id, hash=strange)

    def test_a_link_does_not_change_what_he_wrote(self):
        token = self.ticket._portal_ensure_token()
        message = self.customer_writes(self.ticket)
        self.login(None)
        for route, values in (
            ("/mail/message/update_content", {"update_data": {"body": "Never mind"}}),
            ("/mail/message/reaction", {"content": "x", "action": "add"}),
        ):
            with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
                self.make_jsonrpc_request(
                    route, {"message_id": message.id, "token": token, **values}
                )
        self.env.invalidate_all()
        self.assertIn("It still burns", message.body)

    def test_a_link_still_shows_the_conversation(self):
        token = self.ticket._portal_ensure_token()
        self.reply(self.ticket, body="We are on it")
        self.login(None)
        answer = self.make_jsonrpc_request(
            "/mail/chatter_fetch",
            {"thread_model": "crm.ticket", "thread_id": self.ticket.id, "token": token},
        )
        self.assertIn("We are on it", str(answer))

    def test_a_link_that_names_its_reader_writes_as_him(self):
        token = self.ticket._portal_ensure_token()
        signature = self.ticket._sign_token(self.customer.id)
        self.login(None)
        self.post(self.ticket, token=token, pid=self.customer.id, hash=signature)
        self.env.invalidate_all()
        self.assertEqual(self.ticket.message_ids[0].author_id, self.customer)
        other = self.stranger_user.partner_id.id
        self.refused(token=token, pid=other, hash=signature)

    def test_customers_who_are_logged_in_write_with_their_link(self):
        token = self.ticket._portal_ensure_token()
        self.login(self.customer_user)
        self.post(self.ticket, token=token)
        self.env.invalidate_all()
        self.assertEqual(self.ticket.message_ids[0].author_id, self.customer)

    def test_a_link_that_is_no_text_of_ours(self):
        self.login(None)
        response = self.page(f"{self.own_url}?access_token=%C3%A9")
        self.assertNotIn("It hurts", response.text)

    def test_a_file_is_no_subject(self):
        self.login(self.customer_user)
        before = self.newest()
        token = self.token()
        for name in ("subject", "description"):
            other = {"subject": "description", "description": "subject"}[name]
            self.page(
                "/my/tickets/new",
                data={"csrf_token": token, other: "text"},
                files=[(name, ("a.txt", b"Help", "text/plain"))],
            )
        self.assertEqual(self.newest(), before)

    # ------------------------------------------------------------------ remote calls

    def test_remote_calls_reach_no_further_than_the_pages(self):
        Ticket = self.env["crm.ticket"].with_user(self.customer_user)
        self.assertEqual(Ticket.search([]), self.ticket)
        self.assertTrue(self.ticket.with_user(self.customer_user).read(["name", "stage_type"]))
        for attempt in (
            lambda: self.foreign.with_user(self.customer_user).read(["name"]),
            lambda: self.ticket.with_user(self.customer_user).read(["email_cc"]),
            lambda: self.ticket.with_user(self.customer_user).read(["sla_state"]),
            lambda: self.ticket.with_user(self.customer_user).read(["message_partner_ids"]),
            lambda: Ticket.search([("sla_breached", "=", True)]),
            lambda: self.ticket.with_user(self.customer_user).write({"priority": "3"}),
            lambda: self.ticket.with_user(self.customer_user).unlink(),
            lambda: Ticket.create({"name": "x"}),
            lambda: self.team.with_user(self.customer_user).read(["name"]),
            lambda: self.policy.with_user(self.customer_user).read(["name"]),
            lambda: self.ticket.with_user(self.customer_user).action_assign_to_me(),
        ):
            with self.assertRaises(AccessError):
                attempt()
