"""A company with a configurator and a salesperson, on a database of its own."""

import pytest

from tests.conftest import SUITE_TEMPLATE, create_database, drop_database
from tests.servers import OdooServer

PEOPLE = {
    "cora": ["crm_suite.group_configurator"],
    "salma": ["sales_team.group_sale_salesman", "account.group_account_invoice"],
}


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Two Odoo servers on the same database."""
    name = create_database(SUITE_TEMPLATE)
    started = []
    try:
        for number in (1, 2):
            started.append(OdooServer(name, tmp_path_factory.mktemp(f"server{number}")))
        yield started
    finally:
        for server in started:
            server.stop()
        drop_database(name)


@pytest.fixture(scope="module")
def people(servers):
    """The configurator at the first server, the salesperson at the second."""
    admin = servers[0].login("admin")
    for login, groups in PEOPLE.items():
        ids = [admin.ref(xml_id) for xml_id in ["base.group_user", *groups]]
        values = {"name": login.title(), "login": login, "password": login}
        values["group_ids"] = [[6, 0, ids]]
        values["email"] = f"{login}@example.com"
        admin.call("res.users", "create", values)
    return servers[0].login("cora"), servers[1].login("salma"), admin
