"""The portal of a customer whose organisation has asked little, and much.

python benchmarks/portal.py DATABASE [--small=10] [--large=100000] [--rounds=5]

The pages are asked for as a browser does, of a server that runs on a copy of the database. Told are
the queries of the server, which must not grow, and the time.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from harness import arguments, database_copy, environment

from tests.servers import OdooServer

# The log of the server: queries, seconds in the database, seconds elsewhere
SERVED = re.compile(r'"GET /my/tickets\S* HTTP/1.1" 200 - (\d+) ([\d.]+) ([\d.]+)')

PAGES = {
    "List": "/my/tickets?filterby=all",
    "List, grouped by person": "/my/tickets?filterby=all&groupby=customer",
    "Search": "/my/tickets?filterby=all&search=order+7",
    "Ticket": "/my/tickets/%s",
}
# The tickets are like the first one, asked by turns by the people of the organisation
FILL = """
INSERT INTO crm_ticket (name, number, active, priority, team_id, company_id, stage_id, stage_type,
                        partner_id, commercial_partner_id, opened_at, channel, waiting_on,
                        create_date, write_date)
SELECT 'Order ' || n, 'P' || n, true, (n %% 4)::text, team_id, company_id, stage_id, stage_type,
       (%(people)s::int[])[1 + n %% array_length(%(people)s::int[], 1)], commercial_partner_id,
       opened_at - n * interval '1 minute', channel, waiting_on, create_date, write_date
  FROM crm_ticket, generate_series(%(first)s, %(last)s) AS n
 WHERE id = %(ticket)s
"""


def main():
    options = arguments(__doc__.splitlines()[0], small=10, large=100_000)
    with database_copy(options.database) as database:
        results = run(database, (options.small, options.large), options.rounds)
    print("\n**The portal of an organisation**, per page\n")
    print("| | tickets | ms | queries |\n|---|---:|---:|---:|")
    for page, size, duration, queries in results:
        print(f"| {page} | {size:,} | {duration:.0f} | {queries} |")
    for page in PAGES:
        few, many = (queries for name, _size, _duration, queries in results if name == page)
        if many > few:
            raise SystemExit(f"{page}: {many} queries instead of {few}")


def run(database, sizes, rounds):
    with environment(database) as env:
        ticket, people = prepare(env)
        env.cr.commit()
    results, filled = [], 1
    for size in sizes:
        with environment(database) as env:
            env.cr.execute(
                FILL,
                {"first": filled + 1, "last": size, "ticket": ticket, "people": people},
            )
            env.cr.execute("ANALYZE crm_ticket")
            env.cr.commit()
        filled = size
        results += measure(database, ticket, size, rounds)
    return results


def prepare(env):
    """A manager of an organisation, its people and its first ticket."""
    company = env["res.partner"].create({"name": "Large Ltd", "is_company": True})
    user = env["res.users"].create(
        {
            "name": "Manager",
            "login": "portal.benchmark",
            "password": "portal.benchmark",
            "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
        }
    )
    user.partner_id.write({"parent_id": company.id, "ticket_access": "manager"})
    others = env["res.partner"].create(
        [{"name": f"Person {number}", "parent_id": company.id} for number in range(50)]
    )
    ticket = env["crm.ticket"].create({"name": "Order 1", "partner_id": user.partner_id.id})
    return ticket.id, (user.partner_id | others).ids


def measure(database, ticket, size, rounds):
    """:return: [(page, tickets, ms, queries)], the fastest of the rounds"""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        server = OdooServer(database, folder, log_level="info")
        try:
            client = server.login("portal.benchmark")
            for page, path in PAGES.items():
                url = server.url + (path % ticket if "%s" in path else path)
                client.http.get(url, timeout=600)  # warms the caches of the server up
                for _round in range(rounds):
                    answer = client.http.get(url, timeout=600)
                    if answer.status_code != 200 or "Order" not in answer.text:
                        raise SystemExit(f"{page}: a page that shows nothing")
                time.sleep(1)
                pages = SERVED.findall(server.log.read_text())[-rounds:]
                queries = {int(count) for count, _sql, _rest in pages}
                if len(queries) > 1:
                    raise SystemExit(f"{page}: queries differ from round to round: {queries}")
                duration = min(float(sql) + float(rest) for _count, sql, rest in pages)
                results.append((page, size, duration * 1000, queries.pop()))
        finally:
            server.stop()
    return results


if __name__ == "__main__":
    main()
