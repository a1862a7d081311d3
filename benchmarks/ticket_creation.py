"""A ticket with its SLA clocks against core's bare lead, made by hand and from a mail.

python benchmarks/ticket_creation.py DATABASE [--records=50] [--rounds=5]
"""

import itertools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import Case, arguments, environment, measure, print_machine, print_table

MAIL = """From: Stranger {number} <stranger{number}@example.org>
To: help@example.com
Subject: Order {number} arrived broken
Message-Id: <{number}@example.org>
Date: Mon, 05 Jan 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Good morning,

the box of order {number} was wet, and two of the six cups inside are broken. Please send new ones.

Stranger {number}
"""


def main():
    options = arguments(__doc__.splitlines()[0], records=50)
    with environment(options.database) as env:
        run(env, options.records, options.rounds)


def run(env, records, rounds):
    # no round may know the Message-Id of another
    numbers = itertools.count(1)
    agent = env.ref("base.user_admin")
    customer = env["res.partner"].create({"name": "Customer", "email": "customer@example.org"})

    def case(name, model, create, **values):
        def prepare(env):
            mails = [MAIL.format(number=next(numbers)).encode() for _index in range(records)]
            return env[model].search_count([]), mails

        def check(env, prepared):
            if env[model].search_count([]) - prepared[0] != records:
                raise SystemExit(f"not {records} more {model}")
            made = env[model].search([], order="id desc", limit=records)
            if model == "crm.ticket" and any(len(t.sla_clock_ids) != 2 for t in made):
                raise SystemExit("a ticket without its two SLA clocks")

        return Case(
            name, lambda env, prepared: create(env, model, values, prepared[1]), prepare, check
        )

    def by_hand(env, model, values, mails):
        for number in range(len(mails)):
            env[model].with_user(agent).create(
                {"name": f"Order {number} arrived broken", "partner_id": customer.id, **values}
            )
            env.flush_all()

    def by_mail(env, model, _values, mails):
        for mail in mails:
            env["mail.thread"].message_process(model, mail)
            env.flush_all()

    for title, unit, create in (
        ("Created by hand", "record", by_hand),
        ("Created from a mail", "mail", by_mail),
    ):
        cases = [
            case("crm.lead", "crm.lead", create, type="lead"),
            case("crm.ticket with two SLA clocks", "crm.ticket", create),
        ]
        measure(env, cases, rounds)
        print_table(title, cases, "crm.lead", records, unit)
    print_machine(env)


if __name__ == "__main__":
    main()
