"""An SMTP server on loopback that counts what it takes, and can be told where to hold or refuse."""

import asyncio
import threading
from collections import Counter

from aiosmtpd.controller import Controller

from tests.servers import free_port


class CountingServer:
    """Counts the mails of each recipient, `taken`.

    `hold_at` ("MAIL" or "DATA") with `hold_after` mails: whoever comes to that command then waits
    there (in DATA: after the whole mail has come) until `release()`; `reached` says that somebody
    does. Addresses in `refused` are refused, those in `deferred` put off; the connection of those
    in `dropped` ends without an answer to DATA.
    """

    def __init__(self, delay=0):
        self.delay = delay
        self.taken = Counter()
        self.hold_at, self.hold_after = None, 0
        self.refused, self.deferred, self.dropped = set(), set(), set()
        self.reached, self._released = threading.Event(), threading.Event()
        self._stopped = False
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def release(self):
        self.hold_at = None
        self._released.set()

    async def _hold(self, command):
        if self.hold_at == command and sum(self.taken.values()) >= self.hold_after:
            self.hold_at = None  # others pass
            self.reached.set()
            while not self._released.is_set():
                await asyncio.sleep(0.05)

    async def handle_MAIL(self, server, session, envelope, address, options):
        await self._hold("MAIL")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 No such user"
        if address in self.deferred:
            return "451 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.delay)
        self.taken.update(envelope.rcpt_tos)
        if self.dropped & set(envelope.rcpt_tos):
            server.transport.close()
        await self._hold("DATA")
        return "250 OK"

    def stop(self):
        self.release()
        if not self._stopped:
            self._stopped = True
            self.controller.stop()
