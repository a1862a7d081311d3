from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestCustomerRisk(HelpdeskCommon):
    """Complaints and unhappy answers are reasons why a customer may be leaving."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "sales_team.group_sale_salesman_all_leads"
        cls.seller = new_test_user(cls.env, "hd_seller", groups)
        both = f"{groups},crm_suite_helpdesk.group_agent"
        cls.both = new_test_user(cls.env, "hd_both", both)
        cls.elsewhere = new_test_user(cls.env, "hd_elsewhere", both)
        cls.team.member_ids += cls.both
        cls.env.flush_all()
        cls.env.cr.execute("DELETE FROM crm_customer_metric")
        cls.env.cr.execute(
            "INSERT INTO crm_customer_metric (partner_id, company_id, order_count, revenue)"
            " VALUES (%s, %s, 1, 100)",
            [cls.customer_company.id, cls.company.id],
        )

    def _find(self, user=None, domain=()):
        self.env.flush_all()
        self.env.invalidate_all()
        risks = self.env["crm.customer.risk"].with_user(user or self.both)
        return risks.search([("partner_id", "=", self.customer_company.id), *domain])

    def test_open_complaint(self):
        self.create_ticket()
        self.assertFalse(self._find(), "a question is no complaint")
        complaint = self.create_ticket(kind="complaint")
        spam = self.create_ticket(kind="complaint")
        self.move(spam, "spam")
        self.create_ticket(kind="complaint", active=False)
        self.create_ticket(kind="complaint", partner_id=self.stranger_user.partner_id.id)
        row = self._find(domain=[("open_complaint_count", ">", 0)])
        self.assertEqual(row.open_complaint_count, 1)
        self.assertEqual(row.reasons.splitlines()[0], "Open complaints: 1.")
        self.move(complaint, "solved")
        self.assertFalse(self._find())

    def test_unhappy(self):
        now = self.env.cr.now()
        tickets = self.create_ticket() + self.create_ticket() + self.create_ticket()
        tickets[0].write({"satisfaction": "unhappy", "satisfaction_at": now})
        tickets[1].write({"satisfaction": "happy", "satisfaction_at": now})
        self.assertFalse(self._find(), "half of the answers are none too many")
        tickets[2].write({"satisfaction": "unhappy", "satisfaction_at": now})
        row = self._find(domain=[("unhappy_ticket_count", ">", 0)])
        self.assertIn("Unhappy in 2 of 3 answers to surveys.", row.reasons)
        tickets.satisfaction_at = now - timedelta(days=4000)
        self.assertFalse(self._find(), "that is long ago")

    def test_who_may_not_read_the_ticket(self):
        """Neither the reason nor the customer is told, nor can it be found out by a filter."""
        self.create_ticket(kind="complaint")
        self.assertTrue(self._find())
        self.assertFalse(self._find(self.seller))
        self.assertFalse(self._find(self.elsewhere), "an agent of another team")
        with self.assertRaises(AccessError):
            self._find(self.seller, [("open_complaint_count", ">", 0)])
        self.env.cr.execute("UPDATE crm_customer_metric SET churn_risk = 0.9")
        for user in (self.seller, self.elsewhere):
            row = self._find(user)
            self.assertIn("Churn risk of 90 %.", row.reasons)
            self.assertNotIn("complaint", row.reasons)
        with self.assertRaises(AccessError):
            self._find(self.seller).read(["open_complaint_count"])

    def test_complaint_to_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        team = self.env["crm.ticket.team"].create({"name": "Other", "company_id": other.id})
        self.create_ticket(kind="complaint", team_id=team.id, company_id=other.id)
        self.both.write({"company_ids": [Command.link(other.id)]})
        team.member_ids += self.both
        self.assertFalse(self._find(), "the figures are those of the other company")

    def test_views(self):
        for user in (self.seller, self.both):
            action = self.env.ref("crm_suite.crm_customer_risk_action")
            views = (
                self.env["crm.customer.risk"]
                .with_user(user)
                .get_views([*action.views, (action.search_view_id.id, "search")])
            )
            arch = views["views"]["search"]["arch"]
            self.assertEqual("complaining" in arch, user == self.both)
