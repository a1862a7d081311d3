"""What people shaped without code outlives updates, and goes, or stays, as they chose when the
suite is uninstalled.
"""

import contextlib
import json
from xml.etree import ElementTree

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
SHAPED = [
    "crm_custom_field",
    "crm_custom_field_option",
    "crm_custom_field_place",
    "crm_form_tab",
    "crm_form_rule",
    "crm_form_rule_target_rel",
    "crm_form_default",
    "crm_customization_change",
]
SHAPE = """
from odoo.fields import Command

cora = env["res.users"].create(
    {
        "name": "Cora",
        "login": "cora",
        "group_ids": [
            Command.link(env.ref(group).id)
            for group in ("base.group_user", "crm_suite.group_configurator")
        ],
    }
)
model_id = env["ir.model"]._get_id
env["ir.ui.view"].create(
    {
        "name": "a group of somebody else",
        "model": "crm.lead",
        "inherit_id": env.ref("crm.crm_lead_view_form").id,
        "arch": '''<page name="lead" position="before">
                     <page name="of_others" string="Of Others"><group name="others">
                       <field name="referred"/>
                     </group></page>
                   </page>''',
    }
)
Field = env["crm.custom.field"].with_user(cora)
fields_ = Field.create(
    [
        {
            "name": "Branch",
            "model_id": model_id("crm.lead"),
            "kind": "selection",
            "option_ids": [Command.create({"name": name}) for name in ("Amman", "Irbid")],
        },
        {"name": "Seats", "model_id": model_id("crm.lead"), "kind": "integer"},
        {"name": "Fee", "model_id": model_id("crm.lead"), "kind": "monetary"},
        {
            "name": "Countries",
            "model_id": model_id("crm.lead"),
            "kind": "many2many",
            "comodel_id": model_id("res.country"),
        },
        {"name": "Plan", "model_id": model_id("crm.lead"), "kind": "binary"},
        {"name": "Tax Office", "model_id": model_id("res.partner"), "kind": "char"},
        {"name": "Dock", "model_id": model_id("sale.order"), "kind": "char"},
        {"name": "Cost Center", "model_id": model_id("account.move"), "kind": "char"},
        {"name": "Machine", "model_id": model_id("crm.ticket"), "kind": "char"},
    ]
)
arabic = fields_[0].with_context(lang="ar_001")
arabic.name = "الفرع"
arabic.option_ids[0].name = "عمّان"
fields_.action_publish()
branch, seats, fee, countries, *_rest = fields_
tab = env["crm.form.tab"].with_user(cora).create(
    {"name": "Quality", "model_id": model_id("crm.lead")}
)
Place = env["crm.custom.field.place"].with_user(cora)
Place.create(
    [
        {"custom_field_id": branch.id, "outlet": "form", "anchor": "user_id"},
        {"custom_field_id": seats.id, "outlet": "form", "position": "inside", "tab_id": tab.id},
        {"custom_field_id": fee.id, "outlet": "form", "position": "inside", "anchor": "of_others"},
        {"custom_field_id": fee.id, "outlet": "kanban"},
    ]
)
proposition = env.ref("crm.stage_lead3")
env["crm.form.rule"].with_user(cora).create(
    {
        "model_id": model_id("crm.lead"),
        "target_field_ids": [Command.link(branch.field_id.id)],
        "condition_domain": f"[('stage_id', '=', {proposition.id})]",
        "message": "Which branch?",
    }
)
env["crm.form.default"].with_user(cora).create(
    {"model_id": model_id("crm.lead"), "field_id": seats.field_id.id, "value": 12}
)
lead = env["crm.lead"].create(
    {
        "name": "Shaped",
        "x_cs_branch": "amman",
        "x_cs_fee": 7.5,
        "x_cs_countries": [Command.link(env.ref("base.jo").id)],
        "x_cs_plan": "SGVsbG8=",
    }
)
env["crm.ticket"].create({"name": "Shaped", "x_cs_machine": "A-1"})
env["ir.filters"].create(
    {
        "name": "Amman",
        "model_id": "crm.lead",
        "domain": "[('x_cs_branch', '=', 'amman')]",
        "user_ids": False,
    }
)
"""
OPEN = """
import json

from odoo.exceptions import ValidationError
from odoo.tests import Form

served = {}
models = ["crm.lead", "res.partner", "res.users", "sale.order", "account.move", "crm.ticket"]
for lang in ("en_US", "ar_001"):
    for model in [*models, "crm.interaction"]:
        if model in env:
            records = env[model].with_context(lang=lang).with_user(2)
            views = records.get_views([(False, t) for t in ("form", "list", "search", "kanban")])
            for view_type, view in views["views"].items():
                served[f"{lang} {model} {view_type}"] = view["arch"]
for model in ("crm.lead", "res.partner"):
    with Form(env[model].with_user(2)) as form:
        form.name = "Opened"
env.cr.rollback()
print("SERVED" + json.dumps(served))
"""
COLUMNS = """select f.model || '.' || f.name from ir_model_fields f
              where f.state = 'manual' order by 1"""
