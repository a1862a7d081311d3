"""What a mail on its way in costs: one that opens a ticket against one that opens a lead in a
database without us, and the answer of a customer. Loop and sender checks count.
"""

from tests.conftest import ODOO_TEMPLATE, SUITE_TEMPLATE, odoo_shell

COUNT = '''
MAIL = """From: {sender}
To: budget@mail-budget.example.com
Subject: Order {number} arrived broken
Message-Id: <{number}@mail-budget.example.org>
{headers}Content-Type: text/plain; charset=utf-8

Good morning, the box was wet.
"""
domain = env["mail.alias.domain"].create({"name": "mail-budget.example.com"})
team = {"name": "Budget", "alias_name": "budget", "alias_domain_id": domain.id}
if "TEAM" == "crm.team":
    team["use_leads"] = True
env["TEAM"].create(team)
customer = env["res.partner"].create({"name": "Customer", "email": "customer@example.org"})


def receive(number, sender, headers=""):
    env.flush_all()
    env.invalidate_all()
    before = env.cr.sql_log_count
    mail = MAIL.format(number=number, sender=sender, headers=headers).encode()
    record = env["MODEL"].browse(env["mail.thread"].message_process(None, mail))
    env.flush_all()
    assert record, "the mail was stored"
    return env.cr.sql_log_count - before, record


receive(0, "warm@example.net")  # warms the caches of the registry up
opening = receive(1, "stranger@example.net")[0]
record = receive(2, customer.email)[1]
parent = record.message_ids[-1:].message_id
answer, same = receive(3, customer.email, f"In-Reply-To: {parent}\\n")
assert same == record, "an answer found its thread"
print("QUERIES", opening, answer)
env.cr.rollback()
'''


def count(database, template, model, team):
    code = COUNT.replace("TEAM", team).replace("MODEL", model)
    output = odoo_shell(database(template), code)
    return [int(number) for number in output.rpartition("QUERIES ")[2].split()[:2]]


def test_a_mail_costs_a_third_more_than_at_cores_leads_at_most(database):
    core = count(database, ODOO_TEMPLATE, "crm.lead", "crm.team")
    ours = count(database, SUITE_TEMPLATE, "crm.ticket", "crm.ticket.team")
    for kind, theirs, own in zip(("opening", "answer"), core, ours, strict=True):
        assert theirs > 30, "core was measured"
        assert own <= 1.3 * theirs, f"{own} queries for a mail ({kind}), core needs {theirs}"
