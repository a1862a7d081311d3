"""The figures of 100,000 customers with 300,000 orders and 600,000 lines, against bare SQL.

The floor of a night is one hand-written statement that computes the same figures into a temporary
table; that of the first night writes them into the table of the figures, too, with its keys and
indexes. The full pass is `crm.customer.metric._refresh()`: with all rows there and unchanged, and
with all of them new. An incremental pass refreshes one customer in a hundred, and fewer.

python benchmarks/customer_metrics.py DATABASE [--customers=100000] [--rounds=5]
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import (
    Case,
    _drop_indexes,
    arguments,
    database_copy,
    environment,
    measure,
    print_machine,
    print_table,
)

ORDERS, LINES = 3, 2
HERE = Path(__file__).parent


def main():
    options = arguments(__doc__.splitlines()[0], customers=100000)
    with database_copy(options.database) as copy, environment(copy) as env:
        build(env, options.customers)
        run(env, options.customers, options.rounds)
        print_machine(env)


def build(env, number):
    """Fill a copy of a database: every tenth order was dated in the last year of three. Commits."""
    products = env["product.product"].create(
        [{"name": f"Product {n}", "standard_price": n % 3 * 20} for n in range(20)]
    )
    users = env["res.users"].create(
        [{"name": f"Person {n}", "login": f"person{n}"} for n in range(10)]
    )
    env.flush_all()
    definitions = _drop_indexes(env, "res_partner", "sale_order", "sale_order_line")
    statements = (HERE / "customer_metrics.sql").read_text().split(";\n")
    values = {
        "customers": number,
        "orders": number * ORDERS,
        "lines": number * ORDERS * LINES,
        "each": LINES,
        "products": products.ids,
        "users": users.ids,
        "company": env.company.id,
        "currency": env.company.currency_id.id,
        "team": env["crm.team"].search([], limit=1).id,
        "unit": products[0].uom_id.id,
    }
    for statement in statements[:3]:
        env.cr.execute(statement, values)
    for definition in definitions:
        env.cr.execute(definition)
    env.cr.commit()
    subprocess.run(["psql", "-qc", "VACUUM ANALYZE", env.cr.dbname], check=True)


def run(env, number, rounds):
    bare = (HERE / "customer_metrics.sql").read_text().split(";\n")[3]

    def run_bare(env, _prepared):
        env.cr.execute(bare, {"company": env.company.id})

    def write_bare(env, _prepared):
        run_bare(env, None)
        env.cr.execute(
            """INSERT INTO crm_customer_metric (
                      partner_id, company_id, user_id, team_id, first_order_date,
                      last_order_date, order_count, revenue, refunded_amount, margin,
                      recent_revenue, earlier_revenue, average_order_value,
                      expected_order_date, recency_score, frequency_score, monetary_score,
                      value_tier, churn_risk, lifetime_value, projected_lifetime_value,
                      open_balance, overdue_balance, refreshed_at)
               SELECT partner_id, %s, user_id, team_id, first, last, number, revenue, credited,
                      margin, recent, earlier, average, expected, recency, frequency, monetary,
                      tier, risk, profit, projected, residual, overdue, now()
                 FROM bare_metric""",
            [env.company.id],
        )

    def empty(env):
        env.cr.execute("DELETE FROM crm_customer_metric")

    def full(env, _prepared):
        env["crm.customer.metric"]._refresh()

    def check(env, _prepared):
        env.cr.execute("SELECT COUNT(*) FROM crm_customer_metric WHERE order_count > 0")
        if env.cr.fetchone()[0] < number * 0.9:
            raise SystemExit("customers without figures")

    def check_bare(env, _prepared):
        env.cr.execute("SELECT COUNT(*), SUM(revenue) FROM bare_metric")
        count, revenue = env.cr.fetchone()
        env.cr.execute(
            """SELECT COUNT(*), SUM(m.revenue) FROM crm_customer_metric m
                 JOIN bare_metric b ON b.partner_id = m.partner_id
                                   AND ABS(b.revenue - m.revenue) < 0.02
                                   AND b.recency = m.recency_score
                                   AND b.monetary = m.monetary_score
                                   AND b.tier = m.value_tier
                                   AND ABS(b.risk - m.churn_risk) < 0.0001"""
        )
        same, total = env.cr.fetchone()
        if same != count or abs(total - revenue) > count * 0.01:
            raise SystemExit(f"other figures: {same} of {count} are the same")

    env["crm.customer.metric"]._refresh()
    env.cr.commit()
    computed = Case("bare SQL", run_bare, check=check_bare)
    written = Case("bare SQL, written into the table of the figures", write_bare, empty, check)
    first = Case("full pass, all rows new (the first night)", full, empty, check)
    nightly = Case("full pass, nothing changed (every other night)", full, check=check)
    measure(env, [computed, written, first, nightly], rounds)
    print_table("Figures of all customers", [computed, nightly], computed.name, 1, "pass")
    # who writes the same rows into the same columns and indexes
    print_table("The first time", [written, first], written.name, 1, "pass")

    some = max(1, number // 100)

    def touch(count):
        def work(env):
            env.cr.execute(
                """UPDATE sale_order_line SET price_subtotal = price_subtotal + 1
                    WHERE order_id IN (SELECT o.id FROM sale_order o JOIN crm_customer_metric m
                                           USING (partner_id)
                                        WHERE m.partner_id %% %s = 0)""",
                [number // count],
            )
            env.cr.execute(
                "SELECT partner_id FROM crm_customer_metric WHERE partner_id %% %s = 0",
                [number // count],
            )
            return env["res.partner"].browse([row[0] for row in env.cr.fetchall()])

        return work

    def incremental(env, partners):
        env["crm.customer.metric"]._refresh(partners)

    cases = [
        Case(f"{count} customers", incremental, touch(count))
        for count in (max(1, some // 100), max(1, some // 10), some)
    ]
    measure(env, cases, rounds)
    print_table("Incremental pass", cases, cases[0].name, 1, "pass")


if __name__ == "__main__":
    main()