VALUES = "select name, x_cs_branch, x_cs_seats, x_cs_fee from crm_lead where name = 'Shaped'"


CRON = "crm_custom_field_place_cron_check_health"
KEEP = "env['res.config.settings'].create({'crm_keep_custom_fields': %s}).execute()\n"


def said(output, word):
    return json.loads(output.rpartition(word)[2].splitlines()[0])


def forms(database):
    """Every form, list, search and card of what can be shaped, as it is served."""
    return said(odoo_shell(database, OPEN), "SERVED")


def shapes(database):
    """The same as their nodes. What Odoo adds for expressions comes in any order."""
    return {
        key: [
            (node.tag, sorted(node.items())) for node in nodes if "data-used-by" not in node.attrib
        ]
        for key, arch in forms(database).items()
        if (nodes := list(ElementTree.fromstring(arch).iter()))
    }


def rows(database):
    return {table: psql(database, f"select * from {table} order by 1, 2") for table in SHAPED}


def uninstall(database, module, before=""):
    """Uninstall a module, after `before` was done and saved in the same Odoo."""
    code = "env['ir.module.module'].search([('name', '=', '%s')]).button_immediate_uninstall()"
    odoo_shell(database, f"{before}\nenv.cr.commit()\n{code % module}")


@contextlib.contextmanager
def copy_of(template):
    """A database that is dropped afterwards."""
    name = create_database(template)
    try:
        yield name
    finally:
        drop_database(name)


@pytest.fixture(scope="module")
def shaped_once():
    """The shapes are made once, and copied for each test."""
    with copy_of(SUITE_TEMPLATE) as name:
        odoo_shell(name, SHAPE)
        yield name


@pytest.fixture
def shaped(database, shaped_once):
    return database(shaped_once)


@pytest.fixture(scope="module")
def updated_from_former(shaped_once):
    """Updated with a rule that is broken, as one of 19.0.1.0, and without what a field stood in."""
    with copy_of(shaped_once) as name:
        odoo_shell(
            name, "env['ir.ui.view'].search([('name', '=', 'a group of somebody else')]).unlink()"
        )
        psql(
            name,
            """update ir_module_module set latest_version = '19.0.1.0.0' where name = 'crm_suite';
               update crm_form_rule set condition_domain = '[(''no_field'', ''='', 1)]'
                where message->>'en_US' = 'Which branch?';
               alter table crm_form_rule drop column health""",
        )
        odoo_modules(name, "-u", SUITE)
        yield name


@pytest.fixture(scope="module")
def dropped(shaped_once):
    """Without crm_suite and its fields, which others had used."""
    with copy_of(shaped_once) as name:
        uninstall(name, "crm_suite", USED_ELSEWHERE + KEEP % False)
        yield name


@pytest.fixture(scope="module")
def without_tickets_once(shaped_once):
    """Without crm_suite_helpdesk, to whose records a field linked."""
    with copy_of(shaped_once) as name:
        uninstall(name, "crm_suite_helpdesk", LINKED)
        yield name


@pytest.fixture
def without_tickets(database, without_tickets_once):
    return database(without_tickets_once)


def test_update_keeps_what_was_shaped(shaped):
    before = rows(shaped), psql(shaped, COLUMNS), psql(shaped, VALUES), shapes(shaped)
    assert before[2][0][:3] == ["Shaped", "amman", "12"]
    assert "x_cs_branch" in str(before[3]["ar_001 crm.lead form"])
    odoo_modules(shaped, "-u", SUITE)
    assert (rows(shaped), psql(shaped, COLUMNS), psql(shaped, VALUES), shapes(shaped)) == before


