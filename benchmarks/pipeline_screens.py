"""What opening the screens of the pipeline costs, with 10,000 and 200,000 leads.

The calls are those of the web client for the real views: the page of a list and its number, the
columns of a kanban with their cards and bars, a form with its embedded lists, the rows of a report.
Each has four products on three of four leads, so 600,000 products in the end.

python benchmarks/pipeline_screens.py DATABASE [--most=200000] [--rounds=5]
"""

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "crm_suite" / "tests"))

from harness import (
    Case,
    arguments,
    create_many_leads,
    database_copy,
    environment,
    measure,
    print_machine,
)
from view_reads import read_form, read_kanban, read_list

DEALS = [("type", "=", "opportunity")]


def main():
    options = arguments(__doc__.splitlines()[0], most=200000)
    sizes = (options.most // 20, options.most)
    results = {}
    for number in sizes:
        with database_copy(options.database) as copy, environment(copy) as env:
            salesperson, manager = create_many_leads(env, number)
            cases = [
                _get_case(name, role, user, read)
                for name, read in get_screens(env).items()
                for role, user in (("own documents", salesperson), ("manager", manager))
            ]
            measure(env, cases, options.rounds)
            for case in cases:
                results.setdefault(case.name, {})[number] = case
            if number == sizes[-1]:
                print_results(results, sizes, options.rounds)
                print_machine(env)


def get_screens(env):
    """Return a function of the model `crm.lead`, with the user's rights, by screen."""

    def ref(xml_id):
        return env.ref(xml_id).id

    def search(model, view, word):
        return read_list(model, ref(view), [*DEALS, ("search_text", "ilike", word)])

    opportunities = "crm.crm_case_tree_view_oppor"
    kanban = "crm.crm_case_kanban_view_leads"

    def group(name, groupby, *measures):
        return lambda model: model.env[name].formatted_read_group([], groupby, measures)

    return {
        "list of opportunities": lambda model: read_list(model, ref(opportunities), DEALS),
        "list of leads": lambda model: read_list(
            model, ref("crm.crm_case_tree_view_leads"), [("type", "=", "lead")]
        ),
        "list, searched for a frequent word": lambda model: search(model, opportunities, "trading"),
        "list, searched for an address": lambda model: search(model, opportunities, ".1001@"),
        "kanban by stage": lambda model: read_kanban(model, ref(kanban), DEALS, "stage_id"),
        "kanban, own pipeline": lambda model: read_kanban(
            model, ref(kanban), [*DEALS, ("user_id", "=", model.env.uid)], "stage_id"
        ),
        "form": lambda model: read_form(
            model.search(DEALS, limit=1), ref("crm.crm_lead_view_form")
        ),
        "list of products": lambda model: read_list(
            model.env["crm.opportunity.line"], ref("crm_suite.crm_opportunity_line_view_list"), []
        ),
        "list of contacts": lambda model: read_list(
            model.env["res.partner"], ref("base.view_partner_tree"), []
        ),
        "funnel": group(
            "crm.funnel.report", ["stage_id"], "reached:sum", "move_rate:avg", "days:avg"
        ),
        "movement of leads by month": group(
            "crm.lead.movement.report", ["date:month"], "arrived:sum", "won:sum", "amount:sum"
        ),
        "performance by salesperson": group(
            "crm.sales.performance.report",
            ["user_id"],
            "new_leads:sum",
            "won:sum",
            "won_amount:sum",
        ),
    }


def _get_case(name, role, user, read):
    return Case((name, role), lambda env, _prepared: read(env["crm.lead"].with_user(user)))


def print_results(results, sizes, rounds):
    print(f"\n**Screens of the pipeline** (medians of {rounds} rounds)\n")
    heads = [f"ms, {size} leads | queries" for size in sizes]
    print(f"| screen | user | {' | '.join(heads)} |")
    print("|---|---|" + "---:|" * 2 * len(sizes))
    for (name, role), by_size in results.items():
        cells = [
            f"{statistics.median(s.wall for s in by_size[size].samples) * 1000:.0f} "
            f"| {by_size[size].samples[-1].queries}"
            for size in sizes
        ]
        print(f"| {name} | {role} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
