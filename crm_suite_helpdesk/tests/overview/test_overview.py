from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import MONDAY
from ..voice.common import VoiceCommon


@tagged("post_install", "-at_install")
class TestOverview(VoiceCommon):
    """What is open with the customer, beside the ticket; nobody sees more than he may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create({"name": "Lamp", "list_price": 100})
        cls.ticket = cls.create_ticket(user_id=cls.agent.id, product_id=cls.product.id)
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [Command.create({"product_id": cls.product.id})],
            }
        )
        cls.order.action_confirm()
        cls.invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.customer.id,
                "invoice_date": MONDAY.date() - timedelta(days=60),
                "invoice_date_due": MONDAY.date() - timedelta(days=30),
                "invoice_line_ids": [
                    Command.create({"product_id": cls.product.id, "price_unit": 100})
                ],
            }
        )
        cls.invoice.action_post()
        cls.foreign_order = cls.order.copy({"partner_id": cls.stranger_user.partner_id.id})
        cls.foreign_order.action_confirm()

    def overview(self, user, ticket=None):
        self.env.flush_all()
        Overview = self.env["crm.ticket.overview"].with_user(user)
        return Overview.get_overview((ticket or self.ticket).id)

    def test_agents_without_rights_in_sales_see_no_orders(self):
        overview = self.overview(self.agent)
        self.assertIsNone(overview["orders"])
        self.assertIsNone(overview["invoices"])
        self.assertFalse(overview["bought"])
        self.assertEqual(overview["customer"]["name"], self.customer.display_name)

    def test_orders_and_open_invoices(self):
        self.agent.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.agent.group_ids += self.env.ref("account.group_account_invoice")
        overview = self.overview(self.agent)
        self.assertEqual([row["id"] for row in overview["orders"]["rows"]], self.order.ids)
        self.assertEqual(overview["orders"]["count"], 1)
        [invoice] = overview["invoices"]["rows"]
        self.assertEqual(invoice["id"], self.invoice.id)
        self.assertEqual(invoice["tone"], "danger", "it is overdue")
        self.assertEqual(overview["bought"]["id"], self.order.id)
        self.assertFalse(overview["bought"]["is_linked"])
        self.ticket.with_user(self.agent).action_link_buyer_order()
        self.assertEqual(self.ticket.sale_order_id, self.order)
        self.assertTrue(self.overview(self.agent)["bought"]["is_linked"])

    def test_own_orders_only_where_the_salesperson_sees_own_ones_only(self):
        self.agent.group_ids += self.env.ref("sales_team.group_sale_salesman")
        self.order.user_id = self.manager
        overview = self.overview(self.agent)
        self.assertEqual(overview["orders"]["rows"], [])
        self.assertEqual(overview["orders"]["count"], 0)

    def test_paid_invoices_are_not_open(self):
        self.agent.group_ids += self.env.ref("account.group_account_invoice")
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.invoice.ids
        )
        wizard.create({})._create_payments()
        self.invoice.payment_state = "paid"
        self.assertEqual(self.overview(self.agent)["invoices"]["rows"], [])

    def test_ratings_of_the_customer(self):
        survey = self.asked(name="Before")
        survey._submit("unhappy", "Slow", "mail")
        hidden_team = self.team.copy({"name": "Hidden", "survey_enabled": True})
        hidden = self.create_ticket(team_id=hidden_team.id, user_id=self.manager.id)
        hidden.with_user(self.manager).stage_id = self.stages["solved"]
        self.ask()
        self.survey(hidden)._submit("happy", "", "mail")
        hidden_team.member_ids = False
        ratings = self.overview(self.agent)["ratings"]
        self.assertEqual(ratings["total"], 1, "of the tickets that he may read")
        self.assertEqual(ratings["rows"][0]["feedback"], "Slow")
        self.assertEqual(self.overview(self.manager)["ratings"]["total"], 2)

    def test_other_open_tickets_and_complaints(self):
        other = self.create_ticket(name="Also", kind="complaint")
        self.create_ticket(partner_id=self.stranger_user.partner_id.id)
        tickets = self.overview(self.agent)["tickets"]
        self.assertEqual([row["id"] for row in tickets["rows"]], other.ids)
        self.assertEqual((tickets["open"], tickets["complaints"]), (1, 1))

    def test_a_ticket_without_customer(self):
        ticket = self.create_ticket(partner_id=False, email_from="x@example.org")
        self.manager.group_ids += self.env.ref("sales_team.group_sale_manager")
        overview = self.overview(self.manager, ticket)
        self.assertEqual(overview["customer"]["name"], "x@example.org")
        self.assertEqual(overview["orders"]["rows"], [])

    def test_who_may_not_read_the_ticket(self):
        for user in (self.outsider, self.employee, self.stranger_user):
            with self.assertRaises(AccessError):
                self.overview(user)
        self.assertEqual(self.overview(self.customer_user), {}, "nothing for customers")
        Overview = self.env["crm.ticket.overview"].with_user(self.agent)
        for wrong in (0, -1, 2**40, "1", None, [1], True):
            self.assertEqual(Overview.get_overview(wrong), {})
