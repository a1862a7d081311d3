"""Every model of the rooms of customers, read and written by everybody over JSON-RPC.

Models, and the fields that the rooms add to others, are read from the registry of a running Odoo,
so that a new one cannot be forgotten: it has to be described here.
"""

import json
from dataclasses import dataclass, field

import pytest

from tests.conftest import odoo_shell, psql
from tests.servers import RpcError

from .conftest import PEOPLE

FOUND = """
import json

ROOMS = {"customer_page", "lifecycle", "metric", "occasion", "profile", "recommendation",
         "referral", "segment"}
models, added = {}, {}
for name, model in env.registry.items():
    for base in model.mro():
        path = base.__module__.split(".")
        if not path[2:] or not path[2].startswith("crm_suite") or len(path) < 5:
            continue
        if path[4] not in ROOMS and path[3:5] != ["report", "customer"]:
            continue
        names = [each.name for each in getattr(base, "_field_definitions", ())]
        inherited = base.__dict__.get("_inherit") or []
        inherited = [inherited] if isinstance(inherited, str) else inherited
        if base.__dict__.get("_name") == name and name not in inherited:
            models[name] = model._abstract
        elif names:
            added.setdefault(name, []).extend(names)
added = {name: names for name, names in added.items() if name not in models}
added = {
    name: {each: {"store": env[name]._fields[each].store, "type": env[name]._fields[each].type}
           for each in names}
    for name, names in added.items() if not env[name]._transient
}
print("FOUND", json.dumps({"models": models, "added": added}))
"""
EMPLOYEES = set(PEOPLE) - {"stranger", "portal"}
SALES = {"own", "leader", "everything", "manager", "abroad", "both"}
ALL_DOCUMENTS = {"everything", "manager", "abroad", "both"}


@dataclass
class Model:
    """What of a model is there, and who reads and writes it.

    ``rows``: which rows are told apart, and by which field. ``readers``: who reads which of them;
    who is not named is refused.
    """

    rows: str
    path: str
    readers: dict
    creators: set = field(default_factory=set)
    writers: set = field(default_factory=set)
    # fields that some readers of the model do not read
    hidden: dict = field(default_factory=dict)


def by_documents(**hidden):
    """Figures and reports: of documents that one may read."""
    return Model(
        "customers",
        "partner_id",
        {
            "own": {"own"},
            "leader": {"own"},
            "everything": {"own", "secret"},
            "manager": {"own", "secret"},
            "abroad": {"foreign"},
            "both": {"own", "secret"},
        },
        hidden=hidden,
    )


def by_company(path, readers, **values):
    """What belongs to a company."""
    return Model(
        "companies",
        path,
        {name: {"other" if name == "abroad" else "main"} for name in readers},
        **values,
    )


def catalogue(readers, creators=frozenset({"manager"}), writers=frozenset({"manager"})):
    return Model(None, "id", dict.fromkeys(readers, ()), creators, writers)


def transient(creators, writers):
    """A wizard: each sees his own. The one that is there was made by `everything`."""
    return Model(
        None, "id", dict.fromkeys(writers | creators | {"everything"}, ()), creators, writers
    )


