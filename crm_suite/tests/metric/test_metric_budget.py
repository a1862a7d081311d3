from odoo.tests import tagged
from odoo.tools import SQL

from ...models.metric.figures import select_new
from .common import MetricCase


@tagged("post_install", "-at_install")
class TestMetricBudget(MetricCase):
    """A pass over some customers costs by their documents, one over all asks no more for more."""

    def _count_queries(self, partners):
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_customer_metric SET open_balance = -1")
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.Metric._refresh(partners)
        return self.env.cr.sql_log_count - before

    def test_more_customers_take_no_more_queries(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {n}", "is_company": True} for n in range(12)]
        )
        for customer in customers:
            self._order([(self.desk, 1)], partner=customer, days_ago=20)
        for _warm in range(2):
            self.Metric._refresh()
        self._count_queries(customers[:1])
        few = self._count_queries(customers[:1])
        self.assertLessEqual(self._count_queries(customers), few)
        self.assertLessEqual(self._count_queries(None), few + 4)

    def test_some_customers_look_up_their_own_documents(self):
        """Even where joining the whole table would look cheaper to the database."""
        for setting in ("enable_seqscan", "enable_bitmapscan", "enable_nestloop"):
            self.env.cr.execute(SQL("SET LOCAL %s = off", SQL.identifier(setting)))
        query = select_new(self.env(su=True), self.company, self.haddad.ids, 0.3)
        plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query)))
        # items have two indexes that begin with the contact
        for scanned in (
            "sale_order sale_order_1",
            "account_move account_move_1",
            "account_move_line",
        ):
            self.assertRegex(
                plan, rf"on {scanned} .*\n\s*Index Cond: .*partner_id = contact\w*\.id"
            )
