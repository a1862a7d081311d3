import re

from odoo.exceptions import AccessError
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalLinks(PortalCommon):
    """Links open as little as they can, and for as long as they should."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket(description="<p>It hurts</p>")
        cls.colleague = cls.colleague_user.partner_id

    def opens(self, link):
        self.env.flush_all()
        return "It hurts" in self.page(self.address(self.ticket, **link)).text

    def test_the_page_is_not_kept_nor_told_to_others(self):
        self.login(None)
        response = self.page(self.address(self.ticket, **self.link(self.ticket)))
        self.assertEqual(response.headers["Referrer-Policy"], "same-origin")
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.login(self.customer_user)
        for url in ("/my/tickets", self.address(self.ticket), "/my/tickets/new"):
            self.assertEqual(self.page(url).headers["Cache-Control"], "no-store")

    def test_a_link_that_names_nobody_offers_nothing_to_do(self):
        self.login(None)
        bare = self.page(self.address(self.ticket, **self.link(self.ticket))).text
        named = self.page(self.address(self.ticket, **self.link(self.ticket, self.customer))).text
        self.assertIn('data-allow_composer="0"', bare)
        self.assertIn('data-allow_composer="1"', named)
        for form in ("o_helpdesk_close", "o_helpdesk_participants"):
            self.assertNotIn(form, bare)
            self.assertIn(form, named)

    def test_agents_revoke_links(self):
        named, bare = self.link(self.ticket, self.customer), self.link(self.ticket)
        self.login(None)
        self.assertTrue(self.opens(bare))
        self.assertTrue(self.opens(named))
        action = self.env.ref("crm_suite_helpdesk.crm_ticket_revoke_links_action")
        action.with_user(self.agent).with_context(
            active_model="crm.ticket", active_ids=self.ticket.ids
        ).run()
        for link in (bare, named):
            self.assertFalse(self.opens(link))
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.post(
                self.ticket, token=named["access_token"], pid=named["pid"], hash=named["hash"]
            )
        self.assertTrue(self.opens(self.link(self.ticket, self.customer)), "new ones work")

    def test_only_who_may_write_revokes(self):
        for user in (self.customer_user, self.employee, self.outsider):
            with self.assertRaises(AccessError):
                self.ticket.with_user(user).action_revoke_links()

    def test_another_customer_gets_other_links(self):
        links = self.link(self.ticket, self.customer), self.link(self.ticket)
        self.ticket.with_user(self.agent).partner_id = self.colleague
        self.login(None)
        for link in links:
            self.assertFalse(self.opens(link))
        kept = self.link(self.ticket, self.colleague)
        self.ticket.with_user(self.agent).write({"partner_id": self.colleague.id, "priority": "2"})
        self.assertTrue(self.opens(kept), "it is the same customer")

    def test_links_to_spam_lead_nowhere(self):
        links = self.link(self.ticket, self.customer), self.link(self.ticket)
        self.move(self.ticket, "spam")
        self.login(None)
        for link in links:
            self.assertFalse(self.opens(link))

    def test_a_merge_cuts_the_links_that_name_nobody(self):
        other = self.create_ticket(name="The same")
        bare, named = self.link(self.ticket), self.link(self.ticket, self.customer)
        of_colleague = self.link(self.ticket, self.colleague)
        self.ticket._absorb(other)
        self.login(None)
        self.assertFalse(self.opens(bare))
        self.assertFalse(self.opens(of_colleague), "he is not the customer")
        response = self.page(self.address(self.ticket, **named))
        self.assertIn("It hurts", response.text)
        self.assertNotIn(named["hash"], response.url, "he was given a new one")
        self.ticket.action_revoke_links()
        self.assertFalse(self.opens(named))

    def test_a_ticket_that_never_had_a_link(self):
        self.assertFalse(self.ticket.access_token)
        self.login(None)
        self.assertFalse(self.opens({"access_token": "x"}))
        for access in ({"token": "x"}, {"token": "False"}, {"pid": "x", "hash": "y"}):
            with mute_logger("odoo.http"), self.assertRaises(JsonRpcException) as raised:
                self.post(self.ticket, **access)
            self.assertIn("NotFound", str(raised.exception.__dict__) + str(raised.exception))

    def test_files_of_the_customer_are_not_deleted_by_link(self):
        self.login(self.customer_user)
        self.submit([("photo.png", b"\x89PNG picture", "image/png")])
        ticket = self.newest()
        values = {"body": "Another", "attachments": [("more.txt", b"more")]}
        message = ticket.with_user(self.customer_user).sudo()
        message = message.message_post(
            message_type="comment", subtype_xmlid="mail.mt_comment", **values
        )
        self.login(None)
        link = self.link(ticket)
        answer = self.make_jsonrpc_request(
            "/mail/chatter_fetch",
            {
                "thread_model": "crm.ticket",
                "thread_id": ticket.id,
                "token": link["access_token"],
            },
        )
        self.assertIn("more.txt", str(answer))
        self.assertNotIn("ownership_token", str(answer))
        file = message.sudo().attachment_ids
        secrets = re.findall(r"'(?:raw_)?access_token': '([^']+)'", str(answer))
        for secret in (None, link["access_token"], *secrets):
            with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
                self.make_jsonrpc_request(
                    "/mail/attachment/delete",
                    {"attachment_id": file.id, "access_token": secret},
                )
        self.assertTrue(file.exists())

    def test_what_a_customer_writes_is_no_note_and_goes_to_nobody_else(self):
        self.login(self.customer_user)
        self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "crm.ticket",
                "thread_id": self.ticket.id,
                "post_data": {
                    "body": "Psst",
                    "message_type": "notification",
                    "subtype_xmlid": "mail.mt_note",
                    "partner_ids": [self.stranger_user.partner_id.id],
                    "partner_emails": ["victim@example.net"],
                },
            },
        )
        self.env.invalidate_all()
        message = self.ticket.message_ids[0]
        self.assertEqual(message.message_type, "comment")
        self.assertFalse(message.subtype_id.internal)
        self.assertFalse(message.partner_ids)
        self.assertTrue(self.ticket.last_customer_message_at)
        self.assertFalse(self.env["res.partner"].search([("email", "=", "victim@example.net")]))

    def test_remote_calls_read_no_internals(self):
        ticket = self.ticket.with_user(self.customer_user)
        for name in (
            "former_token",
            "website_message_ids",
            "category_id",
            "portal_of_organisation",
        ):
            with self.assertRaises(AccessError):
                ticket.read([name])
        for model in ("crm.ticket.team", "crm.ticket.category", "crm.ticket.link"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.customer_user).search([])
        note = self.reply(
            self.ticket, subtype_xmlid="mail.mt_note", attachments=[("secret.txt", b"secret")]
        )
        for record, name in ((note, "body"), (note.attachment_ids, "raw")):
            with self.assertRaises(AccessError):
                record.with_user(self.customer_user).read([name])
