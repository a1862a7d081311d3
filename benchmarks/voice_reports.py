"""What customers say, over many tickets: the reports and the list of complaints.

python benchmarks/voice_reports.py DATABASE [--tickets=200000] [--rounds=3]

Tickets of two years; one in twenty is a complaint, one in three was asked about, one in
five was read for its mood. Asked is what the web client asks when a screen is opened.
"""

import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from harness import arguments, database_copy, environment

VOICE, SATISFACTION = "crm.ticket.voice.report", "crm.ticket.satisfaction.report"
QUARTER = [("date", ">=", "today -90d")]
REPORTS = {
    "Complaints by month": (VOICE, [], ["date:month"], ["complaint_rate:avg"]),
    "Causes by month": (
        VOICE,
        [],
        ["cause_id", "date:month"],
        ["complaints:sum", "complaint_rate:avg"],
    ),
    "Complaints by product": (
        VOICE,
        [("kind", "=", "complaint")],
        ["product_id"],
        ["tickets:sum"],
    ),
    "Complaints by product, last 90 days": (
        VOICE,
        [("kind", "=", "complaint"), *QUARTER],
        ["product_id"],
        ["tickets:sum"],
    ),
    "Mood by team": (VOICE, [], ["team_id"], ["mood:avg", "negative_rate:avg"]),
    "Satisfaction by month": (
        SATISFACTION,
        [],
        ["date:month"],
        ["satisfied_rate:avg", "response_rate:avg", "rating:avg"],
    ),
    "Satisfaction by agent, last 90 days": (
        SATISFACTION,
        QUARTER,
        ["user_id"],
        ["satisfied_rate:avg", "answered:sum"],
    ),
}
LISTS = {
    "Rows of the report of complaints": (VOICE, [("kind", "=", "complaint")]),
    "Rows of the report of satisfaction": (SATISFACTION, []),
    "List of open complaints and suggestions": (
        "crm.ticket",
        [("kind", "in", ["complaint", "suggestion", "praise"]), ("closed_at", "=", False)],
    ),
    "List of all complaints and suggestions": (
        "crm.ticket",
        [("kind", "in", ["complaint", "suggestion", "praise"])],
    ),
}
FILL = """
WITH made AS (
    INSERT INTO crm_ticket (name, number, active, priority, team_id, company_id, stage_id,
                            stage_type, partner_id, commercial_partner_id, user_id, opened_at,
                            closed_at, channel, kind, cause_id, product_id, satisfaction,
                            sentiment, create_date, write_date)
    SELECT 'Voice ' || n, 'V' || n, true, '1', ticket.team_id, ticket.company_id,
           CASE WHEN n %% 50 = 0 THEN ticket.stage_id ELSE %(closed)s END,
           CASE WHEN n %% 50 = 0 THEN ticket.stage_type ELSE 'closed' END,
           ticket.partner_id, ticket.commercial_partner_id,
           (%(users)s::int[])[1 + n %% array_length(%(users)s::int[], 1)],
           %(now)s - n * interval '5 minutes',
           CASE WHEN n %% 50 > 0 THEN %(now)s - n * interval '5 minutes' + interval '1 day' END,
           'email',
           CASE WHEN n %% 20 = 0 THEN 'complaint' WHEN n %% 20 < 3 THEN 'suggestion'
                WHEN n %% 20 < 12 THEN 'question' END,
           CASE WHEN n %% 20 = 0
                THEN (%(causes)s::int[])[1 + (n / 20) %% array_length(%(causes)s::int[], 1)] END,
           (%(products)s::int[])[1 + n %% array_length(%(products)s::int[], 1)],
           (ARRAY[NULL, NULL, NULL, 'happy', 'neutral', 'unhappy'])[1 + n %% 6],
           CASE WHEN n %% 5 = 0
                THEN (ARRAY['negative', 'neutral', 'positive'])[1 + n / 5 %% 3] END,
           %(now)s - n * interval '5 minutes', %(now)s
      FROM crm_ticket AS ticket, generate_series(1, %(size)s::int) AS n
     WHERE ticket.id = %(ticket)s
 RETURNING id, company_id, team_id, user_id, partner_id, commercial_partner_id, closed_at,
           satisfaction
), closing AS (
    INSERT INTO crm_ticket_closing (ticket_id, user_id, stage_type, closed_at)
    SELECT id, user_id, 'closed', closed_at
      FROM made WHERE closed_at IS NOT NULL AND id %% 3 = 0
 RETURNING id, ticket_id
)
INSERT INTO crm_ticket_survey (ticket_id, closing_id, company_id, team_id, user_id, partner_id,
                               commercial_partner_id, state, satisfaction, asked_at, answered_at)
SELECT made.id, closing.id, company_id, team_id, user_id, partner_id, commercial_partner_id,
       CASE WHEN satisfaction IS NULL THEN 'asked' ELSE 'answered' END, satisfaction,
       closed_at + interval '1 hour',
       CASE WHEN satisfaction IS NOT NULL THEN closed_at + interval '5 hours' END
  FROM closing JOIN made ON made.id = closing.ticket_id
"""


def main():
    options = arguments(__doc__.splitlines()[0], tickets=200_000)
    with database_copy(options.database) as database:
        with environment(database) as env:
            fill(env, options.tickets)
            env.cr.commit()
        print(f"| {options.tickets:,} tickets | ms | queries |\n|---|---:|---:|")
        with environment(database) as env:
            for name, (model, domain, groups, measures) in REPORTS.items():
                report = env[model]
                show(
                    env, name, options.rounds, report.formatted_read_group, domain, groups, measures
                )
            for name, (model, domain) in LISTS.items():
                show(env, name, options.rounds, open_list, env[model], domain)


def fill(env, size):
    ticket = env["crm.ticket"].create(
        {"name": "Voice", "partner_id": env.ref("base.partner_admin").id}
    )
    env.flush_all()
    env.cr.execute(
        FILL,
        {
            "ticket": ticket.id,
            "size": size,
            "now": env.cr.now(),
            "closed": env.ref("crm_suite_helpdesk.crm_ticket_stage_closed").id,
            "users": env["res.users"].search([("share", "=", False)]).ids,
            "causes": env["crm.ticket.cause"].search([]).ids,
            "products": env["product.product"].search([], limit=200).ids,
        },
    )
    for table in ("crm_ticket", "crm_ticket_closing", "crm_ticket_survey"):
        env.cr.execute(f"ANALYZE {table}")


def open_list(model, domain):
    return model.search_fetch(domain, ["display_name"], limit=80), model.search_count(domain)


def show(env, name, rounds, ask, *args):
    """Print what one question costs: the fastest of the rounds."""
    best = None
    for _round in range(rounds + 1):
        env.invalidate_all()
        queries, begin = env.cr.sql_log_count, time.perf_counter()
        if not ask(*args):
            raise SystemExit(f"{name}: nothing to show")
        took = time.perf_counter() - begin, env.cr.sql_log_count - queries
        best = min(best or took, took)
    print(f"| {name} | {best[0] * 1000:.0f} | {best[1]} |", flush=True)


if __name__ == "__main__":
    main()
