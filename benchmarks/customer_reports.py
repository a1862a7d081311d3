"""What opens when somebody looks at all customers: reports and lists, as their menus open them.

python benchmarks/customer_reports.py DATABASE [--customers=100000] [--rounds=3]

The customers are those of `customer_metrics.py`: three orders of two lines each in three years.
"""

import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from customer_metrics import build
from dateutil.relativedelta import relativedelta
from harness import Case, arguments, database_copy, environment, measure, print_machine, print_table

MONEY = ["revenue:sum", "cost:sum", "margin:sum", "margin_percent:avg", "discount_amount:sum"]
FLOW = [
    "new_customers:sum",
    "lost_customers:sum",
    "retention:avg",
    "orders:sum",
    "revenue:sum",
    "average_order:avg",
    "conversion:avg",
]


def main():
    options = arguments(__doc__.splitlines()[0], customers=100000)
    with database_copy(options.database) as copy, environment(copy) as env:
        build(env, options.customers)
        env["crm.customer.metric"]._refresh()
        env.cr.commit()
        reader = env.ref("base.user_admin")
        run(env(user=reader.id, su=False), options.rounds)
        print_machine(env)


def run(env, rounds):
    year, two_years = (str(date.today() - relativedelta(months=n)) for n in (12, 24))
    complete = [
        ("unit", "=", "month"),
        ("is_complete", "=", True),
        ("cohort", ">=", two_years),
        ("step", "<=", 12),
    ]
    ordered, profit = [("order_count", ">", 0)], "crm.customer.profit.report"
    cases = [
        read("Customer value: list", "crm.customer.value", ordered, ["revenue", "revenue_share"]),
        group("Customer value: by tier", "crm.customer.value", ordered, "value_tier", MONEY[:1]),
        read("At risk: list", "crm.customer.risk", [], ["revenue", "churn_risk"]),
        group(
            "Retention: pivot",
            "crm.retention.report",
            complete,
            ["cohort:month", "step"],
            ["retention:avg", "returned:sum"],
        ),
        read("Retention: list", "crm.retention.report", complete, ["cohort", "step", "retention"]),
        group(
            "Key figures: pivot",
            "crm.customer.flow.report",
            [("date", ">=", year)],
            "date:month",
            FLOW,
        ),
        group("Profitability: by customer", profit, [("date", ">=", year)], "partner_id", MONEY),
        group("Profitability: by month, all years", profit, [], "date:month", MONEY),
        read("Customer figures: list", "crm.customer.metric", [], ["revenue", "rfm_cell"]),
        read("Contacts of tier A", "res.partner", [("metric_ids.value_tier", "=", "a")], ["name"]),
    ]
    measure(env, cases, rounds)
    print_table("Customers at a glance", cases, cases[0].name, 1, "opening")


def read(name, model, domain, fields):
    """The first page of a list, with the number of all rows."""
    specification = {field: {} for field in fields}

    def run(env, _prepared):
        env[model].web_search_read(domain, specification, limit=80, count_limit=10001)

    return Case(name, run)


def group(name, model, domain, groupby, aggregates):
    groupby = [groupby] if isinstance(groupby, str) else groupby

    def run(env, _prepared):
        env[model].formatted_read_group(domain, groupby, aggregates)

    return Case(name, run)


if __name__ == "__main__":
    main()
