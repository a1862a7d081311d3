"""A process that has loaded Odoo, and forks workers of it on demand, as Odoo's own server does.

    python -m tests.outbox.worker_host DATABASE

Reads lines from standard input: the number of a worker to start, and how many messages it takes at
once; or 0 for a person who cancels the rest. Writes ``started NUMBER PID`` for each, and
``ended NUMBER PID`` when a worker has nothing more to send (``failed`` when it raised).
"""

import os
import signal
import sys
import traceback

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.tools import config


def serve(database, model, work):
    """Fork a process for each line that is read.

    :param model: what the work is about, loaded before any process is forked
    :param work: called with the registry and the numbers of the line
    """
    options = ["--log-level=critical", "--no-http", "--max-cron-threads=0"]
    config.parse_config([*options, f"--database={database}"], setup_logging=True)
    registry = Registry(database)
    with registry.cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})[model].search([], limit=1)
    # a connection cannot be shared by two processes
    sql_db.close_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    say("ready")
    for line in sys.stdin:
        number, *most = map(int, line.split())
        if pid := os.fork():
            say("started", number, pid)
            continue
        word = "ended"
        try:
            work(registry, number, *most)
        except BaseException:  # noqa: BLE001 - the process ends here
            traceback.print_exc()
            word = "failed"
        say(word, number, os.getpid())
        os._exit(0)


def work(registry, number, most=None):
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        if number:
            from odoo.addons.crm_suite_marketing.models.sending import worker

            worker.BATCH = most or worker.BATCH
            env["crm.outbox"]._cron_send(number)
        else:
            mailing = env["mailing.mailing"].search([], order="id desc", limit=1)
            mailing.with_user(env.ref("base.user_admin")).action_cancel_rest()
        cr.commit()  # pylint: disable=invalid-commit


def say(*words):
    # one write, so that the lines of two processes do not mix
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


if __name__ == "__main__":
    serve(sys.argv[1], "crm.outbox", work)