def test_rules_of_the_former_version_know_their_state(updated_from_former):
    """Rules of 19.0.1.0 had neither kinds nor a state; they work on, and those that cannot say
    why.
    """
    healths = psql(
        updated_from_former,
        "select health, count(*) from crm_form_rule where active group by 1 order by 1",
    )
    assert healths[0] == ["bad_condition", "1"]
    assert [health for health, _count in healths] == ["bad_condition", "ok"]
    form = forms(updated_from_former)["en_US crm.lead form"]
    assert "x_cs_branch" in form, "a broken rule breaks no form"


def test_an_anchor_that_an_update_took_away_is_reported(updated_from_former):
    """The field that stood there is found in the tab of last resort."""
    form = forms(updated_from_former)["en_US crm.lead form"]
    fallback = form.partition('name="x_cs_more"')[2].partition("</page>")[0]
    assert 'name="x_cs_fee"' in fallback
    odoo_shell(updated_from_former, f"env.ref('crm_suite.{CRON}').method_direct_trigger()")
    states = psql(
        updated_from_former,
        """select p.health from crm_custom_field_place p
             join crm_custom_field f on f.id = p.custom_field_id
            where f.technical_name = 'x_cs_fee' and p.outlet = 'form'""",
    )
    assert states == [["anchor_missing"]]


@pytest.mark.parametrize("kept", [True, False])
def test_uninstall_keeps_or_drops_the_columns_as_chosen(request, kept):
    shaped = request.getfixturevalue("shaped" if kept else "dropped")
    if kept:
        before = psql(shaped, COLUMNS)
        uninstall(shaped, "crm_suite", KEEP % True)
    left = [name for (name,) in psql(shaped, COLUMNS)]
    assert psql(shaped, "select model from ir_model where model like 'crm.custom%'") == []
    assert psql(shaped, "select key from ir_config_parameter where key like 'crm_suite%'") == []
    if kept:
        # what was on models of ours went with them
        gone = {"crm.ticket.x_cs_machine", "crm.ticket.x_cs_serial_number"}
        assert {name for (name,) in before} - set(left) <= gone
        assert psql(shaped, VALUES)[0][:3] == ["Shaped", "amman", "12"]
    else:
        assert [name for name in left if ".x_cs" in name] == []
        columns = (
            "select column_name from information_schema.columns where column_name like 'x\\_cs%'"
        )
        assert psql(shaped, columns) == []
        tables = "select tablename from pg_tables where tablename like 'x\\_%'"
        assert psql(shaped, tables) == []
    assert not [key for key, arch in forms(shaped).items() if "x_cs_" in arch]


def test_what_was_shaped_of_tickets_goes_with_the_tickets(without_tickets):
    machine = "select id from crm_custom_field where technical_name = 'x_cs_machine'"
    assert psql(without_tickets, machine) == []
    form = forms(without_tickets)["en_US crm.lead form"]
    assert "x_cs_branch" in form
    odoo_modules(without_tickets, "-u", "crm_suite,crm_suite_marketing")


USED_ELSEWHERE = """
view = env["ir.ui.view"].create
lead_form = env.ref("crm.crm_lead_view_form")
beside = view(
    {
        "name": "beside",
        "model": "crm.lead",
        "inherit_id": lead_form.id,
        "arch": '<field name="referred" position="after"><field name="x_cs_seats"/></field>',
    }
)
view(
    {
        "name": "upon it",
        "model": "crm.lead",
        "inherit_id": lead_form.id,
        "priority": 99,
        "arch": '<field name="x_cs_seats" position="after"><field name="lang_id"/></field>',
    }
)
view(
    {
        "name": "by it",
        "model": "crm.lead",
        "inherit_id": lead_form.id,
        "arch": '<field name="lang_id" position="attributes">'
        '<attribute name="invisible">x_cs_seats</attribute></field>',
    }
)
view(
    {
        "name": "whole form",
        "model": "crm.lead",
        "type": "form",
        "priority": 1000,
        "arch": '<form><field name="name"/><field name="x_cs_branch"/></form>',
    }
)
env["base.automation"].create(
    {
        "name": "full house",
        "model_id": env["ir.model"]._get_id("crm.lead"),
        "trigger": "on_create_or_write",
        "filter_domain": "[('x_cs_seats', '>', 5)]",
    }
)
"""
VIEWS = """select name, active, arch_db::text like '%x_cs_%' from ir_ui_view
            where name in ('beside', 'upon it', 'by it', 'whole form') order by name"""


