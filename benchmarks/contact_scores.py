"""The scores of 200,000 contacts with 1,000,000 events, against a bare count of the same events.

The floor counts, in plain SQL, the events of each contact that a person caused: it fades, limits
and compares nothing, and writes nothing. The pass is `crm.contact.score.engine._refresh()`, by the
rules that come with the add-on: with nobody scored yet (the first night), with points that are
those of yesterday (every other night), with nothing to change, and of the few contacts who did
something in the last minutes.

python benchmarks/contact_scores.py DATABASE [--contacts=200000] [--rounds=3]
"""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import (
    Case,
    _drop_indexes,
    arguments,
    database_copy,
    environment,
    measure,
    print_machine,
    print_table,
)

from odoo import fields

# events of each contact, and one contact in so many has an order
EVENTS, ORDERS = 5, 20
SPECIAL = {
    "active",
    "commercial_partner_id",
    "complete_name",
    "function",
    "id",
    "name",
    "partner_share",
    "ref",
}
FILL = """
INSERT INTO res_partner (name, complete_name, ref, function, active, partner_share, {columns})
SELECT 'Contact ' || n, 'Contact ' || n, 'benchmark', CASE WHEN n %% 3 = 0 THEN 'Buyer' END,
       TRUE, TRUE, {columns}
  FROM res_partner CROSS JOIN generate_series(1, %(contacts)s) AS n
 WHERE id = %(template)s
"""
COMMERCIAL = "UPDATE res_partner SET commercial_partner_id = id WHERE ref = 'benchmark'"
HAPPEN = """
INSERT INTO crm_engagement (event_key, ts, kind, company_id, partner_id, actor, evidence)
SELECT 'benchmark:' || contact.id || ':' || n,
       now() AT TIME ZONE 'UTC' - ((contact.id * 7 + n * 53) %% 365) * interval '1 day',
       (ARRAY['open', 'click', 'open', 'visit', 'reply', 'form', 'unsubscribe', 'click', 'visit'])
           [1 + (contact.id + n * n) %% 9],
       %(company)s, contact.id,
       (ARRAY['human', 'human', 'unknown', 'bot'])[1 + (contact.id + n) %% 4],
       '{{"url": "https://example.com/pricing"}}'
  FROM res_partner contact CROSS JOIN generate_series(1, %(events)s) AS n
 WHERE contact.ref = 'benchmark'
"""
ORDER = """
INSERT INTO sale_order (name, state, partner_id, partner_invoice_id, partner_shipping_id,
                        company_id, date_order, create_date, amount_untaxed)
SELECT 'B' || id, 'sale', id, id, id, %(company)s,
       now() AT TIME ZONE 'UTC' - id %% 300 * interval '1 day',
       now() AT TIME ZONE 'UTC' - interval '300 days', 100
  FROM res_partner WHERE ref = 'benchmark' AND id %% %(orders)s = 0
"""
FLOOR = """
SELECT COUNT(*), SUM(number)
  FROM (SELECT partner_id, COUNT(*) AS number
          FROM crm_engagement
         WHERE partner_id IS NOT NULL AND actor <> 'bot'
      GROUP BY partner_id) AS counted
"""


def main():
    options = arguments(__doc__.splitlines()[0], contacts=200_000)
    with database_copy(options.database) as copy, environment(copy) as env:
        build(env, options.contacts)
        run(env, options.contacts, options.rounds)
        print_machine(env)


def build(env, number):
    """Fill a copy of a database. Commits."""
    template = env["res.partner"].create({"name": "Contact", "phone": "+32456000001"})
    env.flush_all()
    env.cr.execute(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
        " WHERE table_name = 'res_partner' AND column_name != ALL(%s)",
        [list(SPECIAL)],
    )
    [columns] = env.cr.fetchone()
    definitions = _drop_indexes(env, "res_partner", "crm_engagement", "sale_order")
    values = {
        "contacts": number,
        "template": template.id,
        "company": env.company.id,
        "events": EVENTS,
        "orders": ORDERS,
    }
    for statement in (FILL.format(columns=columns), COMMERCIAL, HAPPEN.format(), ORDER):
        env.cr.execute(statement, values)
    for definition in definitions:
        env.cr.execute(definition)
    env["crm.contact.score.threshold"].create(
        {"name": "Benchmark", "bound": 60, "create_lead": True}
    )
    env.cr.commit()
    subprocess.run(["psql", "-qc", "VACUUM ANALYZE", env.cr.dbname], check=True)


def run(env, number, rounds):
    engine = env["crm.contact.score.engine"]
    yesterday = fields.Date.today() - timedelta(days=1)

    def count(env, _prepared):
        env.cr.execute(FLOOR)
        env.cr.fetchall()

    def empty(env):
        env.cr.execute("DELETE FROM crm_contact_score_hit")
        env.cr.execute("DELETE FROM crm_contact_score_entry")
        env.cr.execute("DELETE FROM crm_contact_score")

    def fill(env):
        engine._refresh(is_silent=True)

    def age(env):
        engine._refresh(is_silent=True, today=yesterday)

    def refresh(env, _prepared):
        engine._refresh(is_silent=True)

    def touch(count):
        def work(env):
            fill(env)
            env.cr.execute(
                "SELECT id FROM res_partner WHERE ref = 'benchmark' ORDER BY id LIMIT %s", [count]
            )
            return [row[0] for row in env.cr.fetchall()]

        return work

    def refresh_some(env, partner_ids):
        engine._refresh(partner_ids)

    def check(env, _prepared):
        env.cr.execute(
            "SELECT COUNT(*) FROM crm_contact_score WHERE as_of = %s", [fields.Date.today()]
        )
        if env.cr.fetchone()[0] < number * 0.9:
            raise SystemExit("contacts without a score")

    floor = Case("bare count of the events of each contact", count)
    cases = [
        floor,
        Case("nobody scored yet (the first night)", refresh, empty, check),
        Case("points of yesterday (every other night)", refresh, age, check),
        Case("nothing to change", refresh, fill, check),
    ]
    measure(env, cases, rounds)
    print_table("Scores of all contacts", cases, floor.name, 1, "pass")
    some = [
        Case(f"{count} contacts", refresh_some, touch(count), check)
        for count in (1, 100, min(5000, number // 4))
    ]
    measure(env, some, rounds)
    print_table("Contacts who did something", some, some[0].name, 1, "pass")


if __name__ == "__main__":
    main()
