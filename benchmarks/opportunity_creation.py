"""Opportunities with three products each against bare ones; quotations made of them.

python benchmarks/opportunity_creation.py DATABASE [--records=100] [--rounds=5]

In a database without the add-ons only core's bare opportunity is measured: the floor of both.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import Case, arguments, environment, measure, print_machine, print_table


def main():
    options = arguments(__doc__.splitlines()[0], records=100)
    with environment(options.database) as env:
        run(env, options.records, options.rounds)


def run(env, records, rounds):
    env.ref("base.group_user")._apply_group(env.ref("product.group_product_pricelist"))
    salesperson = env.ref("base.user_admin")
    products, partners = prepare(env, records)

    def values(number, lines):
        return {
            "name": f"Opportunity {number}",
            "type": "opportunity",
            "partner_id": partners[number].id,
            **({"line_ids": [line(number, index) for index in range(3)]} if lines else {}),
        }

    def line(number, index):
        product = products[(number + index) % len(products)]
        return (0, 0, {"product_id": product.id, "quantity": 1 + number % 7})

    def create(lines):
        def work(env, _prepared):
            env["crm.lead"].with_user(salesperson).create(
                [values(number, lines) for number in range(records)]
            )

        return work

    def check(lines):
        def work(env, _prepared):
            leads = env["crm.lead"].search([], order="id desc", limit=records)
            if lines and any(len(lead.line_ids) != 3 or not lead.line_total for lead in leads):
                raise SystemExit("an opportunity without its products")

        return work

    def quote(env, leads):
        for lead in leads:
            lead.action_new_quotation()
            env.flush_all()

    def check_quotes(env, leads):
        if any(len(lead.order_ids.order_line) != 3 for lead in leads):
            raise SystemExit("an opportunity without its quotation")

    bare = Case("bare opportunity", create(False), check=check(False))
    cases = [bare]
    if "crm.opportunity.line" in env:
        cases.append(Case("with three products", create(True), check=check(True)))
    measure(env, cases, rounds)
    print_table("Created in one go", cases, bare.name, records, "opportunity")
    if "crm.opportunity.line" in env:

        def opportunities(env):
            return env["crm.lead"].create([values(number, True) for number in range(records)])

        quotes = [Case("quotation of three products", quote, opportunities, check_quotes)]
        measure(env, quotes, rounds)
        print_table("Quotations, one click each", quotes, quotes[0].name, records, "quotation")
    print_machine(env)


def prepare(env, records):
    pricelist = env["product.pricelist"].create(
        {
            "name": "Many rules",
            "item_ids": [
                (0, 0, {"compute_price": "percentage", "percent_price": rate, "min_quantity": rate})
                for rate in range(1, 9)
            ],
        }
    )
    products = env["product.product"].create(
        [
            {"name": f"Product {number}", "list_price": number, "standard_price": 1}
            for number in range(1, 31)
        ]
    )
    partners = env["res.partner"].create(
        [
            {"name": f"Customer {number}", "email": f"c{number}@example.org"}
            for number in range(records)
        ]
    )
    partners.property_product_pricelist = pricelist
    return products, partners


if __name__ == "__main__":
    main()
