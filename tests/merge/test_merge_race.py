"""Two agents merge the same tickets at the same moment: real Odoo processes on one database."""

import pytest

from tests.conftest import SUITE_TEMPLATE, odoo_shell, psql, race

SETUP = """
partner = env["res.partner"].create({"name": "Race", "email": "race@example.org"})
tickets = env["crm.ticket"].create(
    [{"name": f"Race {n}", "partner_id": partner.id} for n in range(3)]
)
for ticket in tickets:
    for n in range(4):
        ticket.message_post(
            body=f"{ticket.name} message {n}",
            author_id=partner.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
print("IDS", *tickets.ids)
"""
# Both have seen the tickets as they were before either of them begins
AGENT = """
from odoo.exceptions import UserError
from odoo.service.model import retrying

def run():
    tickets = env["crm.ticket"].browse([%(survivor)s, %(source)s])
    tickets.mapped("merged_into_id")
    wait_for_the_others()
    %(act)s

try:
    retrying(run, env)
    env.cr.commit()
    print("DONE")
except UserError:
    print("REFUSED")
"""
MERGE = "tickets[0]._absorb(tickets[1])"
UNDO = "tickets[1].action_undo_merge()"


@pytest.fixture
def tickets(database):
    name = database(SUITE_TEMPLATE)
    output = odoo_shell(name, SETUP)
    ids = next(line for line in output.splitlines() if "IDS" in line).split()[-3:]
    return name, [int(id_) for id_ in ids]


def merge(database, *agents):
    """Run agents at the same moment.

    :param agents: (survivor id, source id, what to do)
    :return: what became of each: "DONE" or "REFUSED"
    """
    codes = [
        AGENT % {"survivor": survivor, "source": source, "act": act}
        for survivor, source, act in agents
    ]
    _exits, outputs = race(database, codes, log_level="critical")
    return [next((w for w in ("DONE", "REFUSED") if w in out), out) for out in outputs]


def spoken(database, ticket_id):
    return int(
        psql(
            database,
            f"""select count(*) from mail_message where model = 'crm.ticket'
                 and message_type = 'email' and res_id = {ticket_id}""",
        )[0][0]
    )


def merged_into(database):
    """{source id: survivor id} of the tickets of this story."""
    return dict(
        psql(
            database,
            """select id, merged_into_id from crm_ticket
                where merged_into_id is not null and name like 'Race %'""",
        )
    )


def test_into_each_other(tickets):
    database, (one, two, _three) = tickets
    assert sorted(merge(database, (one, two, MERGE), (two, one, MERGE))) == ["DONE", "REFUSED"]
    merged = merged_into(database)
    assert len(merged) == 1
    assert sorted((spoken(database, one), spoken(database, two))) == [0, 8]


def test_into_two_survivors(tickets):
    database, (one, two, three) = tickets
    assert sorted(merge(database, (one, three, MERGE), (two, three, MERGE))) == ["DONE", "REFUSED"]
    assert len(merged_into(database)) == 1
    assert spoken(database, three) == 0
    assert sorted((spoken(database, one), spoken(database, two))) == [4, 8]


def test_two_sources_into_one_survivor(tickets):
    database, (one, two, three) = tickets
    assert merge(database, (one, two, MERGE), (one, three, MERGE)) == ["DONE", "DONE"]
    assert merged_into(database) == {str(two): str(one), str(three): str(one)}
    assert spoken(database, one) == 12


def test_undone_twice(tickets):
    database, (one, two, _three) = tickets
    assert merge(database, (one, two, MERGE)) == ["DONE"]
    assert sorted(merge(database, (one, two, UNDO), (one, two, UNDO))) == ["DONE", "REFUSED"]
    assert not merged_into(database)
    assert spoken(database, one) == spoken(database, two) == 4
