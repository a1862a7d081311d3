from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..portal.common import PortalCommon


@tagged("post_install", "-at_install")
class TestDecisions(PortalCommon):
    """A customer closes his ticket and opens it again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket(name="To decide", description="<p>It hurts</p>")
        cls.ticket.message_subscribe(cls.customer.ids)
        cls.colleague = cls.colleague_user.partner_id

    def setUp(self):
        super().setUp()
        self.travel_to_the_present()

    def do(self, what, ticket=None, **values):
        response = self.act(ticket or self.ticket, what, **values)
        self.env.invalidate_all()
        return response

    # ------------------------------------------------------------------ close

    def test_settled(self):
        self.login(self.customer_user)
        self.reply(self.ticket)
        self.assertIn("o_helpdesk_close", self.page(f"/my/tickets/{self.ticket.id}").text)
        response = self.do("close", message="Thank you <b>all</b>")
        self.assertURLEqual(response.url, f"/my/tickets/{self.ticket.id}")
        self.assertEqual(self.ticket.stage_type, "solved")
        self.assertTrue(self.ticket.closed_at)
        message = self.ticket.message_ids.filtered(lambda m: m.message_type == "comment")[0]
        self.assertIn("&lt;b&gt;all", message.body)
        self.assertEqual(message.author_id, self.customer)
        self.assertEqual(self.ticket.closing_ids.user_id, self.customer_user)
        self.assertFalse(self.ticket.unanswered_since and self.ticket.waiting_on)
        self.assertNotIn("o_helpdesk_close", response.text)
        self.assertIn("o_helpdesk_reopen", response.text)
        self.assertIn('data-allow_composer="0"', response.text)

    def test_without_a_word(self):
        self.login(self.customer_user)
        before = len(self.ticket.message_ids.filtered(lambda m: m.message_type == "comment"))
        self.do("close")
        self.assertTrue(self.ticket.closed_at)
        comments = self.ticket.message_ids.filtered(lambda m: m.message_type == "comment")
        self.assertEqual(len(comments), before)

    def test_the_stage_is_one_of_the_team(self):
        solved = self.stages["solved"]
        other = self.env["crm.ticket.team"].create({"name": "Another"})
        own = solved.copy({"name": "Ours", "team_ids": [Command.set(self.team.ids)]})
        self.env["crm.ticket.stage"].search(
            [("type", "=", "solved"), ("id", "!=", own.id)]
        ).team_ids = other
        self.login(self.customer_user)
        self.do("close", stage_id=str(self.stages["cancelled"].id))
        self.assertEqual(self.ticket.stage_id, own)

    def test_where_the_team_lets_them(self):
        self.team.portal_close = False
        self.login(self.customer_user)
        self.assertNotIn("o_helpdesk_close", self.page(f"/my/tickets/{self.ticket.id}").text)
        self.do("close")
        self.assertFalse(self.ticket.closed_at)

    def test_a_form_rule_does_not_stand_in_the_way(self):
        field = self.env["ir.model.fields"]._get("crm.ticket", "category_id")
        self.env["crm.form.rule"].create(
            {
                "name": "A category when solved",
                "model_id": self.env["ir.model"]._get_id("crm.ticket"),
                "target_field_ids": [Command.set(field.ids)],
                "condition_domain": str([("stage_type", "=", "solved")]),
            }
        )
        self.login(self.customer_user)
        self.do("close")
        self.assertTrue(self.ticket.closed_at)

    def test_a_manager_of_the_organisation(self):
        for access, may in (("own", False), ("organisation", False), ("manager", True)):
            self.colleague.ticket_access = access
            self.login(self.colleague_user)
            self.do("close")
            self.assertEqual(bool(self.ticket.closed_at), may, access)

    @mute_logger("odoo.http")
    def test_who_may_not(self):
        self.ticket.message_subscribe(self.stranger_user.partner_id.ids)
        for user in (self.stranger_user, self.colleague_user, self.employee, self.agent, None):
            self.login(user)
            self.do("close")
            self.assertFalse(self.ticket.closed_at, user)
        self.login(self.customer_user)
        self.assertEqual(self.do("close", token="wrong").status_code, 400)
        self.assertEqual(self.url_open(f"/my/tickets/{self.ticket.id}/close").status_code, 405)
        self.assertFalse(self.ticket.closed_at)

    def test_by_link(self):
        self.login(None)
        for link in (
            self.link(self.ticket),
            {**self.link(self.ticket, self.customer), "hash": "wrong"},
            {**self.link(self.ticket, self.customer), "pid": self.colleague.id},
            {**self.link(self.ticket, self.customer), "access_token": "wrong"},
            {"pid": "é", "hash": "é", "access_token": "é"},
        ):
            self.do("close", **link)
            self.assertFalse(self.ticket.closed_at, link)
        response = self.do("close", **self.link(self.ticket, self.customer))
        self.assertTrue(self.ticket.closed_at)
        self.assertIn("o_helpdesk_reopen", response.text, "he is still known by his link")

    # ------------------------------------------------------------------ reopen

    def test_opened_again(self):
        self.move(self.ticket, "solved")
        self.login(self.customer_user)
        response = self.do(
            "reopen", message="It burns again", files=[("photo.png", b"\x89PNG", "image/png")]
        )
        self.assertURLEqual(response.url, f"/my/tickets/{self.ticket.id}")
        self.assertEqual(self.ticket.stage_type, "open")
        message = self.ticket.message_ids.filtered(lambda m: m.message_type == "comment")[0]
        self.assertIn("It burns again", message.body)
        self.assertEqual(message.attachment_ids.mapped("name"), ["photo.png"])
        self.assertEqual(message.create_uid, self.customer_user)

    def test_what_is_wrong_is_said(self):
        self.move(self.ticket, "solved")
        self.login(self.customer_user)
        for values in (
            {"message": "  "},
            {},
            {"message": "x" * 50_001},
            {"message": "See", "files": [("evil.exe", b"MZ", "image/png")]},
        ):
            self.assertIn("o_helpdesk_notice", self.do("reopen", **values).text)
            self.assertEqual(self.ticket.stage_type, "solved")

    def test_a_cancelled_one_too(self):
        self.move(self.ticket, "cancelled")
        self.login(self.customer_user)
        self.do("reopen", message="I do need it")
        self.assertEqual(self.ticket.stage_type, "open")

    def test_an_open_one_is_not_written_to(self):
        self.login(self.customer_user)
        before = self.ticket.message_ids
        self.do("reopen", message="Again")
        self.assertEqual(self.ticket.message_ids, before)

    def test_late_a_linked_ticket_follows(self):
        self.team.reopen_days = 10
        self.move(self.ticket, "solved")
        self.ticket.closed_at -= timedelta(days=9)
        self.login(self.customer_user)
        text = self.page(f"/my/tickets/{self.ticket.id}").text
        self.assertIn("o_helpdesk_reopen", text)
        self.assertFalse(self.ticket._is_past_reopening())
        self.ticket.closed_at -= timedelta(days=2)
        response = self.do("reopen", message="It burns again")
        follow_up = self.newest()
        self.assertNotEqual(follow_up, self.ticket)
        self.assertURLEqual(response.url, f"/my/tickets/{follow_up.id}")
        self.assertIn(self.ticket.number, response.text)
        self.assertEqual(self.ticket.stage_type, "solved")
        self.assertEqual(follow_up.link_ids.kind, "follow_up_of")
        self.assertIn("It burns again", follow_up.description)
        text = self.page(f"/my/tickets/{self.ticket.id}").text
        self.assertIn(follow_up.number, text)

    def test_late_by_link(self):
        self.team.reopen_days = 10
        self.move(self.ticket, "solved")
        self.ticket.closed_at -= timedelta(days=11)
        self.login(None)
        response = self.do("reopen", message="Again", **self.link(self.ticket, self.customer))
        follow_up = self.newest()
        self.assertNotEqual(follow_up, self.ticket)
        self.assertIn(follow_up.number, response.text)
        self.assertIn('data-allow_composer="1"', response.text)

    def test_the_policy_goes_before_the_team(self):
        self.team.reopen_days = 10
        self.policy.reopen_days = 40
        ticket = self.create_ticket()
        self.move(ticket, "solved")
        self.travel(days=20)
        self.assertFalse(ticket._is_past_reopening())
        self.travel(days=30)
        self.assertTrue(ticket._is_past_reopening())
        self.assertEqual(self.ticket._get_reopen_days(), 10)

    @mute_logger("odoo.http")
    def test_who_may_not_open_it_again(self):
        self.move(self.ticket, "solved")
        for user in (self.stranger_user, self.colleague_user, self.employee, self.agent, None):
            self.login(user)
            self.do("reopen", message="Again")
            self.assertEqual(self.ticket.stage_type, "solved")
        self.do("reopen", message="Again", **self.link(self.ticket))
        self.assertEqual(self.ticket.stage_type, "solved")

    def test_of_a_merged_ticket_nothing_is_decided(self):
        other = self.create_ticket(name="The same")
        other._absorb(self.ticket)
        self.login(self.customer_user)
        before = other.stage_type
        self.do("close")
        self.do("reopen", message="Again")
        self.assertEqual(other.stage_type, before)
        self.assertEqual(self.ticket.merged_into_id, other)
