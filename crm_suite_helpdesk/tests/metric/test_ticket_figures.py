from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestTicketFigures(HelpdeskCommon):
    """Tickets in the figures of a customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Metric = cls.env["crm.customer.metric"]
        cls.Touch = cls.env["crm.customer.metric.touch"]
        product = cls.env["product.product"].create({"name": "Printer", "taxes_id": []})
        cls.seller = new_test_user(cls.env, "hd_seller", "sales_team.group_sale_salesman_all_leads")
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        order.action_confirm()

    def _metric(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.Metric.search([("partner_id", "=", self.customer_company.id)])

    def _touched(self):
        self.env.cr.flush()
        self.env.invalidate_all()
        return self.Touch.search([]).partner_id

    def test_counts(self):
        tickets = [self.create_ticket() for _i in range(5)]
        self.move(tickets[0], "solved")
        self.move(tickets[1], "spam")
        tickets[2].active = False
        tickets[0].satisfaction = "happy"
        tickets[3].satisfaction = "unhappy"
        self.create_ticket(partner_id=self.stranger_user.partner_id.id)
        self.Metric._refresh()
        metric = self._metric()
        self.assertEqual((metric.ticket_count, metric.open_ticket_count), (3, 2))
        self.assertEqual((metric.rated_ticket_count, metric.satisfaction), (2, 0.5))
        opened = self.env["crm.ticket"].search(metric.action_open_tickets()["domain"])
        self.assertEqual(opened, tickets[0] | tickets[3] | tickets[4])
        # merged: what is said goes on in the other one
        tickets[4]._absorb(tickets[3])
        self.Metric._refresh(self.customer_company)
        self.assertEqual(self._metric().ticket_count, 2)

    def test_tickets_touch_their_customer(self):
        self.Metric._refresh()
        ticket = self.create_ticket()
        self.assertEqual(self._touched(), self.customer_company)
        self.Metric._refresh(self.Touch._take(10))
        self.assertEqual(self._metric().ticket_count, 1)
        for change in (
            lambda: self.move(ticket, "solved"),
            lambda: ticket.write({"satisfaction": "happy"}),
            ticket.unlink,
        ):
            self.Touch.search([]).unlink()
            change()
            self.assertEqual(self._touched(), self.customer_company)

    def test_who_sees_all_tickets(self):
        self.create_ticket()
        self.Metric._refresh()
        metric = self._metric().with_user(self.seller)
        self.assertEqual(metric.order_count, 1)
        for group in (None, "crm_suite_helpdesk.group_agent"):
            if group:
                self.seller.group_ids += self.env.ref(group)
            with self.assertRaises(AccessError):
                metric.read(["ticket_count"])
            with self.assertRaises(AccessError):
                self.Metric.with_user(self.seller).search([("ticket_count", ">", 0)])
        self.seller.group_ids += self.env.ref("crm_suite_helpdesk.group_manager")
        self.assertEqual(metric.ticket_count, 1)
