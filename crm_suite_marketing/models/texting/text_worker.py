import logging
import time

import psycopg2
from psycopg2.extensions import TransactionRollbackError

from odoo.tools import split_every

from ..channels.workers import ChannelWorker

# What one call to the provider holds, and so what may be uncertain at once
TEXTS = 20
TRIES = 5

_logger = logging.getLogger(__name__)


class TextWorker(ChannelWorker):
    """Hands text messages to the provider that Odoo uses."""

    channel = "sms"

    def hand_over_of(self, mailing, messages, deadline):
        for some in split_every(TEXTS, messages, list):
            if time.monotonic() > deadline:
                return
            made = mailing._make_text_messages(some)
            self.renew()
            part = self.begin(some)
            if not part:
                continue
            texts = {row["id"]: made[row["id"]] for row, _message in part}
            fates, given, problem = mailing._call_text_provider(texts)
            # first of all, and on a cursor of its own: what follows may fail
            self.note([(row, "sending", fates[row["id"]], None) for row, _message in part])
            self.write_down(lambda given=given: mailing._keep_text_answers(given))
            self.write_down(lambda part=part, fates=fates: mailing._log_text_messages(part, fates))
            if problem:
                self.stop(mailing, problem)
                return

    def write_down(self, action):
        """Write what others should know of messages whose fate is noted. Providers tell of the
        first ones while the last ones are handed over: so it sees what they have told, and comes
        again when they tell something at the same time.
        """
        for _try in range(TRIES):
            try:
                self.renew()
                action()
                self.renew()
                return
            except TransactionRollbackError:
                self.undo()
            except (psycopg2.OperationalError, MemoryError):
                raise
            except Exception:
                _logger.warning("Text messages have gone, but were not kept", exc_info=True)
                self.undo()
                return
        _logger.warning("Text messages have gone, but others write on them all the time")
