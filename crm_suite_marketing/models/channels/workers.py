"""The workers of the channels that are not e-mail. What they take, and how they come back to life,
is that of the others; they hand messages over in their own way.
"""

import logging
import random
import time

import psycopg2

from odoo.exceptions import UserError
from odoo.tools import split_every

from ..sending.handover import MOST_WORDS, SENT, Fate
from ..sending.worker import Worker

_logger = logging.getLogger(__name__)

# After so many calls in a row that failed, the rest waits
MOST_FAILURES = 3
ACTIVITIES = 50


class ChannelWorker(Worker):
    def hand_over(self, route, messages, deadline):
        """:param route: (channel, id of the mailing)"""
        mailing = self.env["mailing.mailing"].browse(route[1])
        try:
            self.hand_over_of(mailing, messages, deadline)
        finally:
            if mailing.exists():
                # a call, a pause and the activities are true whatever comes next
                self.renew()

    def take_turns(self, routes):
        """All of a mailing at a time, as calls hold many: by lot who comes first."""
        return random.sample(list(routes.items()), len(routes))

    def hand_over_of(self, mailing, messages, deadline):
        raise NotImplementedError

    def begin(self, part):
        """Note that these are on their way.

        :return: those of them that are still ours
        """
        self.note([(row, "claimed", Fate("sending"), None) for row, _message in part])
        return [(row, message) for row, message in part if row["id"] in self.taken]

    def end(self, part, fate):
        self.note([(row, "sending", fate, None) for row, _message in part])

    def stop(self, mailing, reason):
        """Pause: whatever is wrong holds for all messages, and a person has to mend it."""
        if not mailing.is_paused:
            mailing._pause(reason)


class WebhookWorker(ChannelWorker):
    channel = "webhook"

    def hand_over_of(self, mailing, messages, deadline):
        hook, failures, fate = mailing.webhook_id, 0, None
        if self.stop_archived(mailing, hook):
            return
        try:
            target = hook._find_target()
        except UserError as error:
            self.stop(mailing, str(error))
            return
        except OSError as error:
            self.put_off(messages, error)
            return
        for some in split_every(hook.batch_size, messages, list):
            if time.monotonic() > deadline:
                return
            if failures >= MOST_FAILURES:
                waiting = [(row, message) for row, message in messages if row["id"] in self.taken]
                self.put_off(waiting, OSError(fate.detail))
                return
            part = self.begin(some)
            if not part:
                continue
            fate, stops = hook._call(target, *mailing._make_webhook_call(part))
            # before anything that can fail: what was answered is not asked again
            self.end(part, fate)
            self.note_answer(hook, fate.detail)
            # an answer, whatever it says: it has been reached
            self.tally[mailing.id].handed += len(part) if fate.kind != "lost" else 0
            failures = failures + 1 if fate.kind in ("refused", "lost") else 0
            if stops:
                reason = mailing.env._(
                    "The webhook “%(name)s” answered %(answer)s. Look at its address and secret "
                    "before you resume.",
                    name=hook.name,
                    answer=fate.detail,
                )
                self.stop(mailing, reason)
                return
            if self.stop_archived(mailing, hook):
                return

    def note_answer(self, hook, words):
        """Beside the environment, which is of before the call, and sees what people write since."""
        self.cr.execute(hook._make_answer_query(words))
        self.commit()
        self.renew()

    def stop_archived(self, mailing, hook):
        if hook.active:
            return False
        reason = mailing.env._(
            "The webhook “%s” is archived. Restore it before you resume.", hook.name or ""
        )
        self.stop(mailing, reason)
        return True


class ActivityWorker(ChannelWorker):
    """What it makes is in our own database, and names its delivery: after a break-down the next run
    finds it. So nothing is ever uncertain.
    """

    channel = "activity"

    def hand_over_of(self, mailing, messages, deadline):
        for part in split_every(ACTIVITIES, messages, list):
            if time.monotonic() > deadline:
                return
            fates = self.make(mailing, part)
            self.renew()
            self.note([(row, "claimed", fates[row["id"]], None) for row, _message in part])

    def make(self, mailing, part):
        """:return: ``{row id: Fate}``"""
        try:
            with self.env.cr.savepoint():
                mailing._make_activities(part)
            return {row["id"]: SENT for row, _message in part}
        except (psycopg2.OperationalError, MemoryError):
            raise
        except Exception as error:
            _logger.info("Activities of mailing %s fail", mailing.id, exc_info=True)
            self.env.invalidate_all()
            if len(part) == 1:
                words = str(error) if isinstance(error, UserError) else repr(error)
                return {part[0][0]["id"]: Fate("failed", "content", words[:MOST_WORDS])}
        fates = {}
        for one in part:
            fates |= self.make(mailing, [one])
        return fates


WORKERS = {worker.channel: worker for worker in (WebhookWorker, ActivityWorker)}
