"""An SMTP server on loopback that delivers what it takes to Maildirs: mailbox_server.py FOLDER PORT

A mail to somebody@example.com lands in FOLDER/somebody/new, with the envelope in X-Envelope-From
and X-Envelope-To.
"""

import asyncio
import mailbox
import os
import re
import sys
from pathlib import Path

from aiosmtpd.controller import Controller


class Delivery:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server, session, envelope):
        for recipient in envelope.rcpt_tos:
            name = re.sub(r"[^\w.-]", "_", recipient.lower().split("@")[0].split("+")[0])
            message = mailbox.MaildirMessage(envelope.original_content)
            message["X-Envelope-From"] = envelope.mail_from or "<>"
            message["X-Envelope-To"] = recipient
            mailbox.Maildir(self.folder / name).add(message)
        return "250 OK"


def serve(folder, port):
    """Start delivering mails that come to 127.0.0.1:port into `folder`; returns aiosmtpd's
    controller (`.stop()`).
    """
    controller = Controller(
        Delivery(folder),
        hostname="127.0.0.1",
        port=port,
        data_size_limit=50_000_000,
        enable_SMTPUTF8=True,
    )
    controller.start()
    return controller


if __name__ == "__main__":
    os.umask(0o077)
    serve(sys.argv[1], int(sys.argv[2]))
    asyncio.new_event_loop().run_forever()
