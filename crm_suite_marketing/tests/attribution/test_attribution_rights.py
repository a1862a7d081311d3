from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import AttributionCase

AMOUNTS = ["revenue", "revenue_first", "paid", "profit", "roi"]


@tagged("post_install", "-at_install")
class TestAttributionRights(AttributionCase):
    """Who may not read an order must not see its amount."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "attribution_clerk", "base.group_user")
        cls.env["crm.engagement"].create(
            {
                "event_key": "attribution-rights",
                "ts": cls.noon,
                "kind": "click",
                "actor": "human",
                "mailing_id": cls.mailing.id,
                "partner_id": cls.layla.id,
            }
        )
        cls.order = cls._order([(cls.desk, 1)], days_ago=-1)
        cls.Attribution._rebuild()
        cls.domain = [("campaign_id", "=", cls.spring.id)]

    def test_who_reads_shares(self):
        for user in (self.alia, self.marketing_manager):
            rows = self.Attribution.with_user(user).search(self.domain)
            self.assertEqual(rows.mapped("amount_last"), [200], user.login)
            with self.assertRaises(AccessError):
                rows.write({"amount_last": 1})
            with self.assertRaises(AccessError):
                rows.unlink()
            with self.assertRaises(AccessError):
                self.Attribution.with_user(user).create({"conversion": "order"})
        for user in (self.omar, self.marketer, self.clerk):
            with self.assertRaises(AccessError):
                self.Attribution.with_user(user).search(self.domain)

    def test_who_reads_amounts_of_campaigns(self):
        for user in (self.alia, self.marketing_manager):
            Performance = self.Performance.with_user(user)
            self.assertEqual(Performance._read_group(self.domain, [], ["revenue:sum"]), [(200,)])
            self.assertEqual(self.spring.with_user(user).performance_revenue, 200)
        Performance = self.Performance.with_user(self.marketer)
        self.assertEqual(
            Performance._read_group(self.domain, [], ["orders:sum", "clicked:sum"]), [(1, 0)]
        )
        rows = Performance.search(self.domain)
        for name in AMOUNTS:
            with self.assertRaises(AccessError):
                Performance._read_group(self.domain, [], [f"{name}:sum"])
            with self.assertRaises(AccessError):
                Performance._read_group(self.domain, [name], ["__count"])
            with self.assertRaises(AccessError):
                Performance.search([(name, ">", 100)])
            with self.assertRaises(AccessError):
                Performance.search([], order=name, limit=1)
            with self.assertRaises(AccessError):
                rows.read([name])
        with self.assertRaises(AccessError):
            self.spring.with_user(self.marketer).read(["performance_revenue"])
        for user in (self.omar, self.clerk):
            with self.assertRaises(AccessError):
                self.Performance.with_user(user).search(self.domain)

    def test_one_truth_on_the_form(self):
        """Core counts the invoices with the campaign on them; who sees our revenue has one only."""
        view = self.env.ref("utm.utm_campaign_view_form")
        for user, is_there in (
            (self.marketing_manager, False),
            (self.alia, False),
        ):
            arch = self.spring.with_user(user).get_view(view.id)["arch"]
            self.assertIn("performance_revenue", arch)
            self.assertEqual("action_redirect_to_invoiced" in arch, is_there, user.login)
        seller = new_test_user(self.env, "attribution_seller", "sales_team.group_sale_salesman")
        arch = self.spring.with_user(seller).get_view(view.id)["arch"]
        self.assertIn("Invoiced (Tagged)", arch)
        self.assertNotIn("performance_revenue", arch)

    def test_what_cannot_be_opened(self):
        row = self.Performance.search([("order_id", "=", self.order.id)])
        with self.assertRaises(AccessError):
            row.with_user(self.marketing_manager).action_open_document()
        self.assertFalse(row.with_user(self.marketer).action_open_document())
        self.assertEqual(row.with_user(self.alia).action_open_document()["res_id"], self.order.id)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Attribution Abroad"})
        groups = ("sales_team.group_sale_manager", "crm_suite_marketing.group_marketing_manager")
        for name in groups:
            user = new_test_user(
                self.env,
                f"attribution_{name}",
                name,
                company_id=other.id,
                company_ids=[(6, 0, other.ids)],
            )
            self.assertFalse(self.Attribution.with_user(user).search(self.domain))
            self.assertFalse(self.Performance.with_user(user).search(self.domain))
            # whatever companies he asks for
            asked = self.Attribution.with_user(user).with_context(
                allowed_company_ids=self.company.ids
            )
            with self.assertRaises(AccessError):
                asked.search(self.domain)

    def test_nobody_steers_the_passes(self):
        for user in (self.alia, self.marketing_manager):
            with self.assertRaises(AccessError):
                self.env["crm.attribution.queue"].with_user(user).create({"key": "p1"})
            with self.assertRaises(AccessError):
                self.env["crm.lead.origin"].with_user(user).create({"name": "x"})