SEGMENT_WRITERS = ALL_DOCUMENTS | {"leader", "marketer"}
# the shared customers of the other company as well: stages are those of all companies
SHARED = {"own", "secret"}
MODELS = {
    "crm.customer.metric": by_documents(
        ticket_count=set(),
        satisfaction=set(),
        open_balance=SALES,
    ),
    "crm.customer.metric.boundary": by_company("company_id", ALL_DOCUMENTS),
    "crm.customer.metric.touch": Model("customers", "partner_id", {}),
    "crm.customer.value": by_documents(),
    "crm.customer.risk": by_documents(),
    "crm.customer.profit.report": by_documents(),
    "crm.customer.flow.report": by_documents(),
    "crm.retention.report": Model("countries", "country_id", by_documents().readers),
    "crm.product.association": by_company(
        "company_id",
        SALES,
        hidden={
            name: ALL_DOCUMENTS
            for name in ("order_count", "antecedent_count", "consequent_count", "basket_count")
        },
    ),
    "crm.lifecycle.move": Model(
        "customers",
        "partner_id",
        {name: SHARED | ({"foreign"} if name == "abroad" else set()) for name in SALES},
        hidden={"res_model": set(), "res_id": set()},
    ),
    "crm.lifecycle.rule": by_company(
        "company_id", SALES, creators={"manager"}, writers={"manager"}
    ),
    "crm.lifecycle.stage": catalogue(EMPLOYEES),
    "crm.lifecycle.change": transient(SALES, SALES),
    "crm.occasion": by_documents(),
    "crm.occasion.rule": by_company("company_id", SALES, creators={"manager"}, writers={"manager"}),
    # who owns them: the administrator. Members of published segments are read by all salespeople
    "crm.segment": by_company(
        "company_id", SALES | {"marketer"}, creators=SEGMENT_WRITERS, writers={"manager"}
    ),
    "crm.segment.member": Model(
        "customers",
        "partner_id",
        {name: {"foreign"} if name == "abroad" else SHARED for name in SALES | {"marketer"}},
    ),
    "crm.segment.size": Model(
        "segments",
        "segment_id",
        {name: {"other" if name == "abroad" else "main"} for name in SALES | {"marketer"}},
    ),
    "crm.segment.criterion": catalogue(EMPLOYEES, set(), set()),
    "crm.segment.overlap": transient(SALES | {"marketer"}, SALES | {"marketer"}),
    "crm.segment.overlap.line": Model(
        None, "id", dict.fromkeys(SALES | {"marketer"}, ()), set(), set()
    ),
    "crm.partner.relation": Model(
        "customers",
        "right_id",
        {name: {"own", "foreign"} if name == "abroad" else {"own"} for name in SALES},
        creators=SALES,
        writers=SALES,
    ),
    "crm.partner.relation.type": catalogue(SALES),
    "crm.customer.type": catalogue(EMPLOYEES),
    "crm.income.band": catalogue(SALES),
    "crm.interest": catalogue(EMPLOYEES, SALES, SALES),
}
# a method of theirs that anybody may call by its name, with what is asked for
ABSTRACT = {
    "crm.customer.fact": None,
    "crm.customer.figure": None,
    "crm.customer.page": "get_page",
    "crm.customer.page.document": None,
    "crm.customer.page.person": None,
    "crm.product.suggestion": "get_suggestions",
    "crm.segment.evaluation.mixin": None,
    "crm.segment.filter.mixin": None,
    "crm.segment.query.mixin": "get_preview",
    "crm.segmented.mixin": None,
}
# fields on other models that are not for salespeople alone, and who reads them
OPEN = {
    "res.partner.commercial_contact_ids": EMPLOYEES | {"portal"},
    "res.partner.customer_type_id": EMPLOYEES,
    "res.partner.segment_ids": SALES | {"marketer"},
    # leads themselves are not for the portal
    "crm.lead.interest_ids": EMPLOYEES | {"portal"},
    "res.company.association_order_count": ALL_DOCUMENTS,
    "sale.order.is_to_deliver": EMPLOYEES | {"portal"},
}
REFUSED = {
    "odoo.exceptions.AccessError",
    "odoo.http.SessionExpiredException",
    "werkzeug.exceptions.Forbidden",
}


@pytest.fixture(scope="module")
def found(scene):
    output = odoo_shell(scene.suite.database, FOUND)
    [line] = [line for line in output.splitlines() if line.startswith("FOUND ")]
    return json.loads(line.removeprefix("FOUND "))


@pytest.fixture(scope="module")
def countries(scene):
    rows = scene.people["everything"].find(
        "res.country", [["code", "in", ["IS", "MT", "FJ"]]], "code"
    )
    names = {"IS": "secret", "MT": "own", "FJ": "foreign"}
    return {names[row["code"]]: row["id"] for row in rows}


def ask(call):
    """The answer, or None when it is refused; what breaks is an error of the test."""
    try:
        return call()
    except RpcError as error:
        assert error.name in REFUSED, error
        return None


def test_all_models_are_described(found):
    described = {**dict.fromkeys(MODELS, False), **dict.fromkeys(ABSTRACT, True)}
    assert found["models"] == described


