"""What an opportunity with products costs, against core's bare opportunity in a database without
us. Both count every query, those of our other rooms as well.
"""

from tests.conftest import ODOO_TEMPLATE, SUITE_TEMPLATE, odoo_shell

CREATE = """
env.ref("base.group_user")._apply_group(env.ref("product.group_product_pricelist"))
pricelist = env["product.pricelist"].create(
    {
        "name": "Many rules",
        "item_ids": [
            (0, 0, {"compute_price": "percentage", "percent_price": rate, "min_quantity": 9 - rate})
            for rate in range(1, 9)
        ],
    }
)
products = env["product.product"].create(
    [{"name": f"Product {n}", "list_price": n, "standard_price": 1} for n in range(1, 31)]
)
partners = env["res.partner"].create(
    [
        {"name": f"Customer {n}", "email": f"c{n}@example.org", "phone": f"+4930555{n:04}"}
        for n in range(100)
    ]
)
partners.property_product_pricelist = pricelist
user = env.ref("base.user_admin")


def create(with_lines):
    values = []
    for number, partner in enumerate(partners):
        lines = [
            (0, 0, {"product_id": products[(number + n) % 30].id, "quantity": 1 + number % 7})
            for n in range(3)
        ]
        values.append(
            {
                "name": f"Opportunity {number}",
                "type": "opportunity",
                "partner_id": partner.id,
                "expected_revenue": 0 if with_lines else 100,
                **({"line_ids": lines} if with_lines else {}),
            }
        )
    env.flush_all()
    env.invalidate_all()
    before = env.cr.sql_log_count
    env["crm.lead"].with_user(user).create(values)
    env.flush_all()
    return env.cr.sql_log_count - before


create(WITH_LINES)  # warms the caches of the registry up
print("QUERIES", create(WITH_LINES))
env.cr.rollback()
"""


def queries(database, template, with_lines):
    output = odoo_shell(database(template), CREATE.replace("WITH_LINES", str(with_lines)))
    return int(output.rpartition("QUERIES ")[2].split()[0])


def test_opportunities_with_products_cost_half_as_much_again_at_most(database):
    core = queries(database, ODOO_TEMPLATE, with_lines=False)
    ours = queries(database, SUITE_TEMPLATE, with_lines=True)
    assert core > 100, "core was measured"
    assert ours <= 1.5 * core, f"{ours} queries for 100 opportunities, core needs {core}"
