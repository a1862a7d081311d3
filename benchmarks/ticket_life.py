"""One ticket from new over in progress, waiting and in progress again to solved.

python benchmarks/ticket_life.py DATABASE [--records=20] [--rounds=5]

Each step is a transaction of its own as far as caches and the present go, as when an agent clicks.
"""

import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import Case, arguments, environment, measure, print_machine, print_table

LIFE = ("open", "waiting_customer", "open", "solved")


def main():
    options = arguments(__doc__.splitlines()[0], records=20)
    with environment(options.database) as env:
        run(env, options.records, options.rounds)


def run(env, records, rounds):
    stages = {
        stage.type: stage
        for stage in reversed(
            env["crm.ticket.stage"].search([("team_ids", "=", False)], order="sequence, id")
        )
    }
    agent = env.ref("base.user_admin")
    customer = env["res.partner"].create({"name": "Customer", "email": "customer@example.org"})

    def live(env, _prepared):
        for number in range(records):
            ticket = (
                env["crm.ticket"]
                .with_user(agent)
                .create({"name": f"Order {number}", "partner_id": customer.id})
            )
            env.flush_all()
            for step in LIFE:
                env.invalidate_all()
                # Each step is a transaction later, as far as the present goes
                env.cr._now = env.cr.now() + timedelta(minutes=10)
                ticket.stage_id = stages[step]
                env.flush_all()

    def check(env, _prepared):
        env.cr._now = None
        made = env["crm.ticket"].search([], order="id desc", limit=records)
        if any(t.stage_type != "solved" or not t.sla_clock_ids.segment_ids for t in made):
            raise SystemExit("a ticket that did not live")

    cases = [Case("crm.ticket", live, check=check)]
    measure(env, cases, rounds)
    title = "New, in progress, waiting, in progress, solved"
    print_table(title, cases, "crm.ticket", records, "life")
    print_machine(env)


if __name__ == "__main__":
    main()
