"""Run in an Odoo shell: three customers, and what the rooms of customers know of them.

* ``secret``: bought of a colleague of another team
* ``own``: bought of the salesperson `own`, whose team `leader` leads
* ``foreign``: a contact of another company, who bought there
"""

import json

LOGIN = "readers.%s"
env = env(context={**env.context, "no_reset_password": True, "tracking_disable": True})  # noqa: F821
main = env.company
other = env["res.company"].create({"name": "Readers Other"})
env.ref("base.user_admin").company_ids += other
env.user.company_ids += other
countries = dict(zip(("secret", "own", "foreign"), ("base.is", "base.mt", "base.fj"), strict=True))
customers = {
    name: env["res.partner"].create(
        {
            "name": f"Readers {name}",
            "is_company": True,
            "country_id": env.ref(country).id,
            "company_id": other.id if name == "foreign" else False,
            "email": f"{name}@readers.example.net",
        }
    )
    for name, country in countries.items()
}
portal = env["res.partner"].create({"name": "Readers Portal", "parent_id": customers["secret"].id})


def user(name, groups, companies=main, **values):
    return env["res.users"].create(
        {
            "name": name,
            "login": LOGIN % name,
            "password": LOGIN % name,
            "email": f"{name}@readers.example.com",
            "company_id": companies[0].id,
            "company_ids": [(6, 0, companies.ids)],
            "group_ids": [(6, 0, [env.ref(group).id for group in groups])],
            **values,
        }
    )


users = {
    "portal": user("portal", ["base.group_portal"], partner_id=portal.id),
    "clerk": user("clerk", ["base.group_user"]),
    "agent": user("agent", ["crm_suite_helpdesk.group_agent"]),
    "accountant": user("accountant", ["base.group_user", "account.group_account_manager"]),
    "marketer": user("marketer", ["crm_suite_marketing.group_marketing_user"]),
    "own": user("own", ["sales_team.group_sale_salesman"]),
    "colleague": user("colleague", ["sales_team.group_sale_salesman"]),
    "leader": user("leader", ["crm_suite.group_team_leader"]),
    "everything": user("everything", ["sales_team.group_sale_salesman_all_leads"]),
    "manager": user("manager", ["sales_team.group_sale_manager"]),
    "abroad": user("abroad", ["sales_team.group_sale_salesman_all_leads"], other),
    # has the first one open
    "both": user("both", ["sales_team.group_sale_salesman_all_leads"], main + other),
}
teams = env["crm.team"].create(
    [
        {
            "name": "Readers A",
            "user_id": users["leader"].id,
            "member_ids": [(4, users["own"].id)],
            "company_id": main.id,
        },
        {"name": "Readers B", "member_ids": [(4, users["colleague"].id)], "company_id": main.id},
        {"name": "Readers C", "member_ids": [(4, users["abroad"].id)], "company_id": other.id},
    ]
)
product = env["product.product"].create({"name": "Readers thing", "type": "service"})
sellers = {
    "secret": (users["colleague"], teams[1], main, 73519.0),
    "own": (users["own"], teams[0], main, 111.0),
    "foreign": (users["abroad"], teams[2], other, 86423.0),
}
for name, (seller, team, company, price) in sellers.items():
    customers[name].user_id = seller
    for day in ("2025-03-05", "2025-05-05"):
        order = (
            env["sale.order"]
            .with_company(company)
            .create(
                {
                    "partner_id": customers[name].id,
                    "company_id": company.id,
                    "user_id": seller.id,
                    "team_id": team.id,
                    "order_line": [
                        (0, 0, {"product_id": product.id, "price_unit": price, "tax_ids": False})
                    ],
                }
            )
        )
        order.action_confirm()
        order.date_order = f"{day} 10:00:00"
env["crm.customer.metric"]._refresh()
stage = env.ref("crm_suite.lifecycle_stage_customer")
for customer in customers.values():
    if customer.lifecycle_stage_id != stage:
        customer.lifecycle_stage_id = stage
rules = {}
for company in (main, other):
    rules[company] = env["crm.occasion.rule"].create(
        {
            "name": f"Readers {company.name}",
            "kind": "champion",
            "company_id": company.id,
            "activity_type_id": env.ref("crm_suite.mail_activity_type_champion").id,
        }
    )
    env["crm.lifecycle.rule"].create(
        {
            "name": f"Readers {company.name}",
            "company_id": company.id,
            "stage_id": stage.id,
            "domain": "[('ref', '=', 'readers')]",
        }
    )
for name, (seller, _team, company, _price) in sellers.items():
    env["crm.occasion"].create(
        {
            "rule_id": rules[company].id,
            "kind": "champion",
            "partner_id": customers[name].id,
            "company_id": company.id,
            "date": "2026-01-05",
            "user_id": seller.id,
            "state": "planned",
        }
    )
segments = {
    company: env["crm.segment"]
    .with_user(env.ref("base.user_admin"))
    .with_context(allowed_company_ids=company.ids)
    .create(
        {
            "name": f"Readers {company.name}",
            "company_id": company.id,
            "domain": "[('email', 'like', '@readers.example.net'), ('company_id', '=', %s)]"
            % (company == other and company.id),
        }
    )
    for company in (main, other)
}
kind = env["crm.partner.relation.type"].create({"name": "Readers", "is_symmetric": True})
env["crm.partner.relation"].create(
    [
        {
            "left_id": customers["secret"].id,
            "right_id": customers[name].id,
            "type_id": kind.id,
        }
        for name in ("own", "foreign")
    ]
)
things = env["product.product"].create([{"name": f"Readers {n}"} for n in "ab"])
for company in (main, other):
    env.cr.execute(
        """
        INSERT INTO crm_product_association (company_id, antecedent_id, consequent_id, order_count,
                    antecedent_count, consequent_count, basket_count, support, confidence, lift,
                    score)
        VALUES (%s, %s, %s, 7, 9, 8, 10, 0.7, 0.7, 1.1, 0.8)
        """,
        [company.id, *things.ids],
    )
    env.cr.execute(
        "INSERT INTO crm_customer_metric_touch (partner_id) VALUES (%s)",
        [customers["secret"].id],
    )
env["crm.customer.type"].create({"name": "Readers type"})
env["crm.income.band"].create({"name": "Readers band"})
env["crm.interest"].create({"name": "Readers interest"})
customers["secret"].interest_ids = env["crm.interest"].search([("name", "=", "Readers interest")])
customers["secret"].birthdate = "1980-02-03"
mine = env["crm.lifecycle.change"].with_user(users["everything"])
mine.create({"partner_ids": customers["secret"].ids, "stage_id": stage.id})
both = segments[main] + segments[main].copy({"name": "Readers copy"})
env["crm.segment.overlap"].with_user(users["everything"]).action_compare_segments(both.ids)
both[1].active = False
print(
    "SCENE",
    json.dumps(
        {
            "customers": {name: customer.id for name, customer in customers.items()},
            "companies": {"main": main.id, "other": other.id},
            "segments": {"main": segments[main].id, "other": segments[other].id},
            "products": things.ids,
        }
    ),
)
