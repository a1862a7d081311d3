"""What the SLA tick costs when nothing is due, and when something is, by the number of clocks.

The tick runs as the scheduled job runs it. In each database, one clock in three still runs; the
rest are stopped. Nothing is due at first, then so many clocks pass their deadline. Their policy
has a ladder: a warning, the deadline, and a step after it.

python benchmarks/sla_tick.py DATABASE [--most=1000000] [--due=200] [--rounds=7]
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import (
    arguments,
    create_clocks,
    create_desk,
    database_copy,
    environment,
    print_machine,
)

SIZES = (100, 10, 1)
# What a tick may cost that finds nothing to do
LIMIT = 0.05


def main():
    options = arguments(__doc__.splitlines()[0], most=1000000, due=200)
    rows = []
    for share in SIZES:
        with database_copy(options.database) as copy, environment(copy) as env:
            desk = create_desk(env)
            create_clocks(env, desk, options.most // share)
            rows += measure(env, desk, options.most // share, options.due, options.rounds)
            if share == SIZES[-1]:
                print_results(rows, options)
                print_machine(env)
    check(rows)


def measure(env, desk, clocks, due, rounds):
    """(clocks, due, seconds, CPU seconds, queries) of a tick that finds nothing, and of one that
    finds a tenth and all of what becomes due.
    """
    results = []
    for number in (0, due // 10, due):
        samples = []
        for round_number in range((rounds if not number else 1) + 1):
            if number and not round_number:
                continue  # what was done once is not due again
            env.cr.execute(
                """
                UPDATE crm_sla_clock
                   SET deadline = now() AT TIME ZONE 'UTC' - interval '1 minute',
                       next_event_at = now() AT TIME ZONE 'UTC' - interval '1 minute',
                       state_since = now() AT TIME ZONE 'UTC'
                                     - make_interval(secs => budget_s + 60)
                 WHERE id IN (SELECT id FROM crm_sla_clock
                               WHERE policy_id = %s AND state = 'running'
                                 AND next_event_at > now() AT TIME ZONE 'UTC' + interval '1 hour'
                               LIMIT %s)
                """,
                [desk.policy.id, number],
            )
            samples.append(tick(env))
        counted = samples[1:] or samples
        results.append(
            (clocks, number, *(statistics.median(s) for s in zip(*counted, strict=True)))
        )
    return results


def tick(env):
    env.cr.commit()
    env.invalidate_all()
    queries, cpu, wall = env.cr.sql_log_count, time.process_time(), time.perf_counter()
    env["crm.sla.clock"]._cron_tick()
    env.cr.commit()
    return (
        time.perf_counter() - wall,
        time.process_time() - cpu,
        env.cr.sql_log_count - queries,
    )


def print_results(rows, options):
    print(f"\n**SLA tick** ({options.rounds} rounds where nothing is due)\n")
    print("| clocks | due | ms | CPU ms | queries | queries for each that is due |")
    print("|---:|---:|---:|---:|---:|---:|")
    for clocks, due, wall, cpu, queries in rows:
        each = f"{queries / due:.1f}" if due else ""
        times = f"{wall * 1000:.1f} | {cpu * 1000:.1f}"
        print(f"| {clocks:,} | {due} | {times} | {queries:.0f} | {each} |")


def check(rows):
    idle = [row for row in rows if not row[1]]
    if len({row[4] for row in idle}) > 1:
        raise SystemExit("the queries of an idle tick grow with the clocks")
    if slow := [row for row in idle if row[2] > LIMIT]:
        raise SystemExit(f"an idle tick took {slow[0][2] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
