from odoo.exceptions import AccessError, MissingError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import PurchaseCase


@tagged("post_install", "-at_install")
class TestPurchaseRights(PurchaseCase):
    """What was bought is shown from the orders that the reader may read, and no others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._order([(cls.desk, 2)], days_ago=20)
        cls._order([(cls.desk, 5), (cls.training, 1)], user=cls.sami)

    def test_salespeople_count_their_own_orders(self):
        for user, quantity in ((self.omar, 2), (self.sami, 5), (self.alia, 7)):
            self.assertEqual(self._bought(user).quantity, quantity, user.name)
        self.assertFalse(self._bought(self.omar, product=self.training))
        counts = {
            user: self.haddad.with_user(user).product_purchase_count
            for user in (self.omar, self.sami, self.alia)
        }
        self.assertEqual(list(counts.values()), [1, 2, 2])
        self.assertEqual(self.training.with_user(self.omar).buyer_count, 0)

    def test_rows_of_colleagues_cannot_be_read_by_id(self):
        row = self._bought(self.alia, product=self.training)
        self.assertTrue(row)
        self.env.invalidate_all()
        self.assertEqual(row.with_user(self.omar).read(["amount"]), [])
        line = self.env["crm.product.purchase.line"].browse(row.id).with_user(self.omar)
        self.assertEqual(line.read(["amount"]), [])
        with self.assertRaises(MissingError):
            row.with_user(self.omar).action_view_orders()
        # a row that two share shows each what is his: its id is the one of the first line
        row = self._bought(self.omar)
        self.assertEqual(row.read(["quantity"])[0]["quantity"], 2)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other", "currency_id": self.foreign.id})
        self.alia.company_ids += other
        self.alia.company_id = self.company
        order = (
            self.env["sale.order"]
            .with_company(other)
            .create(
                {
                    "partner_id": self.layla.id,
                    "user_id": self.alia.id,
                    "company_id": other.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.desk.id,
                                "product_uom_qty": 10,
                                "price_unit": 100,
                                "tax_ids": [],
                            }
                        )
                    ],
                }
            )
        )
        order.action_confirm()
        order.date_order = self.noon
        self.env.flush_all()
        Purchase = self.env["crm.product.purchase"].with_user(self.alia)
        domain = [("partner_id", "=", self.haddad.id), ("product_id", "=", self.desk.id)]
        for companies, quantity, amount in (
            (self.company, 7, 1400),
            # 10 x 100 in a currency of which two make one
            (self.company | other, 17, 1400 + 500),
        ):
            self.env.invalidate_all()
            row = Purchase.with_context(allowed_company_ids=companies.ids).search(domain)
            self.assertEqual((row.quantity, row.amount), (quantity, amount))
        # the cost is known in the first company only
        self.assertEqual((row.margin, row.is_cost_known), (1400 - 7 * 120, True))

    def test_others_may_not(self):
        portal = new_test_user(self.env, "purchase_portal", groups="base.group_portal")
        employee = new_test_user(self.env, "purchase_employee", groups="base.group_user")
        for user in (portal, employee, self.cora):
            for model in ("crm.product.purchase", "crm.product.purchase.line"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.haddad.with_user(user).read(["product_purchase_count"])

    def test_nobody_writes(self):
        row = self._bought(self.mona)
        with self.assertRaises(AccessError):
            row.with_user(self.mona).write({"quantity": 1})
        with self.assertRaises(AccessError):
            row.with_user(self.mona).unlink()

    def test_adding_needs_rights_on_the_opportunity(self):
        lead = self._create_opportunity(user_id=self.sami.id, team_id=self.south.id)
        row = self._bought(self.omar).with_context(purchase_lead_id=lead.id)
        with self.assertRaises(AccessError):
            row.action_add_to_opportunity()
        self.assertFalse(lead.line_ids)
