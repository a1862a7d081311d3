from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestTicketSegment(HelpdeskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        admin = cls.env.ref("base.user_admin")
        cls.segment = cls.env["crm.segment"].create(
            {
                "name": "Companies",
                "kind": "fixed",
                "partner_ids": [Command.set(cls.customer_company.ids)],
                "user_id": admin.id,
            }
        )
        cls.theirs = cls.create_ticket()
        cls.other = cls.create_ticket(partner_id=cls.stranger_user.partner_id.id)
        cls.seller = cls.env["res.users"].create(
            {
                "name": "Sells and helps",
                "login": "hd_seller",
                "group_ids": [
                    Command.link(cls.env.ref("crm_suite_helpdesk.group_manager").id),
                    Command.link(cls.env.ref("sales_team.group_sale_salesman").id),
                ],
            }
        )

    def test_tickets_of_a_segment(self):
        """Tickets of people who work for a company in the segment."""
        tickets = (self.theirs + self.other).with_user(self.seller)
        for domain, expected in (
            ([("segment_ids", "in", self.segment.ids)], tickets[0]),
            ([("segment_ids", "not in", self.segment.ids)], tickets[1]),
            ([("segment_ids", "=", False)], tickets[1]),
            ([("segment_ids", "ilike", "compan")], tickets[0]),
        ):
            self.assertEqual(tickets.search([("id", "in", tickets.ids), *domain]), expected)
        self.assertEqual(tickets.mapped("segment_ids"), self.segment.with_user(self.seller))

    def test_whoever_may_not_read_segments(self):
        tickets = self.env["crm.ticket"].with_user(self.agent)
        with self.assertRaises(AccessError):
            tickets.search([("segment_ids", "in", self.segment.ids)])
        view = self.env.ref("crm_suite_helpdesk.crm_ticket_view_search")
        self.assertNotIn("segment_ids", tickets.get_view(view.id, "search")["arch"])
        seen = self.env["crm.ticket"].with_user(self.seller).get_view(view.id, "search")["arch"]
        self.assertIn('name="segment_ids"', seen)
