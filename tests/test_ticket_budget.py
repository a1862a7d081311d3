"""What a hundred tickets with three running clocks each cost, against as many of core's bare
opportunities in a database without us. Both count every query, those of our other rooms as well.
"""

import pytest

from tests.conftest import ODOO_TEMPLATE, SUITE_TEMPLATE, odoo_shell

CREATE = """
partner = env["res.partner"].create({"name": "Customer", "email": "customer@example.org"})
agent = env["res.users"].create(
    {
        "name": "Agent",
        "login": "agent",
        "group_ids": [
            (4, env.ref(group).id)
            for group in ("sales_team.group_sale_salesman", "crm_suite_helpdesk.group_agent")
            if env.ref(group, raise_if_not_found=False)
        ],
    }
)
common = {"partner_id": partner.id, "user_id": agent.id if IS_ASSIGNED else False}


def create_all(model, **values):
    env.flush_all()
    env.invalidate_all()
    before = env.cr.sql_log_count
    made = env[model].with_user(env.ref("base.user_admin")).create(
        [{"name": f"Order {number} is late", **common, **values} for number in range(100)]
    )
    env.flush_all()
    return env.cr.sql_log_count - before, made
"""
LEADS = """
create_all("crm.lead", type="opportunity")  # warms the caches of the registry up
print("QUERIES", create_all("crm.lead", type="opportunity")[0])
env.cr.rollback()
"""
TICKETS = """
env["crm.sla.policy"].search([]).action_archive()
third = "team_time" if IS_ASSIGNED else "pickup"
env["crm.sla.policy"].create(
    {
        "name": "Three promises",
        "target_ids": [
            (0, 0, {"metric": metric, "budget": 8})
            for metric in ("first_response", "resolution", third)
        ],
    }
)
create_all("crm.ticket")
queries, tickets = create_all("crm.ticket")
clocks = tickets.sla_clock_ids.filtered(lambda clock: clock.state == "running")
assert len(clocks) == 300, len(clocks)
print("QUERIES", queries)
env.cr.rollback()
"""


def count(database, template, code, is_assigned):
    code = (CREATE + code).replace("IS_ASSIGNED", str(is_assigned))
    output = odoo_shell(database(template), code)
    return int(output.rpartition("QUERIES ")[2].split()[0])


@pytest.mark.parametrize("is_assigned", [False, True], ids=["unassigned", "assigned"])
def test_tickets_cost_a_third_more_than_bare_opportunities_at_most(database, is_assigned):
    core = count(database, ODOO_TEMPLATE, LEADS, is_assigned)
    ours = count(database, SUITE_TEMPLATE, TICKETS, is_assigned)
    assert core > 100, "core was measured"
    assert ours <= 1.3 * core, f"{ours} queries for 100 tickets, core needs {core}"
