"""What the tests of the workers share: a mailing that is being sent, processes of Odoo that send
it, and an SMTP server that counts.
"""

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time

from tests.conftest import create_database, odoo_shell, psql
from tests.delivery.counting_server import CountingServer
from tests.servers import ROOT

SETUP = """
env["ir.mail_server"].search([]).active = False
env["mailing.mailing"].search([("state", "in", ("in_queue", "sending"))]).state = "draft"
tag = env["res.partner.category"].create({"name": "Everybody"})
env["res.partner"].create(
    [
        {
            "name": f"Recipient {n}",
            "email": f"recipient{n}@example.com",
            "category_id": [(4, tag.id)],
        }
        for n in range(%(recipients)s)
    ]
)
body = '<div><p>Dear <t t-out="object.name"/>,</p><a href="https://www.example.com/offer">Offer</a></div>'
mailing = env["mailing.mailing"].create(
    {
        "subject": "Spring offer",
        "body_arch": body,
        "body_html": body,
        "email_from": "shop@example.com",
        "reply_to": "shop@example.com",
        "mailing_model_id": env["ir.model"]._get_id("res.partner"),
        "mailing_domain": repr([("category_id", "in", tag.ids)]),
        "user_id": env.ref("base.user_admin").id,
    }
)
mailing.action_launch()
env["mailing.mailing"]._process_mass_mailing_queue()
assert mailing.state == "sending", mailing.state
"""
MAILING = "(select max(id) from mailing_mailing)"


def prepare(template, recipients):
    """Make a database with a launched mailing of which nothing has gone. Returns its name."""
    name = create_database(template)
    odoo_shell(name, SETUP % {"recipients": recipients})
    return name


class Scene:
    """A prepared database, and all that runs on it."""

    def __init__(self, database):
        self.database = database
        self.smtp = CountingServer()
        self.lines = queue.Queue()
        self.running = {}
        self.failures = 0
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.host = subprocess.Popen(
            [sys.executable, "-m", "tests.outbox.worker_host", self.database],
            cwd=ROOT,
            env=dict(os.environ, ODOO_SMTP_SERVER="127.0.0.1", ODOO_SMTP_PORT=str(self.smtp.port)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            bufsize=1,
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.expect("ready", 120)

    def _read(self):
        for line in self.host.stdout:
            self.lines.put(line.split())
        self.lines.put(["closed"])

    def expect(self, word, seconds=60):
        """Wait for a line of the host that begins with this word."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"waited for {word}: {self.words()}") from None
            self._note(line)
            if line[0] == word:
                return line
            assert line[0] != "closed", self.words()

    def _note(self, line):
        if line[0] in ("ended", "failed"):
            self.running.pop(int(line[1]), None)
            self.failures += line[0] == "failed"

    def reset(self):
        """Begin anew: nothing has gone."""
        for query in (
            f"""update crm_outbox set state = 'planned', reason = null, detail = null, attempt = 0,
                       sent_at = null, message_id = null, worker = null,
                       idem_key = 'm' || mailing_id || ':' || identity,
                       due_at = now() at time zone 'utc' - interval '1 hour'
                 where mailing_id = {MAILING}""",
            f"""update mailing_trace set trace_status = 'outgoing', failure_type = null,
                       sent_datetime = null where mass_mailing_id = {MAILING}""",
            f"update mailing_mailing set state = 'sending', is_paused = false where id = {MAILING}",
            "delete from mail_blacklist where email like 'recipient%@example.com'",
            "delete from crm_sending_tally",
            "delete from crm_sending_hold",
            "delete from crm_sending_limit",
        ):
            psql(self.database, query)
        self.smtp.taken.clear()
        self.smtp.delay, self.smtp.hold_at = 0, None
        self.smtp.reached.clear()
        self.smtp._released.clear()
        self.smtp.refused, self.smtp.deferred, self.smtp.dropped = set(), set(), set()
        self.failures = 0

    def words(self):
        self.log.seek(0)
        return self.log.read()[-3000:]

    def start(self, *numbers, most=""):
        for number in numbers:
            self.host.stdin.write(f"{number} {most}\n")
            line = self.expect("started")
            self.running[number] = int(line[2])

    def wait(self, seconds=120):
        """Wait until all workers have nothing more to send."""
        end = time.monotonic() + seconds
        while self.running:
            try:
                line = self.lines.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"still running: {self.running} {self.words()}") from None
            self._note(line)

    def run(self, *numbers):
        self.start(*numbers)
        self.wait()

    def kill(self, number):
        """Kill a worker as the kernel does when memory is short. Returns whether it was alive."""
        pid = self.running.pop(number, None)
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def count(self):
        return sum(self.smtp.taken.values())

    def wait_for_mails(self, number, seconds=60):
        """Wait until so many mails have arrived, or nobody sends any more."""
        end = time.monotonic() + seconds
        while self.count() < number and time.monotonic() < end:
            while not self.lines.empty():
                self._note(self.lines.get())
            if not self.running:
                return
            time.sleep(0.005)

    def states(self):
        """:return: ``{state: number of rows}`` of the mailing"""
        query = f"select state, count(*) from crm_outbox where mailing_id = {MAILING} group by 1"
        return {state: int(count) for state, count in psql(self.database, query)}

    def addresses(self, state):
        query = (
            f"select identity from crm_outbox where mailing_id = {MAILING} and state = '{state}'"
        )
        return {identity for [identity] in psql(self.database, query)}

    def check(self, recipients, deaths=0):
        """Nothing twice, nothing silently lost, and the counts reconcile."""
        twice = {address: n for address, n in self.smtp.taken.items() if n > 1}
        assert not twice, f"sent twice: {twice}"
        states, taken = self.states(), set(self.smtp.taken)
        assert sum(states.values()) == recipients, states
        assert states.get("uncertain", 0) <= deaths, (states, deaths)
        sent, uncertain = self.addresses("sent"), self.addresses("uncertain")
        assert sent <= taken, f"called sent, but not received: {sent - taken}"
        assert taken <= sent | uncertain, f"received, but not noted: {taken - sent - uncertain}"
        return states

    def close(self):
        if self.host.poll() is None:
            for number in list(self.running):
                self.kill(number)
            self.host.stdin.close()
            try:
                self.host.wait(20)
            except subprocess.TimeoutExpired:
                self.host.kill()
                self.host.wait(20)
        self.log.close()
        self.smtp.stop()
