"""The crash test of the workers at full length: how many times they are killed, and what is left.

    python -m tests.outbox.long_run TEMPLATE [--messages=20000] [--kills=50] [--cuts=5] [--stops=0]
        [--drops=5]

TEMPLATE is a database with the suite. `--cuts` is how many times all connections of the database
are ended, `--stops` how many times PostgreSQL is stopped hard, which takes a server of its own,
`--drops` to how many recipients the mail server takes the message and ends the connection.
Needs the environment of the tests (CRM_SUITE_TEST_KEY and so on).
"""

import argparse
import contextlib
import random

from tests.conftest import drop_database, psql
from tests.outbox.durable_server import durable_server
from tests.outbox.scene import Scene, prepare

DEFAULTS = {"messages": 20000, "kills": 50, "cuts": 5, "stops": 0, "drops": 5, "workers": 3}
CUT = """select count(pg_terminate_backend(pid)) from pg_stat_activity
          where datname = current_database() and pid != pg_backend_pid()"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("template")
    for name, default in DEFAULTS.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    server = durable_server(options.template) if options.stops else contextlib.nullcontext()
    with server as stop_hard:
        prepare_and_run(options, stop_hard)


def prepare_and_run(options, stop_hard):
    database = prepare(options.template, options.messages)
    scene = None
    try:
        scene = Scene(database)
        run(scene, options, stop_hard)
    finally:
        if scene:
            scene.close()
        drop_database(database)


def run(scene, options, stop_hard):
    chance, workers = random.Random(50), range(1, options.workers + 1)
    events = ["kill"] * options.kills + ["cut"] * options.cuts
    events += ["stop"] * options.stops
    chance.shuffle(events)
    deaths = {"kill": 0, "cut": 0, "stop": 0}
    dropped = chance.sample(range(options.messages), options.drops)
    scene.smtp.dropped |= {f"recipient{number}@example.com" for number in dropped}
    scene.start(*workers)
    for number, event in enumerate(events):
        target = (number + 1) * options.messages // (len(events) + 1)
        scene.wait_for_mails(target + chance.randint(0, 50), 600)
        if event == "kill":
            victim = chance.choice(list(workers))
            deaths["kill"] += scene.kill(victim)
        else:
            deaths[event] += len(scene.running)
            stop_hard() if event == "stop" else psql(scene.database, CUT)
            scene.wait(600)
        scene.start(*[worker for worker in workers if worker not in scene.running])
    scene.wait(3600)
    scene.run(*workers)
    states = scene.check(options.messages, sum(deaths.values()) + options.drops)
    unknown = scene.addresses("uncertain")
    print(f"{options.messages} messages, {options.workers} workers: {states}")
    print(f"killed {deaths['kill']} times, connections cut under {deaths['cut']} workers,")
    print(f"PostgreSQL stopped hard {options.stops} times, under {deaths['stop']} workers")
    print(f"messages taken without an answer: {options.drops}")
    print(f"of the uncertain ones, {len(unknown & set(scene.smtp.taken))} had been delivered")
    print("none twice, none lost, the counts reconcile")


if __name__ == "__main__":
    main()
