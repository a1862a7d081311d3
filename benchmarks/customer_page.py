"""The page of a customer: among few customers and among many, with few documents and with many.

python benchmarks/customer_page.py DATABASE [--small=10] [--large=100000] [--rounds=5]

Each customer has an opportunity, three orders and figures. The same three customers are opened in
both sizes: one like the others, one with a hundred contacts, relations and orders of each, one that
nobody dealt with. The queries must not depend on any of it.
"""

import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import Case, arguments, database_copy, environment, measure, print_machine

MANY = 100
ORDERS = 3


def main():
    options = arguments(__doc__.splitlines()[0], small=10, large=100_000)
    results = []
    with database_copy(options.database) as copy, environment(copy) as env:
        customers, readers, templates = build(env)
        filled = 0
        for size in (options.small, options.large):
            fill(env, templates, filled, size)
            filled = size
            results += run(env, options.rounds, size, customers, readers)
        print_results(results)
        print_machine(env)
        check(results)


def build(env):
    """Three customers and two readers, and the records that the others are copies of. Commits."""
    group = "sales_team.group_sale_%s"
    own, everything = env["res.users"].create(
        [
            {"name": name, "login": name, "group_ids": [(4, env.ref(group % right).id)]}
            for name, right in (("own", "salesman"), ("all", "manager"))
        ]
    )
    usual, large, nothing, template = env["res.partner"].create(
        [{"name": f"Page {n}", "is_company": True, "user_id": own.id} for n in range(4)]
    )
    product = env["product.product"].create({"name": "Desk", "list_price": 100})
    for customer in (usual, template):
        create_documents(env, customer, product, own, ORDERS if customer == usual else 1)
    competitor = env.ref("crm_suite.relation_type_competitor")
    others = env["res.partner"].create([{"name": f"Other {n}"} for n in range(MANY)])
    contacts = env["res.partner"].create(
        [{"name": f"Person {n}", "parent_id": large.id} for n in range(MANY)]
    )
    large.interest_ids = [(0, 0, {"name": f"Interest {n}"}) for n in range(MANY)]
    env["crm.partner.relation"].create(
        [{"left_id": large.id, "type_id": competitor.id, "right_id": other.id} for other in others]
    )
    for contact in contacts:
        create_documents(env, contact, product, own, 1)
    env["crm.customer.metric"]._refresh()
    env.flush_all()
    order = env["sale.order"].search([("partner_id", "=", template.id)], limit=1)
    lead = env["crm.lead"].search([("partner_id", "=", template.id)], limit=1)
    metric = env["crm.customer.metric"].search([("partner_id", "=", template.id)], limit=1)
    env.cr.commit()
    customers = {"three orders": usual, "100 contacts, orders": large, "no document": nothing}
    readers = {"all documents": everything, "own documents": own}
    return customers, readers, (template, order, order.order_line, lead, metric)


def create_documents(env, customer, product, user, number):
    orders = env["sale.order"].create(
        [
            {
                "partner_id": customer.id,
                "user_id": user.id,
                "order_line": [(0, 0, {"product_id": product.id})],
            }
            for _n in range(number)
        ]
    )
    orders.action_confirm()
    env["crm.lead"].create(
        {
            "name": "Desks",
            "type": "opportunity",
            "partner_id": customer.id,
            "user_id": user.id,
            "expected_revenue": 100,
        }
    )


def fill(env, templates, first, last):
    """Add copies of the customer and of what it has. Commits."""
    template, order, line, lead, metric = templates
    partner = "10000000 + n"
    copy(
        env,
        template,
        first,
        last,
        id=partner,
        commercial_partner_id=partner,
        name="'Customer ' || n",
        complete_name="'Customer ' || n",
    )
    copy(env, lead, first, last, id=partner, partner_id=partner)
    if metric:
        copy(env, metric, first, last, id=partner, partner_id=partner)
    owner = f"10000000 + 1 + (n - 1) / {ORDERS}"
    copy(
        env,
        order,
        first * ORDERS,
        last * ORDERS,
        id=partner,
        name="'P' || n",
        partner_id=owner,
        partner_invoice_id=owner,
        partner_shipping_id=owner,
        commercial_partner_id=owner,
    )
    copy(
        env,
        line,
        first * ORDERS,
        last * ORDERS,
        id=partner,
        order_id=partner,
        order_partner_id=owner,
    )
    env.cr.commit()
    subprocess.run(["psql", "-qc", "VACUUM ANALYZE", env.cr.dbname], check=True)


def copy(env, record, first, last, **values):
    """Copy a row so many times; `values` are SQL of the number `n`."""
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = %s AND is_generated = 'NEVER'",
        [record._table],
    )
    columns = [column for (column,) in env.cr.fetchall()]
    chosen = ", ".join(values.get(column, f't."{column}"') for column in columns)
    quoted = ", ".join(f'"{column}"' for column in columns)
    env.cr.execute(
        f'INSERT INTO "{record._table}" ({quoted}) SELECT {chosen} '
        f'FROM "{record._table}" t, generate_series(%s, %s) n WHERE t.id = %s',
        [first + 1, last, record.id],
    )


def run(env, rounds, size, customers, readers):
    cases = []
    for reader, user in readers.items():
        pages = env["crm.customer.page"].with_user(user)
        for kind, customer in customers.items():

            def get_page(_env, _prepared, pages=pages, customer=customer):
                pages.get_page(customer.id)

            cases.append((reader, kind, size, Case(f"{reader}, {kind}", get_page)))
    measure(env, [case for *_rest, case in cases], rounds)
    return cases


def print_results(results):
    print("\n**The page of a customer** (medians)\n")
    print("| reader | customer | customers | ms | queries |\n|---|---|---:|---:|---:|")
    for reader, kind, size, case in results:
        wall = statistics.median(sample.wall for sample in case.samples)
        print(f"| {reader} | {kind} | {size:,} | {wall * 1000:.1f} | {get_queries(case)} |")


def get_queries(case):
    return int(statistics.median(sample.queries for sample in case.samples))


def check(results):
    """The queries of a reader and customer are the same in each size; a large one needs no more
    than its parts: each part is asked for once.
    """
    for reader in {reader for reader, *_rest in results}:
        for kind in {kind for _reader, kind, *_rest in results}:
            counts = {get_queries(c) for r, k, _size, c in results if (r, k) == (reader, kind)}
            if len(counts) > 1:
                raise SystemExit(f"{reader}, {kind}: queries grow: {sorted(counts)}")


if __name__ == "__main__":
    main()
