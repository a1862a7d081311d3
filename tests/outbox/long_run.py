"""The crash test of the workers at full length: how many times they are killed, and what is left.

    python -m tests.outbox.long_run TEMPLATE [--messages=20000] [--kills=50] [--cuts=5]

TEMPLATE is a database with the suite. `--cuts` is how many times all connections of the database
are ended. Needs the environment of the tests (CRM_SUITE_TEST_KEY and so on).
"""

import argparse
import random

from tests.conftest import drop_database, psql
from tests.outbox.scene import Scene, prepare

CUT = """select count(pg_terminate_backend(pid)) from pg_stat_activity
          where datname = current_database() and pid != pg_backend_pid()"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("template")
    for name, default in (("messages", 20000), ("kills", 50), ("cuts", 5), ("workers", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    database = prepare(options.template, options.messages)
    scene = None
    try:
        scene = Scene(database)
        run(scene, options)
    finally:
        if scene:
            scene.close()
        drop_database(database)


def run(scene, options):
    chance, workers = random.Random(50), range(1, options.workers + 1)
    events = ["kill"] * options.kills + ["cut"] * options.cuts
    chance.shuffle(events)
    deaths = {"kill": 0, "cut": 0}
    scene.start(*workers)
    for number, event in enumerate(events):
        target = (number + 1) * options.messages // (len(events) + 1)
        scene.wait_for_mails(target + chance.randint(0, 50), 600)
        if event == "kill":
            victim = chance.choice(list(workers))
            deaths["kill"] += scene.kill(victim)
        else:
            psql(scene.database, CUT)
            deaths["cut"] += len(scene.running)
            scene.wait(600)
        scene.start(*[worker for worker in workers if worker not in scene.running])
    scene.wait(3600)
    scene.run(*workers)
    states = scene.check(options.messages, sum(deaths.values()))
    unknown = scene.addresses("uncertain")
    print(f"{options.messages} messages, {options.workers} workers: {states}")
    print(f"killed {deaths['kill']} times, connections cut under {deaths['cut']} workers")
    print(f"of the uncertain ones, {len(unknown & set(scene.smtp.taken))} had been delivered")
    print("none twice, none lost, the counts reconcile")


if __name__ == "__main__":
    main()
