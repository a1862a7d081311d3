"""Events are taken in, against the bare statement that writes their rows of the ledger.

The floor inserts the same number of events into the ledger by one `INSERT`, with the same indexes:
it reads nothing, knows nobody and counts nothing. Ours takes what pages post and what a provider of
mail tells, as the routes do, with their counts of calls; and what follows from events of contacts
(who it was, statistics, journeys, scores).

python benchmarks/engagement_intake.py DATABASE [--events=1000] [--rounds=5]
"""

import json
import secrets
import sys
import time
from datetime import timedelta
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
        provider = env["crm.event.source"].create({"name": "Provider", "most_calls": 6000})
        deliveries = create_deliveries(env, options.events)
        env.cr.commit()
        run(env, options, site, partner, provider, deliveries)


def create_deliveries(env, number):
    """Messages of one mailing that were sent an hour ago, each to another contact."""
    sent_at = fields.Datetime.now() - timedelta(hours=1)
    mailing = env["mailing.mailing"].create(
        {
            "subject": "News",
            "mailing_model_id": env.ref("base.model_res_partner").id,
            "body_html": "<p>News</p>",
        }
    )
    names = [f"reader{place}@bench.example.com" for place in range(number)]
    partners = env["res.partner"].create([{"name": name, "email": name} for name in names])
    traces = env["mailing.trace"].create(
        [
            {
                "mass_mailing_id": mailing.id,
                "model": "res.partner",
                "res_id": partner.id,
                "email": partner.email,
                "trace_status": "sent",
                "sent_datetime": sent_at,
            }
            for partner in partners
        ]
    )
    consent = env["crm.consent"]
    return env["crm.outbox"].create(
        [
            {
                "mailing_id": mailing.id,
                "company_id": env.company.id,
                "model": "res.partner",
                "res_id": partner.id,
                "partner_id": partner.id,
                "identity": partner.email,
                "identity_key": consent._hash(partner.email, "email"),
                "address": partner.email,
                "state": "sent",
                "sent_at": sent_at,
                "idem_key": f"m{mailing.id}:{partner.email}",
                "trace_id": trace.id,
            }
            for partner, trace in zip(partners, traces, strict=True)
        ]
    )


def make_reports(env, deliveries, at_once):
    """What a provider posts: each message was opened."""
    # needs the path of Odoo
    from odoo.addons.crm_suite_marketing.lib import delivery_token

    key = env["crm.consent"]._get_key()
    events = [
        {
            "id": secrets.token_hex(8),
            "event": "opened",
            "message": delivery_token.make_message_id(key, delivery, "bench.example.com"),
            "at": int(time.time()),
            "user_agent": AGENT,
            "ip": f"192.0.2.{delivery % 250}",
        }
        for delivery in deliveries.ids
    ]
    return [
        json.dumps({"events": events[first : first + at_once]}).encode()
        for first in range(0, len(events), at_once)
    ]


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


def count(env):
    env.cr.execute(
        "SELECT (SELECT COUNT(*) FROM crm_engagement), (SELECT COUNT(*) FROM crm_web_visit)"
    )
    return env.cr.fetchone()


def check_ledger(number):
    def check(env, prepared):
        if count(env)[0] - prepared[1][0] != number:
            raise AssertionError("events are missing")

    return check


def check_waiting(number):
    def check(env, prepared):
        if count(env)[1] - prepared[1][1] != number:
            raise AssertionError("visits are missing")

    return check


def run(env, options, site, partner, provider, deliveries):
    # as the controllers of the routes read it, which needs the path of Odoo
    from odoo.addons.crm_suite_marketing.lib import web_tracking

    def prepare(at_once, is_known):
        def make(env):
            calls = make_calls(site, options.events, at_once)
            for body in calls if is_known else ():
                call = web_tracking.read_call(body, fields.Datetime.now())
                env["crm.web.visitor"]._meet(site, call)._identify(partner, "link")
            env["crm.engagement"].flush_model()
            return calls, count(env)

        return make

    def take(env, prepared):
        for body in prepared[0]:
            call = web_tracking.read_call(body, fields.Datetime.now())
            if not site._hears(SHOP) or site._is_flooded(f"192.0.2.{len(call.visitor)}"):
                raise AssertionError("refused")
            site._take(call, VISIT)

    def prepare_reports(env):
        return make_reports(env, deliveries, 100), count(env)

    def take_reports(env, prepared):
        for body in prepared[0]:
            if not provider._count_call():
                raise AssertionError("refused")
            provider._take(body)

    def write(env, _prepared):
        values = {"key": secrets.token_hex(8), "company": env.company.id, "partner": partner.id}
        env.cr.execute(FLOOR, {**values, "events": options.events})

    in_ledger, in_waiting = check_ledger(options.events), check_waiting(options.events)
    cases = [
        Case("bare INSERT", write),
        Case("contacts, 20 a call", take, prepare(20, True), in_ledger),
        Case("contacts, 5 a call", take, prepare(5, True), in_ledger),
        Case("contacts, one a call", take, prepare(1, True), in_ledger),
        Case("strangers, 5 a call", take, prepare(5, False), in_waiting),
        Case("provider, 100 a call", take_reports, prepare_reports, in_ledger),
    ]
    measure(env, cases, options.rounds)
    print_machine(env)
    print_table(
        f"{options.events:,} events taken in", cases, cases[0].name, options.events, "event"
    )
    for case in cases:
        fastest = min(sample.wall for sample in case.samples)
        print(f"{case.name}: {options.events / fastest:,.0f} events a second")


if __name__ == "__main__":
    main()
