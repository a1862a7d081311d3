"""What counting products that are bought together costs, with 100,000 orders, against the bare SQL.

The floor is one statement that finds the rules of the same orders and inserts them into a table
without indexes: no customers, no kinds of lines, no products that are no longer sold, nothing
compared with what was there.

python benchmarks/product_recommendation.py DATABASE [--orders=100000] [--rounds=5]
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import (
    Case,
    arguments,
    database_copy,
    environment,
    measure,
    print_machine,
    print_table,
)

PRODUCTS = 800
CUSTOMERS = 5000

ORDERS = """
INSERT INTO sale_order (name, state, company_id, partner_id, partner_invoice_id,
                        partner_shipping_id, currency_id, currency_rate, user_id, date_order)
SELECT 'B' || n, 'sale', %(company)s, p, p, p, %(currency)s, 1, %(user)s,
       now() AT TIME ZONE 'UTC' - (n %% 700) * interval '1 day'
  FROM generate_series(1, %(orders)s) n
 CROSS JOIN LATERAL (SELECT (%(partners)s::int[])[1 + (n * 7919) %% %(customers)s] AS p) who
"""
# one to five products of an order; half of them are neighbours of the first one
LINES = """
INSERT INTO sale_order_line (order_id, company_id, name, product_id, product_uom_id,
                             product_uom_qty, price_unit, price_subtotal, state, sequence,
                             customer_lead)
SELECT o.id, o.company_id, 'x', (%(products)s::int[])[1 + item], %(uom)s, 1, 10, 10, 'sale', 10, 0
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM sale_order WHERE name LIKE 'B%%') o
 CROSS JOIN LATERAL (SELECT (n * 104729) %% %(number)s AS first, n %% 5 AS more) draw
 CROSS JOIN LATERAL (
        SELECT DISTINCT (CASE WHEN i %% 2 = 0 THEN first + i ELSE first + n * i * 31 END)
                        %% %(number)s AS item
          FROM generate_series(0, draw.more) i) line
"""
# what the rules are, and no more
FLOOR = """
WITH item AS MATERIALIZED (
    SELECT DISTINCT o.company_id, o.id AS order_id, l.product_id
      FROM sale_order o
      JOIN sale_order_line l ON l.order_id = o.id
     WHERE o.state = 'sale' AND o.date_order >= %(since)s AND l.product_uom_qty > 0
), product AS MATERIALIZED (
    SELECT company_id, product_id, COUNT(*) AS n FROM item GROUP BY company_id, product_id
), total AS MATERIALIZED (
    SELECT company_id, COUNT(DISTINCT order_id) AS n FROM item GROUP BY company_id
), pair AS MATERIALIZED (
    SELECT one.company_id, one.product_id AS a, two.product_id AS b, COUNT(*) AS n
      FROM item one
      JOIN item two ON two.order_id = one.order_id AND two.product_id <> one.product_id
  GROUP BY one.company_id, one.product_id, two.product_id
    HAVING COUNT(*) >= 3
)
INSERT INTO bench_rule
SELECT pair.*, pair.n::float8 / total.n, pair.n::float8 / a.n,
       (pair.n * total.n)::float8 / (a.n * b.n)
  FROM pair
  JOIN total USING (company_id)
  JOIN product a ON a.company_id = pair.company_id AND a.product_id = pair.a
  JOIN product b ON b.company_id = pair.company_id AND b.product_id = pair.b
 WHERE pair.n::float8 / a.n >= 0.1 AND (pair.n * total.n)::float8 / (a.n * b.n) >= 1.1
"""


def main():
    options = arguments(__doc__.splitlines()[0], orders=100000)
    with database_copy(options.database) as copy, environment(copy) as env:
        customer, products = create_orders(env, options.orders)
        model = env["crm.product.association"]
        since = model._get_since(model._get_thresholds())

        def bare(env, _prepared):
            env.cr.execute(FLOOR, {"since": since})

        def empty(env):
            env.cr.execute("DELETE FROM crm_product_association")

        def full(env):
            model._refresh()
            env.flush_all()

        def sell(env):
            full(env)
            env.cr.execute(
                """UPDATE sale_order SET state = 'cancel'
                    WHERE id IN (SELECT id FROM sale_order WHERE name LIKE 'B%' LIMIT 100)"""
            )

        def refresh(env, _prepared):
            model._refresh()

        def check(env, _prepared):
            assert model.search_count([]) > 100, "there are rules"

        def suggest(env, _prepared):
            model._get_suggestions(customer, products)

        cases = [
            Case("bare SQL", bare),
            Case("first count", refresh, empty, check),
            Case("count again, nothing new", refresh, full, check),
            Case("count again, 100 orders cancelled", refresh, sell, check),
        ]
        measure(env, cases, options.rounds)
        print_table("Products bought together", cases, "bare SQL", 1, f"{options.orders} orders")
        model._refresh()
        asking = [Case("suggestions for a form", suggest)]
        measure(env, asking, options.rounds)
        print_table("Suggestions", asking, "suggestions for a form", 1, "form")
        rules, orders = model.search_count([]), env.company.association_order_count
        print(f"\n{rules} rules of {orders} orders.")
        print_machine(env)


def create_orders(env, number):
    """Fill a copy of a database with orders of one to five products. Commits.

    :return: one of the customers, and two products
    """
    partners = env["res.partner"].create([{"name": f"Customer {n}"} for n in range(CUSTOMERS)])
    products = env["product.product"].create(
        [{"name": f"Product {n}", "list_price": 10} for n in range(PRODUCTS)]
    )
    env.flush_all()
    values = {
        "company": env.company.id,
        "currency": env.company.currency_id.id,
        "user": env.uid,
        "orders": number,
        "partners": partners.ids,
        "customers": CUSTOMERS,
        "products": products.ids,
        "number": PRODUCTS,
        "uom": products[0].uom_id.id,
    }
    for statement in (ORDERS, LINES):
        env.cr.execute(statement, values)
    env.cr.execute(
        """CREATE TABLE bench_rule (company_id int, a int, b int, n int,
                                    support float8, confidence float8, lift float8)"""
    )
    env.cr.commit()
    env.invalidate_all()
    subprocess.run(["psql", "-qc", "VACUUM ANALYZE", env.cr.dbname], check=True)
    return partners[0], products[:2]


if __name__ == "__main__":
    main()
