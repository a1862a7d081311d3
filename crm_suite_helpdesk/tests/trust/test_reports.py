from odoo.tests import tagged

from ..intake.test_mail_to_ticket import MailCommon

REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: bounce@help.example.com
Subject: Delivery Status Notification
Message-Id: <report{number}@mx.example.net>
Return-Path: <>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system. Your message was {action}.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user

--b
Content-Type: text/rfc822-headers

Message-Id: {message_id}
Subject: Re: Lost key

--b--
"""
RECEIPT = """\
From: Customer <hd_customer@example.org>
To: {to}
Subject: Read: Lost key
Message-Id: <receipt{number}@example.org>
In-Reply-To: {message_id}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

--b
Content-Type: text/plain

Your message was read.
--b
Content-Type: message/disposition-notification

Original-Message-ID: {message_id}
Disposition: manual-action/MDN-sent-manually; displayed
--b--
"""
# Exim and qmail write what they like
PLAIN = """\
From: Mail Delivery System <{sender}>
To: {to}
Subject: Mail delivery failed: returning message to sender
Message-Id: <plain{number}@mx.example.net>
Return-Path: <>
{headers}
Content-Type: text/plain; charset=utf-8

A message that you sent could not be delivered to all of its recipients.

------ This is a copy of the message, including all the headers. ------

From: help@help.example.com
Message-ID: {message_id}
Subject: Re: Lost key
"""


@tagged("post_install", "-at_install")
class TestReports(MailCommon):
    """What mail servers tell of our mails is shown on the ticket and makes no ticket."""

    def setUp(self):
        super().setUp()
        self.ticket = self.mail()
        self.agent.notification_type = "inbox"
        self.sent = self.reply(self.ticket)
        self.move(self.ticket, "waiting_customer")
        self.travel(hours=1)
        self.count = self.env["crm.ticket"].search_count([])

    def report(self, text=REPORT, **values):
        type(self).mail_count += 1
        values = {
            "number": self.mail_count,
            "message_id": self.sent.message_id,
            "recipient": self.customer.email,
            "action": "failed",
            "to": self.address,
            **values,
        }
        before = self.ticket.message_ids
        self.receive(text.format(**values).encode())
        self.env.invalidate_all()
        self.assertEqual(self.env["crm.ticket"].search_count([]), self.count, "no ticket")
        self.assertEqual(self.ticket.stage_type, "waiting_customer")
        self.assertEqual(self.ticket.last_customer_message_at, self.ticket.opened_at)
        return (self.ticket.message_ids - before).filtered(lambda m: m.message_type == "email")

    def notification(self):
        return self.sent.notification_ids.filtered(lambda n: n.res_partner_id == self.customer)

    def test_a_mail_that_came_back(self):
        note = self.report()
        self.assertEqual(len(note), 1)
        self.assertTrue(note.is_internal)
        self.assertIn(self.customer.email, note.body)
        self.assertIn("No such user", note.body)
        self.assertEqual(self.notification().notification_status, "bounce", "the message says so")
        self.assertIn(self.agent.partner_id, note.notified_partner_ids, "who wrote it is told")
        self.assertNotIn(self.customer, note.notified_partner_ids)
        self.assertFalse(self.ticket.unverified_ids)

    def test_once_is_enough(self):
        raw = REPORT.format(
            number="same",
            message_id=self.sent.message_id,
            recipient=self.customer.email,
            action="failed",
        ).encode()
        for _time in range(3):
            self.receive(raw)
        notes = self.ticket.message_ids.filtered(lambda m: "No such user" in (m.body or ""))
        self.assertEqual(len(notes), 1)

    def test_an_agent_who_cannot_be_reached_is_not_written_to(self):
        self.agent.partner_id.email = "amal@help.example.com"
        note = self.report(recipient="amal@help.example.com")
        self.assertFalse(note.notified_partner_ids)

    def test_a_delay_is_no_failure(self):
        for action in ("delayed", "relayed", "delivered"):
            note = self.report(action=action)
            self.assertTrue(note.is_internal, action)
            self.assertFalse(note.notified_partner_ids)
            self.assertNotEqual(self.notification().notification_status, "bounce")

    def test_nor_is_a_receipt(self):
        note = self.report(RECEIPT)
        self.assertTrue(note.is_internal)
        self.assertNotEqual(self.notification().notification_status, "bounce")

    def test_reports_without_form(self):
        for sender, headers in (
            ("MAILER-DAEMON@mx.example.net", "X-Test: 1"),
            ("postmaster@mx.example.net", "X-Test: 1"),
            ("anybody@mx.example.net", f"X-Failed-Recipients: {self.customer.email}"),
        ):
            self.notification().sudo().notification_status = "sent"
            note = self.report(PLAIN, sender=sender, headers=headers)
            self.assertEqual(len(note), 1, sender)
            if "Failed" in headers:
                self.assertEqual(self.notification().notification_status, "bounce")

    def test_a_report_on_nothing_of_ours_makes_no_ticket(self):
        self.assertFalse(self.report(message_id="<unknown@nowhere.example.net>"))

    def test_reports_without_end(self):
        for _number in range(30):
            self.report()
        notes = self.ticket.message_ids.filtered(lambda m: "No such user" in (m.body or ""))
        self.assertEqual(len(notes), 10)

    def test_broken_reports(self):
        for broken in (
            REPORT.replace("Final-Recipient: rfc822; {recipient}", "Final-Recipient: \xff;;;"),
            REPORT.replace("Action: {action}", "Action:"),
            REPORT.replace("message/delivery-status", "text/plain"),
            REPORT.replace("--b--", ""),
            REPORT.replace('boundary="b"', 'boundary="c"'),
        ):
            self.report(broken)

    def test_files_of_reports_are_limited_as_well(self):
        self.env["ir.config_parameter"].set_param("crm_suite_helpdesk.mail_files", "2")
        file = (
            "--b\nContent-Type: text/plain\n"
            "Content-Disposition: attachment; filename=f{}.txt\n\nx\n"
        )
        files = "".join(map(file.format, range(9)))
        head, text = PLAIN.split("\n\n", 1)
        note = self.report(
            f"{head}\n\n{files}--b\nContent-Type: text/plain\n\n{text}\n--b--\n".replace(
                "Content-Type: text/plain; charset=utf-8",
                'Content-Type: multipart/mixed; boundary="b"',
            ),
            sender="postmaster@mx.example.net",
            headers="MIME-Version: 1.0",
        )
        self.assertEqual(len(note), 1)
        self.assertEqual(len(note.attachment_ids), 2)
        row = self.env["crm.mail.quarantine"].search([], limit=1, order="id desc")
        self.assertEqual((row.reason, row.state, row.res_id), ("cut", "done", self.ticket.id))
