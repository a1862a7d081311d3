"""Uninstalling leaves a database as it was: no table, column, field, view, cron, group or
parameter of ours.
"""

import pytest

from tests.conftest import ODOO_TEMPLATE, SUITE_TEMPLATE, odoo_modules, odoo_shell, psql

UNINSTALL = "env['ir.module.module'].search([('name', '=', '%s')]).button_immediate_uninstall()"
# figures, stages, occasions with what is done about them, members of segments, referrals
KNOW_THE_CUSTOMERS = """
from datetime import date
env["crm.customer.metric"]._refresh()
env["crm.lifecycle.rule"]._run_all()
admin = env.ref("base.user_admin")
rows = env["crm.customer.metric"].search([("company_id", "=", 1)], limit=4)
rows.partner_id.write({"user_id": admin.id, "birthdate": date.today().replace(year=1992)})
env.ref("crm_suite.occasion_rule_birthday_mail").active = True
env["crm.customer.metric"]._on_cells_changed(
    [(row.partner_id.id, row.company_id.id, "loyal", cell)
     for row, cell in zip(rows, ["at_risk", "champion"] * 2)]
)
env["crm.occasion.rule"]._cron_run()
env["crm.segment"]._cron_evaluate()
rows[0].partner_id.referred_by_id = rows[1].partner_id
rows[2].partner_id.lifecycle_stage_id = env.ref("crm_suite.lifecycle_stage_advocate")
for model in ("crm.customer.metric", "crm.lifecycle.move", "crm.segment.member", "crm.interest"):
    assert env[model].search_count([]), model
states = set(env["crm.occasion"].search([]).mapped("state"))
assert {"planned"} < states, states
"""
# workers that were added, a setting, what somebody said and a mailing did
CAMPAIGN = """
env["crm.outbox"]._set_worker_count(4)
env["ir.config_parameter"].set_param("crm_suite_marketing.dkim_selectors", "s1")
for model in ("crm.consent.entry", "crm.outbox", "crm.engagement"):
    assert env[model].search_count([]), model
"""
LEFTOVERS = {
    "tables and columns": """select table_name || '.' || column_name from
    information_schema.columns where table_schema = 'public'""",
    "indexes": "select indexname from pg_indexes where schemaname = 'public'",
    "constraints": """select conrelid::regclass || '.' || conname from pg_constraint
                       where connamespace = 'public'::regnamespace""",
    "functions and triggers": """select proname from pg_proc where pronamespace =
    'public'::regnamespace
                                  union select tgname from pg_trigger where not tgisinternal""",
    "models": "select model from ir_model",
    "fields": "select model || '.' || name from ir_model_fields",
    "selection values": """select f.model || '.' || f.name || ':' || s.value
                            from ir_model_fields_selection s
                            join ir_model_fields f on f.id = s.field_id""",
    "views": """select model || ':' || name || ':' || coalesce(key, '') from ir_ui_view
                 where model is not null""",
    "menus": "select id::text || name::text from ir_ui_menu",
    "actions": "select type || ':' || name::text from ir_actions",
    "scheduled jobs": "select cron_name from ir_cron",
    "groups": "select name::text from res_groups",
    "privileges": "select name::text from res_groups_privilege",
    "parameters": "select key from ir_config_parameter",
    "record rules": "select name from ir_rule",
    "access rights": "select name from ir_model_access",
    "automations": "select name::text from base_automation",
    "mail templates": "select name::text from mail_template",
    "mail subtypes": "select name::text from mail_message_subtype",
    "aliases": "select coalesce(alias_name, '') from mail_alias",
    "sequences": "select coalesce(code, name) from ir_sequence",
    "defaults": "select id::text from ir_default",
    "filters": "select name from ir_filters",
    "activity types": "select name::text from mail_activity_type",
    "external ids": """select module || '.' || name from ir_model_data
                        where module not like '\\_\\_%'""",
}


def inventory(database):
    return {
        what: {row[0] for row in psql(database, query) if row} for what, query in LEFTOVERS.items()
    }


def test_uninstall_leaves_no_trace(database):
    # the one was made of the other by installing the add-ons with their demo data
    before = inventory(ODOO_TEMPLATE)
    db = database(SUITE_TEMPLATE)
    assert inventory(db)["models"] - before["models"], "the add-ons were installed"
    odoo_shell(db, KNOW_THE_CUSTOMERS + CAMPAIGN)
    # else the custom fields of the demo data stay with their values
    drop = "env['ir.config_parameter'].set_param('crm_suite.keep_custom_fields', '0')\n"
    odoo_shell(db, drop + UNINSTALL % "crm_suite")
    after = inventory(db)
    left = {
        what: sorted(after[what] - before[what]) for what in before if after[what] - before[what]
    }
    assert left == {}, "\n".join(f"{what}: {names}" for what, names in left.items())


@pytest.mark.parametrize(
    ("gone", "others", "names", "words"),
    [
        ("crm_suite_helpdesk", "crm_suite,crm_suite_marketing", "ticket|sla", "crm.ticket"),
        (
            "crm_suite_marketing",
            "crm_suite,crm_suite_helpdesk",
            "journey|ready|web|engagement|outbox|contact.score|consent",
            "journey",
        ),
    ],
)
def test_an_add_on_can_go_and_the_others_stay(database, gone, others, names, words):
    db = database(SUITE_TEMPLATE)
    odoo_shell(db, UNINSTALL % gone)
    odoo_modules(db, "-u", others)
    for query in (
        f"select model from ir_model where model ~ '^crm.({names})'",
        f"select tablename from pg_tables where tablename ~ '^crm.({names})'",
        f"select name from ir_act_window where context ~ '{words}'",
    ):
        assert psql(db, query) == [], query
