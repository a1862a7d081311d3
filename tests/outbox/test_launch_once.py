"""Two people launch one mailing at the same moment, in two real processes: nobody is planned
twice.
"""

import subprocess
from contextlib import closing

import psycopg2

from tests.conftest import SUITE_TEMPLATE, create_database, drop_database, odoo_shell, psql
from tests.servers import ROOT, wait_for

PEOPLE = 3000
LOCK = 7_141
SETUP = f"""
from odoo.fields import Command

tag = env["res.partner.category"].create({{"name": "Launched at once"}})
one = env["res.partner"].create(
    {{"name": "One", "email": "one@launch.example.com", "category_id": [Command.link(tag.id)]}}
)
env.flush_all()
env.cr.execute(
    '''INSERT INTO res_partner
       SELECT (jsonb_populate_record(partner, jsonb_build_object(
                  'id', nextval('res_partner_id_seq'),
                  'email_normalized', 'at' || n || '@launch.example.com'))).*
         FROM res_partner AS partner, generate_series(1, {PEOPLE}) AS n
        WHERE partner.id = %s''',
    [one.id],
)
mailing = env["mailing.mailing"].create(
    {{
        "subject": "Launched at once",
        "mailing_model_id": env["ir.model"]._get_id("res.partner"),
        "mailing_domain": repr([("email_normalized", "like", "%@launch.example.com")]),
        "body_html": "<p>Hello</p>",
        "delivery_engine": "suite",
        "user_id": env.ref("base.user_admin").id,
    }}
)
env.cr.commit()
print("MAILING", mailing.id)
"""
LAUNCH = f"""
from odoo.exceptions import UserError
from odoo.service.model import retrying

admin = env.ref("base.user_admin")
mine = env(user=admin.id)
mailing = mine["mailing.mailing"].browse(%s)
env.cr.execute("SELECT pg_advisory_xact_lock_shared({LOCK})")  # and both see the same draft
try:
    retrying(mailing.action_send_mail, mine)
    env.cr.commit()
    print("LAUNCHED")
except UserError as error:
    print("REFUSED", error)
"""


def test_two_launches_at_once_plan_everybody_once():
    database = create_database(SUITE_TEMPLATE)
    runs = []
    try:
        told = odoo_shell(database, SETUP)
        mailing_id = int(told.split("MAILING ")[1].split()[0])
        with closing(psycopg2.connect(dbname=database)) as connection:
            connection.autocommit = True
            cr = connection.cursor()
            cr.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            for _number in range(2):
                run = subprocess.Popen(
                    ["odoo", "shell", "-d", database, "--no-http", "--log-level=warn"],
                    cwd=ROOT,
                    text=True,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                )
                run.stdin.write(LAUNCH % mailing_id)
                run.stdin.close()
                runs.append(run)

            def both_wait():
                cr.execute(
                    "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database"
                    " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
                )
                return cr.fetchone()[0] == 2

            wait_for("both to wait for their launch", both_wait, 180)
            cr.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        told = [run.stdout.read() for run in runs]
        for run in runs:
            run.wait(timeout=120)
        assert any("LAUNCHED" in one for one in told), told
        assert all("LAUNCHED" in one or "REFUSED" in one for one in told), told
        rows = psql(
            database,
            "SELECT count(*), count(DISTINCT res_id), count(DISTINCT idem_key),"
            f" count(DISTINCT trace_id) FROM crm_outbox WHERE mailing_id = {mailing_id}",
        )
        assert rows == [[str(PEOPLE + 1)] * 4]
        traces = psql(
            database, f"SELECT count(*) FROM mailing_trace WHERE mass_mailing_id = {mailing_id}"
        )
        assert traces == [[str(PEOPLE + 1)]]
    finally:
        for run in runs:
            if run.poll() is None:
                run.kill()
                run.wait()
        drop_database(database)
