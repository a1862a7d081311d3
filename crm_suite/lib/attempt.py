"""What may fail without taking with it what it is done for."""

import logging
from contextlib import contextmanager

from .mail_guard import RETRIED


class Attempt:
    """How it went.

    :ivar error: what was raised; None while all is well
    """

    error: Exception | None = None


@contextmanager
def attempt(cr, logger: logging.Logger, message: str, *args, level: int = logging.ERROR):
    """Undo and log what fails in here, and go on; conflicts with other transactions are raised.

    Those have Odoo run the whole request or mail once more, and then nothing has failed.

        with attempt(self.env.cr, _logger, "Lead %s has no answer", lead.id) as answer:
            lead._answer()
        if answer.error:
            lead._ask_somebody()

    :param cr: cursor, for the savepoint
    :param logger: of the module that attempts it
    :param message: what has not come about, with its `args`
    :return: `Attempt`
    """
    state = Attempt()
    try:
        with cr.savepoint():
            yield state
    except RETRIED:
        raise
    except Exception as error:
        logger.log(level, message, *args, exc_info=True)
        state.error = error
