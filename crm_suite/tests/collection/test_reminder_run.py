from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common import CollectionCase


@tagged("post_install", "-at_install")
class TestReminderRun(CollectionCase, MailCase):
    def test_one_reminder_of_all_that_is_overdue(self):
        old, new = self._invoice(50, 300.0), self._invoice(8, 200.0, partner=self.layla)
        self._invoice(-5, 999.0)  # not due
        self._invoice(3, 70.0)  # late, but no level begins; listed all the same
        [reminder] = self._prepare()
        self.assertEqual(reminder.partner_id, self.haddad, "invoices of contacts are the company's")
        self.assertEqual(len(reminder.line_ids), 3)
        self.assertEqual(reminder.amount, 570.0)
        levels = {line.move_id: line.level_id for line in reminder.line_ids}
        self.assertEqual(levels[old], self.level_1, "a very late one gets the first level first")
        self.assertEqual(levels[new], self.level_1)
        self.assertEqual(reminder.level_id, self.level_1)
        self.assertEqual(reminder.days_overdue, 50)
        self.assertEqual(reminder.user_id, self.omar)
        self.assertFalse(reminder.hold_kind)

    def test_prepared_again_it_is_the_same(self):
        self._invoice(10)
        reminder = self._prepare()
        self.assertEqual(self._prepare(), reminder)
        self.assertEqual(len(reminder.line_ids), 1)
        more = self._invoice(6)
        self.assertEqual(self._prepare(), reminder)
        self.assertIn(more, reminder.line_ids.move_id)

    def test_levels_follow_one_another(self):
        invoice = self._invoice(60)
        first = self._prepare()
        self._make_sent(first, days_ago=8)
        second = self._prepare()
        self.assertEqual(second.level_id, self.level_2)
        self._make_sent(second, days_ago=3)
        held = self._prepare()
        self.assertEqual(held.hold_kind, "recent")
        self.assertEqual(held.level_id, self.level_3)
        self.assertIn("3", held.hold_reason)
        with self.assertRaises(UserError):
            held.action_send()
        first.sudo().date = self.today - timedelta(days=30)
        second.sudo().date = self.today - timedelta(days=12)
        third = self._prepare()
        self.assertFalse(third.hold_kind)
        self._make_sent(third, days_ago=30)
        done = self._prepare()
        self.assertEqual(done.hold_kind, "done", "listed, and not reminded any more")
        self.assertEqual(
            invoice.reminder_line_ids.filtered("level_id").level_id,
            self.level_1 | self.level_2 | self.level_3,
        )

    def test_a_new_invoice_rides_along(self):
        self._invoice(25, 100.0)
        self._make_sent(self._prepare(), days_ago=10)
        new = self._invoice(6, 50.0)
        reminder = self._prepare()
        self.assertEqual(reminder.level_id, self.level_2, "the strictest word counts")
        line = reminder.line_ids.filtered(lambda line: line.move_id == new)
        self.assertEqual(line.level_id, self.level_1)

    def test_half_paid(self):
        invoice = self._invoice(10, 100.0)
        self._pay(invoice, 40.0)
        reminder = self._prepare()
        self.assertEqual(reminder.line_ids.residual, 60.0)
        self.assertEqual(reminder.line_ids.amount, 100.0)

    def test_terms_with_two_due_dates(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        self._invoice(9, 100.0, invoice_payment_term_id=term.id, invoice_date_due=False)
        reminder = self._prepare()
        self.assertEqual(reminder.line_ids.residual, 50.0, "only what is due")

    def test_credits_are_deducted(self):
        self._invoice(10, 100.0)
        self._invoice(4, 30.0, move_type="out_refund")
        reminder = self._prepare()
        self.assertEqual(reminder.amount, 70.0)
        self.assertFalse(reminder.hold_kind)
        self._invoice(4, 80.0, move_type="out_refund")
        self._prepare()
        self.assertEqual(reminder.hold_kind, "nothing", "listed, not dropped")

    def test_a_payment_without_invoice_counts(self):
        self._invoice(10, 100.0)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.haddad.id,
                "amount": 100.0,
                "journal_id": self.env["account.journal"]
                .search([("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1)
                .id,
            }
        )
        payment.action_post()
        self.assertEqual(self._prepare().hold_kind, "nothing")

    def test_several_currencies_are_never_added_up(self):
        euro = self.env.ref("base.EUR")
        other = euro if self.company.currency_id != euro else self.env.ref("base.USD")
        other.active = True
        self._invoice(10, 100.0)
        self._invoice(10, 50.0, currency_id=other.id)
        reminder = self._prepare()
        self.assertEqual(reminder.total.count("·"), 1)
        residuals = {line.currency_id: line.residual for line in reminder.line_ids}
        self.assertEqual(residuals, {self.company.currency_id: 100.0, other: 50.0})

    def test_without_address_it_is_listed(self):
        (self.haddad | self.layla).email = False
        self._invoice(10)
        reminder = self._prepare()
        self.assertEqual(reminder.hold_kind, "address")
        self.assertTrue(reminder.hold_reason)
        self.level_1.print_letter = True
        self._prepare()
        self.assertFalse(reminder.hold_kind, "a letter needs none")

    def test_who_gets_it(self):
        self._invoice(10)
        address = self.env["res.partner"].create(
            {
                "name": "Accounting",
                "type": "invoice",
                "parent_id": self.haddad.id,
                "email": "accounting@haddad.example.com",
            }
        )
        reminder = self._prepare()
        self.assertEqual(reminder.recipient_id, address)
        reminder.sudo().state = "cancelled"
        self.haddad.reminder_partner_id = self.layla
        self.assertEqual(self._prepare().recipient_id, self.layla)

    def test_never(self):
        self._invoice(10)
        self.haddad.write({"reminder_mode": "none", "reminder_none_reason": "Owner is a friend"})
        reminder = self._prepare()
        self.assertEqual(reminder.hold_kind, "mode")
        self.assertIn("friend", reminder.hold_reason)

    def test_blocked_payment(self):
        blocked = self._invoice(10)
        blocked.payment_state = "blocked"
        reminder = self._prepare()
        self.assertEqual(reminder.hold_kind, "held")
        self._invoice(11)
        self._prepare()
        self.assertFalse(reminder.hold_kind)
        self.assertEqual(reminder.amount, 100.0, "the blocked one is not asked for")

    def test_paid_before_it_is_sent(self):
        invoice = self._invoice(10)
        reminder = self._prepare()
        self._pay(invoice)
        self.assertFalse(self._send(reminder))
        self.assertEqual(reminder.state, "cancelled")

    def test_paid_in_part_before_it_is_sent(self):
        paid, owed = self._invoice(10, 100.0), self._invoice(10, 50.0)
        reminder = self._prepare()
        self._pay(paid)
        mails = self._send(reminder)
        self.assertEqual(reminder.line_ids.move_id, owed)
        self.assertIn(owed.name, mails[0]["body"])
        self.assertNotIn(paid.name, mails[0]["body"])

    def test_blocked_before_it_is_sent(self):
        invoice = self._invoice(10)
        reminder = self._prepare()
        invoice.payment_state = "blocked"
        self.assertFalse(self._send(reminder))
        self.assertEqual(reminder.state, "draft")
        self.assertEqual(reminder.hold_kind, "held")

    def test_paid_customers_leave_the_list(self):
        invoice = self._invoice(10)
        reminder = self._prepare()
        self._pay(invoice)
        self.assertFalse(self._prepare())
        self.assertEqual(reminder.state, "cancelled")

    def test_merged_contacts_get_one(self):
        self._invoice(10, 100.0)
        twin = self.env["res.partner"].create(
            {"name": "Haddad Trade", "is_company": True, "email": "office@haddad.example.com"}
        )
        self._invoice(10, 40.0, partner=twin)
        self.assertEqual(len(self._prepare(self.haddad | twin)), 2)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.haddad | twin).ids, self.haddad
        )
        [reminder] = self._prepare()
        self.assertEqual(reminder.amount, 140.0)
        drafts = [("partner_id", "=", self.haddad.id), ("state", "=", "draft")]
        self.assertEqual(self.Reminder.search_count(drafts), 1)

    def test_an_invoice_that_goes_to_another_customer_stops_nobody(self):
        self._invoice(10, 100.0)
        moved = self._invoice(10, 50.0)
        self._invoice(10, 70.0, partner=self.nile)
        ours, theirs = self._prepare(self.haddad), self._prepare(self.nile)
        moved.button_draft()
        moved.partner_id = self.nile
        moved.action_post()
        self.assertEqual(self._prepare(self.nile), theirs)
        self.assertEqual(theirs.amount, 120.0)
        self._send(theirs)
        # approved as it was prepared, when the invoice was theirs
        [mail] = self._send(ours)
        self.assertEqual((theirs.state, ours.state), ("sent", "sent"))
        self.assertEqual((theirs.amount, ours.amount), (120.0, 100.0))
        self.assertNotIn(moved.name, mail["body"])

    def test_two_drafts_of_one_invoice_can_be_sent_together(self):
        self._invoice(10, 100.0)
        moved = self._invoice(10, 50.0)
        self._invoice(10, 70.0, partner=self.nile)
        ours = self._prepare(self.haddad)
        moved.button_draft()
        moved.partner_id = self.nile
        moved.action_post()
        both = self._prepare(self.nile) | ours
        self.assertEqual(len(self._send(both)), 2)
        self.assertEqual(set(both.mapped("state")), {"sent"})
        levels = both.line_ids.filtered(lambda line: line.move_id == moved).level_id
        self.assertEqual(levels, self.level_1)

    def test_archived_customers_owe_as_well(self):
        self._invoice(10)
        self.layla.active = False
        self.haddad.active = False
        self.assertEqual(self._prepare().partner_id, self.haddad)

    def test_few_queries_for_many_customers(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Many {n}", "email": f"many{n}@example.com"} for n in range(60)]
        )
        for partner in partners:
            self._invoice(10, partner=partner)
        self._prepare(partners[:2])
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(120):
            self._prepare(partners)
            self.env.flush_all()
