"""A mailing sent by our engine and by core's, to the same contacts.

Both go the whole way: recipients, mails, links, and SMTP to a real server on loopback, which counts
what arrives. Works on a copy of the database, because sending commits.

    python benchmarks/campaign_sending.py DATABASE [--recipients=500] [--rounds=5] [--large=0]

`--large=100000` also launches a mailing to so many, and compares what a message of it costs with
one of a mailing to 1,000; nothing of it is sent twice, and most of it is not sent at all.
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
    backend_cpu,
    database_copy,
    environment,
    measure,
    print_machine,
    print_table,
)

from odoo import sql_db

SINK = """
import sys
from aiosmtpd.controller import Controller
class Count:
    def __init__(self): self.seen = 0
    async def handle_DATA(self, server, session, envelope):
        # Odoo has mails of its own to send now and then
        self.seen += sum(address.endswith("@example.org") for address in envelope.rcpt_tos)
        print(self.seen, flush=True)
        return "250 OK"
Controller(Count(), hostname="127.0.0.1", port=int(sys.argv[1]), enable_SMTPUTF8=True).start()
sys.stdin.read()
"""
# A worker in a process of its own, beside the one that is measured
WORKER = """
import sys
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config
config.parse_config(
    ["--log-level=critical", "--no-http", "--max-cron-threads=0", f"--database={sys.argv[1]}"],
    setup_logging=True,
)
registry = Registry(sys.argv[1])
print("ready", flush=True)
for _line in sys.stdin:
    with registry.cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["crm.outbox"]._cron_send(2)
        cr.commit()
    print("done", flush=True)
