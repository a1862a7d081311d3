from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

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

    def test_price_and_discount_entered_by_hand_stay(self):
        self._set_pricelist(compute_price="percentage", percent_price=10.0)
        lead = self._create_opportunity([(self.desk, 1)])
        line = lead.line_ids
        self.assertFalse(lead.has_manual_prices)
        shown = line.discount
        line.discount = 25.0
        self.assertTrue(line.is_price_manual)
        line.quantity = 12
        self.assertEqual(line.discount, 25.0)
        line.price_unit = 0.0
        line.quantity = 3
        self.assertEqual((line.price_unit, line.price_subtotal), (0.0, 0.0))
        lead.with_user(self.omar).action_update_prices()
        self.assertRecordValues(line, [{"discount": shown, "price_subtotal": 540.0}])
        self.assertFalse(lead.has_manual_prices)

    def test_a_free_product_is_free_from_the_start(self):
        values = {"product_id": self.desk.id, "quantity": 2}
        lead = self._create_opportunity(
            line_ids=[
                Command.create({**values, "price_unit": 0.0}),
                Command.create({**values, "discount": 0.0}),
            ]
        )
        free, full = lead.line_ids
        self.assertEqual((free.price_subtotal, full.price_subtotal), (0.0, 400.0))
        free.quantity = 3
        self.assertEqual(free.price_subtotal, 0.0)

    def test_another_product_brings_its_own_price(self):
        line = self._create_opportunity([(self.desk, 1)]).line_ids
        line.write({"price_unit": 150.0, "discount": 5.0})
        line.product_id = self.training
        self.assertRecordValues(
            line, [{"price_unit": 500.0, "discount": 0.0, "is_price_manual": False}]
        )
        with self._open_form(line.lead_id) as form, form.line_ids.edit(0) as row:
            row.price_unit = 444.0
            row.product_id = self.desk
            self.assertEqual(row.price_unit, 200.0)
        line.write({"product_id": self.training.id, "price_unit": 444.0})
        self.assertEqual(line.price_unit, 444.0)

    def test_price_follows_customer_and_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.desk.uom_ids = dozen
        line = self._create_opportunity([(self.desk, 1)]).line_ids
        line.product_uom_id = dozen
        self.assertEqual(line.price_unit, 2400.0)
        friend = self.layla.copy({"parent_id": False})
        friend.property_product_pricelist = self.env["product.pricelist"].create(
            {
                "name": "Friends",
                "item_ids": [Command.create({"compute_price": "fixed", "fixed_price": 100.0})],
            }
        )
        line.lead_id.partner_id = friend
        self.assertEqual(line.price_unit, 1200.0)

    def test_archived_pricelist_gives_the_price_of_the_next(self):
        self._set_pricelist(compute_price="fixed", fixed_price=1.0)
        self.haddad.property_product_pricelist.active = False
        line = self._create_opportunity([(self.desk, 1)]).line_ids
        self.assertGreater(line.price_unit, 1.0)

    def test_archived_currency_gives_a_price_and_a_clear_error_on_the_quotation(self):
        currency = self.env["res.currency"].create(
            {"name": "XTC", "symbol": "X", "rate_ids": [Command.create({"rate": 2.0})]}
        )
        self._set_pricelist(currency_id=currency.id, compute_price="fixed", fixed_price=300.0)
        pricelist = self.haddad.property_product_pricelist
        currency.active = False
        lead = self._create_opportunity([(self.desk, 1)])
        self.assertEqual(lead.line_ids.price_unit, 200.0, "core archives its pricelists with it")
        pricelist.active = True
        self.env.invalidate_all()
        lead.action_update_prices()
        self.assertEqual(lead.line_ids.price_unit, 150.0)
        with self.assertRaisesRegex(UserError, "XTC.*archived"):
            lead.with_user(self.omar).action_sale_quotations_new()
        self.assertFalse(lead.order_ids)

    def _set_pricelist(self, currency_id=False, **rule):
        self.env["product.pricelist"].search([]).active = False
        self.haddad.property_product_pricelist = self.env["product.pricelist"].create(
            {
                "name": "Friends",
                "currency_id": currency_id or self.company.currency_id.id,
                "item_ids": [Command.create(rule)],
            }
        )

    def test_discount_and_margin(self):
        lead = self._create_opportunity([(self.desk, 2), (self.training, 1)])
        desk, training = lead.line_ids
        desk.discount = 10
        self.assertEqual(desk.price_subtotal, 360.0)
        self.assertEqual((desk.margin, desk.is_cost_known), (120.0, True))
        self.assertAlmostEqual(desk.margin_percent, 1 / 3)
        self.assertEqual((training.margin, training.is_cost_known), (0.0, False))
        self.assertEqual((lead.line_margin, lead.costless_line_count), (120.0, 1))
        # of the products whose cost is known
        self.assertAlmostEqual(lead.line_margin_percent, 1 / 3)

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
        self.haddad.country_id = self.layla.country_id = self.env.ref("base.jp")
        position = self.env["account.fiscal.position"].create({"name": "Abroad, no tax"})
        self.layla.property_account_position_id = position
        lead = self._create_opportunity([(self.desk, 1)])
        self.assertRecordValues(lead.line_ids, [{"price_unit": 160.0, "price_subtotal": 160.0}])
        lead.action_new_quotation()
        self.assertEqual(lead.order_ids.amount_untaxed, 160.0)
        self.assertFalse(lead.order_ids.can_update_opportunity)

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
