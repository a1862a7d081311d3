"""Mails are fetched from real IMAP and POP3 servers by real Odoo processes, which are killed: none
is lost, and none comes twice.
"""

import mailbox
import os
import random
import signal
import subprocess
import tempfile
import time

import pytest

from odoo.addons.crm_suite_helpdesk.tests.quarantine.corpus import mails

from tests.conftest import SUITE_TEMPLATE, create_database, drop_database, odoo_shell, psql
from tests.fetching.pop3_server import Pop3Server
from tests.servers import ROOT, MailServers

ADDRESS = "support@example.com"
# Mails that kill the IMAP server of the tests, which takes all mails apart
DEADLY = ("deep", "forwards")
SETUP = """
env["fetchmail.server"].search([]).unlink()
env["crm.mail.quarantine"].search([]).unlink()  # of the demo data
env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 100000)
env["fetchmail.server"].create(
    {
        "name": "Test",
        "server_type": "imap",
        "server": "127.0.0.1",
        "is_ssl": False,
        "user": "fetched",
        "password": "secret",
        "object_id": env["ir.model"]._get_id("crm.ticket"),
        "state": "done",
    }
)
"""
FETCH = """
error = env["fetchmail.server"].search([])._fetch_mail()
assert not error, error
"""
# The moments in which a process dies, each when it comes to the second mail
KILL = """
import os, signal
from odoo.addons.crm_suite_helpdesk.lib.fetch_watch import WatchedConnection

count = 0

def die(point):
    global count
    if point == "%s":
        count += 1
        if count == 2:
            os.kill(os.getpid(), signal.SIGKILL)

retrieve = WatchedConnection.retrieve_unread_messages
handled = WatchedConnection.handled_message

def dying_retrieve(self):
    for number, mail in retrieve(self):
        die("fetched")
        yield number, mail

def dying_handled(self, number):
    die("committed")
    handled(self, number)
    die("told")

WatchedConnection.retrieve_unread_messages = dying_retrieve
WatchedConnection.handled_message = dying_handled

Message = env.registry["mail.message"]
create = Message.create

def dying_create(self, vals_list):
    messages = create(self, vals_list)
    die("processed")
    return messages

Message.create = dying_create
"""
BROKEN = """
import logging

logging.disable(logging.CRITICAL)

def fail(*args, **kwargs):
    raise ZeroDivisionError("no")

env.registry["crm.ticket"].create = fail
"""
RETRY = """
rows = env["crm.mail.quarantine"].search([("state", "=", "waiting")])
assert len(rows) == 3, rows
rows.action_retry()
assert set(rows.mapped("state")) == {"done"}, rows.mapped("error")
"""
COUNTS = {
    "messages": """select count(*) from mail_message
                    where message_type = 'email' and model = 'crm.ticket'""",
    "kept": "select count(*) from crm_mail_quarantine where state <> 'done'",
    "machines": "select count(*) from crm_machine_mail",
}


class Scene:
    """A database with one mail server, real processes that fetch from it."""

    def __init__(self, kind, folder, template):
        self.kind = kind
        self.database = create_database(template)
        if kind == "pop":
            self.server, port = Pop3Server(), None
            port = self.server.port
        else:
            self.server = MailServers(folder)
            self.server.start_imap("fetched")
            self.box = mailbox.Maildir(folder / "fetched")
            port = self.server.imap_port
        psql(self.database, f"update fetchmail_server set server_type = '{kind}', port = {port}")
        self.before = self.count()

    def deliver(self, raws):
        if self.kind == "pop":
            self.server.mails.extend(raws)
        else:
            for raw in raws:
                self.box.add(raw)

    def left(self):
        """How many mails the server still has for us."""
        if self.kind == "pop":
            with self.server.lock:
                return len(self.server.mails)
        self.box._refresh()
        return sum("S" not in self.box.get_message(key).get_flags() for key in self.box.iterkeys())

    def count(self):
        return {name: int(psql(self.database, query)[0][0]) for name, query in COUNTS.items()}

    def arrived(self):
        return {name: count - self.before[name] for name, count in self.count().items()}

    def fetch(self, prelude=""):
        """Run one fetch in a process of its own; returns its exit code and log."""
        process, log = self.start(prelude)
        code = process.wait(240)
        log.seek(0)
        return code, log.read()

    def start(self, prelude=""):
        source, log = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")  # noqa: SIM115
        source.write(f"{prelude}\n{FETCH}\nenv.cr.commit()\n")
        source.seek(0)
        process = subprocess.Popen(
            ["odoo", "shell", "-d", self.database, "--no-http", "--log-level=error"],
            cwd=ROOT,
            env=dict(os.environ),
            stdin=source,
            stdout=log,
            stderr=log,
        )
        return process, log

    def fetch_all(self):
        for _run in range(8):
            code, log = self.fetch()
            assert code == 0 and "Traceback" not in log and " ERROR " not in log, log
            if not self.left():
                return
        raise AssertionError(f"{self.left()} mails are still on the server")

    def close(self):
        self.server.stop()
        drop_database(self.database)


