"""Every route of ours, tried by everybody: nobody gets or changes what is not his.

The routes are read from the routing map of a running Odoo, so that a new one cannot be forgotten:
it has to be described here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.conftest import odoo_shell, psql

from .conftest import PEOPLE, SECRET

OURS = """
import json

found = {}
for rule in env["ir.http"].routing_map().iter_rules():
    endpoint = rule.endpoint.func
    classes = type(endpoint.__self__).__mro__
    if any(
        cls.__module__.startswith("odoo.addons.crm_suite") and endpoint.__name__ in vars(cls)
        for cls in classes
    ):
        # one address may be two routes: looking, and what a form or program posts
        methods = {"GET", "POST"} & set(rule.methods or {"GET", "POST"})
        found[rule.rule] = sorted(methods | set(found.get(rule.rule, ())))
print("ROUTES", json.dumps(found))
"""
# Arguments that nobody sends by accident
HOSTILE = (
    "\x00",
    "%00",
    "\u202e\U0001f4a3",
    "' or 1=1 --",
    "-1",
    "99999999999999999999",
    "a" * 5000,
    "../../etc/passwd",
)


@dataclass
class Route:
    """What a route is asked for in the name of the customer, and by whom that may be done."""

    path: Callable = None  # scene -> address of the customer's paper
    data: Callable = None  # scene -> what is posted
    open_to: set = field(default_factory=lambda: {"owner"})
    shows: bool = False  # whether the answer to those shows the secret
    writes: bool = False  # whether the post of those changes something
    arguments: tuple = ()  # names of arguments that strangers may fill


def my(path, **values):
    return Route(path=lambda scene: path, **values)


NO_LINK = f"/consent/{'a' * 44}"
TICKET = "/my/tickets/<int(max=2147483647):ticket_id>"
LINK = ("access_token", "pid", "hash")


def of_ticket(what, arguments=(), **data):
    """What a customer decides about his ticket; the answer is its page."""
    return Route(
        path=lambda scene: f"/my/tickets/{scene.ticket}/{what}",
        data=lambda scene: data,
        shows=True,
        writes=True,
        arguments=arguments,
    )


# Lists and forms of one's own are open to everybody who is signed in: what is shown there is his
SIGNED_IN = frozenset({"owner", "colleague", "foreign", "insider"})
EVERYBODY = SIGNED_IN | {"stranger"}
ROUTES = {
    "/crm/form/<string:slug>": my("/crm/form/routes", open_to=EVERYBODY),
    "/crm/form/<string:slug>/thanks": my("/crm/form/routes/thanks", open_to=EVERYBODY),
    "/crm/form/<string:slug>/progress": my("/crm/form/routes/progress", open_to=EVERYBODY),
    "/support/<string:slug>": my("/support/routes", open_to=EVERYBODY),
    "/support/<string:slug>/thanks": my(
        "/support/routes/thanks", open_to=EVERYBODY, arguments=("key", "lang")
    ),
    # The secret is in an article for colleagues: no page of the help centre shows it to anybody
    "/help": my("/help?search=routes", open_to=EVERYBODY, arguments=("search",)),
    "/help/category/<int(max=2147483647):category_id>": Route(
        path=lambda scene: f"/help/category/{scene.shelf}", open_to=EVERYBODY
    ),
    "/help/article/<int(max=2147483647):article_id>": Route(
        path=lambda scene: f"/help/article/{scene.article}",
        open_to=frozenset(),
        arguments=("from", "voted"),
    ),
    "/help/article/<int(max=2147483647):article_id>/vote": Route(
        path=lambda scene: f"/help/article/{scene.article}/vote",
        data=lambda scene: {"vote": "no", "comment": "Nothing"},
        open_to=frozenset(),
        arguments=("vote", "comment"),
    ),
    "/help/suggest": my(
        "/help/suggest?q=routes", open_to=EVERYBODY, arguments=("q", "lang", "form")
    ),
    "/crm/import-template/<string:model_name>.xlsx": my(
        "/crm/import-template/res.partner.xlsx", open_to=frozenset(), arguments=("move_type",)
    ),
    "/crm/leads/import-template.xlsx": my("/crm/leads/import-template.xlsx", open_to=frozenset()),
    "/crm_suite/payment_reminder/<int:line_id>/pdf": Route(
        path=lambda scene: f"/crm_suite/payment_reminder/{scene.reminder_line}/pdf",
        open_to=frozenset(),
    ),
    # Core's own: the word of a customer on his quotation, by the token of its link
    "/my/orders/<int:order_id>/accept": Route(
        path=lambda scene: f"/my/orders/{scene.order}/accept",
        open_to=frozenset(),
        arguments=("name", "signature", "access_token"),
    ),
    "/my/orders/<int:order_id>/decline": Route(
        path=lambda scene: f"/my/orders/{scene.order}/decline",
        data=lambda scene: {"decline_message": "No"},
        open_to=frozenset(),
        arguments=("decline_message", "access_token"),
    ),
    "/my/statement": my("/my/statement", open_to=SIGNED_IN, arguments=("company_id", "kind")),
    "/my/statement/pdf": my("/my/statement/pdf", open_to=SIGNED_IN, arguments=("company_id",)),
    "/my/tickets": my(
        "/my/tickets",
        shows=True,
        arguments=("sortby", "filterby", "groupby", "search", "search_in", "scope"),
    ),
    "/my/tickets/page/<int(max=1000000):page>": my("/my/tickets/page/1", shows=True),
    TICKET: Route(
        path=lambda scene: f"/my/tickets/{scene.ticket}",
        shows=True,
        arguments=LINK,
    ),
    "/my/tickets/new": my(
        "/my/tickets/new",
        data=lambda scene: {"subject": "Another thing", "description": "It broke"},
        open_to=SIGNED_IN,
        writes=True,
        arguments=("subject", "description", "team", "category", "priority"),
    ),
    # Files of a conversation; what is taken: tests/portal of the helpdesk
    "/mail/attachment/upload": Route(
        path=lambda scene: "/mail/attachment/upload",
        data=lambda scene: {
            "thread_model": "crm.ticket",
            "thread_id": scene.ticket,
            "ufile": "no file",
        },
    ),
    f"{TICKET}/close": of_ticket("close", arguments=(*LINK, "message")),
    f"{TICKET}/reopen": of_ticket("reopen", message="Not yet", arguments=(*LINK, "message")),
    f"{TICKET}/participants/add": of_ticket(
        "participants/add", email="routes.helper@example.net", arguments=("email",)
    ),
    f"{TICKET}/participants/remove": Route(
        path=lambda scene: f"/my/tickets/{scene.ticket}/participants/remove",
        data=lambda scene: {"partner_id": scene.helper},
        shows=True,
        writes=True,
        arguments=("partner_id",),
    ),
    # Only who was asked has a token; what he may do with it: tests/voice of the helpdesk
    "/ticket/survey/<string:token>": my(
        f"/ticket/survey/{'a' * 32}", open_to=frozenset(), arguments=("face", "done")
    ),
    "/ticket/survey/<string:token>/answer": my(
        f"/ticket/survey/{'a' * 32}/answer",
        data=lambda scene: {"face": "happy", "feedback": "Fine"},
        open_to=frozenset(),
        arguments=("face", "feedback"),
    ),
    "/ticket/survey/<string:token>/stop": my(
        f"/ticket/survey/{'a' * 32}/stop", open_to=frozenset()
    ),
    # Consent: only who got a mail has a token; what he may do with it: tests/consent of marketing
    "/consent/<string:token>": my(NO_LINK, open_to=frozenset(), arguments=("done", "lang")),
    "/consent/<string:token>/save": my(
        f"{NO_LINK}/save", open_to=frozenset(), arguments=("action", "days", "reason", "optout")
    ),
    # Looking leads to the preferences of the same person and changes nothing
    "/consent/<string:token>/one-click": my(f"{NO_LINK}/one-click", open_to=frozenset()),
    "/consent/<string:token>/view": my(f"{NO_LINK}/view", open_to=frozenset()),
    "/consent/<string:token>/data": my(f"{NO_LINK}/data", open_to=frozenset()),
    "/consent/data/<string:token>": my(
        f"/consent/data/{'a' * 44}", open_to=frozenset(), arguments=("format", "lang")
    ),
    "/consent/confirm/<string:token>": my(f"/consent/confirm/{'a' * 44}", open_to=frozenset()),
    "/consent/confirm/<string:token>/yes": my(
        f"/consent/confirm/{'a' * 44}/yes", open_to=frozenset()
    ),
    "/consent/subscribe": my("/consent/subscribe", open_to=EVERYBODY, arguments=("lang",)),
    # Without an address and a purpose nothing is asked for
    "/consent/subscribe/send": my(
        "/consent/subscribe/send", open_to=EVERYBODY, arguments=("email", "lang")
    ),
    "/consent/subscribe/thanks": my("/consent/subscribe/thanks", open_to=EVERYBODY),
    "/my/consent": my("/my/consent", open_to=SIGNED_IN, arguments=("done", "lang")),
    "/my/consent/send": my("/my/consent/send", open_to=SIGNED_IN, writes=True),
    "/crm/consent/export/<int(max=2147483647):partner_id>": Route(
        path=lambda scene: f"/crm/consent/export/{scene.partners['owner']}",
        open_to=frozenset(),
        arguments=("format",),
    ),
    # Core's own: looking unsubscribes nobody, and an account proves no address
    "/mailing/my": my("/mailing/my", open_to=SIGNED_IN),
    "/mailing/<int:mailing_id>/view": my(
        "/mailing/1/view",
        open_to=frozenset(),
        arguments=("document_id", "email", "hash_token", "res_id", "token"),
    ),
    "/mailing/<int:mailing_id>/unsubscribe": my(
        "/mailing/1/unsubscribe",
        open_to=frozenset(),
        arguments=("document_id", "email", "hash_token"),
    ),
    "/mailing/confirm_unsubscribe": Route(
        path=lambda scene: "/mailing/confirm_unsubscribe",
        data=lambda scene: {"mailing_id": "1"},
        open_to=frozenset(),
    ),
    "/sms/<int:mailing_id>/unsubscribe/<string:trace_code>": my(
        "/sms/1/unsubscribe/abc", open_to=frozenset(), arguments=("sms_number",)
    ),
    # Engagement: only who got a mail has a token; whatever is none notes nothing. What good ones
    # do: tests/engagement of marketing
    "/o/<string:token>.gif": my(f"/o/{'a' * 30}.gif", open_to=EVERYBODY, arguments=("x",)),
    "/c/<string:token>": my(f"/c/{'a' * 30}", open_to=frozenset(), arguments=("url", "x")),
    # Pages of our sites: a script, and a call that names no site of ours. What good ones do:
    # tests/web_tracking of marketing
    "/crm_suite/track.js": my("/crm_suite/track.js", open_to=EVERYBODY, arguments=("site",)),
    "/crm_suite/track": my("/crm_suite/track", open_to=EVERYBODY, arguments=("site", "visitor")),
    # A form that there is not
    "/crm_suite/form/<string:slug>": my(
        "/crm_suite/form/routes",
        open_to=frozenset(),
        arguments=("cst", "v", "u", "lang", "who", "token"),
    ),
    "/crm_suite/form/<string:slug>/thanks": my(
        "/crm_suite/form/routes/thanks", open_to=frozenset(), arguments=("lang",)
    ),
    # Other programs tell of messages: only a signature opens it. What a good one does:
    # tests/inbound of marketing
    "/crm/events/<int:source_id>": my("/crm/events/1", open_to=frozenset()),
    # Other programs tell who is to enter a journey: tests/journey_trigger of marketing
    "/crm_suite/journey/<string(maxlength=64):key>": my(
        "/crm_suite/journey/routes", open_to=frozenset()
    ),
    "/mail/track/<int:mail_id>/<string:token>/blank.gif": my(
        "/mail/track/1/abc/blank.gif", open_to=frozenset()
    ),
    # A code that is none
    "/r/<string:code>": my("/r/routes", open_to=frozenset()),
    "/r/<string:code>/m/<int:mailing_trace_id>": my("/r/routes/m/1", open_to=frozenset()),
    "/r/<string:code>/s/<int:sms_id_int>": my("/r/routes/s/1", open_to=frozenset()),
    # A code that is none; whose mark is wrong is led on and noted nowhere
    "/r/<string:code>/t/<int:outbox_id>/<string:mark>": my(
        "/r/routes/t/1/abcdefgh", open_to=frozenset()
    ),
    # The ticket is open, so its customer has nothing to judge yet: he is led back to it
    "/my/tickets/<int(max=2147483647):ticket_id>/rate": Route(
        path=lambda scene: f"/my/tickets/{scene.ticket}/rate",
        data=lambda scene: {"face": "happy", "feedback": "Fine"},
        shows=True,
        arguments=("face", "feedback"),
    ),
}


def snapshot(database):
    """What is stored about customers, as one figure for each table.

    A statement is made for each PDF and thrown away. Readers of articles are counted, and so is
    what they look for in vain.
    """
    tables = [
        name
        for [name] in psql(
            database,
            """select tablename from pg_tables where schemaname = 'public' and (
                   tablename like 'crm\\_%' or tablename in
                   ('mail_message', 'mail_followers', 'res_partner', 'rating_rating'))
                   and tablename not like 'crm\\_statement%'
                   and tablename not in ('crm_knowledge_visit', 'crm_knowledge_miss')
                 order by 1""",
        )
    ]
    sums = [
        f"select '{name}', count(*) || md5(coalesce(string_agg(t::text, '' order by t::text), ''))"
        f" from {name} t"
        for name in tables
    ]
    return dict(psql(database, " union all ".join(sums)))


def methods_of(suite):
    line = next(
        line for line in odoo_shell(suite.database, OURS).splitlines() if line.startswith("ROUTES ")
    )
    return json.loads(line.removeprefix("ROUTES "))


@pytest.fixture(scope="module")
def methods(suite):
    """The routes of ours: rule -> methods."""
    return methods_of(suite)


def ask(person, method, path, **values):
    return person.http.request(method, person.url + path, timeout=60, **values)


def test_no_route_is_forgotten(methods):
    assert sorted(methods) == sorted(ROUTES)


@pytest.mark.parametrize("rule", ROUTES)
@pytest.mark.parametrize("name", PEOPLE)
def test_who_gets_and_changes_what(suite, scene, methods, rule, name):
    route, person = ROUTES[rule], scene.people[name]
    path, may = route.path(scene), name in route.open_to
    before = snapshot(suite.database)
    if "GET" in methods[rule]:
        answer = ask(person, "GET", path)
        assert answer.status_code < 500
        assert (SECRET in answer.text) == (may and route.shows)
        assert snapshot(suite.database) == before, "reading changes nothing"
        denied = answer.status_code in (403, 404) or answer.url != person.url + path
        assert may or denied or not route.shows or SECRET not in answer.text
    if "POST" in methods[rule]:
        data = route.data(scene) if route.data else {}
        answer = ask(person, "POST", path, data=data)
        assert answer.status_code < 500
        assert SECRET not in answer.text or (may and route.shows)
        assert snapshot(suite.database) == before or rule.startswith("/crm/form"), (
            "nothing is done without the token of a form"
        )
        token = token_of(person)
        answer = ask(person, "POST", path, data={**data, "csrf_token": token})
        assert answer.status_code < 500
        assert SECRET not in answer.text or (may and route.shows)
        changed = snapshot(suite.database) != before
        assert changed == (may and route.writes) or (may and rule.startswith("/crm/form"))


def token_of(person):
    """The token of the forms of this session: any page with a form tells it."""
    page = "/my/tickets/new" if person.uid else "/web/login"
    return person.form_token(page)


@pytest.mark.parametrize("rule", ROUTES)
def test_bad_arguments_break_nothing(suite, scene, methods, rule):
    route = ROUTES[rule]
    complaints = suite.complaints()
    for name in ("foreign", "stranger"):
        person = scene.people[name]
        before = snapshot(suite.database)
        for argument in route.arguments:
            for value in HOSTILE:
                for method in methods[rule]:
                    where = "params" if method == "GET" else "data"
                    answer = ask(person, method, route.path(scene), **{where: {argument: value}})
                    assert answer.status_code < 500, (name, argument, value)
                    assert SECRET not in answer.text
        assert snapshot(suite.database) == before
    assert suite.complaints() == complaints
