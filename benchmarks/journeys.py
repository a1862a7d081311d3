"""A journey with many participants: they come in, are looked through, are taken and decided about.

Each is compared with a floor in the same run: the bare statement that writes as many rows into the
same tables with the same indexes, without asking anything.

python benchmarks/journeys.py DATABASE [--participants=1000000] [--decided=100000] [--rounds=3]
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import Case, arguments, database_copy, environment, measure, print_machine, print_table

from odoo import Command, fields
from odoo.tools import SQL

TRIES = 500
# what a contact has to have
FILL = """
INSERT INTO res_partner (name, complete_name, ref, city, {columns})
SELECT 'Customer ' || n, 'Customer ' || n, 'benchmark', CASE n %% 2 WHEN 0 THEN 'Riyadh' END,
       {columns}
  FROM res_partner CROSS JOIN generate_series(1, %(number)s) AS n
 WHERE id = %(template)s
"""
SPECIAL = ("id", "name", "complete_name", "ref", "city")
ROWS = """
WITH added AS (
     INSERT INTO crm_journey_participant (
            journey_id, version_id, company_id, trigger_uid, model, res_id, partner_id,
            identity_key, rotation, state, entered_at)
     SELECT %(journey)s, %(version)s, %(company)s, 'start', 'res.partner', id, id,
            'partner:' || id, 1, 'running', %(now)s
       FROM res_partner WHERE ref = 'benchmark'
  RETURNING id)
INSERT INTO crm_journey_step (
       participant_id, journey_id, node_id, node_uid, pass_number, state, entered_at, due_at,
       attempt)
SELECT id, %(journey)s, %(node)s, 'a', 1, 'due', %(now)s, %(now)s, 0 FROM added
"""
BARE_CLAIM = """
UPDATE crm_journey_step SET state = 'claimed', worker = 'floor'
 WHERE id IN (SELECT id FROM crm_journey_step WHERE node_id = %s AND state = 'due' LIMIT 500)
"""
BARE_DECISION = """
WITH ended AS (
     UPDATE crm_journey_step SET state = 'done', port = 'yes', done_at = %(now)s
      WHERE id IN (SELECT id FROM crm_journey_step WHERE node_id = %(node)s AND state = 'due'
                    LIMIT %(number)s)
  RETURNING participant_id)
INSERT INTO crm_journey_step (
       participant_id, journey_id, node_id, node_uid, pass_number, state, entered_at, due_at,
       attempt)
