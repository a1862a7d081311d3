"""A mail on its way in: tickets against core's leads in a database without us.

python benchmarks/inbound_mail.py DATABASE --core=DATABASE [--mails=20] [--rounds=5] [--tickets=0]

Measured are mails of strangers that open something and answers of the customer, each in a
transaction of its own as far as caches go. Core's side is the database `--core`, in which only
Odoo's own add-ons are; with `--tickets` the other one is copied and filled first.
"""

import argparse
import contextlib
import itertools
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import (
    Case,
    _drop_indexes,
    database_copy,
    environment,
    measure,
    print_machine,
    print_table,
)

MAIL = """From: Stranger {number} <{sender}>
To: inbound-benchmark@bench.example.com
Subject: Order {number} arrived broken
Message-Id: <{number}.{model}@example.org>
{headers}Date: Mon, 05 Jan 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Good morning,

the box of order {number} was wet, and two of the six cups inside are broken. Please send new ones.

Stranger {number}
"""

# What is there already is copied, whatever columns it has; senders and times are all different
FILL = """
DO $$
DECLARE
    fields text;
BEGIN
    SELECT string_agg(quote_ident(column_name), ', ') INTO fields
      FROM information_schema.columns
     WHERE table_name = 'crm_ticket' AND table_schema = current_schema()
       AND column_name NOT IN ('id', 'number', 'email_normalized', 'email_from', 'create_date',
                               'access_token');
    EXECUTE format(
        'INSERT INTO crm_ticket (number, email_normalized, email_from, create_date, %s)
              SELECT ''BENCH'' || n, ''sender'' || n || ''@many.example.org'',
                     ''sender'' || n || ''@many.example.org'', now() - n * interval ''1 second'', %s
                FROM (SELECT * FROM crm_ticket ORDER BY id DESC LIMIT 1) template,
                     generate_series(1, {number}) n', fields, fields);
END $$
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database")
    parser.add_argument("--core", required=True)
    for name, default in (("mails", 20), ("rounds", 5), ("tickets", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        database = options.database
        if options.tickets:
            database = stack.enter_context(database_copy(database))
            with environment(database) as env:
                fill(env, options.tickets)
        cases = {}
        for name, model in ((options.core, "crm.lead"), (database, "crm.ticket")):
            with environment(name) as env:
                cases[model] = run(env, model, options.mails, options.rounds)
        with environment(database) as env:
            for core, ours in zip(cases["crm.lead"], cases["crm.ticket"], strict=True):
                title = f"{ours.title}, {options.tickets or 'few'} tickets in the table"
                print_table(title, [core, ours], "crm.lead", options.mails, "mail")
            print_machine(env)


def fill(env, number):
    env["crm.ticket"].create({"name": "Template", "email_from": "x@many.example.org"})
    env.flush_all()
    definitions = _drop_indexes(env, "crm_ticket")
    env.cr.execute(FILL.replace("{number}", str(int(number))))
    for definition in definitions:
        env.cr.execute(definition)
    env.cr.commit()
    subprocess.run(["psql", "-qc", "VACUUM ANALYZE crm_ticket", env.cr.dbname], check=True)


def run(env, model, mails, rounds):
    """:return: the cases: mails that open a document, and answers of its customer"""
    domain = env["mail.alias.domain"].create({"name": "bench.example.com"})
    team_model = "crm.team" if model == "crm.lead" else "crm.ticket.team"
    values = {"alias_name": "inbound-benchmark", "alias_domain_id": domain.id}
    if model == "crm.lead":
        values["use_leads"] = True
    env[team_model].create({"name": "Benchmark", **values})
    customer = env["res.partner"].create(
        {"name": "Customer", "email": "customer@bench.example.org"}
    )
    numbers = itertools.count(1)

    def write(sender, headers=""):
        number = next(numbers)
        return MAIL.format(
            number=number,
            model=model,
            sender=sender.format(number=number),
            headers=headers,
        ).encode()

    def receive(env, mail):
        thread_id = env["mail.thread"].message_process(None, mail)
        env.flush_all()
        env.invalidate_all()
        return thread_id

    def prepare_openings(env):
        return env[model].search_count([]), [
            write("stranger{number}@bench.example.net") for _mail in range(mails)
        ]

    def check_openings(env, prepared):
        if env[model].search_count([]) - prepared[0] != mails:
            raise SystemExit(f"not {mails} more {model}")

    def prepare_answers(env):
        answers = []
        for _mail in range(mails):
            record = env[model].browse(receive(env, write(customer.email)))
            parent = record.message_ids[-1:].message_id
            answers.append(
                (record.id, write(customer.email, f"In-Reply-To: {parent}\nReferences: {parent}\n"))
            )
        if "crm.ticket.sender" in env:
            # One customer writes all of them: that would be a flood
            env["crm.ticket.sender"].search([]).unlink()
        return answers

    def check_answers(env, prepared):
        for record_id, _mail in prepared:
            messages = env[model].browse(record_id).message_ids
            if len(messages.filtered(lambda m: m.message_type == "email")) != 2:
                raise SystemExit(f"an answer did not arrive on {model} {record_id}")

    openings = Case(
        model,
        lambda env, prepared: [receive(env, mail) for mail in prepared[1]],
        prepare_openings,
        check_openings,
    )
    openings.title = "A stranger's mail opens one"
    answers = Case(
        model,
        lambda env, prepared: [receive(env, mail) for _id, mail in prepared],
        prepare_answers,
        check_answers,
    )
    answers.title = "The customer answers"
    measure(env, [openings], rounds)
    measure(env, [answers], rounds)
    return openings, answers


if __name__ == "__main__":
    main()
