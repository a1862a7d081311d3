"""Payment reminders go exactly once: real Odoo processes, killed and run again, and an SMTP server
that counts.
"""

import os
import signal
import subprocess
import tempfile
from collections import Counter

import pytest

from tests.conftest import (
    SUITE_TEMPLATE,
    create_database,
    drop_database,
    odoo_shell,
    psql,
)
from tests.delivery.counting_server import CountingServer
from tests.servers import ROOT

CUSTOMERS = 8
SETUP = """
from datetime import timedelta
from odoo import fields
from odoo.fields import Command

env["ir.mail_server"].search([]).unlink()
env.company.email = "office@example.com"
env["crm.payment.reminder.level"].search([]).write({"attach_invoices": False})
today = fields.Date.today()
partners = env["res.partner"].create(
    [{"name": f"Customer {n}", "email": f"customer{n}@example.com"} for n in range(%(customers)s)]
)
env["account.move"].create(
    [
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": today - timedelta(days=20),
            "invoice_date_due": today - timedelta(days=10),
            "invoice_line_ids": [
                Command.create({"name": "Work", "price_unit": 100.0 + n, "tax_ids": []})
            ],
        }
        for partner in partners
        for n in range(2)
    ]
).action_post()
reminders = env["crm.payment.reminder"]._prepare_reminders(partners)
assert len(reminders) == %(customers)s, reminders
reminders.action_send()
"""
# the button on the list, and the scheduled job, with the retry that Odoo gives both of them
BUTTON = """
from odoo.service.model import retrying

def run():
    reminders = env["crm.payment.reminder"]._prepare_reminders()
    reminders.filtered(lambda reminder: not reminder.hold_kind).action_send()

try:
    retrying(run, env)
except Exception as error:  # "These reminders were sent or cancelled already."
    env.cr.rollback()
"""
JOB = """
from odoo.service.model import retrying

retrying(env["crm.payment.reminder"]._cron_prepare, env)
env["crm.payment.reminder"]._cron_send()
"""
SEND = 'env["crm.payment.reminder"]._cron_send()'
DELIVER = 'env["mail.mail"]._cron_deliver_once()'


@pytest.fixture(scope="module")
def prepared():
    """A database in which eight reminders are approved and none has gone."""
    name = create_database(SUITE_TEMPLATE)
    odoo_shell(name, SETUP % {"customers": CUSTOMERS})
    yield name
    drop_database(name)


@pytest.fixture
def scene(prepared):
    made = Scene(prepared)
    yield made
    made.close()


class Scene:
    """A copy of the prepared database, a counting SMTP server, and processes of Odoo."""

    def __init__(self, template):
        self.database = create_database(template)
        self.smtp = CountingServer()
        self.processes = []

    def start(self, code):
        """Start an Odoo process that runs `code`."""
        source = tempfile.TemporaryFile("w+")  # noqa: SIM115
        source.write(f"{code}\nenv.cr.commit()\n")
        source.seek(0)
        log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        process = subprocess.Popen(
            ["odoo", "shell", "-d", self.database, "--no-http", "--log-level=error"],
            cwd=ROOT,
            env=dict(os.environ, ODOO_SMTP_SERVER="127.0.0.1", ODOO_SMTP_PORT=str(self.smtp.port)),
            stdin=source,
            stdout=log,
            stderr=log,
        )
        process.log = log
        self.processes.append(process)
        return process

    def run(self, *codes):
        """Run code in one process each, at the same time; returns what they wrote."""
        logs = []
        for process in [self.start(code) for code in codes]:
            code = process.wait(180)
            process.log.seek(0)
            logs.append(process.log.read())
            assert code == 0, logs[-1]
        return logs

    def kill_when_reached(self, process):
        assert self.smtp.reached.wait(120), "the mail server was not reached"
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        self.smtp.release()

    def states(self):
        query = (
            "select state, count(*) from crm_payment_reminder where sent_by_id is not null"
            " group by 1"
        )
        return {state: int(count) for state, count in psql(self.database, query)}

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(20)
        self.smtp.stop()
        drop_database(self.database)


EVERYBODY_ONCE = Counter({f"customer{n}@example.com": 1 for n in range(CUSTOMERS)})


def test_two_runs_at_once(scene):
    scene.smtp.delay = 0.1
    scene.run(SEND, SEND, DELIVER)
    assert scene.smtp.taken == EVERYBODY_ONCE
    assert scene.states() == {"sent": CUSTOMERS}
    scene.run(SEND, DELIVER)
    assert scene.smtp.taken == EVERYBODY_ONCE, "run again, nothing goes twice"


