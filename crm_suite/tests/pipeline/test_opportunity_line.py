from psycopg2.errors import CheckViolation

from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestOpportunityLine(CrmSuiteCase):
    def _open_form(self, lead=None):
        Lead = (lead or self.env["crm.lead"]).with_user(self.omar)
        return Form(Lead.with_context(default_type="opportunity"), view="crm.crm_lead_view_form")

    def test_revenue_follows_the_products_in_the_form(self):
        form = self._open_form()
        form.name = "Desks"
        with form.line_ids.new() as line:
            line.product_id = self.desk
            line.quantity = 3
            self.assertEqual(line.price_unit, 200.0)
            self.assertEqual(line.price_subtotal, 600.0)
        self.assertEqual(form.expected_revenue, 600.0)
        self.assertFalse(form.revenue_manual)
        lead = form.save()
        self.assertRecordValues(
            lead, [{"expected_revenue": 600.0, "line_total": 600.0, "revenue_manual": False}]
        )
        self.assertEqual(lead.line_ids.name, "Oak desk")
        lead.line_ids.quantity = 4
        self.assertEqual(lead.expected_revenue, 800.0)

    def test_revenue_entered_by_hand_stays_until_one_click(self):
        lead = self._create_opportunity([(self.desk, 3)])
        with self._open_form(lead) as form:
            form.expected_revenue = 500.0
            self.assertTrue(form.revenue_manual)
        lead.line_ids.quantity = 10
        self.assertRecordValues(lead, [{"expected_revenue": 500.0, "revenue_manual": True}])
        lead.with_user(self.omar).action_follow_lines()
        self.assertRecordValues(lead, [{"expected_revenue": 2000.0, "revenue_manual": False}])

    def test_revenue_set_by_a_program_is_by_hand_too(self):
        lead = self._create_opportunity([(self.desk, 3)])
        lead.expected_revenue = 600.0
        self.assertFalse(lead.revenue_manual)
        lead.write({"expected_revenue": 50.0})
        self.assertTrue(lead.revenue_manual)
        other = self._create_opportunity([(self.desk, 3)], expected_revenue=50.0)
        self.assertRecordValues(other, [{"expected_revenue": 50.0, "revenue_manual": True}])

    def test_revenue_without_products_is_as_in_core(self):
        lead = self._create_opportunity(expected_revenue=70.0)
        self.assertRecordValues(lead, [{"expected_revenue": 70.0, "revenue_manual": False}])
        self.assertEqual(self._create_opportunity().expected_revenue, 0.0)
        lead.line_ids = self._prepare_lines([(self.desk, 1)])
        self.assertEqual(lead.expected_revenue, 200.0)
        lead.line_ids.unlink()
        self.assertEqual(lead.expected_revenue, 200.0)

    def test_price_is_that_of_the_customers_pricelist(self):
        self.env["product.pricelist"].search([]).active = False
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Friends",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "fixed",
                            "applied_on": "1_product",
                            "product_tmpl_id": self.desk.product_tmpl_id.id,
                            "min_quantity": 10,
                            "fixed_price": 150.0,
                        }
                    ),
                    Command.create({"compute_price": "percentage", "percent_price": 10.0}),
                ],
            }
        )
        friend = self.env["res.partner"].create(
            {"name": "Friend", "property_product_pricelist": pricelist.id}
        )
        lead = self._create_opportunity([(self.desk, 1)], partner_id=friend.id)
        line = lead.line_ids
        self.assertEqual(line.price_subtotal, 180.0)
        self.assertAlmostEqual(line.price_unit * (1 - line.discount / 100), 180.0)
        line.quantity = 10
        self.assertEqual(line.price_subtotal, 1500.0)
        line.price_unit = 111.0
        line.quantity = 1
        self.assertEqual(line.price_unit, 111.0)

    def test_price_is_in_the_currency_of_the_opportunity(self):
        currency = self.env["res.currency"].create(
            {"name": "XTC", "symbol": "X", "rate_ids": [Command.create({"rate": 2.0})]}
        )
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Abroad",
                "currency_id": currency.id,
                "item_ids": [Command.create({"compute_price": "fixed", "fixed_price": 100.0})],
            }
        )
        abroad = self.env["res.partner"].create(
            {"name": "Abroad", "property_product_pricelist": pricelist.id}
        )
        lead = self._create_opportunity([(self.desk, 1)], partner_id=abroad.id)
        self.assertEqual(lead.line_ids.currency_id, self.company.currency_id)
        self.assertAlmostEqual(lead.line_ids.price_unit, 50.0)

    def test_discount_and_margin(self):
        lead = self._create_opportunity([(self.desk, 2), (self.training, 1)])
        desk, training = lead.line_ids
        desk.discount = 10
        self.assertEqual(desk.price_subtotal, 360.0)
        self.assertEqual(desk.margin, 120.0)
        self.assertEqual(training.margin, 0.0)
        self.assertEqual(lead.line_margin, 120.0)

    def test_amount_is_without_included_taxes(self):
        tax = self.env["account.tax"].create(
            {
                "name": "Included",
                "amount": 25.0,
                "price_include_override": "tax_included",
                "country_id": self.company.account_fiscal_country_id.id,
            }
        )
        self.desk.taxes_id = tax
        lead = self._create_opportunity([(self.desk, 1)])
        self.assertEqual(lead.line_ids.price_subtotal, 160.0)

    def test_bad_numbers_are_refused(self):
        lead = self._create_opportunity([(self.desk, 1)])
        for values in ({"quantity": -1}, {"discount": 101}):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
            ):
                lead.line_ids.write(values)
                self.env.flush_all()

    def test_merge_brings_the_products_along(self):
        first = self._create_opportunity([(self.desk, 1)])
        second = self._create_opportunity([(self.training, 1)], name="Trainings")
        merged = (first | second).merge_opportunity(auto_unlink=True)
        self.assertEqual(merged.line_ids.product_id, self.desk | self.training)
        self.assertRecordValues(merged, [{"expected_revenue": 700.0, "revenue_manual": False}])

    def test_copy_has_its_own_products(self):
        lead = self._create_opportunity([(self.desk, 2)])
        copy = lead.copy()
        self.assertEqual(copy.line_total, 400.0)
        copy.line_ids.quantity = 1
        self.assertEqual(lead.line_total, 400.0)

    def test_analysis_groups_by_what_the_opportunity_knows(self):
        lead = self._create_opportunity([(self.desk, 2), (self.training, 1)])
        groups = self.env["crm.opportunity.line"]._read_group(
            [("lead_id", "=", lead.id)],
            ["product_id", "stage_id", "team_id"],
            ["price_subtotal:sum", "quantity:sum"],
        )
        self.assertEqual(
            {(product, amount) for product, _stage, team, amount, _quantity in groups},
            {(self.desk, 400.0), (self.training, 500.0)},
        )
        for view in ("list", "pivot", "graph", "search", "form"):
            self.env["crm.opportunity.line"].with_user(self.omar).get_view(view_type=view)
