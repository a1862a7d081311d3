"""A process that has loaded Odoo, and forks workers of journeys on demand, as Odoo's server does.

    python -m tests.journey.worker_host DATABASE

Reads lines from standard input: the number of a worker to start, and how many steps it takes at
once; 0 for a person who takes people out meanwhile; or 9 for one who launches new versions, where
everybody goes on. Writes ``started NUMBER PID`` for each, and
``ended NUMBER PID`` when a worker finds nothing more (``failed`` when it raised).
"""

import sys
import time

from psycopg2.extensions import TransactionRollbackError

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from tests.outbox.worker_host import serve

LAUNCHER = 9


def work(registry, number, most=None):
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


if __name__ == "__main__":
    serve(sys.argv[1], "crm.journey", work)
