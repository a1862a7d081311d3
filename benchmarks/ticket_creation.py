"""Tickets with three running SLA clocks against core's bare opportunities, in the same batch.

python benchmarks/ticket_creation.py DATABASE [--records=100] [--rounds=5]

Unassigned tickets are promised a first response, a solution and that somebody picks them up;
assigned ones a time with the team instead of the last. One by one, and made from mails, both are
measured as well: this is how most tickets come.
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
    options = arguments(__doc__.splitlines()[0], records=100)
    with environment(options.database) as env:
        run(env, options.records, options.rounds)


def promise(env, *metrics):
    """One policy with these targets, and no other."""
    env["crm.sla.policy"].search([]).action_archive()
    env["crm.sla.policy"].create(
        {
            "name": "Benchmark",
            "target_ids": [(0, 0, {"metric": metric, "budget": 8}) for metric in metrics],
        }
    )


def run(env, records, rounds):
    # no round may know the Message-Id of another
    numbers = itertools.count(1)
    admin = env.ref("base.user_admin")
    agent = env["res.users"].create(
        {
            "name": "Agent",
            "login": "benchmark_agent",
            "group_ids": [
                (4, env.ref("crm_suite_helpdesk.group_agent").id),
                (4, env.ref("sales_team.group_sale_salesman").id),
            ],
        }
    )
    customer = env["res.partner"].create({"name": "Customer", "email": "customer@example.org"})

    def case(name, model, create, **values):
        def prepare(env):
            mails = [MAIL.format(number=next(numbers)).encode() for _index in range(records)]
            return env[model].search_count([]), mails

        def check(env, prepared):
            if env[model].search_count([]) - prepared[0] != records:
                raise SystemExit(f"not {records} more {model}")
            made = env[model].search([], order="id desc", limit=records)
            if model == "crm.ticket" and any(
                len(t.sla_clock_ids.filtered(lambda c: c.state == "running")) != 3 for t in made
            ):
                raise SystemExit("a ticket without its three running SLA clocks")

        return Case(
            name, lambda env, prepared: create(env, model, values, prepared[1]), prepare, check
        )

    def prepare_values(number, values):
        return {"name": f"Order {number} arrived broken", "partner_id": customer.id, **values}

    def in_a_batch(env, model, values, mails):
        env[model].with_user(admin).create(
            [prepare_values(number, values) for number in range(len(mails))]
        )

    def one_by_one(env, model, values, mails):
        for number in range(len(mails)):
            env[model].with_user(admin).create(prepare_values(number, values))
            env.flush_all()

    def by_mail(env, model, _values, mails):
        for mail in mails:
            env["mail.thread"].message_process(model, mail)
            env.flush_all()

    unassigned, assigned = {"user_id": False}, {"user_id": agent.id}
    for title, unit, create, values in (
        ("In a batch, unassigned", "record", in_a_batch, unassigned),
        ("In a batch, assigned", "record", in_a_batch, assigned),
        ("One by one", "record", one_by_one, unassigned),
        ("Made from a mail", "mail", by_mail, {}),
    ):
        third = "team_time" if values is assigned else "pickup"
        promise(env, "first_response", "resolution", third)
        kind = {"type": "lead" if create is by_mail else "opportunity"}
        cases = [
            case("crm.lead", "crm.lead", create, **kind, **values),
            case("crm.ticket with three SLA clocks", "crm.ticket", create, **values),
        ]
        measure(env, cases, rounds)
        print_table(title, cases, "crm.lead", records, unit)
    print_machine(env)


if __name__ == "__main__":
    main()
