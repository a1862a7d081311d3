from odoo.tests import HttpCase, tagged

from ..quarantine.common import QuarantineCommon


@tagged("post_install", "-at_install")
class TestSpamTour(QuarantineCommon, HttpCase):
    """The day of whoever looks after spam, and of whoever looks after the quarantine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.env["crm.ticket"].search([("stage_type", "=", "spam")]).stage_id = cls.stages["closed"]

    def look_after_spam(self):
        self.env["crm.blocked.sender"].create({"sender": "bulk.example.org"})
        self.mail(sender="bulk@bulk.example.org", subject="Cheap")
        ticket = self.mail(sender="Pest <pest@spam.example.org>", subject="Order 4711")
        self.start_tour(
            f"/odoo/tickets/{ticket.id}",
            "crm_suite_helpdesk_spam_clerk",
            login="hd_agent",
            timeout=120,
        )
        self.env.invalidate_all()
        self.assertNotEqual(ticket.stage_type, "spam")
        self.assertEqual(self.env["crm.blocked.sender"].search([]).sender, "bulk.example.org")

    def test_spam_in_english(self):
        self.look_after_spam()

    def test_spam_in_arabic(self):
        self.agent.lang = "ar_001"
        self.look_after_spam()

    def look_after_quarantine(self):
        raw = (
            f"From: nour@people.example.org\r\nTo: {self.address}\r\nSubject: Order 4712\r\n"
            "Message-Id: <4712@x>\r\n\r\nHelp"
        )
        with self.broken():
            row = self.process(raw.encode())
        action = self.env.ref("crm_suite_helpdesk.crm_mail_quarantine_action")
        self.start_tour(
            f"/odoo/action-{action.id}",
            "crm_suite_helpdesk_quarantine",
            login="hd_manager",
            timeout=120,
        )
        self.env.invalidate_all()
        self.assertEqual(row.state, "done")

    def test_quarantine_in_english(self):
        self.look_after_quarantine()

    def test_quarantine_in_arabic(self):
        self.manager.lang = "ar_001"
        self.look_after_quarantine()
