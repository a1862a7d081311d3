from odoo.tests import tagged

from .test_form_rule import FormRuleCase

BATCH = 100
TARGETS = ["phone", "email_from", "contact_name", "function", "street", "city", "zip", "website"]


@tagged("post_install", "-at_install")
class TestBudget(FormRuleCase):
    """Writes on a lead with 20 rules cost at most 1.2 times as many queries as without, in batches
    of 100; the time is measured by benchmarks/customization.py.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leads = cls.env["crm.lead"].create(
            [
                {"name": f"Budget {index}", "type": "opportunity", "expected_revenue": 5.0 + index}
                | dict.fromkeys(TARGETS, "1")
                for index in range(BATCH)
            ]
        )

    def _create_twenty_rules(self):
        for index, name in enumerate(TARGETS):
            condition = [("stage_id", "=", self.stage.id), ("expected_revenue", ">", index)]
            self._create_rule(targets=[name], condition_domain=str(condition))
            self._create_rule(
                kind="readonly", targets=[name], condition_domain="[('priority', '=', '3')]"
            )
        for value in ("1", "2"):
            self._create_rule(
                kind="value",
                targets=["priority"],
                value=value,
                condition_domain=f"[('expected_revenue', '=', {value})]",
            )
        self._create_rule(kind="block", condition_domain="[('expected_revenue', '<', -5)]")
        self._create_rule(kind="limit", targets=["user_id"], limit_by="domain", allowed_domain="[]")
        self.assertEqual(len(self.env["crm.form.rule"]._get_rules("crm.lead")), 20)

    def _count(self, vals):
        # what is read once for all, as the rules and the rights, is read before
        self.leads.write({"referred": "warm"})
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.leads.write(vals)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_twenty_rules_cost_a_fifth_more_queries_at_most(self):
        changes = [
            lambda: {"expected_revenue": 77.0},
            lambda: {"stage_id": self.stage.id},
            lambda: {"phone": "2"},
        ]
        with self.cr.savepoint() as savepoint:
            without = [self._count(change()) for change in changes]
            savepoint.rollback()
        self.env.invalidate_all()
        self._create_twenty_rules()
        for before, change in zip(without, changes, strict=True):
            self.assertLessEqual(self._count(change()), before * 1.2)

    def test_no_rule_costs_no_query(self):
        self.env["crm.form.rule"]._get_rules("crm.lead")
        leads = self.leads
        with self.assertQueryCount(0):
            self.assertFalse(leads._get_form_rules())
