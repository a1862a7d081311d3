from datetime import datetime

from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestReplyTour(HelpdeskCommon, HttpCase):
    """An agent answers with guide, canned reply, undo and macro, and sees what comes between."""

    browser_size = "1366x900"

    def setUp(self):
        super().setUp()
        self.env.cr._now = datetime.now()  # the browser lives in the present
        self.team.undo_seconds = 6
        for model in ("crm.ticket.guide", "crm.ticket.macro"):
            self.env[model].search([]).action_archive()
        self.env["crm.ticket.guide"].create(
            {
                "name": "Tour guide",
                "step_ids": [Command.create({"name": "Look"})],
                "authority_ids": [
                    Command.create({"name": "Refund", "limit_kind": "amount", "limit_value": 50})
                ],
            }
        )
        self.reply_text = self.env["mail.canned.response"].create(
            {
                "source": "tour photo",
                "substitution": "Dear {{customer}}, a photo, please.",
                "ticket_team_ids": self.team.ids,
            }
        )
        self.macro = self.env["crm.ticket.macro"].create(
            {
                "name": "Tour macro X",
                "body": "<p>Tour macro for {{customer}}</p>",
                "priority": "3",
                "assign": "me",
            }
        )
        self.ticket = self.create_ticket(priority="0")

    def _answer(self, lang):
        self.env["res.lang"]._activate_lang(lang)
        self.agent.lang = lang
        self.start_tour(
            f"/odoo/tickets/{self.ticket.id}",
            "crm_suite_helpdesk_agent_replies",
            login=self.agent.login,
            timeout=120,
        )
        self.env.invalidate_all()
        self.assertEqual((self.ticket.priority, self.ticket.user_id), ("3", self.agent))
        # What was taken back was not sent, and does not count
        bodies = self.ticket.message_ids.filtered(
            lambda m: m.author_id == self.agent.partner_id and m.message_type == "comment"
        ).mapped("body")
        self.assertEqual(len(bodies), 2)
        self.assertFalse(self.reply_text.ticket_use_count)
        self.assertEqual(self.macro.use_count, 1)
        self.assertEqual(
            self.env["crm.ticket.decision"].search_count([("state", "=", "decided")]), 1
        )

    def test_in_english(self):
        self._answer("en_US")

    def test_in_arabic(self):
        self._answer("ar_001")
