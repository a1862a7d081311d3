import random
from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MetricCase
from .oracle import Oracle

EXACT = (
    "expected_order_date",
    "first_order_date",
    "frequency_score",
    "last_order_date",
    "monetary_score",
    "order_count",
    "recency_score",
    "rfm_cell",
    "team_id",
    "user_id",
    "value_tier",
)
# figure: what rounding may make of it
NEAR = {
    "average_order_value": 0.006,
    "churn_risk": 0.00006,
    "earlier_revenue": 0.006,
    "lifetime_value": 0.006,
    "margin": 0.006,
    "open_balance": 0.006,
    "order_interval_days": 0.0501,
    "overdue_balance": 0.006,
    "payment_delay_days": 0.0501,
    "projected_lifetime_value": 0.5,
    "recent_revenue": 0.006,
    "refunded_amount": 0.006,
    "revenue": 0.006,
}


@tagged("post_install", "-at_install")
class TestFigures(MetricCase):
    """Every figure against slow Python over the same documents."""

    def _assert_figures(self, company=None):
        company = company or self.company
        self.env.flush_all()
        self.env.invalidate_all()
        oracle = Oracle(self.env, company, self.today)
        metrics = self.Metric.search([("company_id", "=", company.id)])
        self.assertEqual(metrics.partner_id, self.env["res.partner"].union(*oracle.rows))
        for metric in metrics:
            expected = oracle.rows[metric.partner_id]
            values = metric.read([*EXACT, *NEAR], load=False)[0]
            for name in EXACT:
                message = f"{name} of {metric.partner_id.name}"
                self.assertEqual(values[name], expected[name], message)
            for name, delta in NEAR.items():
                message = f"{name} of {metric.partner_id.name}"
                self.assertAlmostEqual(values[name], expected[name], delta=delta, msg=message)

    def _make_documents(self, chance, customers, pricelist, number):
        for _i in range(number):
            lines = [
                (
                    chance.choice((self.desk, self.training)),
                    {
                        "product_uom_qty": chance.choice([1, 2, 5, 0.5, -1]),
                        "product_uom_id": chance.choice([self.desk.uom_id.id, self.dozen.id]),
                        "price_unit": chance.choice([10, 99.5, 1000, 0]),
                        "discount": chance.choice([0, 0, 15]),
                    },
                )
                for _j in range(chance.randint(1, 3))
            ]
            order = self._order(
                lines,
                days_ago=chance.choice([0, 3, 40, 200, 364, 365, 366, 500, 729, 731, 900]),
                partner=chance.choice(customers),
                user=chance.choice((self.omar, self.sami)),
                team_id=chance.choice((self.north, self.south)).id,
                **({"pricelist_id": pricelist.id} if chance.random() < 0.3 else {}),
            )
            event = chance.random()
            if event < 0.15:
                order._action_cancel()
            elif event < 0.5 and order.amount_untaxed > 0:
                invoice = self._invoice_order(order)
                if chance.random() < 0.5:
                    self._credit(invoice, chance.choice([None, 0.5]))
                else:
                    self._pay(invoice, days_ago=chance.choice([0, 5]))

    def test_random_documents(self):
        chance = random.Random(11)
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": self.foreign.id}
        )
        others = self.env["res.partner"].create(
            [{"name": f"Customer {n}", "is_company": bool(n % 2)} for n in range(6)]
        )
        archived = self.env["res.partner"].create(
            {"name": "Left the company", "parent_id": self.badr.id}
        )
        customers = [*others, self.layla, self.haddad, self.badr, archived]
        self._make_documents(chance, customers, pricelist, 45)
        archived.active = False
        self._invoice(300, 30, partner=others[0])
        self._pay(self._invoice(200, 30, partner=others[1]), 50)
        self.Metric._refresh()
        self._assert_figures()
        # what happens now is computed for who is touched alone, and equals a full pass
        self._forget()
        self._make_documents(chance, customers[:4], pricelist, 6)
        self._invoice(70, 2, partner=others[2])
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((others[4] | others[5]).ids, others[4], extra_checks=False)
        others[3].parent_id = self.haddad
        others[3].is_company = False
        touched = self._touched()
        self.assertIn(others[4], touched)
        self.Metric._refresh(self.Touch._take(1000))
        boundary = self.env["crm.customer.metric.boundary"].search([]).read()
        absolute = self._figures()
        self.assertFalse(self._touched())
        self.assertEqual(
            boundary, self.env["crm.customer.metric.boundary"].search([]).read(), "not moved"
        )
        self.Metric._refresh()
        self._assert_figures()
        full = self._figures()
        self.assertEqual(absolute.keys(), full.keys())
        relative = {
            "recency_score",
            "frequency_score",
            "monetary_score",
            "rfm_cell",
            "value_tier",
            "churn_risk",
            "projected_lifetime_value",
            "expected_order_date",
        }
        for key, row in full.items():
            for name in row.keys() - relative:
                self.assertEqual(absolute[key][name], row[name], f"{name} of {key}")
        # with the boundaries of this full pass, computing one alone changes nothing
        self.Metric._refresh(self.env["res.partner"].browse({key[0] for key in full}))
        self.assertEqual(self._figures(), full)

    def test_unchanged_rows_are_not_written(self):
        self._order([(self.desk, 2)], days_ago=20)
        self.Metric._refresh()
        metric = self._metric()
        self.env.cr.execute("UPDATE crm_customer_metric SET refreshed_at = '2000-01-01'")
        self.Metric._refresh()
        self.assertEqual(self._metric().refreshed_at.year, 2000)
        self._order([(self.desk, 1)], days_ago=1)
        self.Metric._refresh(self.haddad)
        self.assertEqual(self._metric(), metric, "the row stays the same")
        self.assertGreater(self._metric().refreshed_at.year, 2000)

    def test_customer_without_documents_has_no_row(self):
        order = self._order([(self.desk, 2)], days_ago=20)
        self.Metric._refresh(self.layla)
        self.assertEqual(self._metric().order_count, 1, "the contact stands for its company")
        order._action_cancel()
        self.Metric._refresh(self.haddad)
        self.assertFalse(self._metric())

    def test_two_companies_have_two_rows(self):
        other = self.env["res.company"].create({"name": "Other", "currency_id": self.foreign.id})
        self._order([(self.desk, 1)], days_ago=20)
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
        # the first customer of a company that no full pass has seen
        self.Metric._refresh(self.haddad)
        self.assertEqual(self._metric(company=other).revenue, 1000)
        self.assertEqual(self._metric(company=other).rfm_cell, "hibernating")
        self.assertEqual(self._metric().revenue, 200)
        self.env.invalidate_all()
        self.assertEqual(self.layla.with_company(other).metric_id.revenue, 1000)
        self.assertEqual(self.layla.metric_id.revenue, 200)

    def test_settings(self):
        self._order([(self.training, 1)], days_ago=20)
        values = (("30", 150), ("50", 250), ("0", 0), ("many", 150), ("-7", 150), (False, 150))
        for value, expected in values:
            self.env["ir.config_parameter"].set_param("crm_suite.metric_assumed_margin", value)
            self.Metric._refresh(self.haddad)
            self.assertEqual(self._metric().lifetime_value, expected, value)
            self.assertEqual(self._metric().margin, 0)

    def test_settings_screen(self):
        with Form(self.env["res.config.settings"]) as form:
            self.assertEqual(form.crm_metric_discount_rate, 10)
            form.crm_metric_assumed_margin = 0
            form.crm_metric_discount_rate = 7.5
        form.save().set_values()
        values = self.env["res.config.settings"].get_values()
        self.assertEqual(values["crm_metric_assumed_margin"], 0)
        self.assertEqual(values["crm_metric_discount_rate"], 7.5)
        with self.assertRaises(ValidationError):
            self.env["res.config.settings"].create({"crm_metric_discount_rate": 101})

    def test_day_of_an_order_is_of_its_company(self):
        self.company.resource_calendar_id.tz = "Asia/Amman"
        order = self._order([(self.desk, 1)], days_ago=20)
        order.date_order = self.noon - timedelta(days=20) + timedelta(hours=11)
        self.Metric._refresh(self.haddad)
        self.assertEqual(self._metric().last_order_date, self.today - timedelta(days=19))

    def test_moved_cells_are_told(self):
        told = []
        self.patch(
            self.registry["crm.customer.metric"],
            "_on_cells_changed",
            lambda _model, rows: told.extend(rows),
        )
        order = self._order([(self.desk, 2)], days_ago=20)
        self.Metric._refresh()
        cell = self._metric().rfm_cell
        mine = [row for row in told if row[0] == self.haddad.id]
        self.assertEqual(mine, [(self.haddad.id, self.company.id, None, cell)])
        told.clear()
        self.Metric._refresh()
        self.assertFalse(told)
        order._action_cancel()
        self.Metric._refresh(self.haddad)
        self.assertEqual(told, [(self.haddad.id, self.company.id, cell, None)])
