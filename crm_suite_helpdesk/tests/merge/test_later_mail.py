from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MergeCommon


@tagged("post_install", "-at_install")
class TestLaterMail(MergeCommon):
    """What is written to a merged ticket arrives where it goes on, and is never lost."""

    def setUp(self):
        super().setUp()
        self.talk(self.source)
        self.old_log = self.source.message_ids.filtered(lambda m: m.message_type == "notification")[
            -1:
        ]

    def mail_to_log(self, ticket, log, body="Any news?", sender=None):
        """A mail that refers to a message that stayed with the merged ticket."""
        return self.mail(
            body, sender, f"Re: {ticket.name}", f"In-Reply-To: {log.message_id}\nX-A: 1"
        )

    def test_an_answer_to_a_moved_message(self):
        message = self.spoken(self.source)[-1:]
        self.absorb(self.survivor, self.source)
        self.travel(hours=1)
        self.mail("Later", self.colleague.email, headers=f"References: {message.message_id}")
        self.assertIn("Later", self.spoken(self.survivor)[0].body)
        self.assertEqual(self.survivor.last_customer_message_at, self.env["crm.ticket"]._now())

    def test_an_answer_to_what_stayed_with_the_source(self):
        self.absorb(self.survivor, self.source)
        self.travel(hours=1)
        self.mail_to_log(self.source, self.old_log, "Later", self.colleague.email)
        self.assertIn("Later", self.spoken(self.survivor)[0].body)
        self.assertFalse(self.spoken(self.source))
        self.assertEqual(self.survivor.last_customer_message_at, self.env["crm.ticket"]._now())
        self.assertEqual(self.source.stage_type, "cancelled")

    def test_by_way_of_a_chain(self):
        last = self.create_ticket(name="Last")
        self.absorb(self.survivor, self.source)
        self.absorb(last, self.survivor)
        self.move(last, "waiting_customer")
        self.travel(hours=1)
        self.mail_to_log(self.source, self.old_log, "Later", self.colleague.email)
        self.assertIn("Later", self.spoken(last)[0].body)
        self.assertEqual(last.stage_type, "open")

    def test_an_address_that_is_no_contact_speaks_for_its_ticket(self):
        unknown = self.mail("Help", sender="Nour <nour@unknown.example.org>")
        opening = unknown.message_ids[-1:]
        self.absorb(self.survivor, unknown, with_outsiders=True)
        self.travel(hours=1)
        self.mail_to_log(unknown, opening, "Later", "nour@unknown.example.org")
        self.assertIn("Later", self.spoken(self.survivor)[0].body)
        self.assertEqual(self.survivor.last_customer_message_at, self.env["crm.ticket"]._now())

    def test_what_is_posted_on_the_source(self):
        self.absorb(self.survivor, self.source)
        message = self.customer_writes(self.source, self.colleague_user)
        self.assertEqual(message.res_id, self.survivor.id)
        self.assertEqual(self.reply(self.source).res_id, self.survivor.id)

    def test_after_the_undo_it_arrives_at_the_source(self):
        self.absorb(self.survivor, self.source)
        self.undo(self.source)
        self.mail_to_log(self.source, self.old_log, "Later", self.colleague.email)
        self.assertIn("Later", self.spoken(self.source)[0].body)

    def test_a_circle_in_a_damaged_database_loses_nothing(self):
        self.absorb(self.survivor, self.source)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_ticket SET merged_into_id = %s WHERE id = %s",
            (self.source.id, self.survivor.id),
        )
        self.env.invalidate_all()
        self.mail_to_log(self.source, self.old_log, "Later", self.colleague.email)
        self.assertIn("Later", str((self.spoken(self.source) | self.spoken(self.survivor))[0].body))
        self.assertEqual(self.source._get_survivor(), self.source)

    def test_copies_are_remembered_on_the_survivor(self):
        self.absorb(self.survivor, self.source)
        self.mail(
            "Later",
            self.colleague.email,
            headers=f"In-Reply-To: {self.old_log.message_id}\nCc: Boss <boss@example.org>",
        )
        self.assertIn("boss@example.org", self.survivor.email_cc)
        self.assertFalse(self.source.email_cc)

    @mute_logger("odoo.addons.crm_suite_helpdesk.models.merge.crm_ticket")
    def test_a_crash_on_the_way_to_the_survivor_keeps_the_mail(self):
        self.talk(self.foreign)
        self.absorb(self.survivor, self.foreign)
        line = type(self.env["crm.ticket.merge.line"])
        with patch.object(line, "_copy_messages", side_effect=ValueError("broken")):
            self.answer(self.foreign, "Later", sender=self.stranger.email)
        self.assertIn("Later", self.spoken(self.foreign)[0].body)

    def test_a_mail_that_arrived_during_the_merge_is_brought_along(self):
        self.absorb(self.survivor, self.source)
        # As the other transaction leaves it, which did not know of the merge
        stray = self.env["mail.message"].create(
            {
                "model": "crm.ticket",
                "res_id": self.source.id,
                "message_type": "email",
                "subtype_id": self.env.ref("mail.mt_comment").id,
                "body": "At the same moment",
                "author_id": self.colleague.id,
            }
        )
        self.run_cron("crm.ticket.merge", "_cron_collect_strays")
        self.assertEqual(stray.res_id, self.survivor.id)
        self.undo(self.source)
        self.assertEqual(stray.res_id, self.source.id)

    def test_a_robot_is_not_taken_for_the_customer(self):
        self.absorb(self.survivor, self.source)
        self.move(self.survivor, "waiting_customer")
        self.mail(
            "I am on holiday",
            self.colleague.email,
            headers=f"In-Reply-To: {self.old_log.message_id}\nAuto-Submitted: auto-replied",
        )
        self.assertEqual(self.survivor.stage_type, "waiting_customer")
        self.assertIn("holiday", self.spoken(self.survivor)[0].body)
