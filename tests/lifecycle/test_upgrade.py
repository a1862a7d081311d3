"""An update of the add-ons keeps what users entered and changed, also in the default data."""

from tests.conftest import SUITE_TEMPLATE, odoo_modules, odoo_shell, psql

SUITE = "crm_suite,crm_suite_helpdesk,crm_suite_marketing"
COUNTS = [
    "crm_interaction",
    "crm_opportunity_line",
    "crm_segment",
    "crm_segment_member",
    "crm_form_rule",
    "crm_ticket",
    "crm_sla_clock",
    "crm_sla_segment",
]


def rows(database):
    return {table: psql(database, f"select * from {table} order by 1") for table in COUNTS}


def test_update_keeps_data(database):
    db = database(SUITE_TEMPLATE)
    before = rows(db)
    assert all(before.values()), {t: len(r) for t, r in before.items()}
    odoo_modules(db, "-u", SUITE)
    assert rows(db) == before


def test_update_keeps_the_changes_of_an_administrator(database):
    db = database(SUITE_TEMPLATE)
    odoo_shell(
        db,
        """
env.ref("crm_suite_helpdesk.crm_ticket_team_support").write({"name": "First Line", "alias_name":
"first-line"})
policy = env["crm.sla.policy"].search([], limit=1)
policy.target_ids.write({"budget_s": 12345})
automations = env["ir.model.data"].search([("model", "=", "base.automation"), ("module", "like",
"crm_suite%")])
env["base.automation"].browse(automations.mapped("res_id")).write({"active": False})
""",
    )
    odoo_modules(db, "-u", SUITE)
    assert psql(
        db,
        """select name->>'en_US' from crm_ticket_team where id in (
                   select res_id from ir_model_data where name = 'crm_ticket_team_support')""",
    ) in ([["First Line"]],)
    assert {
        row[0]
        for row in psql(
            db,
            """select distinct budget_s from crm_sla_target
             where policy_id = (select min(id) from crm_sla_policy)""",
        )
    } >= {"12345"}
    active = psql(
        db,
        """select count(*) from base_automation b
             join ir_model_data d on d.model = 'base.automation' and d.res_id = b.id
            where d.module like 'crm\\_suite%' and b.active""",
    )
    assert active == [["0"]]
