"""The timeline of a customer with 100 events and of one with 100,000, in the same database.

In the database are 100,000 interactions and 1,000,000 messages; the large customer has a thousand
contacts, ten thousand leads, orders and invoices. Measured is what a client asks for: `get_page`.

python benchmarks/customer_timeline.py DATABASE [--events=100000] [--messages=1000000] [--rounds=5]
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import Case, arguments, database_copy, environment, measure, print_machine

SMALL = 100
OTHERS = 20000
TABLES = ("crm_timeline_message", "mail_message", "crm_interaction")
# what is asked for; {middle} and {day} are a cursor and a day in the middle of the history
PAGES = {
    "first page": {},
    "a page in the middle": {"cursor": "middle"},
    "jump to a date": {"until": "day"},
    "only e-mails": {"sources": ["mail"]},
    "only orders and invoices": {"sources": ["order", "invoice"]},
}
SEARCHES = {
    "frequent word": "delivery",
    "frequent Arabic word, spelled otherwise": "طلبية",
    "two words": "warehouse colleague",
    "rare word": "unicorn",
    "word of other customers only": "elsewhere",
    "word that nobody wrote": "xylophone",
    "number of an order": "SO{number}",
}


def main():
    options = arguments(__doc__.splitlines()[0], events=100000, messages=1000000)
    with database_copy(options.database) as copy, environment(copy) as env:
        run(env, options.rounds, *build(env, options.events, options.messages))
        print_machine(env)


def build(env, events, messages):
    """Fill a copy of a database. Commits.

    :return: the large customer, the small one, and two readers: a manager and a salesperson
    """
    own, all_documents = (
        env.ref(f"sales_team.group_sale_{name}").id for name in ("salesman", "manager")
    )
    users = env["res.users"].create(
        [
            {"name": f"Reader {n}", "login": f"reader{n}", "group_ids": [(4, group)]}
            for n, group in enumerate([all_documents] + [own] * 10)
        ]
    )
    journal = env["account.journal"].search([("type", "=", "sale")], limit=1)
    env.flush_all()
    env.cr.execute(
        (Path(__file__).parent / "customer_timeline.sql").read_text(),
        {
            "events": events,
            "small": SMALL,
            "others": OTHERS,
            "interactions": max(events, 100000),
            "messages": messages,
            "users": users[1:].ids,
            "stages": env["crm.stage"].search([]).ids,
            "company": env.company.id,
            "currency": env.company.currency_id.id,
            "journal": journal.id,
            "subtype": env.ref("mail.mt_comment").id,
        },
    )
    env.cr.commit()
    env.invalidate_all()
    start = time.perf_counter()
    for model in env["crm.timeline"]._get_documents():
        env["crm.timeline.message"]._fill(model)
    env.cr.commit()
    print(f"messages taken up in {time.perf_counter() - start:.0f} s", file=sys.stderr)
    subprocess.run(["psql", "-qc", "VACUUM ANALYZE", env.cr.dbname], check=True)
    large, small = (env["res.partner"].search([("name", "=", f"Customer {n}")]) for n in (1, 2))
    return large, small, users[0], users[1]


def run(env, rounds, large, small, manager, salesperson):
    rows, cases = [], []
    for role, user in (("manager", manager), ("own documents", salesperson)):
        for name, options in PAGES.items():
            pair = [
                _get_case(env, partner, user, _place(env, partner, user, options))
                for partner in (small, large)
            ]
            cases += pair
            rows.append((role, name, *pair))
        for name, words in SEARCHES.items():
            pair = []
            for partner in (small, large):
                order = env["sale.order"].search(
                    [("commercial_partner_id", "=", partner.id)], limit=1
                )
                typed = words.format(number=order.name[2:])
                pair.append(_get_case(env, partner, user, {"search": typed}))
            cases += pair
            rows.append((role, f"search: {name}", *pair))
    measure(env, cases, rounds)
    print(f"\n**Timeline** (medians of {rounds} rounds)\n")
    heads = "ms, 100 events | ms, 100,000 | ms ratio | CPU ratio | queries | queries | rows | rows"
    print(f"| reader | page | {heads} |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for role, name, few, many in rows:
        walls = [statistics.median(s.wall for s in case.samples) for case in (few, many)]
        cpus = [
            statistics.median(s.cpu + (s.server_cpu or 0) for s in case.samples)
            for case in (few, many)
        ]
        queries = " | ".join(str(case.samples[-1].queries) for case in (few, many))
        print(
            f"| {role} | {name} | {walls[0] * 1000:.1f} | {walls[1] * 1000:.1f} "
            f"| {walls[1] / walls[0]:.2f} | {cpus[1] / cpus[0]:.2f} "
            f"| {queries} | {few.found} | {many.found} |"
        )


def _place(env, partner, user, options):
    """Options of a page with the cursor and the day in the middle of what the reader sees."""
    if not options.get("cursor") and not options.get("until"):
        return options
    env.cr.execute(
        """
        SELECT date FROM crm_timeline_message WHERE customer_id = %(customer)s
        ORDER BY date DESC OFFSET (SELECT count(*) / 2 FROM crm_timeline_message
                                    WHERE customer_id = %(customer)s) LIMIT 1
        """,
        {"customer": partner.id},
    )
    [date] = env.cr.fetchone()
    if options.get("until"):
        return {"until": date.date().isoformat()}
    return {"cursor": [date.isoformat(), "mail", 1]}


def _get_case(env, partner, user, options):
    def read(env, _prepared):
        timeline = env["crm.timeline"].with_user(user)
        page = timeline.get_page("res.partner", partner.id, limit=50, **options)
        case.found = len(page["rows"])

    case = Case(str(options), read)
    return case


if __name__ == "__main__":
    main()