@pytest.mark.parametrize("name", MODELS)
def test_rows_are_read_by_their_readers_only(scene, countries, name):
    model = MODELS[name]
    known = countries if model.rows == "countries" else getattr(scene, model.rows or "", {})
    labels = {id_: label for label, id_ in known.items()}
    domain = [[model.path, "in", list(labels)]] if labels else []
    for reader in PEOPLE:
        person, allowed = scene.people[reader], model.readers.get(reader)
        where = f"{name} by {reader}"
        fields = ask(lambda person=person: person.call(name, "fields_get", [], ["type"])) or {}
        rows = ask(
            lambda person=person, fields=fields: person.find(
                name, domain, *[key for key in fields if key != "message_ids"]
            )
        )
        groups = ask(
            lambda person=person: person.call(name, "formatted_read_group", domain, [], ["__count"])
        )
        count = ask(lambda person=person: person.call(name, "search_count", domain))
        found = ask(lambda person=person: person.call(name, "name_search", "", domain))
        if allowed is None:
            assert (rows, groups, count, found) == (None,) * 4, where
            continue
        if labels:
            assert {labels[row[model.path][0]] for row in rows} == set(allowed), where
        assert groups[0]["__count"] == count == len(rows), where
        text = json.dumps(rows)
        for label, secret in (("secret", "73519"), ("foreign", "86423")):
            assert label in allowed or secret not in text, where
        for hidden, readers in model.hidden.items():
            assert (hidden in fields) == (reader in readers), f"{where}: {hidden}"
            if reader not in readers:
                for attempt in (
                    lambda person=person, hidden=hidden: person.find(name, domain, hidden),
                    lambda person=person, hidden=hidden: person.find(name, [[hidden, ">", 0]]),
                    lambda person=person, hidden=hidden: person.find(name, domain, order=hidden),
                    lambda person=person, hidden=hidden: person.call(
                        name, "formatted_read_group", domain, [], [f"{hidden}:max"]
                    ),
                ):
                    assert ask(attempt) is None, f"{where}: {hidden}"


@pytest.mark.parametrize("name", MODELS)
def test_rows_are_written_by_their_writers_only(scene, name):
    model = MODELS[name]
    stored = psql(
        scene.suite.database,
        f"""select name from ir_model_fields where model = '{name}' and store
                and name not in ('id', 'create_date', 'create_uid', 'write_date', 'write_uid')""",
    )
    values = dict.fromkeys((row[0] for row in stored), False)
    is_table = psql(
        scene.suite.database,
        f"select 1 from pg_tables where tablename = '{name.replace('.', '_')}'",
    )
    rows = is_table and psql(
        scene.suite.database, f"select id from {name.replace('.', '_')} order by id desc limit 5"
    )
    ids = [int(row[0]) for row in rows] or [1]
    for reader in PEOPLE:
        person = scene.people[reader]
        for right, people, arguments in (
            ("create", model.creators, [values]),
            # who creates some has the right to change those that are his
            ("write", model.writers | model.creators, [ids, values]),
            ("unlink", model.writers | model.creators, [ids]),
        ):
            if reader not in people:
                answer = ask(
                    lambda person=person, right=right, arguments=arguments: person.call(
                        name, right, *arguments
                    )
                )
                assert answer is None, f"{right} of {name} by {reader}"


@pytest.mark.parametrize("reader", PEOPLE)
def test_figures_are_no_oracle(scene, reader):
    """Whoever may not read a figure does not find by it, on whatever way."""
    person = scene.people[reader]
    allowed = MODELS["crm.customer.metric"].readers.get(reader, set())
    hidden = [id_ for label, id_ in scene.customers.items() if label not in allowed]
    figure = [["metric_ids.revenue", ">", 70000]]
    for model, path in (
        ("res.partner", ""),
        ("res.partner", "commercial_partner_id."),
        ("res.partner", "child_ids.commercial_partner_id."),
        ("sale.order", "partner_id."),
        ("account.move", "partner_id."),
        ("crm.lead", "partner_id."),
        ("crm.ticket", "partner_id."),
        ("mail.followers", "partner_id."),
        ("crm.segment.member", "partner_id."),
        ("crm.lifecycle.move", "partner_id."),
        ("crm.partner.relation", "left_id."),
    ):
        for way in (
            [[f"{path}metric_ids.revenue", ">", 70000]],
            [[f"{path}metric_ids", "any", [["revenue", ">", 70000]]]],
        ):
            about = [[f"{path}id", "in", hidden]]
            rows = ask(lambda model=model, way=way, about=about: person.find(model, [*way, *about]))
            assert not rows, f"{model} {way}"
    # a negation hides as much as it tells
    for value in (70000, 10**9):
        none = [["metric_ids", "not any", [["revenue", ">", value]]], ["id", "in", hidden]]
        rows = ask(lambda none=none: person.call("res.partner", "search_count", none))
        visible = ask(lambda: person.call("res.partner", "search_count", [["id", "in", hidden]]))
        assert rows in (None, visible)
    for bypass in ("any!", "not any!"):
        with pytest.raises(RpcError):
            person.find("res.partner", [["metric_ids", bypass, figure]])
    forged = {"allowed_company_ids": [scene.companies["other"]], "active_test": False}
    if reader not in ("abroad", "both"):
        with pytest.raises(RpcError):
            person.call("crm.customer.metric", "search_read", [], ["revenue"], context=forged)


