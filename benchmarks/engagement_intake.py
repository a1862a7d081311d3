"""Page visits are taken in, against the bare statement that writes their rows of the ledger.

The floor inserts the same number of events into the ledger by one `INSERT`, with the same indexes:
it reads nothing, knows nobody and counts nothing. Ours takes what pages post, as the route does,
with its count of calls; and what follows from events of contacts (statistics, journeys, scores).

python benchmarks/engagement_intake.py DATABASE [--events=1000] [--rounds=5]
"""

import json
import secrets
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import Case, arguments, database_copy, environment, measure, print_machine, print_table

from odoo import fields

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
VISIT = {"method": "POST", "agent": AGENT, "network": "", "country": "", "prefetch": False}
SHOP = "https://shop.bench.example.com"
FLOOR = """
INSERT INTO crm_engagement (event_key, ts, kind, company_id, partner_id, actor, actor_reason,
                            evidence)
SELECT %(key)s || n, now() AT TIME ZONE 'UTC', 'visit', %(company)s, %(partner)s, 'human',
       'reader', '{"url": "https://shop.bench.example.com/desks"}'
  FROM generate_series(1, %(events)s) AS n
"""


def main():
    options = arguments(__doc__.splitlines()[0], events=1000)
    with database_copy(options.database) as copy, environment(copy) as env:
        site = env["crm.web.site"].create(
            {"name": "Shop", "allowed_origins": SHOP, "most_calls": 6000}
        )
        partner = env["res.partner"].create(
            {"name": "Visitor", "email": "visitor@bench.example.com"}
        )
        env.cr.commit()
        run(env, options, site, partner)


def make_calls(site, events, at_once):
    """What visitors post: each call comes from another one."""
    return [
        json.dumps(
            {
                "site": site.key,
                "visitor": secrets.token_hex(16),
                "events": [
                    {
                        "id": secrets.token_hex(8),
                        "kind": "visit",
                        "at": int(time.time() * 1000),
                        "url": f"{SHOP}/desks/{number}?utm_source=poster",
                        "title": "Desks of all kinds",
                        "referrer": "search.example.net",
                    }
                    for number in range(at_once)
                ],
            }
        ).encode()
        for _call in range(events // at_once)
    ]


def run(env, options, site, partner):
    # as the controller of the route reads it, which needs the path of Odoo
    from odoo.addons.crm_suite_marketing.lib import web_tracking

    def prepare(at_once, is_known):
        def make(env):
            calls = make_calls(site, options.events, at_once)
            if is_known:
                for body in calls:
                    call = web_tracking.read_call(body, fields.Datetime.now())
                    visitor = env["crm.web.visitor"]._meet(site, call)
                    visitor._identify(partner, "link")
            env["crm.engagement"].flush_model()
            return calls, count(env)

        return make

    def take(env, prepared):
        for body in prepared[0]:
            call = web_tracking.read_call(body, fields.Datetime.now())
            if not site._hears(SHOP) or site._is_flooded(f"192.0.2.{len(call.visitor)}"):
                raise AssertionError("refused")
            site._take(call, VISIT)

    def write(env, _prepared):
        values = {"key": secrets.token_hex(8), "company": env.company.id, "partner": partner.id}
        env.cr.execute(FLOOR, {**values, "events": options.events})

    def count(env):
        env.cr.execute(
            "SELECT (SELECT COUNT(*) FROM crm_engagement), (SELECT COUNT(*) FROM crm_web_visit)"
        )
        return env.cr.fetchone()

    def in_ledger(env, prepared):
        if count(env)[0] - prepared[1][0] != options.events:
            raise AssertionError("events are missing")

    def in_waiting(env, prepared):
        if count(env)[1] - prepared[1][1] != options.events:
            raise AssertionError("visits are missing")

    cases = [
        Case("bare INSERT", write),
        Case("contacts, 20 a call", take, prepare(20, True), in_ledger),
        Case("contacts, 5 a call", take, prepare(5, True), in_ledger),
        Case("contacts, one a call", take, prepare(1, True), in_ledger),
        Case("strangers, 5 a call", take, prepare(5, False), in_waiting),
    ]
    measure(env, cases, options.rounds)
    print_machine(env)
    print_table(
        f"{options.events:,} page visits taken in", cases, cases[0].name, options.events, "event"
    )
    for case in cases:
        fastest = min(sample.wall for sample in case.samples)
        print(f"{case.name}: {options.events / fastest:,.0f} events a second")


if __name__ == "__main__":
    main()
