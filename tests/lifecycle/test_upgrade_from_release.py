"""A database of the release before knows its customers after the update: with nothing lost, and
without a word to them.
"""

import os
import subprocess

import pytest

from tests.conftest import ODOO_TEMPLATE, odoo_modules, odoo_shell, psql
from tests.servers import ROOT

# 19.0.1.1.0: customers, orders and segments, but neither figures nor stages
RELEASE = "9f85d79"
SUITE = ["crm_suite", "crm_suite_helpdesk", "crm_suite_marketing"]
CRONS = ["ir_cron_refresh_all_metrics", "ir_cron_lifecycle", "ir_cron_occasion"]
KEPT = {
    "res_partner": "id, name, email, parent_id, company_id, active, user_id, create_date",
    "crm_lead": "id, name, partner_id, stage_id, user_id, probability, type, active, create_date",
    "sale_order": "id, name, partner_id, state, amount_total, date_order",
    "sale_order_line": "id, product_id, product_uom_qty, price_subtotal",
    "account_move": "id, name, partner_id, state, amount_total",
    "crm_segment": "id, name, kind, domain, user_id, company_id, active",
    "crm_segment_member": "segment_id, partner_id, left_at",
    "crm_interaction": "id, name, partner_id, date, channel",
    "crm_ticket": "id, name, partner_id, stage_id, team_id, priority, closed_at, satisfaction",
    "crm_form_rule": "id, name, active",
    "crm_payment_promise": "id, partner_id, state",
    "mail_activity": "id, res_model, res_id, user_id, date_deadline",
}


def _rows(database):
    return {
        table: psql(database, f"select {columns} from {table} order by 1, 2")
        for table, columns in KEPT.items()
    }


def _find_lost(before, database):
    """The rows that are gone or changed; an update may bring new ones of its own."""
    after = _rows(database)
    lost = {
        table: [row for row in rows if row not in after[table]] for table, rows in before.items()
    }
    return {table: rows for table, rows in lost.items() if rows}


def _count(database, query):
    return int(psql(database, f"select count(*) from {query}")[0][0])


@pytest.fixture
def release(tmp_path):
    """The add-ons of the release before, in a folder."""
    archive = subprocess.run(
        ["git", "archive", RELEASE, *SUITE], check=False, cwd=ROOT, capture_output=True
    )
    if archive.returncode:
        pytest.skip("the history of the repository is not here")
    subprocess.run(["tar", "-x", "-C", tmp_path], check=True, input=archive.stdout)
    return tmp_path


def _addons_path(release):
    """Where Odoo finds its own add-ons and these, but not those of this folder."""
    others = os.environ.get("ODOO_ADDONS_PATH", "").split(",")
    return ",".join([str(release), *(path for path in others if path and path != str(ROOT))])


def test_update_from_the_release_before(database, release):
    db = database(ODOO_TEMPLATE)
    odoo_modules(db, "-i", ",".join(SUITE), "--with-demo", addons_path=_addons_path(release))
    assert psql(db, "select latest_version from ir_module_module where name = 'crm_suite'") == [
        ["19.0.1.1.0"]
    ]
    # who is archived, and a customer of no use to the rules, come along
    psql(
        db,
        """update res_partner set active = false where id in
               (select max(id) from res_partner where parent_id is not null and active)""",
    )
    before = _rows(db)
    assert [table for table, rows in before.items() if not rows and table != "crm_form_rule"] == []
    messages = "mail_message where message_type in ('email', 'email_outgoing', 'comment', 'sms')"
    sent = _count(db, "mail_mail"), _count(db, messages), _count(db, "mail_notification")
    odoo_modules(db, "-u", ",".join(SUITE))
    assert _find_lost(before, db) == {}
    assert _count(db, "crm_customer_metric")
    odoo_shell(
        db,
        f"""
for name in {CRONS!r}:
    env.ref("crm_suite." + name).method_direct_trigger()
""",
    )
    assert _find_lost(before, db) == {}
    now = _count(db, "mail_mail"), _count(db, messages), _count(db, "mail_notification")
    assert now == sent, "nobody was written to"
    # every customer with an order has figures, and a stage with the reason
    bought = """(select distinct contact.commercial_partner_id as id from sale_order sold
                   join res_partner contact on contact.id = sold.partner_id
                   join res_partner customer on customer.id = contact.commercial_partner_id
                  where sold.state = 'sale' and customer.active) bought"""
    assert _count(db, bought)
    assert not _count(db, f"{bought} where id not in (select partner_id from crm_customer_metric)")
    assert not _count(
        db,
        f"""{bought} join res_partner partner using (id)
                where partner.lifecycle_stage_id is null or partner.lifecycle_since is null""",
    )
    assert not _count(
        db,
        """res_partner p where lifecycle_stage_id is not null and 1 <>
               (select count(*) from crm_lifecycle_move m where m.partner_id = p.id)""",
    )
    # what happened before is no occasion
    assert not _count(db, "crm_occasion where date < current_date")
    odoo_shell(
        db,
        """
data = env["ir.model.data"].search([("model", "=", "ir.ui.view"), ("module", "like", "crm_suite")])
env["ir.ui.view"].browse(data.mapped("res_id"))._check_xml()
""",
    )
