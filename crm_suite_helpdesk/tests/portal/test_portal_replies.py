from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from ...lib.upload import MAX_FILE_MB, MAX_FILES
from ...models.portal.crm_ticket import MAX_MESSAGE, MAX_MESSAGES_PER_HOUR, MAX_PENDING_FILES
from .common import PortalCommon

PNG = b"\x89PNG picture"
TEXT = "Still burning"


@tagged("post_install", "-at_install")
class TestPortalReplies(PortalCommon):
    """What customers send in the conversation of a ticket is bounded as their forms are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket()
        cls.ticket.message_subscribe(cls.customer.ids)

    def setUp(self):
        super().setUp()
        self.travel_to_the_present()
        self.login(self.customer_user)

    def upload(self, name, content=PNG, ticket=None, **values):
        response = self.url_open(
            "/mail/attachment/upload",
            data={
                "csrf_token": self.form_token(),
                "thread_id": str((ticket or self.ticket).id),
                "thread_model": "crm.ticket",
                "is_pending": "true",
                **values,
            },
            files={"ufile": (name, content, "image/png")},
        )
        self.env.invalidate_all()
        self.assertEqual(response.status_code, 200)
        return response.json()

    def send(self, body=TEXT, files=(), **access):
        tokens = [
            self.env["ir.attachment"].sudo().browse(file)._get_ownership_token() for file in files
        ]
        answer = self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "crm.ticket",
                "thread_id": self.ticket.id,
                **access,
                "post_data": {
                    "body": body,
                    "attachment_ids": list(files),
                    "attachment_tokens": tokens,
                },
            },
        )
        self.env.invalidate_all()
        return self.env["mail.message"].browse(answer["message_id"])

    def refused(self, *args, **kwargs):
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.send(*args, **kwargs)

    def write_much(self, partner):
        """As many messages of a contact as he may write within an hour."""
        self.env["mail.message"].create(
            [
                {
                    "model": "crm.ticket",
                    "res_id": self.ticket.id,
                    "author_id": partner.id,
                    "message_type": "comment",
                    "body": f"{number}",
                }
                for number in range(MAX_MESSAGES_PER_HOUR)
            ]
        )
        self.env.flush_all()

    def test_a_reply_with_a_file(self):
        file = self.upload("photo.png")["data"]["attachment_id"]
        message = self.send(files=[file])
        self.assertEqual(message.attachment_ids.name, "photo.png")
        self.assertEqual(message.attachment_ids.res_id, self.ticket.id)

    def test_files_are_those_of_the_forms(self):
        for name in ("run.exe", "page.html", "macro.docm", "noname", "x.svg"):
            self.assertIn(name, self.upload(name)["error"])
        self.assertIn(
            "large.png", self.upload("large.png", b"x" * (MAX_FILE_MB * 2**20 + 1))["error"]
        )
        self.assertFalse(
            self.env["ir.attachment"].search([("name", "in", ("run.exe", "large.png"))])
        )

    def test_text_instead_of_a_file(self):
        answer = self.url_open(
            "/mail/attachment/upload",
            data={
                "csrf_token": self.form_token(),
                "thread_id": str(self.ticket.id),
                "thread_model": "crm.ticket",
                "ufile": "no file",
            },
        )
        self.assertIn("error", answer.json())

    def test_a_file_comes_with_a_message(self):
        file = self.upload("photo.png", is_pending="false")["data"]["attachment_id"]
        self.assertEqual(self.env["ir.attachment"].browse(file).res_model, "mail.compose.message")

    def test_files_that_were_uploaded_elsewhere_are_looked_at_when_they_are_sent(self):
        Attachment = self.env["ir.attachment"].with_user(self.customer_user).sudo()
        pending = {"res_model": "mail.compose.message", "res_id": 0, "raw": b"MZ"}
        program = Attachment.create({"name": "run.exe", **pending})
        many = Attachment.create([{"name": "a.png", **pending} for _n in range(MAX_FILES + 1)])
        self.env.flush_all()
        for files in (program, many):
            self.refused(files=files.ids)
            with self.assertRaises(UserError):
                self.ticket.with_user(self.customer_user).message_post(
                    body=TEXT, attachment_ids=files.ids
                )
        self.assertEqual(len(self.send(files=many[:1].ids).attachment_ids), 1)

    def test_a_refusal_names_no_file_of_others(self):
        secret = self.env["ir.attachment"].create(
            {"name": "Merger with Gemini.exe", "raw": b"MZ", "res_model": "mail.compose.message"}
        )
        self.env.flush_all()
        message = self.ticket.with_user(self.customer_user).message_post(
            body=TEXT, attachment_ids=secret.ids
        )
        self.assertFalse(message.sudo().attachment_ids)

    def test_uploads_are_counted(self):
        mark = self.ticket._get_upload_mark()
        self.env["ir.attachment"].create(
            [
                {
                    "name": "a.png",
                    "res_model": "mail.compose.message",
                    "res_id": 0,
                    "description": mark,
                }
                for _number in range(MAX_PENDING_FILES - 1)
            ]
        )
        self.env.flush_all()
        self.assertIn("data", self.upload("one.png"))
        self.assertIn("many files", self.upload("more.png")["error"])
        other = self.create_ticket(name="Another")
        self.assertIn("data", self.upload("one.png", ticket=other))

    def test_messages_are_counted(self):
        self.send()
        self.write_much(self.customer)
        self.refused()
        with self.assertRaises(UserError):
            self.ticket.with_user(self.customer_user).message_post(body=TEXT)
        self.login(self.colleague_user)
        self.ticket.message_subscribe(self.colleague_user.partner_id.ids)
        self.env.flush_all()
        self.send("Others may write")

    def test_visitors_of_a_link_are_counted(self):
        self.login(None)
        link = self.link(self.ticket, self.customer)
        access = {"token": link["access_token"], "pid": link["pid"], "hash": link["hash"]}
        self.assertEqual(self.send(**access).author_id, self.customer)
        self.write_much(self.customer)
        self.refused(**access)

    def test_an_hour_later(self):
        self.write_much(self.customer)
        earlier = self.env["crm.ticket"]._now() - timedelta(hours=2)
        self.env["mail.message"].search([("author_id", "=", self.customer.id)]).date = earlier
        self.env.flush_all()
        self.send()

    def test_the_forms_of_the_page_count_as_well(self):
        self.move(self.ticket, "closed")
        self.write_much(self.customer)
        response = self.act(self.ticket, "reopen", message="It goes on")
        self.env.invalidate_all()
        self.assertIn("o_helpdesk_notice", response.text)
        self.assertTrue(self.ticket.closed_at)
        self.assertNotIn("It goes on", str(self.ticket.message_ids.mapped("body")))

    def test_a_message_has_an_end(self):
        self.refused("x" * (MAX_MESSAGE + 1))
        message = self.send("x")
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(
                "/mail/message/update_content",
                {
                    "message_id": message.id,
                    "update_data": {"body": "x" * (MAX_MESSAGE + 1), "attachment_ids": []},
                },
            )

    def test_agents_are_not_bound(self):
        self.write_much(self.agent.partner_id)
        self.login(self.agent)
        file = self.upload("tool.exe", b"MZ")["data"]["attachment_id"]
        self.assertEqual(self.send(files=[file]).attachment_ids.name, "tool.exe")
