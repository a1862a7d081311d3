from datetime import datetime, timedelta
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, settings

from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import MetricCase
from .life import LIVES, Life
from .oracle import EXACT, NEAR, Oracle

# already tomorrow in Amman, afternoon in New York; the year before had no such day
NOW = datetime(2028, 2, 29, 22, 40)


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestLives(MetricCase):
    """Every figure of random customers against slow Python over the same documents, in two
    companies with currencies, zones and charts of accounts of their own.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = NOW
        cls.env["res.currency.rate"].search([("company_id", "=", False)]).unlink()
        pound = cls.env.ref("base.GBP")
        pound.active = True
        cls.companies = cls.env["res.company"].union(
            cls._create_company("Amman", "Asia/Amman", cls.dollar, {cls.euro: 0.8, pound: 0.5}),
            cls._create_company("York", "America/New_York", cls.euro, {cls.dollar: 1.25, pound: 2}),
        )
        cls.env.user.company_ids |= cls.companies
        (cls.omar | cls.sami).company_ids |= cls.companies
        cls.pricelists = cls.env["product.pricelist"].create(
            [
                {"name": currency.name, "currency_id": currency.id, "company_id": False}
                for currency in (cls.dollar, cls.euro, pound, cls.dollar)
            ]
        )
        cls.parts = cls.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "company_id": False,
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 40, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 60, "nb_days": 30}),
                ],
            }
        )
        cls.unit = cls.desk.uom_id
        chair, visit = cls.env["product.product"].create(
            [
                {"name": "Chair", "type": "consu", "taxes_id": [], "invoice_policy": "order"},
                {"name": "Visit", "type": "service", "taxes_id": [], "invoice_policy": "delivery"},
            ]
        )
        cls.products = [cls.desk, cls.training, chair, visit]
        for company, costs in zip(cls.companies, ((120, 0, 7.5, 3), (80, 0, 0, 0)), strict=True):
            for product, cost in zip(cls.products, costs, strict=True):
                product.with_company(company).standard_price = cost
        north, house, shop = cls.env["res.partner"].create(
            [
                {"name": "North Trading", "is_company": True},
                {"name": "House of Salma"},
                {"name": "Corner Shop", "is_company": True},
            ]
        )
        cls.contacts = [
            north,
            house,
            shop,
            *cls.env["res.partner"].create(
                [
                    {"name": "Buyer", "parent_id": north.id},
                    {"name": "Gone", "parent_id": north.id, "active": False},
                ]
            ),
        ]

    @classmethod
    def _create_company(cls, name, zone, currency, rates):
        company = cls.env["res.company"].create({"name": name, "currency_id": currency.id})
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company=company, install_demo=False
        )
        company.currency_id = currency
        calendar = company.resource_calendar_id or cls.env["resource.calendar"].create(
            {"name": name, "company_id": company.id}
        )
        company.resource_calendar_id = calendar
        calendar.tz = zone
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": foreign.id,
                    "company_id": company.id,
                    "name": NOW.date() - timedelta(days=days),
                    "rate": factor * rate,
                }
                for foreign, rate in rates.items()
                for days, factor in ((800, 1), (365, 2), (30, 0.5))
            ]
        )
        return company

    @property
    def taxes(self):
        return {
            company: self.env["account.tax"].search(
                [("company_id", "=", company.id), ("type_tax_use", "=", "sale")], limit=1
            )
            for company in self.companies
        }

    @property
    def accounts(self):
        return {
            company: [
                self.env["account.account"]
                .with_company(company)
                .search([("account_type", "=", kind), ("company_ids", "=", company.id)], limit=1)
                for kind in ("asset_receivable", "income")
            ]
            for company in self.companies
        }

    def _assert_figures(self, when):
        self.env.flush_all()
        self.env.invalidate_all()
        for company in self.companies:
            expected = Oracle(self.env, company, NOW).rows
            metrics = self.Metric.search([("company_id", "=", company.id)])
            self.assertEqual(
                metrics.partner_id, self.env["res.partner"].union(*expected), f"who, {when}"
            )
            for metric in metrics:
                values = metric.read([*EXACT, *NEAR], load=False)[0]
                row = expected[metric.partner_id]
                for name in (*EXACT, *NEAR):
                    self.assertAlmostEqual(
                        values[name],
                        row[name],
                        delta=NEAR.get(name),
                        msg=f"{name} of {metric.partner_id.name} in {company.name}, {when}",
                    )

    def _read_boundaries(self):
        boundaries = self.env["crm.customer.metric.boundary"].search([])
        return {row.pop("company_id"): row for row in boundaries.read(load=False)}

    def _live(self, steps, changes):
        life = Life(self)
        life.do(steps)
        self.Metric._refresh()
        self._assert_figures("full pass")
        boundaries = self._read_boundaries()
        for change in changes:
            self._forget()
            life.do([change])
            self._assert_incremental_equals_full(change[0])
        # the first customer of a company places them anew
        if len(self._read_boundaries()) == len(boundaries):
            self.assertEqual(self._read_boundaries(), boundaries, "not moved")
        self.Metric._refresh()
        self._assert_figures("after the changes")

    def _assert_incremental_equals_full(self, change):
        self.Metric._refresh(self._touched())
        incremental = self._figures()
        # a full pass that leaves the boundaries where they are has nothing to correct
        with patch.object(self.registry["crm.customer.metric.boundary"], "_place"):
            self.Metric._refresh()
        self.assertEqual(incremental, self._figures(), f"incremental equals full after {change}")

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )
    @given(life=LIVES)
    def test_random_lives(self, life):
        with mute_logger("odoo.sql_db"), self.env.cr.savepoint() as point:
            self._live(*life)
            point.rollback()
        self.env.invalidate_all(flush=False)