@pytest.fixture(scope="module")
def prepared():
    """A database with a mail server of which only kind and port are missing."""
    name = create_database(SUITE_TEMPLATE)
    odoo_shell(name, SETUP)
    yield name
    drop_database(name)


@pytest.fixture(params=["imap", "pop"])
def scene(request, tmp_path, prepared):
    made = Scene(request.param, tmp_path, prepared)
    yield made
    made.close()


def letters(count, start=0):
    """Plain mails; every third has no Message-Id."""
    for number in range(start, start + count):
        name = b"Message-Id: <letter%d@corpus.example.org>\r\n" % number if number % 3 else b""
        yield (
            b"From: Nour <nour%d@people.example.org>\r\nTo: %s\r\nSubject: Letter %d\r\n%s\r\nHelp."
            % (number, ADDRESS.encode(), number, name)
        )


def test_the_corpus_is_fetched(scene):
    """Whatever arrives is a ticket, a message or a row of the quarantine: hostile mails do not
    stop those behind them either.
    """
    corpus = mails(ADDRESS)
    if scene.kind == "imap":
        for name in DEADLY:
            del corpus[name]
    scene.deliver(corpus.values())
    scene.fetch_all()
    arrived = scene.arrived()
    assert sum(arrived.values()) == len(corpus), arrived
    assert arrived["messages"] > len(corpus) - 10, arrived


def test_who_is_killed_loses_nothing_and_doubles_nothing(scene):
    raws = list(letters(12))
    scene.deliver(raws)
    for point in ("fetched", "processed", "committed", "told"):
        code, log = scene.fetch(KILL % point)
        assert code == -signal.SIGKILL, f"{point}: {code} {log}"
    scene.fetch_all()
    assert scene.arrived() == {"messages": len(raws), "kept": 0, "machines": 0}


def test_killed_at_any_moment(scene):
    """However often, and whenever."""
    chance = random.Random(scene.kind)
    raws = list(letters(30))
    scene.deliver(raws)
    for _run in range(3):
        process, _log = scene.start()
        before = sum(scene.count().values())
        end = time.monotonic() + 60
        while sum(scene.count().values()) == before and process.poll() is None:
            assert time.monotonic() < end, "nothing was fetched"
            time.sleep(0.1)
        time.sleep(chance.random())
        process.kill()
        process.wait()
    scene.fetch_all()
    assert scene.arrived() == {"messages": len(raws), "kept": 0, "machines": 0}


def test_what_cannot_be_stored_stays_on_the_server(scene):
    """Neither as a ticket nor in the quarantine: core would delete it all the same."""
    raws = list(letters(3))
    scene.deliver(raws)
    scene.fetch(BROKEN + 'env.registry["crm.mail.quarantine"].create = fail')
    assert scene.left() == len(raws)
    assert not any(scene.arrived().values())
    scene.fetch_all()
    assert scene.arrived()["messages"] == len(raws)


def test_what_fails_waits_in_quarantine(scene):
    raws = list(letters(3))
    scene.deliver(raws)
    scene.fetch(BROKEN)
    assert scene.left() == 0
    assert scene.arrived() == {"messages": 0, "kept": 3, "machines": 0}
    odoo_shell(scene.database, RETRY)
    assert scene.arrived() == {"messages": 3, "kept": 0, "machines": 0}
