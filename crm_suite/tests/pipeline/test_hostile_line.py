from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestHostileLine(CrmSuiteCase):
    """Bad input is refused with words, whichever door it takes, and nothing is lost."""

    def test_quantities_and_discounts(self):
        lead = self._create_opportunity([(self.desk, 2)])
        for values in (
            {"quantity": 0},
            {"quantity": -1},
            {"discount": 101},
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, "Oak desk"),
                self.cr.savepoint(),
            ):
                lead.line_ids.write(values)
            with self.assertRaises(ValidationError), self.cr.savepoint():
                lead.line_ids.create({"lead_id": lead.id, "product_id": self.desk.id, **values})
        lead.invalidate_recordset()
        self.assertRecordValues(lead.line_ids, [{"quantity": 2.0, "discount": 0.0}])

    def test_form_keeps_what_was_entered(self):
        form = Form(
            self.env["crm.lead"].with_user(self.omar).with_context(default_type="opportunity"),
            view="crm.crm_lead_view_form",
        )
        form.name = "Desks"
        with form.line_ids.new() as line:
            line.product_id = self.desk
            line.quantity = 0
        with self.assertRaisesRegex(ValidationError, "above zero"), self.cr.savepoint():
            form.save()
        with form.line_ids.edit(0) as line:
            line.quantity = 4
        self.assertEqual(form.save().line_total, 800.0)

    def test_line_without_product(self):
        lead = self._create_opportunity([(self.desk, 2)])
        for attempt in (
            lambda: lead.line_ids.create({"lead_id": lead.id, "quantity": 3}),
            lambda: lead.write({"line_ids": [Command.create({"name": "Something"})]}),
        ):
            with self.assertRaisesRegex(ValidationError, "product"), self.cr.savepoint():
                attempt()
        self.assertEqual(len(lead.line_ids), 1)

    def test_product_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["product.product"].create({"name": "Boat", "company_id": other.id})
        lead = self._create_opportunity([(self.desk, 1)])
        for user in (self.omar, self.mona):
            with self.assertRaises(UserError), self.cr.savepoint():
                lead.with_user(user).line_ids = self._prepare_lines([(foreign, 1)])
        with self.assertRaisesRegex(UserError, "Boat"), self.cr.savepoint():
            lead.line_ids.product_id = foreign
        self.assertEqual(lead.line_ids.product_id, self.desk)

    def _load(self, *rows):
        Lead = self.env["crm.lead"].with_user(self.mona)
        columns = ["name", "type", "line_ids/product_id", "line_ids/quantity"]
        return Lead.load(columns, [list(row) for row in rows])

    def test_import_with_lines(self):
        result = self._load(
            ("Refit", "Opportunity", "Oak desk", "3"),
            ("", "", "Training day", "2"),
            ("Move", "Opportunity", "Oak desk", "1"),
        )
        self.assertFalse(result["messages"])
        refit, move = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual((refit.expected_revenue, move.expected_revenue), (1600.0, 200.0))
        self.assertEqual(refit.line_ids.product_id, self.desk | self.training)

    def test_import_names_the_bad_row_and_takes_nothing(self):
        before = self.env["crm.lead"].search_count([])
        for product, quantity, expected in (
            ("Oak desk", "0", "above zero"),
            ("Oak desk", "-2", "above zero"),
            ("Oak desk", "many", "many"),
            ("No such thing", "1", "No such thing"),
            ("", "1", "product"),
        ):
            with self.subTest(product=product, quantity=quantity):
                result = self._load(
                    ("Good", "Opportunity", "Oak desk", "1"),
                    ("Bad", "Opportunity", product, quantity),
                )
                self.assertFalse(result["ids"])
                # core puts the error of the whole batch before those of its rows
                message = result["messages"][-1]
                self.assertEqual(message["rows"]["from"], 1)
                self.assertIn(expected, message["message"])
        self.assertEqual(self.env["crm.lead"].search_count([]), before)

    def test_what_the_opportunity_decides_cannot_be_imported(self):
        lead = self._create_opportunity([(self.desk, 2)])
        lead.line_ids.with_user(self.omar).write(
            {"user_id": self.sami.id, "company_id": False, "won_status": "won"}
        )
        self.assertRecordValues(lead.line_ids, [{"user_id": self.omar.id, "won_status": "pending"}])


@tagged("post_install", "-at_install")
class TestForeignDocuments(CrmSuiteCase):
    """Nothing of a colleague is reached through lines, strip, actions, export or RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls._create_opportunity(
            [(cls.desk, 2)], user_id=cls.sami.id, team_id=cls.south.id
        )
        cls.foreign.action_new_quotation()
        cls.order = cls.foreign.order_ids

    def test_public_methods_are_closed(self):
        self.omar.group_ids += self.env.ref("base.group_allow_export")
        lead, order = self.foreign.with_user(self.omar), self.order.with_user(self.omar)
        for attempt in (
            lead.action_new_order,
            lead.action_new_quotation,
            lead.action_sale_quotations_new,
            lead.action_follow_lines,
            lead.action_update_prices,
            lambda: lead.read(["quoted_amount", "line_total", "line_margin"]),
            lambda: lead.export_data(["name", "line_ids/product_id", "quoted_amount"]),
            lambda: lead.line_ids.export_data(["product_id", "price_subtotal"]),
            order.action_choose,
            order.action_new_alternative,
            order.action_update_opportunity,
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                attempt()
        self.assertEqual(self.foreign.order_ids, self.order)
        self.assertEqual(self.order.state, "draft")

    def test_figures_of_a_colleague_open_nothing(self):
        self.order.action_confirm()
        for name in ("quoted", "ordered", "delivered", "invoiced", "paid"):
            with self.assertRaises(AccessError):
                getattr(self.foreign.with_user(self.omar), f"action_view_{name}")()

    def test_groups_and_sums_hold_nothing_foreign(self):
        own = self._create_opportunity([(self.desk, 1)])
        Line = self.env["crm.opportunity.line"].with_user(self.omar)
        groups = Line._read_group(
            [("lead_id", "in", (own | self.foreign).ids)], ["lead_id"], ["price_subtotal:sum"]
        )
        self.assertEqual([(lead, amount) for lead, amount in groups], [(own, 200.0)])

    def test_alternative_of_a_foreign_quotation_shows_nothing_of_it(self):
        order = self.env["sale.order"].with_user(self.omar).create({"partner_id": self.layla.id})
        with self.assertRaises(ValidationError), self.cr.savepoint():
            order.chosen_order_id = self.order.id
        with self.assertRaises(UserError), self.cr.savepoint():
            order.alternative_ids = [Command.link(self.order.id)]
        self.assertFalse(self.order.chosen_order_id)

    def test_two_companies_never_mix(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.alia.company_ids = [Command.link(other.id)]
        lead = self._create_opportunity(
            [(self.desk, 1)], company_id=other.id, user_id=False, team_id=False
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "company_id": other.id,
                "opportunity_id": lead.id,
                "order_line": [Command.create({"product_id": self.desk.id, "tax_ids": False})],
            }
        )
        self.env.flush_all()
        here = lead.with_user(self.alia).with_context(allowed_company_ids=self.company.ids)
        there = lead.with_user(self.alia).with_context(allowed_company_ids=other.ids)
        with self.assertRaises(AccessError):
            here.read(["quoted_amount"])
        self.assertEqual(there.quoted_amount, order.amount_untaxed)
        self.assertFalse(
            self.env["crm.opportunity.line"].with_env(here.env).search([("lead_id", "=", lead.id)])
        )
        with self.assertRaises(UserError), self.cr.savepoint():
            self.order.opportunity_id = lead
