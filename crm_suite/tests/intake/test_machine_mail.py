from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IntakeCase


@tagged("post_install", "-at_install")
class TestMachineMail(IntakeCase):
    def _kept(self):
        return self.env["crm.machine.mail"].search([("email_from", "ilike", "example.org")])

    def test_machines_make_no_lead_and_nothing_is_lost(self):
        for headers, reason in (
            ("Auto-Submitted: auto-replied", "auto-submitted"),
            ("X-Autoreply: yes", "autoreply"),
            ("Precedence: bulk", "precedence"),
            ("Return-Path: <>", "null-return-path"),
            ("List-Unsubscribe: <mailto:x@example.org>", "newsletter"),
        ):
            with self.subTest(reason=reason):
                lead = self._receive(self._mail(headers=headers, subject=reason))
                self.assertFalse(lead)
                self.assertRecordValues(
                    self._kept()[:1],
                    [{"name": reason, "reason": reason, "team_id": self.north.id}],
                )
        self.assertFalse(
            self.env["crm.lead"].search([("email_normalized", "=", "sara.klein@example.org")])
        )

    def test_a_shared_mailbox_is_no_newsletter(self):
        headers = "List-Id: sales\nList-Post: <mailto:s@example.org>\nList-Unsubscribe: <x>"
        self.assertTrue(self._receive(self._mail(headers=headers)))

    def test_mail_from_our_own_address_does_not_go_round(self):
        self.assertFalse(self._receive(self._mail(sender=self.south_address)))
        kept = self.env["crm.machine.mail"].search([("email_from", "ilike", self.south_address)])
        self.assertEqual(kept.reason, "own-address")

    def test_kept_once(self):
        raw = self._mail(headers="Precedence: bulk")
        self._receive(raw)
        self._receive(raw)
        self.assertEqual(len(self._kept()), 1)

    def test_an_automatic_answer_stays_with_its_opportunity_and_tells_nobody(self):
        deal = self._create_opportunity()
        deal.message_subscribe(self.omar.partner_id.ids)
        question = self._say(deal, "Which colour?", message_type="comment")
        lead = self._receive(
            self._mail(
                sender="layla@haddad.example.com",
                headers=f"Auto-Submitted: auto-replied\nIn-Reply-To: {question.message_id}",
                body="I am on holiday",
            )
        )
        self.assertEqual(lead, deal)
        message = deal.message_ids[0]
        self.assertIn("holiday", message.body)
        self.assertTrue(message.is_internal)
        self.assertFalse(message.notified_partner_ids)

    def test_returned_mail_of_nobody_is_kept(self):
        self._receive(
            self._mail(
                sender="MAILER-DAEMON@example.org", type='multipart/report; boundary="x"', body="x"
            )
        )
        self.assertEqual(self._kept().reason, "bounce")
        self._kept().action_make_lead()
        self.assertEqual(self._kept().lead_id.name, "20 desks")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_flood_is_kept(self):
        self.north.join_mails = False
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 2)
        for _i in range(4):
            self._receive(self._mail())
        self.assertEqual(
            self.env["crm.lead"].search_count(
                [("email_normalized", "=", "sara.klein@example.org")]
            ),
            2,
        )
        self.assertEqual(self._kept().mapped("reason"), ["loop", "loop"])

    def test_a_person_makes_a_lead_of_it_once(self):
        self._receive(self._mail(headers="Auto-Submitted: auto-generated", subject="Order form 7"))
        kept = self._kept().with_user(self.omar)
        action = kept.action_make_lead()
        lead = self.env["crm.lead"].browse(action["res_id"])
        self.assertRecordValues(
            lead,
            [{"name": "Order form 7", "contact_name": "Sara Klein", "team_id": self.north.id}],
        )
        self.assertIn("20 desks", "".join(lead.message_ids.mapped("body")))
        self.assertEqual(kept.action_make_lead()["res_id"], lead.id)

    def test_rights(self):
        self._receive(self._mail(headers="Precedence: bulk"))
        kept = self._kept()
        self.assertTrue(kept.with_user(self.nora).read(["name"]))
        self.assertTrue(kept.with_user(self.alia).read(["name"]))
        for user in (self.sami, self.cora):
            with self.assertRaises(AccessError):
                kept.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                kept.with_user(user).action_make_lead()
        for user in (self.omar, self.mona):
            with self.assertRaises(AccessError):
                kept.with_user(user).write({"lead_id": 1})
        with self.assertRaises(AccessError):
            kept.with_user(self.omar).unlink()
        kept.with_user(self.mona).unlink()

    def test_release_cannot_be_claimed_from_outside(self):
        Gateway = self.env["mail.thread"].with_context(crm_mail_release=True)
        self.assertFalse(Gateway.message_process(None, self._mail(headers="Precedence: bulk")))

    def test_old_ones_go(self):
        self._receive(self._mail(headers="Precedence: bulk"))
        kept = self._kept()
        self.env["crm.machine.mail"]._gc_machine_mails()
        self.assertTrue(kept.exists())
        kept.date = "2020-01-01"
        self.env["crm.machine.mail"]._gc_machine_mails()
        self.assertFalse(kept.exists())