def test_what_others_made_of_a_field_survives_its_end(dropped):
    """Views are freed of dropped fields or archived, automations are off, all forms open."""
    assert [name for (name,) in psql(dropped, COLUMNS) if ".x_cs" in name] == []
    assert psql(dropped, VIEWS) == [
        ["beside", "t", "f"],
        ["by it", "f", "t"],
        ["upon it", "f", "t"],
        ["whole form", "t", "f"],
    ]
    active = "select active from base_automation where name->>'en_US' = 'full house'"
    assert psql(dropped, active) == [["f"]]
    assert psql(dropped, "select id from ir_filters where domain like '%x_cs_%'") == []
    assert not [key for key, arch in forms(dropped).items() if "x_cs_" in arch]


def test_a_record_rule_is_never_left_without_its_field(shaped):
    """Whom it protects would be open to everybody, or closed to all: nothing is uninstalled."""
    odoo_shell(
        shaped,
        """
env["ir.rule"].create(
    {
        "name": "Amman sees Amman",
        "model_id": env["ir.model"]._get_id("crm.lead"),
        "domain_force": "[('x_cs_branch', '=', 'amman')]",
    }
)
env["res.config.settings"].create({"crm_keep_custom_fields": False}).execute()
from odoo.exceptions import UserError
try:
    env["ir.module.module"].search([("name", "=", "crm")]).button_uninstall()
    raise AssertionError("it was uninstalled")
except UserError as error:
    assert "Amman sees Amman" in error.args[0]
    env.cr.rollback()
env["res.config.settings"].create({"crm_keep_custom_fields": True}).execute()
env["ir.module.module"].search([("name", "=", "crm_suite")]).button_uninstall()
env.cr.rollback()
print("SERVED{}")
""",
    )


def test_a_restricted_field_is_not_opened_by_keeping_it(shaped):
    """Odoo knows no groups of manual fields: the values stay, and nobody reads them."""
    uninstall(
        shaped,
        "crm_suite",
        """
cora = env["res.users"].search([("login", "=", "cora")])
field = env["crm.custom.field"].with_user(cora).search([("technical_name", "=", "x_cs_fee")])
field.group_ids = env.ref("base.group_system")
""",
    )
    left = [name for (name,) in psql(shaped, COLUMNS)]
    assert "crm.lead.x_cs_seats" in left
    assert "crm.lead.x_cs_fee" not in left
    assert psql(shaped, VALUES)[0][3] == "7.5"
    assert forms(shaped)


LINKED = """
cora = env["res.users"].search([("login", "=", "cora")])
Field = env["crm.custom.field"].with_user(cora)
links = [("crm.lead", "Last Ticket", "crm.ticket"), ("res.partner", "Region", "crm.territory")]
model_id = env["ir.model"]._get_id
Field.create(
    [
        {"name": n, "model_id": model_id(m), "kind": "many2one", "comodel_id": model_id(c)}
        for m, n, c in links
    ]
).action_publish()
for name, model, form in (
    ("x_cs_last_ticket", "crm.lead", "crm.crm_lead_view_form"),
    ("x_cs_region", "res.partner", "base.view_partner_form"),
):
    env["ir.ui.view"].create(
        {
            "name": f"with {name}",
            "model": model,
            "inherit_id": env.ref(form).id,
            "arch": f'<sheet position="inside"><field name="{name}"/></sheet>',
        }
    )
"""


def test_what_links_to_records_that_go_is_taken_from_views(without_tickets):
    served = forms(without_tickets)
    assert "x_cs_last_ticket" not in served["en_US crm.lead form"]
    assert "x_cs_region" in served["en_US res.partner form"]
    assert (
        psql(without_tickets, "select 1 from crm_custom_field where name->>'en_US' = 'Last Ticket'")
        == []
    )
    uninstall(without_tickets, "crm_suite")
    assert not [key for key, arch in forms(without_tickets).items() if "x_cs_region" in arch]
