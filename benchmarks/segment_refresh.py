"""Members of a large segment enter and leave, against the bare statement that writes them.

The floor inserts as many rows as the segment has members, by one `INSERT ... SELECT` of the same
contacts into the same table with the same indexes. It checks no rights and compares nothing.

python benchmarks/segment_refresh.py DATABASE [--members=50000] [--rounds=5]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import Case, arguments, database_copy, environment, measure, print_machine, print_table

# copies of one contact, half of them for the segment
FILL = """
INSERT INTO res_partner (name, complete_name, ref, city, {columns})
SELECT 'Customer ' || n, 'Customer ' || n,
       CASE WHEN n <= %(members)s THEN 'benchmark' END, 'Riyadh', {columns}
  FROM res_partner CROSS JOIN generate_series(1, %(members)s * 2) AS n
 WHERE id = %(template)s
"""
# their commercial partner is themselves
COMMERCIAL = "UPDATE res_partner SET commercial_partner_id = id WHERE city = 'Riyadh'"
SPECIAL = {"id", "name", "complete_name", "ref", "city"}
FLOOR = """
INSERT INTO crm_segment_member (segment_id, partner_id, entered_at)
SELECT %(segment)s, partner.id, now() AT TIME ZONE 'UTC'
  FROM res_partner AS partner
 WHERE partner.ref = 'benchmark' AND partner.active
   AND (partner.company_id = %(company)s OR partner.company_id IS NULL)
"""
CHANGE = """
UPDATE res_partner SET ref = CASE WHEN ref IS NULL THEN 'benchmark' END
 WHERE city = 'Riyadh' AND name LIKE 'Customer %' AND id % 100 = 0
"""


def main():
    options = arguments(__doc__.splitlines()[0], members=50_000)
    with database_copy(options.database) as copy, environment(copy) as env:
        template = env["res.partner"].create({"name": "Customer"})
        env.cr.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_name = 'res_partner' AND column_name != ALL(%s)",
            [list(SPECIAL)],
        )
        [columns] = env.cr.fetchone()
        env.cr.execute(
            FILL.format(columns=columns), {"members": options.members, "template": template.id}
        )
        env.cr.execute(COMMERCIAL)
        env.cr.execute("ANALYZE res_partner")
        env.cr.commit()
        run(env, options)


def run(env, options):
    segment = env["crm.segment"].create(
        {
            "name": "Benchmark",
            "user_id": env.ref("base.user_admin").id,
            "domain": "[('ref', '=', 'never')]",
        }
    )
    env.cr.execute(
        "UPDATE crm_segment SET domain = %s WHERE id = %s",
        ["[('ref', '=', 'benchmark')]", segment.id],
    )
    env.cr.commit()
    env.invalidate_all()

    def write(env, _prepared):
        env.cr.execute(FLOOR, {"segment": segment.id, "company": segment.company_id.id})

    def evaluate(env, _prepared):
        segment._evaluate()

    def is_full(env, _prepared):
        env.cr.execute(
            "SELECT COUNT(*) FROM crm_segment_member WHERE segment_id = %s AND left_at IS NULL",
            [segment.id],
        )
        [count] = env.cr.fetchone()
        if count != options.members or segment.last_error:
            raise AssertionError(f"{count} members: {segment.last_error}")

    def fill(env):
        segment._evaluate()
        env.cr.execute("ANALYZE crm_segment_member")

    def fill_and_change(env):
        fill(env)
        env.cr.execute(CHANGE)

    cases = [
        Case("bare INSERT … SELECT", write, check=is_full),
        Case("all enter", evaluate, check=is_full),
        Case("1 % enters, 1 % leaves", evaluate, prepare=fill_and_change),
        Case("nobody enters or leaves", evaluate, prepare=fill, check=is_full),
    ]
    measure(env, cases, options.rounds)
    print_machine(env)
    title = f"Evaluating a segment of {options.members:,} members"
    print_table(title, cases, cases[0].name, 1, "evaluation")


if __name__ == "__main__":
    main()