SELECT participant_id, %(journey)s, %(next)s, 'w', 1, 'due', %(now)s, %(now)s, 0 FROM ended
"""


def main():
    options = arguments(__doc__.splitlines()[0], participants=1_000_000, decided=100_000)
    with database_copy(options.database) as copy, environment(copy) as env:
        template = env["res.partner"].create({"name": "Customer"})
        env.cr.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_name = 'res_partner' AND column_name != ALL(%s)",
            [list(SPECIAL)],
        )
        [columns] = env.cr.fetchone()
        env.cr.execute(
            FILL.format(columns=columns),
            {"number": options.participants, "template": template.id},
        )
        env.cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE ref = 'benchmark'")
        env.cr.execute("ANALYZE res_partner")
        env.cr.commit()
        run(env, options)


def make_journey(env):
    """:return: a journey that runs: a start, a branch, two waits"""
    journey = env["crm.journey"].create(
        {"name": "Benchmark", "user_id": env.ref("base.user_admin").id}
    )
    version = journey.draft_version_id
    values = [
        {"uid": "b", "kind": "branch", "domain": "[('city', '=', 'Riyadh')]"},
        {"uid": "w", "kind": "wait", "amount": 9},
        {"uid": "n", "kind": "wait", "amount": 9},
        {"uid": "g", "kind": "goal", "domain": "[('city', '=', 'Nowhere')]"},
        {"uid": "a", "kind": "tag"},
    ]
    version.node_ids = [Command.create(one) for one in values]
    nodes = {node.uid: node for node in version.node_ids}
    ways = (("start", "next", "b"), ("b", "yes", "w"), ("b", "no", "n"))
    env["crm.journey.edge"].create(
        [
            {
                "version_id": version.id,
                "source_id": nodes[source].id,
                "port": port,
                "target_id": nodes[target].id,
            }
            for source, port, target in ways
        ]
    )
    version.state = "live"
    journey.write({"state": "running", "live_version_id": version.id, "draft_version_id": False})
    return journey, nodes


def fill_for_good(env, fill):
    # the rounds before were rolled back: their rows are still in the way
    env.cr.rollback()
    subprocess.run(["psql", "-qc", "VACUUM", env.cr.dbname], check=True)
    fill(env)
    env.cr.commit()
    subprocess.run(["psql", "-qc", "VACUUM ANALYZE", env.cr.dbname], check=True)


def count(env, _prepared):
    env.cr.execute(
        "SELECT count(*) FROM crm_journey_participant p JOIN res_partner r ON r.id = p.res_id"
    )


def run(env, options):
    from odoo.addons.crm_suite_marketing.models.journey_engine import queries, worker
    from odoo.addons.crm_suite_marketing.models.journey_engine.mover import Mover

    journey, nodes = make_journey(env)
    env.cr.commit()
    everybody = SQL("SELECT id AS res_id FROM res_partner WHERE ref = 'benchmark'")
    now = fields.Datetime.now()

    def fill(env, uid="b"):
        env.cr.execute(
            ROWS,
            {
                "journey": journey.id,
                "version": journey.live_version_id.id,
                "company": journey.company_id.id,
                "node": nodes[uid].id,
                "now": now,
            },
        )

    def prepare(env):
        fill(env)
        env.cr.execute("ANALYZE crm_journey_participant")
        env.cr.execute("ANALYZE crm_journey_step")

    def enrol(env, _prepared):
        nodes["start"]._enrol(everybody)

    def are_in(env, _prepared):
        env.cr.execute("SELECT count(*) FROM crm_journey_step WHERE state = 'due'")
        assert env.cr.fetchone() == (options.participants,)

    def look(env, _prepared):
        run = worker.Worker(env, env.cr, "bench")
        run.commit = run.renew = env.flush_all
        run.look_at_all(journey, now)

    def claim(env, _prepared):
        env.cr.execute(queries.make_chunk(nodes["b"].id, "due", fields.Datetime.now(), TRIES))
        ids = [id_ for [id_] in env.cr.fetchall()]
        env.cr.execute(queries.make_claim("bench", ids, now))
        assert env.cr.rowcount == TRIES

    def bare_claim(env, _prepared):
        env.cr.execute(BARE_CLAIM, [nodes["b"].id])

    def decide(env, _prepared):
        run = worker.Worker(env, env.cr, "bench")
        rules, left = journey._list_exit_rules(), options.decided
        mover = Mover(env.cr, nodes["b"], fields.Datetime.now())
        while left > 0:
            ids = run.take(nodes["b"], "due", mover.now, min(queries.CHUNK, left))
            mover.arrive(run.ask_exits(rules, ids))
            left -= len(ids)

    def bare_decide(env, _prepared):
        env.cr.execute(
            BARE_DECISION,
            {
                "node": nodes["b"].id,
                "next": nodes["w"].id,
                "journey": journey.id,
                "number": options.decided,
                "now": now,
            },
        )

    def are_decided(env, _prepared):
        env.cr.execute("SELECT count(*) FROM crm_journey_step WHERE state = 'done'")
        assert env.cr.fetchone() == (min(options.decided, options.participants),)

    def nobody(env, _prepared):
        env.cr.execute("SELECT count(*) FROM crm_journey_participant WHERE state = 'running'")
        assert env.cr.fetchone() == (options.participants,)

    print_machine(env)
    size = f"{options.participants:,} participants"
    groups = (
        (
            f"They come in: {size}",
            [
                Case("bare INSERT", lambda env, _prepared: fill(env), check=are_in),
                Case("they come in", enrol, check=are_in),
            ],
        ),
        (
            f"Nothing has changed: {size}",
            [
                Case("bare join", count, prepare=prepare),
                Case("all looked through", look, prepare=prepare, check=nobody),
                Case("nobody comes in again", enrol, prepare=prepare, check=are_in),
            ],
        ),
        (
            f"{TRIES} of {size} are taken",
            [
                Case("bare UPDATE", bare_claim),
                Case("a claim", claim),
            ],
        ),
        (
            f"{options.decided:,} of {size} go one way or the other",
            [
                Case("bare UPDATE and INSERT", bare_decide, check=are_decided),
                Case("a branch", decide, check=are_decided),
            ],
        ),
    )
    for place, (title, cases) in enumerate(groups):
        if place == 2:
            fill_for_good(env, fill)
        measure(env, cases, options.rounds)
        print_table(title, cases, cases[0].name, 1, "run")


if __name__ == "__main__":
    main()