@pytest.mark.parametrize("reader", [name for name in PEOPLE if name not in SALES])
def test_added_fields_are_read_by_their_readers_only(scene, found, reader):
    person = scene.people[reader]
    for model, names in found["added"].items():
        known = ask(lambda model=model: person.call(model, "fields_get", [], ["type"])) or {}
        for name, what in names.items():
            where = f"{model}.{name} by {reader}"
            if reader in OPEN.get(f"{model}.{name}", SALES):
                continue
            assert name not in known, where
            attempts = [lambda model=model, name=name: person.find(model, [], name, limit=1)]
            if what["store"]:
                attempts += [
                    lambda model=model, name=name: person.find(model, [[name, "!=", False]]),
                    lambda model=model, name=name: person.find(
                        model, [], "id", order=f"{name} desc", limit=1
                    ),
                    lambda model=model, name=name: person.call(
                        model, "formatted_read_group", [], [name], ["__count"]
                    ),
                ]
            for number, attempt in enumerate(attempts):
                try:
                    answer = attempt()
                except RpcError:
                    continue
                assert not answer, f"{where}, {number}"


@pytest.mark.parametrize("reader", PEOPLE)
def test_methods_of_the_whole(scene, reader):
    """The page, the suggestions and the preview tell as much as the documents."""
    person = scene.people[reader]
    allowed = MODELS["crm.customer.metric"].readers.get(reader, set())
    for label, customer in scene.customers.items():
        for kwargs in (
            {},
            {"context": {"allowed_company_ids": list(scene.companies.values())}},
            {"context": {"lang": "xx_XX", "tz": "\x00", "active_test": "no", "uid": 1}},
        ):
            try:
                page = person.call("crm.customer.page", "get_page", customer, **kwargs)
            except RpcError:
                continue
            assert reader in EMPLOYEES
            text = json.dumps(page)
            whole = reader == "both" and "allowed_company_ids" in kwargs.get("context", ())
            if label not in allowed and not whole:
                assert not (page["blocks"]["figures"] or {}).get("rows"), (label, reader)
                assert "73,519" not in text and "86,423" not in text
            assert label != "foreign" or reader in ("abroad", "both")
    for company in (*scene.companies.values(), True, "1", None, [1], 2**40):
        for partner in (scene.customers["secret"], None, "x", -1, 2**40, [1]):
            try:
                answer = person.call(
                    "crm.product.association",
                    "get_suggestions",
                    partner,
                    scene.products[:1],
                    company,
                )
            except RpcError:
                continue
            assert reader in SALES
            if reader not in ALL_DOCUMENTS:
                assert not any(row["order_count"] for row in answer["suggestions"])
    values = {"domain": "[('metric_ids.revenue', '>', 70000)]", "company_id": False}
    for model in ("crm.segment", "crm.segment.query.mixin"):
        try:
            preview = person.call(model, "get_preview", [], values)
        except RpcError:
            continue
        seen = {row["id"] for row in preview["sample"]}
        assert not seen & {
            id_
            for label, id_ in scene.customers.items()
            if label not in allowed and not (reader == "both" and label == "foreign")
        }
        if reader in ("own", "leader"):
            assert not preview["count"]
