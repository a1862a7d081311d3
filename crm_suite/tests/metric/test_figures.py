from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MetricCase


@tagged("post_install", "-at_install")
class TestFigures(MetricCase):
    """What the figures count, in single cases; random ones are in `test_lives.py`."""

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
