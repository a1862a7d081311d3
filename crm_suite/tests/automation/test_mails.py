from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import AutomationCase

REMINDERS = [f"quotation_reminder_{level}" for level in (1, 2, 3)]


@tagged("post_install", "-at_install")
class TestMails(AutomationCase):
    """Reminders and thanks that customers get."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        for level in (1, 2, 3):
            template = cls.env.ref(f"crm_suite.mail_template_quotation_reminder_{level}")
            # the subject as the translators might write it, whatever is installed
            template.with_context(lang="ar_001").subject = "تذكير %s {{ object.name }}" % level

    def _send(self, days=0, partner=None, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": (partner or self.layla).id,
                "user_id": self.omar.id,
                "order_line": [Command.create({"product_id": self.desk.id})],
                **values,
            }
        )
        order.action_quotation_sent()
        self._age(order, days)
        return order

    def _age(self, order, days):
        order.quotation_sent_at = self.now - timedelta(days=days, minutes=1)

    def _later(self, order, days, rules=REMINDERS):
        """Let days pass for a quotation and its reminders, and the job run at the end of them."""
        order.flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_order SET quotation_sent_at = quotation_sent_at - %s * interval '1 day',"
            " reminded_at = reminded_at - %s * interval '1 day' WHERE id = %s",
            [days, days, order.id],
        )
        order.invalidate_recordset()
        for name in rules:
            self._rule(name).last_run = self.now - timedelta(days=days)
        self._run_cron()

    def _mails_of(self, order):
        return self._new_mails.filtered(
            lambda mail: mail.model == "sale.order" and mail.res_id == order.id
        )

    def test_three_reminders_one_after_the_other(self):
        self._switch_on(*REMINDERS, since_days=1)
        order = self._send()
        seen = []
        for _day in range(25):
            self._later(order, 1)
            seen += [
                (order.reminder_level, mail.subject)
                for mail in self._mails_of(order)
                if self.layla in mail.recipient_ids
            ]
        self.assertEqual([level for level, _subject in seen], [1, 2, 3])
        self.assertEqual(len({subject for _level, subject in seen}), 3)
        self.assertTrue(all(order.name in subject for _level, subject in seen))

    def test_a_reminder_is_a_real_mail_of_the_salesperson(self):
        self._switch_on(REMINDERS[0])
        order = self._send(days=6)
        self._run_cron()
        mail = self._mails_of(order).filtered(lambda mail: self.layla in mail.recipient_ids)
        self.assertEqual(len(mail), 1)
        self.assertIn("omar@example.com", mail.email_from)
        self.assertIn(order.name, mail.body_html)
        self.assertIn('dir="ltr"', mail.body_html)
        self.assertIn("access_token=", mail.body_html, "a button opens the quotation")
        self.assertIn(order.name, order.message_ids[0].subject)
        self.assertTrue(order.is_unanswered, "a reminder of ours is no answer")
        self.assertEqual(order.state, "sent")

    def test_the_customer_reads_his_language(self):
        self._switch_on(REMINDERS[0])
        self.layla.lang = "ar_001"
        order = self._send(days=6)
        other = self._send(days=6, partner=self.haddad)
        self._run_cron()
        arabic = self._mails_of(order)
        self.assertEqual(arabic.mapped("subject"), [f"تذكير 1 {order.name}"])
        self.assertIn('dir="rtl"', arabic.body_html)
        self.assertEqual(self._mails_of(other).mapped("subject"), [f"Our quotation {other.name}"])

    def test_who_gets_no_reminder(self):
        self._switch_on(REMINDERS[0])
        # where the user of the job is
        today = fields.Date.context_today(self.env.user)
        quiet = {
            "ordered": lambda order: order.action_confirm(),
            "cancelled": lambda order: order._action_cancel(),
            "answered": lambda order: self._say(
                order, "Not yet", message_type="email", author_id=self.layla.id
            ),
            "expired": lambda order: order.write({"validity_date": today - timedelta(days=1)}),
            "not wanted": lambda order: order.write({"without_reminders": True}),
            "no address": lambda order: order.partner_id.write({"email": False}),
            "young": lambda order: self._age(order, 4),
            "back to draft": lambda order: order.action_draft(),
        }
        orders = {}
        for name, act in quiet.items():
            partner = self.layla.copy({"name": name, "email": "x@example.org"})
            orders[name] = self._send(days=6, partner=partner)
            act(orders[name])
        loud = self._send(days=6, validity_date=today)
        self._run_cron()
        self.assertEqual(loud.reminder_level, 1)
        for name, order in orders.items():
            self.assertFalse(order.reminder_level, name)
            self.assertFalse(self._mails_of(order), name)

    def test_never_twice(self):
        self._switch_on(REMINDERS[0])
        order = self._send(days=6)
        self._run_cron()
        self.assertEqual(order.reminder_level, 1)
        # the administrator changes the delay; the job runs again and again
        self._rule(REMINDERS[0]).trg_date_range = 6
        self._later(order, 0)
        self.assertFalse(self._mails_of(order))
        self._later(order, 3)
        self.assertFalse(self._mails_of(order))
        # a new sending begins anew
        order.action_draft()
        self.assertFalse(order.reminder_level)
        order.action_quotation_sent()
        self._later(order, 7)
        self.assertEqual(order.reminder_level, 1)
        self.assertTrue(self._mails_of(order))

    def test_a_job_that_stood_still_does_not_send_two_at_once(self):
        self._switch_on(*REMINDERS)
        order = self._send(days=21)
        self._run_cron()
        self.assertEqual(len(self._mails_of(order)), 1)
        self._run_cron()
        self.assertFalse(self._mails_of(order))

    def test_alone_the_second_reminder_works_too(self):
        self._switch_on(REMINDERS[1])
        order = self._send(days=11)
        self._run_cron()
        self.assertEqual(order.reminder_level, 2)

    def test_nobody_enters_reminders(self):
        values = {"reminder_level": 3, "reminded_at": self.now}
        order = self._send(**values)
        self.assertEqual((order.reminder_level, order.reminded_at), (0, False))
        order.reminder_level = 1
        self.assertFalse(order.copy().reminder_level)

    def test_thanks_once(self):
        self._switch_on("order_thanks")
        order = self._send()
        self.layla.lang = "ar_001"
        self.env.ref("crm_suite.mail_template_order_thanks").with_context(
            lang="ar_001"
        ).subject = "شكراً {{ object.name }}"
        with self.mock_mail_gateway():
            order.with_user(self.omar).action_confirm()
        mails = self._mails_of(order).filtered(lambda mail: self.layla in mail.recipient_ids)
        self.assertEqual(mails.mapped("subject"), [f"شكراً {order.name}"])
        self.assertIn('dir="rtl"', mails.body_html)
        self.assertTrue(order.is_thanked)
        order._action_cancel()
        order.action_draft()
        with self.mock_mail_gateway():
            order.action_confirm()
        self.assertFalse(self._mails_of(order))

    def test_who_signed_online_is_not_thanked_twice(self):
        self._switch_on("order_thanks")
        order = self._send()
        order.signed_on = self.now
        with self.mock_mail_gateway():
            order.action_confirm()
        self.assertFalse(self._mails_of(order))

    def test_off_means_no_mail(self):
        order = self._send(days=6)
        with self.mock_mail_gateway():
            order.action_confirm()
        self.assertFalse(self._mails_of(order))
        other = self._send(days=6)
        self._run_cron()
        self.assertFalse(self._mails_of(other))
