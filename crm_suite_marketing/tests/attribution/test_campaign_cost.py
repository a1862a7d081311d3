from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import AttributionCase


@tagged("post_install", "-at_install")
class TestCampaignCost(AttributionCase):
    """What a campaign costs, on which day."""

    def _cost(self, user=None, **values):
        return (
            self.env["crm.campaign.cost"]
            .with_user(user or self.marketer)
            .create(
                {
                    "name": "Test Cost",
                    "campaign_id": self.fair.id,
                    "company_id": self.company.id,
                    "amount": 100,
                    "date_from": "2026-01-01",
                    **values,
                }
            )
        )

    def test_spread_over_the_days(self):
        cost = self._cost(date_to="2026-01-07")
        self.assertEqual(cost.day_ids.mapped("amount"), [14.29] * 4 + [14.28] * 3)
        self.assertEqual(cost.day_ids[-1].date, date(2026, 1, 7))
        self.assertEqual(cost.company_amount, 100)
        cost.date_to = False
        self.assertEqual(cost.day_ids.mapped("amount"), [100])
        cost.amount = -50
        self.assertEqual(cost.day_ids.mapped("amount"), [-50])

    def test_coins_of_the_currency(self):
        currency = self.env["res.currency"].create(
            {"name": "TCN", "symbol": "t", "rounding": 0.05, "active": True}
        )
        company = self.env["res.company"].create({"name": "Coins", "currency_id": currency.id})
        cost = self._cost(
            self.env.user,
            amount=10,
            date_to="2026-01-03",
            company_id=company.id,
            currency_id=currency.id,
        )
        self.assertEqual(cost.day_ids.mapped("amount"), [3.35, 3.35, 3.3])
        self.assertEqual(cost.company_amount, 10)

    def test_foreign_currency(self):
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.foreign.id,
                "company_id": self.company.id,
                "name": "2025-12-01",
                "rate": 4,
            }
        )
        cost = self._cost(currency_id=self.foreign.id)
        self.assertEqual(cost.company_amount, 25)

    def test_bad_input(self):
        with self.assertRaises(ValidationError):
            self._cost(campaign_id=False)
        with self.assertRaises(ValidationError):
            self._cost(date_to="2036-01-01")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._cost(date_to="2025-12-31")

    def test_import(self):
        result = (
            self.env["crm.campaign.cost"]
            .with_user(self.marketer)
            .load(
                ["name", "campaign_id", "medium_id", "date_from", "date_to", "amount"],
                [
                    ["Import A", "Test Fair", "Test Stand", "2026-02-01", "2026-02-04", "10"],
                    ["Import B", "", "Test Adverts", "2026-02-01", "", "20.5"],
                ],
            )
        )
        self.assertFalse(result["messages"])
        costs = self.env["crm.campaign.cost"].browse(result["ids"])
        self.assertEqual(costs[0].day_ids.mapped("amount"), [2.5] * 4)
        self.assertEqual(costs[1].medium_id, self.adverts)

    def test_bill_line(self):
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.badr.id,
                "invoice_date": "2026-03-04",
                "invoice_line_ids": [
                    Command.create({"name": "Posters", "price_unit": 80, "tax_ids": []})
                ],
            }
        )
        bill.action_post()
        with Form(self.env["crm.campaign.cost"]) as form:
            form.campaign_id = self.fair
            form.bill_line_id = bill.invoice_line_ids
        cost = form.record
        self.assertEqual((cost.name, cost.amount), ("Posters", 80))
        self.assertEqual(cost.date_from, date(2026, 3, 4))

    def test_rights(self):
        cost = self._cost()
        self.assertTrue(cost.with_user(self.alia).read(["amount"]))
        with self.assertRaises(AccessError):
            cost.with_user(self.alia).amount = 5
        with self.assertRaises(AccessError):
            cost.with_user(self.omar).read(["amount"])
        with self.assertRaises(AccessError):
            cost.with_user(self.marketer).day_ids.amount = 5
        other = self.env["res.company"].create({"name": "Attribution Cost"})
        with self.assertRaises(AccessError):
            self._cost(company_id=other.id, currency_id=other.currency_id.id)
