"""An update of the add-ons keeps what users entered and changed, also in the default data."""

import pytest

from tests.conftest import (
    SUITE_TEMPLATE,
    create_database,
    drop_database,
    odoo_modules,
    odoo_shell,
    psql,
)

SUITE = "crm_suite,crm_suite_helpdesk,crm_suite_marketing"
COUNTS = [
    "crm_customer_metric",
    "crm_interest",
    "crm_lifecycle_move",
    "crm_lifecycle_rule",
    "crm_lifecycle_stage",
    "crm_occasion_rule",
    "crm_partner_relation",
    "crm_product_association",
    "crm_interaction",
    "crm_opportunity_line",
    "crm_segment",
    "crm_segment_member",
    "crm_form_rule",
    "crm_ticket",
    "crm_sla_clock",
    "crm_sla_segment",
    "crm_stage_move",
    "crm_qualification_question",
    "crm_qualification_answer",
    "crm_lead_score_rule",
    "crm_lead_score_hit",
    "crm_lead_form",
    "crm_territory",
    "crm_assignment_rule",
    "crm_escalation_level",
    "crm_snooze",
    "crm_snooze_reason",
    "crm_interaction_outcome",
    "crm_timeline_message",
    "crm_payment_reminder",
    "crm_payment_reminder_level",
    "crm_payment_reminder_line",
    "crm_payment_promise",
    "crm_dispute_reason",
]


def rows(database):
    return {table: psql(database, f"select * from {table} order by 1") for table in COUNTS}


# what an administrator changes of the default data
CHANGE = """
env.ref("crm_suite_helpdesk.crm_ticket_team_support").write(
    {"name": "First Line", "alias_name": "first-line"}
)
ids = env["ir.model.data"].search([("module", "like", "crm_suite%"), ("noupdate", "=", True)])
policies = ids.filtered(lambda data: data.model == "crm.sla.policy").mapped("res_id")
env["crm.sla.policy"].browse(policies).target_ids.write({"budget_s": 12345})
automations = ids.filtered(lambda data: data.model == "base.automation").mapped("res_id")
env["base.automation"].browse(automations).write({"active": False})
"""
CHANGED = """
    select (select count(*) from crm_ticket_team where name->>'en_US' = 'First Line'),
           (select count(*) from mail_alias where alias_name = 'first-line'),
           (select count(*) from crm_sla_target where budget_s = 12345),
           (select count(*) from base_automation b
              join ir_model_data d on d.model = 'base.automation' and d.res_id = b.id
             where starts_with(d.module, 'crm_suite') and not b.active)
"""


def changed(database):
    return [int(count) for count in psql(database, CHANGED)[0]]


@pytest.fixture(scope="module")
def updated():
    """A database that was updated after its administrator had changed it: its name, and the rows
    and changes of before.
    """
    name = create_database(SUITE_TEMPLATE)
    try:
        odoo_shell(name, CHANGE)
        before = rows(name), changed(name)
        odoo_modules(name, "-u", SUITE)
        yield name, *before
    finally:
        drop_database(name)


def test_update_keeps_data(updated):
    db, before, _changes = updated
    assert [table for table, found in before.items() if not found] == []
    assert rows(db) == before


def test_update_keeps_the_changes_of_an_administrator(updated):
    """Default records that people edit are theirs after installation."""
    db, _rows, before = updated
    teams, aliases, targets, automations = before
    assert (teams, aliases, automations) == (1, 1, 14) and targets >= 4
    assert changed(db) == before


def test_update_of_a_database_from_before_the_demo_data(database):
    """An update loads demo records that are new, but runs none of the functions that prepare them:
    it must neither fail nor leave half of a scene.
    """
    db = database(SUITE_TEMPLATE)
    psql(
        db,
        """delete from ir_model_data where module = 'crm_suite' and model in
               ('crm.payment.promise', 'account.move')""",
    )
    before = rows(db)
    odoo_modules(db, "-u", SUITE)
    assert rows(db) == before
