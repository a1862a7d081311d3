"""Two running servers share a database: what is shaped at one holds at the other from its next
request on.
"""

from xml.etree import ElementTree

import pytest

from tests.conftest import psql
from tests.servers import RpcError

LABELS = ["Region", "Machine", "Number of Seats", "Visit On", "Branch"]


def form_of(user):
    """The form of a lead as a browser gets it, parsed, and the fields that come along."""
    views = user.call("crm.lead", "get_views", [[False, "form"]])
    return ElementTree.fromstring(views["views"]["form"]["arch"]), views["models"]["crm.lead"]


def nodes_of(user, name):
    arch, _models = form_of(user)
    return [node for node in arch.iter("field") if node.get("name") == name]


def reloads(server):
    """How often servers were told to load their registry again."""
    return int(psql(server.database, "select max(id) from orm_signaling_registry")[0][0])


@pytest.fixture(scope="module")
def lead_model(people):
    return people[0].find("ir.model", [["model", "=", "crm.lead"]], "id")[0]["id"]


def test_five_new_fields_are_there_on_the_next_request(servers, people, lead_model):
    cora, salma, _admin = people
    assert nodes_of(salma, "x_cs_region") == []
    before = reloads(servers[0])
    fields = cora.call(
        "crm.custom.field",
        "create",
        [
            {
                "name": label,
                "model_id": lead_model,
                "kind": "selection" if label == "Region" else "char",
                "option_ids": [[0, 0, {"name": "North"}], [0, 0, {"name": "South"}]]
                if label == "Region"
                else [],
            }
            for label in LABELS
        ],
    )
    cora.call("crm.custom.field", "action_publish", fields)
    assert reloads(servers[0]) == before + 1, "one reload for all five"
    [_node] = nodes_of(salma, "x_cs_region")
    described = salma.call("crm.lead", "fields_get", ["x_cs_region"])["x_cs_region"]
    assert described["selection"] == [["north", "North"], ["south", "South"]]
    values = {"name": "Desks", "x_cs_region": "south", "x_cs_machine": "A-1"}
    lead = salma.call("crm.lead", "create", values)
    assert salma.read("crm.lead", lead, "x_cs_region")[0]["x_cs_region"] == "south"
    # and the first server reads what was stored at the second
    found = people[2].find("crm.lead", [["x_cs_machine", "=", "A-1"]], "id")
    assert [each["id"] for each in found] == [lead]
    assert reloads(servers[0]) == before + 1


def test_a_new_rule_holds_on_the_next_request(servers, people, lead_model):
    cora, salma, admin = people
    proposition = admin.ref("crm.stage_lead3")
    lead = salma.call("crm.lead", "create", {"name": "Chairs", "type": "opportunity"})
    before = reloads(servers[0])
    [column] = cora.find(
        "ir.model.fields", [["model", "=", "crm.lead"], ["name", "=", "x_cs_branch"]], "id"
    )
    rule = cora.call(
        "crm.form.rule",
        "create",
        {
            "model_id": lead_model,
            "kind": "required",
            "target_field_ids": [[6, 0, [column["id"]]]],
            "condition_domain": f"[('stage_id', '=', {proposition})]",
            "message": "Which branch buys?",
        },
    )
    [node] = nodes_of(salma, "x_cs_branch")
    assert f"stage_id == {proposition}" in node.get("required")
    with pytest.raises(RpcError, match="Which branch buys"):
        salma.call("crm.lead", "write", [lead], {"stage_id": proposition})
    salma.call("crm.lead", "write", [lead], {"stage_id": proposition, "x_cs_branch": "Irbid"})
    # what it says of a rule reaches the other server as well
    cora.call("crm.form.rule", "write", [rule], {"message": "Name the branch."})
    with pytest.raises(RpcError, match="Name the branch"):
        salma.call("crm.lead", "write", [lead], {"x_cs_branch": False})
    cora.call("crm.form.rule", "write", [rule], {"active": False})
    salma.call("crm.lead", "write", [lead], {"x_cs_branch": False})
    assert reloads(servers[0]) == before, "a rule is no reason to load the registry again"


def test_archived_fields_and_the_safe_mode_reach_the_other_server(servers, people):
    cora, salma, _admin = people
    [field] = cora.find("crm.custom.field", [["technical_name", "=", "x_cs_machine"]], "id")
    cora.call("crm.custom.field", "action_archive_field", [field["id"]])
    assert nodes_of(salma, "x_cs_machine") == []
    cora.call("crm.custom.field", "action_restore", [field["id"]])
    assert len(nodes_of(salma, "x_cs_machine")) == 1
    switch = cora.call("crm.customization.switch", "create", {})
    cora.call("crm.customization.switch", "action_switch", [switch])
    assert nodes_of(salma, "x_cs_machine") == []
    cora.call("crm.customization.switch", "action_switch", [switch])
    assert len(nodes_of(salma, "x_cs_machine")) == 1


def test_a_dropped_field_is_gone_at_the_other_server(servers, people):
    cora, salma, _admin = people
    [field] = cora.find("crm.custom.field", [["technical_name", "=", "x_cs_visit_on"]], "id")
    cora.call("crm.custom.field", "action_archive_field", [field["id"]])
    values = {"custom_field_id": field["id"], "typed_name": "x_cs_visit_on", "is_saved": True}
    dialog = cora.call("crm.custom.field.drop", "create", values)
    cora.call("crm.custom.field.drop", "action_drop", [dialog])
    assert salma.call("crm.lead", "fields_get", ["x_cs_visit_on"]) == {}
    salma.call("crm.lead", "create", {"name": "Without the column"})
    _arch, models = form_of(salma)
    assert "x_cs_region" in models["fields"] and "x_cs_visit_on" not in models["fields"]


def test_nothing_was_logged(servers):
    assert [line for server in servers for line in server.complaints()] == []
