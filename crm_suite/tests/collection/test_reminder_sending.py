import re
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from ...models.collection import reminder_message
from .common import CollectionCase


@tagged("post_install", "-at_install")
class TestReminderSending(CollectionCase, MailCase):
    def test_the_customer_gets_one_mail_with_all_invoices(self):
        invoices = self._invoice(30, 300.0) | self._invoice(8, 200.0)
        credit = self._invoice(3, 50.0, move_type="out_refund")
        reminder = self._prepare()
        [mail] = self._send(reminder)
        self.assertEqual(reminder.state, "sent")
        self.assertTrue(reminder.sent_at)
        self.assertEqual(mail["email_to"], ['"Haddad Trading" <office@haddad.example.com>'])
        for move in invoices | credit:
            self.assertIn(move.name, mail["body"])
        self.assertIn("450.00", mail["body"])
        names = sorted(name for name, _content, _kind in mail["attachments"])
        self.assertEqual(len(names), 3, "the PDFs of all of them")
        self.assertIn(self.omar.email, mail["email_from"])
        self.assertNotIn("Arabic", mail["body"])

    def test_a_second_click_sends_nothing(self):
        self._invoice(10)
        reminder = self._prepare()
        self.assertEqual(len(self._send(reminder)), 1)
        with self.assertRaises(UserError):
            reminder.action_send()
        with self.mock_mail_gateway():
            reminder.sudo()._send_queued()
            self.Reminder._cron_send()
            self.env["mail.mail"]._cron_deliver_once()
            self.env["mail.mail"].process_email_queue()
            self.assertFalse([mail for mail in self._mails if "reminder" in mail["subject"]])

    def test_the_document_that_the_customer_got_is_attached_again(self):
        invoice = self._invoice(10)
        self.env["ir.attachment"].create(
            {
                "name": "as sent.pdf",
                "raw": b"%PDF-1.4 as sent",
                "res_model": "account.move",
                "res_id": invoice.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        invoice.invalidate_recordset()
        [mail] = self._send(self._prepare())
        self.assertEqual(
            [content for _n, content, _k in mail["attachments"]], [b"%PDF-1.4 as sent"]
        )

    def test_what_was_edited_goes_out_with_what_is_owed_now(self):
        invoice, paid = self._invoice(10, 300.0), self._invoice(10, 77.0)
        reminder = self._prepare().with_user(self.omar)
        body = str(reminder.body)
        self.assertIn(invoice.name, body)
        reminder.write(
            {
                "subject": "  Dear Layla\n, your invoices",
                "body": body.replace("perhaps", "dear friend, perhaps")
                + "<script>alert(1)</script><p onclick='x()'>Bye</p>",
            }
        )
        self._pay(paid)
        [mail] = self._send(reminder)
        self.assertEqual(mail["subject"], "Dear Layla , your invoices")
        self.assertIn("dear friend", mail["body"])
        self.assertNotIn("alert(1)", mail["body"])
        self.assertNotIn("onclick", mail["body"])
        self.assertIn(invoice.name, mail["body"])
        self.assertNotIn(paid.name, mail["body"], "the table is of this moment")
        self.assertEqual(mail["body"].count("o_payment_reminder_table"), 1)

    def test_text_is_never_rendered_again(self):
        self._invoice(10)
        reminder = self._prepare().with_user(self.omar)
        reminder.write(
            {
                "subject": "{{ object.env.user.login }}",
                "body": "<p><t t-out='1 + 1'/> {{ 7*7 }}</p>",
            }
        )
        [mail] = self._send(reminder)
        self.assertEqual(mail["subject"], "{{ object.env.user.login }}")
        self.assertNotIn("49", re.sub(r"<[^>]*>", "", mail["body"].split("7*7")[0]))

    def test_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.nile.lang = "ar_001"
        self._invoice(10, 1234.5, partner=self.nile)
        [mail] = self._send(self._prepare(self.nile))
        self.assertIn('dir="rtl"', mail["body"])
        self.assertIn("متاجر النيل", mail["body"])
        self.assertIn("1,234.50", mail["body"])

    def test_the_answer_reaches_the_responsible(self):
        self._invoice(10)
        reminder = self._prepare()
        self._send(reminder)
        self.assertIn(self.omar.partner_id, reminder.message_partner_ids)
        sent = reminder.message_id
        raw = (
            "From: Haddad <office@haddad.example.com>\nTo: catchall@example.com\n"
            f"Subject: Re: reminder\nMessage-Id: <answer@haddad.example.com>\n"
            f"In-Reply-To: {sent.message_id}\n\nWe pay on Sunday.\n"
        )
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process("crm.payment.reminder", raw)
        answer = reminder.message_ids[0]
        self.assertIn("Sunday", answer.body)
        self.assertIn(self.omar.partner_id, answer.notified_partner_ids)

    def test_to_do_of_the_level(self):
        self.level_1.write({"create_activity": True, "activity_summary": "Call them"})
        self._invoice(10)
        reminder = self._prepare()
        self._send(reminder)
        activity = self.haddad.activity_ids
        self.assertEqual(activity.summary, "Call them")
        self.assertEqual(activity.user_id, self.omar)

    def test_by_letter_only(self):
        (self.haddad | self.layla).email = False
        self.level_1.print_letter = True
        self._invoice(10)
        reminder = self._prepare()
        self.assertFalse(self._send(reminder))
        self.assertEqual(reminder.state, "sent")
        self.assertTrue(reminder.print_letter and not reminder.letter_printed_at)

    def test_failure_keeps_the_reminder(self):
        self._invoice(10)
        reminder = self._prepare()
        reminder.action_send()
        with (
            patch.object(
                reminder_message.ReminderMessage,
                "get_attachments",
                side_effect=ValueError("no PDF"),
            ),
            self.assertLogs("odoo.addons.crm_suite", "ERROR"),
        ):
            reminder.sudo()._send_queued()
        self.assertEqual(reminder.state, "failed")
        self.assertIn("no PDF", reminder.failure_reason)
        reminder.action_retry()
        with self.mock_mail_gateway():
            reminder.sudo()._send_queued()
            self.assertEqual(len(self._mails), 1)
        self.assertEqual(reminder.state, "sent")

    def test_nobody_can_send_without_a_sender(self):
        self.company.write({"email": False, "alias_domain_id": False})
        self.env.user.email = False
        self.haddad.user_id = False
        self._invoice(10, invoice_user_id=False)
        reminder = self._prepare()
        reminder.action_send()
        with self.mock_mail_gateway(), mute_logger("odoo.addons.mail.models.mail_mail"):
            reminder.sudo()._send_queued()
            self.assertFalse(self._mails)
        self.assertEqual(reminder.state, "failed")
        self.assertTrue(reminder.failure_reason)

    def test_automatic_levels_go_by_themselves(self):
        self.level_1.is_automatic = True
        self._invoice(10)
        self._invoice(10, partner=self.nile)
        self.nile.reminder_mode = "manual"
        self.Reminder.search([("state", "=", "draft")]).sudo().write({"state": "cancelled"})
        self.Reminder._cron_prepare()
        states = {
            reminder.partner_id: reminder.state
            for reminder in self.Reminder.search(
                [("partner_id", "in", (self.haddad | self.nile).ids), ("state", "!=", "cancelled")]
            )
        }
        self.assertEqual(states, {self.haddad: "sending", self.nile: "draft"})

    def test_tried_again_after_another_invoice_became_late(self):
        """The server was down, and in the night after another invoice becomes late."""
        first = self._invoice(10, 100.0)
        reminder = self._prepare()
        reminder.action_send()
        reminder.sudo()._compose()
        reminder._get_mails()._set_failed("The server is down.", "mail_smtp")
        second = self._invoice(8, 60.0)
        self.Reminder._cron_prepare()
        waiting = self.Reminder.search(
            [("partner_id", "=", self.haddad.id), ("state", "=", "draft")]
        )
        self.assertEqual((reminder.state, waiting.hold_kind), ("sending", "open"))
        with self.mock_mail_gateway():
            reminder.sudo()._send_queued()
            [mail] = self._mails
        self.assertEqual(reminder.state, "sent")
        self.assertIn(first.name, mail["body"])
        self.assertIn(second.name, mail["body"])
        self.assertEqual(self._prepare().hold_kind, "recent")

    def test_a_mail_on_its_way_is_not_withdrawn(self):
        """The mail of a failed reminder was let go again, in the list of mails."""
        self._invoice(10)
        reminder = self._prepare()
        reminder.action_send()
        reminder.sudo()._compose()
        mail = reminder._get_mails()
        mail._set_failed("The server is down.", "mail_smtp")
        mail.write({"state": "handing"})
        for action in (reminder.action_retry, reminder.action_cancel):
            with self.assertRaises(UserError):
                action()
        self.Reminder._cron_prepare()
        self.assertEqual((reminder.state, mail.exists().state), ("failed", "handing"))

    def test_uncertain_is_settled_by_a_person(self):
        self._invoice(10)
        reminder = self._prepare()
        reminder.action_send()
        reminder.sudo()._compose()
        mail = reminder._get_mails()
        mail.write({"state": "handing"})
        self.env["mail.mail"]._find_interrupted()
        self.assertEqual(reminder.state, "uncertain")
        self.assertTrue(reminder.activity_ids)
        reminder.with_user(self.omar).action_mark_sent()
        self.assertEqual(reminder.state, "sent")
        self.assertFalse(reminder.activity_ids)
        self.assertEqual(mail.state, "sent")

    def test_core_never_sends_a_mail_that_goes_once(self):
        self._invoice(10)
        reminder = self._prepare()
        reminder.action_send()
        reminder.sudo()._compose()
        mail = reminder._get_mails()
        self.assertEqual(mail.state, "waiting")
        with self.mock_mail_gateway():
            mail.send()
            self.env["mail.mail"].process_email_queue()
            subjects = [sent["subject"] for sent in self._mails]
            self.assertNotIn(mail.subject, subjects)
        mail.mark_outgoing()
        self.assertEqual(mail.state, "waiting")

    def test_a_mail_that_was_rolled_back_is_passed_over(self):
        """Core sends after the commit, also what a savepoint has taken back."""
        mail = self.env["mail.mail"].create({"subject": "Gone", "body_html": "<p>Gone</p>"})
        mail.unlink()
        with self.mock_mail_gateway():
            mail.send()
            self.assertFalse(self._mails)

    def test_in_the_history_of_the_customer_once(self):
        self._invoice(10)
        self._send(self._prepare())
        page = self.env["crm.timeline"].get_page("res.partner", self.layla.id)
        rows = [row for row in page["rows"] if row["source"] == "reminder"]
        self.assertEqual(len(rows), 1)
        self.assertEqual(rows[0]["title"], self.level_1.name)
        mails = [row for row in page["rows"] if row["source"] == "mail"]
        self.assertFalse([row for row in mails if "reminder" in row["title"]])

    def test_on_the_invoice(self):
        invoice = self._invoice(10)
        self.assertFalse(invoice.last_reminder_date)
        self._send(self._prepare())
        invoice.invalidate_recordset()
        self.assertEqual(invoice.last_reminder_level_id, self.level_1)
        self.assertEqual(invoice.last_reminder_date, self.today)

    def test_what_others_post_in_its_name_is_not_the_reminder(self):
        self._invoice(10)
        [reminder] = self._prepare()
        reminder.sudo().write({"state": "sending"})
        text = "Something else"
        forged = reminder.with_user(self.omar).message_post(
            body=text,
            subtype_xmlid="crm_suite.mt_payment_reminder",
            partner_ids=self.layla.ids,
        )
        with self.mock_mail_gateway():
            self.env["mail.mail"]._cron_deliver_once()
            self.assertFalse(self._mails)
        self.assertEqual(reminder.state, "sending")
        mails = self.env["mail.mail"].search([("mail_message_id", "=", forged.id)])
        self.assertEqual(mails.mapped("state"), ["cancel"])
        reminder._on_delivery(mails, "sent", "")
        self.assertEqual(reminder.state, "sending")
        with self.mock_mail_gateway():
            reminder._send_queued()
            self.assertEqual(len(self._mails), 1)
        self.assertEqual(reminder.state, "sent")

    def test_levels_must_make_sense(self):
        Level = self.env["crm.payment.reminder.level"]
        template = self.level_1.mail_template_id.id
        for values in (
            {"send_mail": False},
            {"send_mail": True, "mail_template_id": False},
            {"mail_template_id": template, "send_sms": True, "sms_body": "%(amount)s %(nonsense)s"},
            {"mail_template_id": template, "send_sms": True, "sms_body": "100 %"},
            {"mail_template_id": self.env.ref("sale.email_template_edi_sale").id},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                Level.create({"name": "Bad", "days_overdue": 3, **values})

    def test_a_user_without_rights_prepares_nothing(self):
        with self.assertRaises(AccessError):
            self._prepare(user=self.cora)

    def test_lines_cannot_be_entered(self):
        self._invoice(10)
        reminder = self._prepare()
        for user in (self.omar, self.adel, self.mona):
            for values in (
                {"state": "sent"},
                {"partner_id": self.nile.id},
                {"sent_at": "2026-01-01"},
                {"hold_kind": False},
                {"line_ids": [Command.clear()]},
                {"edited_body": "x"},
                {"message_id": False},
            ):
                with self.subTest(user=user.login, values=values), self.assertRaises(AccessError):
                    reminder.with_user(user).write(values)
