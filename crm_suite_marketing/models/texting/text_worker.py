import time

from odoo.tools import split_every

from ..channels.workers import ChannelWorker

# What one call to the provider holds, and so what may be uncertain at once
TEXTS = 20


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
            fates, problem = mailing._send_text_messages(texts)
            mailing._log_text_messages(part, fates)
            self.renew()
            self.note([(row, "sending", fates[row["id"]], None) for row, _message in part])
            if problem:
                self.stop(mailing, problem)
                return
