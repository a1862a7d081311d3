"""Each add-on installs alone with what its manifest names, all together, and beside add-ons of
others.
"""

import os
import subprocess
import sys

import pytest

from tests.conftest import ODOO_TEMPLATE, create_database, drop_database, odoo_modules, psql
from tests.servers import ROOT

SUITE = ["crm_suite", "crm_suite_helpdesk", "crm_suite_marketing"]


def installed(database):
    return {
        name
        for (name,) in psql(database, "select name from ir_module_module where state = 'installed'")
    }


@pytest.fixture(scope="module")
def base_suite():
    """A database that holds nothing but crm_suite and what it depends on, without demo data."""
    name = create_database()
    try:
        odoo_modules(name, "-i", "crm_suite", "--skip-auto-install")
        yield name
    finally:
        drop_database(name)


def test_crm_suite_installs_alone_without_demo_data(base_suite):
    assert "crm_suite" in installed(base_suite)
    assert not installed(base_suite) & {"crm_suite_helpdesk", "crm_suite_marketing", "mass_mailing"}


@pytest.fixture(scope="module", params=SUITE[1:])
def with_add_on(request, base_suite):
    """That database with one of the other add-ons, and which."""
    name = create_database(base_suite)
    try:
        odoo_modules(name, "-i", request.param, "--skip-auto-install")
        yield name, request.param
    finally:
        drop_database(name)


def test_add_on_installs_on_crm_suite_alone(with_add_on):
    db, module = with_add_on
    assert installed(db) & set(SUITE) == {"crm_suite", module}


@pytest.mark.parametrize("with_add_on", ["crm_suite_helpdesk"], indirect=True, scope="module")
def test_works_right_after_install_without_demo_data(with_add_on):
    """A mail alias, stages, a service level and automations are there before anybody sets
    anything up.
    """
    counts = psql(
        with_add_on[0],
        """select (select count(*) from crm_ticket_team t join mail_alias a on a.id = t.alias_id
        where a.alias_name <> ''),
                  (select count(*) from crm_ticket_stage), (select count(*) from crm_sla_target),
                  (select count(*) from base_automation b join ir_model_data d on d.model =
                  'base.automation' and d.res_id = b.id
                    where d.module like 'crm_suite%' and b.active)""",
    )[0]
    assert [int(n) > 0 for n in counts] == [True] * 4, counts
    assert int(counts[3]) == 7


def test_installs_beside_the_modules_of_others(database):
    """helpdesk_mgmt and auditlog of OCA with all three: no name is claimed twice."""
    db = database(ODOO_TEMPLATE)
    both_paths = f"{os.environ['ODOO_ADDONS_PATH']},{ROOT}/.test/oca/odoo/addons"
    odoo_modules(db, "-i", "helpdesk_mgmt,auditlog", addons_path=both_paths)
    odoo_modules(db, "-i", ",".join(SUITE), addons_path=both_paths)
    assert {"helpdesk_mgmt", "auditlog", *SUITE} <= installed(db)
    twice = psql(
        db,
        """select m.model from ir_model m
             join ir_model_data d on d.model = 'ir.model' and d.res_id = m.id
            where m.model like 'crm.%' or m.model like 'helpdesk.%' or m.model like 'auditlog.%'
            group by m.model
           having bool_or(starts_with(d.module, 'crm_suite'))
              and bool_or(d.module in ('helpdesk_mgmt', 'auditlog'))""",
    )
    assert twice == []


def test_installs_from_wheels(database, tmp_path):
    """`pip install` of each add-on: the wheels hold all that an installation needs."""
    wheels, target = tmp_path / "wheels", tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    # the machine has no `odoo` that pip knows, and whool is in the environment already
    subprocess.run(
        [
            *pip,
            "wheel",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            wheels,
            *(ROOT / m for m in SUITE),
        ],
        check=True,
    )
    files = sorted(wheels.glob("*.whl"))
    assert [f.name.split("-")[0] for f in files] == [f"odoo_addon_{m}" for m in SUITE]
    subprocess.run([*pip, "install", "--no-deps", "--target", target, *files], check=True)
    db = database(ODOO_TEMPLATE)
    core = [path for path in os.environ["ODOO_ADDONS_PATH"].split(",") if path != str(ROOT)]
    odoo_modules(
        db, "-i", ",".join(SUITE), addons_path=",".join([str(target / "odoo" / "addons"), *core])
    )
    assert set(SUITE) <= installed(db)
