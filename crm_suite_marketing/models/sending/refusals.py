"""Whom a mail server does not know has bounced, without a report by mail."""

import logging

import psycopg2

from ...lib import mail_report
from . import claims

_logger = logging.getLogger(__name__)

TRIES = 3


def note_refused(run, name):
    """Write the bounces of what a worker has handed over. Its marks stay on the rows until this is
    done: whoever dies in between is done again.

    :param run: the `Worker` that writes
    :param name: of the worker whose rows these are
    """
    events = []
    for number, said in run.query(claims.make_refused_query(name)):
        if found := mail_report.read_refusal(said or ""):
            kind, status = found
            facts = {"status": status, "text": said, "source": "SMTP"}
            events.append(
                {
                    # as when a report of the same comes by mail
                    "event_key": f"{kind}:o{number}:{status}",
                    "kind": kind,
                    "outbox_id": number,
                    "evidence": {key: value for key, value in facts.items() if value},
                }
            )
    if not events:
        return
    for _try in range(TRIES):
        try:
            with run.env.cr.savepoint():
                run.env["crm.engagement"]._record(events)
            run.renew()
            return
        except (psycopg2.errors.SerializationFailure, psycopg2.errors.DeadlockDetected):
            run.undo()
    _logger.warning("%s bounces could not be written", len(events))