"""
# Core looks for the title of each page that a mail links to: here nothing listens, so no network is
# part of the measurement
BODY = """<div><h1>Spring offer</h1><p>Dear <t t-out="object.name"/>,</p>
<p>Our <a href="http://127.0.0.1:9/spring">spring offer</a> and the
<a href="http://127.0.0.1:9/catalogue">catalogue</a> are out, and your
<a href="http://127.0.0.1:9/account">account</a> is <t t-out="object.email"/>.</p>
<p><a href="/unsubscribe_from_list">Unsubscribe</a></p></div>"""

# The same with merge fields of ours, which core does not know
MERGED = BODY.replace('<t t-out="object.name"/>', '[[first_name|fallback:"friend"]]').replace(
    '<t t-out="object.email"/>',
    '[[email|fallback:"yours"]][[if city = "Cairo"]], see you in Zamalek[[else]].[[end]]',
)


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


class SecondWorker:
    def __init__(self, database):
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.process.stdout.readline()

    def start(self):
        self.process.stdin.write("send\n")
        self.process.stdin.flush()

    def wait(self):
        if self.process.stdout.readline() != "done\n":
            raise SystemExit("the second worker failed")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


def main():
    options = arguments(__doc__.splitlines()[0], recipients=500, large=0)
    sink = Sink()
    try:
        with database_copy(options.database) as copy, environment(copy) as env:
            run(env, sink, options)
            if options.large:
                compare_sizes(env, sink, options.large)
            print_machine(env)
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
        # As the scheduled job of a plan does: the button refuses links into our own network
        prepared[0].state = "in_queue"
        env["mailing.mailing"]._process_mass_mailing_queue()
        env["crm.outbox"]._cron_send(1)
        # The queue of core takes 1,000 mails a run, as its scheduled job does
        while env["mail.mail"].search_count([("state", "=", "outgoing")], limit=1):
            env["mail.mail"].process_email_queue()

    def send_by_two(env, prepared):
        prepared[0].state = "in_queue"
        env["mailing.mailing"]._process_mass_mailing_queue()
        env.cr.commit()
        second.start()
        env["crm.outbox"]._cron_send(1)
        second.wait()
        # what the other one did
        env.cr.commit()
        env.invalidate_all()

    def check(env, prepared):
        sent, arrived = prepared[0].sent, sink.received() - prepared[1]
        if not sent == arrived == options.recipients:
            raise SystemExit(f"{options.recipients} recipients, {sent} sent, {arrived} arrived")

    cases = [
        Case(
            "core, to a domain",
            send,
            lambda env: mailing(
                env,
                {
                    "delivery_engine": "core",
                    "mailing_model_id": contact_model,
                    "mailing_domain": repr(domain),
                },
            ),
            check,
        ),
        Case(
            "our engine, one worker, to the same domain",
            send,
            lambda env: mailing(
                env, {"mailing_model_id": contact_model, "mailing_domain": repr(domain)}
            ),
            check,
        ),
        Case(
            "our engine, one worker, to a segment",
            send,
            lambda env: mailing(env, {"segment_id": segment.id}),
            check,
        ),
        Case(
            "our engine, one worker, to a segment, with merge fields",
            send,
            lambda env: mailing(
                env, {"segment_id": segment.id, "body_arch": MERGED, "body_html": MERGED}
            ),
            check,
        ),
        Case(
            "our engine, two workers, to a segment (CPU and queries of one)",
            send_by_two,
            lambda env: mailing(env, {"segment_id": segment.id}),
            check,
        ),
    ]
    second = SecondWorker(env.cr.dbname)
    try:
        measure(env, cases, options.rounds, commits=True)
    finally:
        second.stop()
    print_table("Campaign sending", cases, cases[0].name, options.recipients, "mail")


def compare_sizes(env, sink, large):
    """Launch a mailing to 1,000 and a large one; send 800 messages of each, and compare."""
    # importable when Odoo knows its add-ons
    from odoo.addons.crm_suite_marketing.models.sending.worker import BATCH

    tag = env["res.partner.category"].create({"name": "Many"})
    sample = env["res.partner"].create({"name": "Sample", "email": "sample@example.org"})
    env.flush_all()
    env.cr.execute(
        """
        WITH made AS (
            INSERT INTO res_partner
            SELECT made.*
              FROM generate_series(1, %s) AS n,
                   res_partner AS sample,
                   jsonb_populate_record(sample, jsonb_build_object(
                       'id', nextval('res_partner_id_seq'),
                       'name', 'Many ' || n,
                       'complete_name', 'Many ' || n,
                       'email', 'many' || n || '@example.org',
                       'email_normalized', 'many' || n || '@example.org')) AS made
             WHERE sample.id = %s
         RETURNING id)
        INSERT INTO res_partner_res_partner_category_rel (category_id, partner_id)
        SELECT %s, id FROM made
        """,
        [large, sample.id, tag.id],
    )
    query = (
        "SELECT min(partner_id) FROM res_partner_res_partner_category_rel WHERE category_id = %s"
    )
    env.cr.execute(query, [tag.id])
    first = env.cr.fetchone()[0]
    env.cr.commit()
    env.invalidate_all()
    subprocess.run(["psql", "-qc", "VACUUM ANALYZE", env.cr.dbname], check=True)
    costs = {}
    for size in (1000, large):
        many = [("category_id", "in", tag.ids), ("id", "<", first + size)]
        mailing = env["mailing.mailing"].create(
            {
                "subject": "Spring offer",
                "body_arch": BODY,
                "body_html": BODY,
                "email_from": "shop@example.com",
                "reply_to": "shop@example.com",
                "mailing_model_id": env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr(many),
                "user_id": env.ref("base.user_admin").id,
            }
        )
        mailing.state = "in_queue"
        wall = time.perf_counter()
        env["mailing.mailing"]._process_mass_mailing_queue()
        wall = time.perf_counter() - wall
        with env["crm.outbox"]._get_worker("1") as worker:
            worker.run_batch(BATCH, float("inf"))
            queries, server = sql_db.sql_counter, backend_cpu(env)
            cpu = time.process_time()
            for _batch in range(3):
                worker.run_batch(BATCH, float("inf"))
            cpu, sent = time.process_time() - cpu, 3 * BATCH
            queries = (sql_db.sql_counter - queries) / sent
            costs[size] = cpu / sent * 1000, (backend_cpu(env) - server) / sent * 1000
        print(
            f"\n{size} recipients: launched in {wall:.1f} s; a message takes"
            f" {costs[size][0]:.1f} ms of CPU, {costs[size][1]:.1f} ms of PostgreSQL's,"
            f" {queries:.2f} queries"
        )
        # what the worker has written is not in our snapshot yet
        env.cr.commit()
        env.invalidate_all()
        mailing.action_cancel_rest()
    total = {size: sum(cost) for size, cost in costs.items()}
    print(f"\nA message to {large}: {total[large] / total[1000]:.2f} times one to 1,000 (CPU)")


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
