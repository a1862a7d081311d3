from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import CustomerReportCase

MODELS = [
    "crm.customer.flow.report",
    "crm.customer.profit.report",
    "crm.customer.risk",
    "crm.customer.value",
    "crm.retention.report",
]


@tagged("post_install", "-at_install")
class TestCustomerReportRights(CustomerReportCase):
    """Reports show what their reader may read, and add up nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute("DELETE FROM crm_customer_metric")
        cls.north_customer, cls.south_customer, cls.shared = cls._create_customers(3)
        risk = {"churn_risk": 0.9}
        cls._set_metric(
            cls,
            cls.north_customer,
            revenue=100.0,
            user_id=cls.omar.id,
            team_id=cls.north.id,
            **risk,
        )
        cls._set_metric(
            cls, cls.south_customer, revenue=20.0, user_id=cls.sami.id, team_id=cls.south.id, **risk
        )
        cls._set_metric(cls, cls.shared, revenue=3.0, **risk)
        for customer, user in (
            (cls.north_customer, cls.omar),
            (cls.south_customer, cls.sami),
            (cls.shared, cls.omar),
            (cls.shared, cls.sami),
        ):
            cls._order_on(cls.today, customer, 10.0, user)

    def test_figures(self):
        for user, revenue in (
            (self.omar, 100.0),
            (self.sami, 20.0),
            (self.nora, 100.0),
            (self.alia, 123.0),
            (self.mona, 123.0),
        ):
            for model in ("crm.customer.value", "crm.customer.risk"):
                [(found,)] = self._read(model, user)._read_group(self.mine, [], ["revenue:sum"])
                self.assertEqual(found, revenue, f"{model} of {user.name}")
            [(share,)] = self._read("crm.customer.value", user)._read_group(
                self.mine, [], ["revenue_share:sum"]
            )
            self.assertAlmostEqual(share, 100.0, 4, "of what the reader sees")

    def test_orders(self):
        for user, customers in ((self.omar, 2), (self.sami, 2), (self.alia, 3)):
            [(new,)] = self._read("crm.customer.flow.report", user)._read_group(
                self.mine, [], ["new_customers:sum"]
            )
            self.assertEqual(new, customers, user.name)
            [(revenue,)] = self._read("crm.customer.profit.report", user)._read_group(
                self.mine, [], ["revenue:sum"]
            )
            self.assertEqual(revenue, 40.0 if user == self.alia else 20.0)

    def test_nobody_else(self):
        for login, groups in (
            ("report_portal", "base.group_portal"),
            ("report_employee", "base.group_user"),
            ("report_books", "account.group_account_invoice"),
        ):
            user = new_test_user(self.env, login, groups=groups)
            for model in MODELS:
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user)._read_group([], [], ["__count"])

    def test_nobody_writes(self):
        for model in MODELS:
            row = self._read(model, self.mona).search([], limit=1)
            for method, values in (("write", [{"company_id": 1}]), ("unlink", [])):
                with self.assertRaises(AccessError):
                    getattr(row, method)(*values)

    def test_rows_of_others_are_not_read_by_id(self):
        row = self._read("crm.customer.value", self.alia).search(
            [("partner_id", "=", self.south_customer.id)]
        )
        self.assertEqual(self._read("crm.customer.value", self.omar).browse(row.id).read(), [])
        order = self.env["sale.order"].search([("partner_id", "=", self.south_customer.id)])
        Report = self._read("crm.customer.profit.report", self.omar)
        self.assertEqual(Report.browse(order.id).read(["revenue"]), [])

    def test_views_open(self):
        for model in MODELS:
            for kind in ("list", "pivot", "graph", "search"):
                self.env[model].with_user(self.omar).get_views([(False, kind)])
