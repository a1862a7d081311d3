"""A mailing to a segment against core's mailing to a domain of the same contacts.

Both go the whole way: recipients, mails, links, and SMTP to a real server on loopback, which counts
what arrives. Works on a copy of the database, because sending commits.

    python benchmarks/campaign_sending.py DATABASE [--recipients=200] [--rounds=5]
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import (
    Case,
    arguments,
    database_copy,
    environment,
    measure,
    print_machine,
    print_table,
)

SINK = """
import sys
from aiosmtpd.controller import Controller
class Count:
    def __init__(self): self.seen = 0
    async def handle_DATA(self, server, session, envelope):
        self.seen += len(envelope.rcpt_tos)
        print(self.seen, flush=True)
        return "250 OK"
Controller(Count(), hostname="127.0.0.1", port=int(sys.argv[1]), enable_SMTPUTF8=True).start()
sys.stdin.read()
"""
# Core looks for the title of each page that a mail links to: here nothing listens, so no network is
# part of the measurement
BODY = """<div><h1>Spring offer</h1><p>Dear <t t-out="object.name"/>,</p>
<p>Our <a href="http://127.0.0.1:9/spring">spring offer</a> and the
<a href="http://127.0.0.1:9/catalogue">catalogue</a> are out.</p>
<p><a href="/unsubscribe_from_list">Unsubscribe</a></p></div>"""


class Sink:
    """An SMTP server in a process of its own, so that its work is not counted as Odoo's."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-c", SINK, str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        os.set_blocking(self.process.stdout.fileno(), False)
        self.seen = 0
        for _attempt in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the SMTP server did not start")

    def received(self):
        """How many recipients it has accepted mails for."""
        for line in self.process.stdout:
            self.seen = int(line)
        return self.seen

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


def main():
    options = arguments(__doc__.splitlines()[0], recipients=200)
    sink = Sink()
    try:
        with database_copy(options.database) as copy, environment(copy) as env:
            run(env, sink, options)
    finally:
        sink.stop()


def run(env, sink, options):
    domain = prepare_contacts(env, sink, options.recipients)
    segment = env["crm.segment"].create(
        {
            "name": "Benchmark",
            "kind": "domain",
            "domain": repr(domain),
            "user_id": env.ref("base.user_admin").id,
        }
    )
    env.cr.commit()
    contact_model = env["ir.model"]._get_id("res.partner")

    def mailing(env, values):
        return env["mailing.mailing"].create(
            {
                "subject": "Spring offer",
                "body_arch": BODY,
                "body_html": BODY,
                "email_from": "shop@example.com",
                "reply_to": "shop@example.com",
                "user_id": env.ref("base.user_admin").id,
                **values,
            }
        ), sink.received()

    def send(env, prepared):
        prepared[0].action_launch()
        env["mailing.mailing"]._process_mass_mailing_queue()
        # The queue of core takes 1,000 mails a run, as its scheduled job does
        while env["mail.mail"].search_count([("state", "=", "outgoing")], limit=1):
            env["mail.mail"].process_email_queue()

    def check(env, prepared):
        sent, arrived = prepared[0].sent, sink.received() - prepared[1]
        if not sent == arrived == options.recipients:
            raise SystemExit(f"{options.recipients} recipients, {sent} sent, {arrived} arrived")

    cases = [
        Case(
            "core: mailing to a domain",
            send,
            lambda env: mailing(
                env, {"mailing_model_id": contact_model, "mailing_domain": repr(domain)}
            ),
            check,
        ),
        Case(
            "mailing to a segment",
            send,
            lambda env: mailing(env, {"segment_id": segment.id}),
            check,
        ),
    ]
    measure(env, cases, options.rounds, commits=True)
    print_table("Campaign sending", cases, cases[0].name, options.recipients, "mail")
    print_machine(env)


def prepare_contacts(env, sink, number):
    """Contacts with an address each, and the sink as the only mail server.

    :return: the domain of these contacts
    """
    tag = env["res.partner.category"].create({"name": "Benchmark"})
    env["res.partner"].create(
        [
            {
                "name": f"Benchmark {index}",
                "email": f"benchmark{index}@example.org",
                "category_id": [(4, tag.id)],
            }
            for index in range(number)
        ]
    )
    env["ir.mail_server"].search([]).active = False
    env["ir.mail_server"].create(
        {
            "name": "Sink",
            "smtp_host": "127.0.0.1",
            "smtp_port": sink.port,
            "smtp_encryption": "none",
        }
    )
    env["mail.mail"].search([("state", "=", "outgoing")]).unlink()
    env["mailing.mailing"].search([("state", "in", ("in_queue", "sending"))]).state = "draft"
    return [("category_id", "in", [tag.id])]


if __name__ == "__main__":
    main()
