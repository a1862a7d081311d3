from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .receivable_common import ReceivableCase


@tagged("post_install", "-at_install")
class TestExpectedPayment(ReceivableCase):
    """When the money can be expected: as the customer pays."""

    def _expected(self, move):
        row = self._row(move)
        return row.expected_basis, row.expected_date and (row.expected_date - self.today).days

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what others have paid in this database must not be the mean of all customers
        cls.env["account.partial.reconcile"].search([]).max_date = "2000-01-01"

    def test_mean_delay(self):
        self._habit(10, 20, 0)
        self.env.invalidate_all()
        for user in (self.omar, self.ada):
            layla = self.layla.with_user(user)
            self.assertEqual((layla.payment_delay_days, layla.payment_delay_count), (10, 3))
        self.assertEqual(self._expected(self._invoice(50, -5)), ("customer", 15))
        self.assertEqual(self._expected(self._invoice(50, 4)), ("customer", 6))

    def test_early_payers(self):
        self._habit(-4, -8)
        self.env.invalidate_all()
        self.assertEqual(self.haddad.payment_delay_days, -6)
        self.assertEqual(self._expected(self._invoice(50, -20)), ("customer", 14))

    def test_later_than_usual(self):
        self._habit(10)
        self.assertEqual(self._expected(self._invoice(50, 11)), ("late", 0))

    def test_mean_of_all_customers_then_due_date(self):
        move = self._invoice(50, -5)
        self.assertEqual(self._expected(move), ("due", 5))
        self._habit(6, partner=self.badr)
        self._habit(9, partner=self.badr)
        # 7.5, rounded
        self.assertEqual(self._expected(move), ("company", 13))
        self._habit(2)
        self.assertEqual(self._expected(move), ("customer", 7))

    def test_promise_wins_while_it_lies_ahead(self):
        self._habit(10)
        move = self._invoice(50, 40)
        promise = self._promise(move_ids=move.ids, days=9)
        self.assertEqual(self._expected(move), ("promise", 9))
        promise.sudo().date = self.today - timedelta(days=1)
        self.assertEqual(self._expected(move), ("late", 0))

    def test_disputed_and_credit(self):
        move = self._invoice(50, 1)
        move.sudo().is_disputed = True
        self.assertEqual(self._expected(move), ("disputed", False))
        credit = self._invoice(50, 1, move_type="out_refund")
        self.assertEqual(self._expected(credit), ("credit", 0))
        # it lowers what comes next
        self._invoice(80, -9)
        self._invoice(80, -6)
        self.assertEqual(self._expected(credit), ("credit", 6))

    def test_what_counts_as_paid(self):
        # half paid: not paid in full
        self._pay(self._invoice(100, 60), 50)
        # credited: never paid
        self._refund(self._invoice(100, 60))
        # paid longer than 24 months ago
        self._pay(self._invoice(100, 900), days_ago=800)
        self.env.invalidate_all()
        self.assertEqual(self.haddad.payment_delay_count, 0)
        # in two payments: the last one counts; credited in part: the payment of the rest
        move = self._invoice(100, 60)
        self._pay(move, 40, days_ago=55)
        self._pay(move, 60, days_ago=40)
        move = self._invoice(100, 60)
        self._refund(move, 50)
        self._pay(move, days_ago=50)
        self.env.invalidate_all()
        self.assertEqual((self.haddad.payment_delay_days, self.haddad.payment_delay_count), (15, 2))

    def test_parts_count_each(self):
        move = self._in_parts((50, 60), (50, 30))
        self._pay(move, 500, days_ago=50)
        self._pay(move, 500, days_ago=10)
        self.env.invalidate_all()
        self.assertEqual((self.haddad.payment_delay_days, self.haddad.payment_delay_count), (15, 1))

    def test_search(self):
        self._habit(10, 20)
        self._habit(2, partner=self.badr)
        self.env.flush_all()
        both = self.haddad | self.badr
        Partner = self.env["res.partner"]

        def find(operator, value, user=self.ada):
            return Partner.with_user(user).search(
                [("payment_delay_days", operator, value), ("id", "in", both.ids)]
            )

        self.assertEqual(find(">", 5), self.haddad)
        self.assertEqual(find("<=", 2), self.badr)
        self.assertEqual(find("=", 15), self.haddad)
        self.assertEqual(find(">", -99, self.sami), self.badr, "the habits of his own customers")
        self.assertEqual(find("in", [2, 15]), both)
        self.assertFalse(find("=", False))
        self.assertEqual(find("=", False, self.sami), self.haddad, "nothing that he knows of")
        self.assertEqual(find("!=", False), both)
        for garbage in ("soon", [3]):
            with self.subTest(garbage), self.assertRaises(UserError):
                find(">", garbage)

    def test_other_companies_have_their_own(self):
        self._habit(10)
        other = self.env["res.company"].create({"name": "Other"})
        self.env.invalidate_all()
        self.assertEqual(self.haddad.with_company(other).payment_delay_count, 0)
        self.assertEqual(self.haddad.with_company(self.company).payment_delay_count, 1)

    def test_credits_are_set_off_against_the_first_payments(self):
        first, second, third = (self._invoice(100, -days) for days in (3, 10, 20))
        disputed = self._invoice(1000, -1)
        disputed.sudo().is_disputed = True
        credit = self._invoice(130, 1, move_type="out_refund")
        amounts = [self._row(move).expected_amount for move in (first, second, third)]
        self.assertEqual(amounts, [0, 70, 100])
        self.assertEqual(self._row(disputed).expected_amount, 0)
        self.assertEqual(self._row(credit).expected_amount, 0)
        self._invoice(500, 1, move_type="out_refund")
        self.assertEqual(sum(self._rows().mapped("expected_amount")), 0, "never less than nothing")

    def test_cash_by_week(self):
        self._invoice(50, -3)
        self._invoice(70, -3)
        self._invoice(30, -60)
        self.env.flush_all()
        weeks = self.env["crm.receivable.report"]._read_group(
            [("partner_id", "=", self.haddad.id)], ["expected_date:week"], ["expected_amount:sum"]
        )
        self.assertEqual([amount for _week, amount in weeks], [120, 30])
