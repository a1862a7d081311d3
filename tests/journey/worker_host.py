"""A process that has loaded Odoo, and forks workers of journeys on demand, as Odoo's server does.

    python -m tests.journey.worker_host DATABASE

Reads lines from standard input: the number of a worker to start, and how many steps it takes at
once; 0 for a person who takes people out meanwhile; or 9 for one who launches new versions, where
everybody goes on. Writes ``started NUMBER PID`` for each, and
``ended NUMBER PID`` when a worker finds nothing more (``failed`` when it raised).
"""

import os
import signal
import sys
import time
import traceback

from psycopg2.extensions import TransactionRollbackError

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.tools import SQL, config

LAUNCHER = 9


def main(database):
    options = ["--log-level=critical", "--no-http", "--max-cron-threads=0"]
    config.parse_config([*options, f"--database={database}"], setup_logging=True)
    registry = Registry(database)
    with registry.cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["crm.journey"].search([], limit=1)
    # a connection cannot be shared by two processes
    sql_db.close_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    say("ready")
    for line in sys.stdin:
        number, *most = map(int, line.split())
        if pid := os.fork():
            say("started", number, pid)
        else:
            work(registry, number, *most)


def work(registry, number, most=None):
    word = "ended"
    try:
        if number == LAUNCHER:
            launch_again(registry)
        elif number:
            from odoo.addons.crm_suite_marketing.models.journey_engine import queries, worker

            worker.BATCH = most or worker.BATCH
            # decisions in small bites, too
            queries.CHUNK = most or queries.CHUNK
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["crm.journey.step"]._cron_advance(number)
        else:
            take_people_out(registry)
    except BaseException:  # noqa: BLE001 - the process ends here
        traceback.print_exc()
        word = "failed"
    say(word, number, os.getpid())
    os._exit(0)


def take_people_out(registry):
    """Every tenth participant, one after the other, as somebody at his screen does."""
    for remainder in range(5):
        for _attempt in range(20):
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    who = SQL(
                        "SELECT id FROM crm_journey_participant WHERE id %% 50 = %s", remainder
                    )
                    env["crm.journey.participant"]._exit(who, "by_hand")
                break
            except TransactionRollbackError:
                # a worker was just at it: as requests do, once more
                time.sleep(0.02)
        time.sleep(0.1)


def launch_again(registry):
    """A new version, and everybody moves there, again and again."""
    for _launch in range(4):
        for _attempt in range(50):
            try:
                with registry.cursor() as cr:
                    Journey = api.Environment(cr, SUPERUSER_ID, {})["crm.journey"]
                    journey = Journey.search([], order="id desc", limit=1)
                    journey.with_user(journey.user_id).action_edit()
                    version = journey.draft_version_id
                    version._launch()
                    journey._move_people(version)
                break
            except TransactionRollbackError:
                # as above
                time.sleep(0.05)
        else:
            raise TimeoutError("workers never let a launch through")
        time.sleep(0.2)


def say(*words):
    # one write, so that the lines of two processes do not mix
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


if __name__ == "__main__":
    main(sys.argv[1])