def test_prepared_and_approved_by_two_people_and_the_job_at_once(scene):
    """From the invoices on, with every level automatic."""
    for query in (
        "delete from crm_payment_reminder",
        "update crm_payment_reminder_level set is_automatic = true",
    ):
        psql(scene.database, query)
    scene.run(BUTTON, JOB, BUTTON, JOB)
    scene.run(JOB, DELIVER)
    assert {a: n for a, n in scene.smtp.taken.items() if a in EVERYBODY_ONCE} == EVERYBODY_ONCE
    # of the demo data, too: one for each customer and company
    twice = psql(
        scene.database,
        """select partner_id, company_id from crm_payment_reminder where state <> 'cancelled'
            group by 1, 2 having count(*) filter (where state in ('sent', 'sending')) > 1""",
    )
    assert twice == []


def test_killed_while_the_server_takes_the_mail(scene):
    scene.smtp.hold_at, scene.smtp.hold_after = "DATA", 4
    scene.kill_when_reached(scene.start(SEND))
    assert scene.states() == {"sent": 3, "sending": CUSTOMERS - 3}
    scene.run(DELIVER + "\n" + SEND, SEND)
    assert scene.smtp.taken == EVERYBODY_ONCE, "nobody twice, nobody missed"
    assert scene.states() == {"sent": CUSTOMERS - 1, "uncertain": 1}
    todo = psql(
        scene.database,
        "select count(*) from mail_activity a join crm_payment_reminder r on r.id = a.res_id"
        " where a.res_model = 'crm.payment.reminder' and r.state = 'uncertain'",
    )
    assert todo == [["1"]], "a person is asked"
    scene.run(DELIVER + "\n" + SEND)
    assert scene.smtp.taken == EVERYBODY_ONCE, "the uncertain one is never sent by itself"
    again = 'env["crm.payment.reminder"].search([("state", "=", "uncertain")])'
    scene.run(f"{again}.action_retry()")
    scene.run(SEND)
    assert scene.states() == {"sent": CUSTOMERS}
    assert sorted(scene.smtp.taken.values())[-2:] == [1, 2], "only whom a person sent it again"


def test_killed_before_the_server_takes_the_mail(scene):
    scene.smtp.hold_at, scene.smtp.hold_after = "MAIL", 4
    scene.kill_when_reached(scene.start(SEND))
    assert scene.states() == {"sent": 4, "sending": CUSTOMERS - 4}
    scene.run(SEND, DELIVER)
    assert scene.smtp.taken == EVERYBODY_ONCE
    assert scene.states() == {"sent": CUSTOMERS}, "it surely had not gone, so it goes"


def test_written_and_not_handed_over(scene):
    scene.run(
        'for reminder in env["crm.payment.reminder"].search([("state", "=", "sending")]):\n'
        "    reminder._compose()"
    )
    assert not scene.smtp.taken
    scene.run(DELIVER, DELIVER, SEND)
    assert scene.smtp.taken == EVERYBODY_ONCE
    assert scene.states() == {"sent": CUSTOMERS}


def test_connection_lost_while_the_server_takes_the_mail(scene):
    scene.smtp.dropped = {"customer2@example.com"}
    scene.run(SEND)
    scene.smtp.dropped = set()
    scene.run(DELIVER, SEND)
    assert scene.smtp.taken == EVERYBODY_ONCE
    assert scene.states() == {"sent": CUSTOMERS - 1, "uncertain": 1}


def test_refused_and_server_down(scene):
    scene.smtp.refused = {"customer3@example.com"}
    scene.run(SEND)
    assert scene.states() == {"sent": CUSTOMERS - 1, "failed": 1}
    reason = psql(
        scene.database, "select failure_reason from crm_payment_reminder where state = 'failed'"
    )
    assert "No such user" in reason[0][0]
    scene.smtp.refused = set()
    scene.run('env["crm.payment.reminder"].search([("state", "=", "failed")]).action_retry()', SEND)
    scene.run(SEND)
    assert scene.smtp.taken == EVERYBODY_ONCE


def test_server_down(scene):
    scene.smtp.stop()
    scene.run(SEND)
    assert scene.states() == {"failed": CUSTOMERS}
    scene.smtp = CountingServer()
    scene.run('env["crm.payment.reminder"]._cron_prepare()')
    scene.run(SEND)
    assert {a: n for a, n in scene.smtp.taken.items() if a in EVERYBODY_ONCE} == EVERYBODY_ONCE
