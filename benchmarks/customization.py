"""What shaping forms costs: views with 0, 10 and 100 rules, with as many custom fields too, writes.

python benchmarks/customization.py DATABASE [--rounds=5]

A view is combined, shaped and checked once by every worker after each change, then it comes from
the cache. Rules alone are on fields that leads have anyway. The load of custom fields is that of a
real form: every field has a place in the form, a column, a way to search and to group by it and a
line on the card, and every rule makes it required.
"""

import sys
import time
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parent))

from harness import Case, arguments, environment, measure, print_machine, print_table

from odoo.orm.registry import Registry

SIZES = (0, 10, 100)
VIEWS = {
    "The form of leads": [(False, "form")],
    "Their list, cards and search": [(False, "list"), (False, "kanban"), (False, "search")],
}
CALLS = 100
# Writes on a lead with 20 rules cost at most 1.2 times those without
LEADS, RULES = 100, 20
WRITES = {
    "Another amount": lambda env: {"expected_revenue": 77.0},
    "Another stage": lambda env: {"stage_id": env["crm.stage"].search([], limit=2)[-1].id},
}
RULED = [
    "phone",
    "street2",
    "contact_name",
    "function",
    "street",
    "city",
    "zip",
    "website",
]
OUTLETS = ("form", "list", "search", "group", "kanban")


def main():
    options = arguments(__doc__.splitlines()[0])
    with environment(options.database) as env:
        env["crm.custom.field"].search([]).place_ids.unlink()
        env["crm.form.rule"].search([]).active = False
        env["crm.form.tab"].search([]).active = False
        for calls, kind in ((1, "first call"), (CALLS, "from the cache")):
            cases = [ruled_form(size, calls) for size in SIZES]
            measure(env, cases, options.rounds)
            print_table(
                f"The form of leads with rules, {kind}", cases, cases[0].name, calls, "call"
            )
        custom_fields = make_fields(env, "crm.lead", max(SIZES))
        for title, views in VIEWS.items():
            for calls, kind in ((1, "first call"), (CALLS, "from the cache")):
                cases = [shaped_views(custom_fields[:size], views, calls) for size in SIZES]
                measure(env, cases, options.rounds)
                print_table(f"{title}, {kind}", cases, cases[0].name, calls, "call")
        for title, vals in WRITES.items():
            cases = [written_leads(number, vals) for number in (0, RULES)]
            measure(env, cases, options.rounds)
            print_table(f"{title} of {LEADS} leads", cases, cases[0].name, LEADS, "lead")
        print_reloads(env)
        print_machine(env)


def make_fields(env, model, number, label="Load"):
    """Make so many live fields without places, in one reload of the registry."""
    model_id = env["ir.model"]._get_id(model)
    custom_fields = env["crm.custom.field"]._publish(
        [{"name": f"{label} {n}", "model_id": model_id, "kind": "char"} for n in range(number)]
    )
    custom_fields.place_ids.unlink()
    return custom_fields


def serve(env, views, calls):
    """The leads of a user who has the views already, unless the first call is what is timed."""
    leads = env["crm.lead"].with_user(env.ref("base.user_admin"))
    leads.get_views(views)
    if calls == 1:
        env.registry.clear_cache("templates")
    return leads


def call(leads, views, calls):
    for _call in range(calls):
        leads.get_views(views)


def shaped_views(custom_fields, views, calls):
    """The views of leads with a place in each outlet, and a rule, for each of the fields."""

    def prepare(env):
        env["crm.custom.field.place"].create(
            [
                {
                    "custom_field_id": field.id,
                    "outlet": outlet,
                    "anchor": "partner_id" if outlet == "form" else False,
                }
                for field in custom_fields
                for outlet in OUTLETS
            ]
        )
        stage = env["crm.stage"].search([], limit=1)
        env["crm.form.rule"].create(
            [
                {
                    "name": field.name,
                    "model_id": field.model_id.id,
                    "target_field_ids": [(6, 0, field.field_id.ids)],
                    "condition_domain": str([("stage_id", "=", stage.id)]),
                }
                for field in custom_fields
            ]
        )
        return serve(env, views, calls)

    def run(env, leads):
        call(leads, views, calls)

    def check(env, leads):
        served = leads.get_views(views)["views"]
        for field in custom_fields:
            for _view_id, view_type in views:
                assert f'"{field.technical_name}"' in served[view_type]["arch"]

    return Case(f"{len(custom_fields)} custom fields and rules", run, prepare, check)


def ruled_form(number, calls):
    """The form of leads with so many rules on the fields that it has."""
    views = VIEWS["The form of leads"]

    def prepare(env):
        env.registry.clear_cache("templates")
        model_id = env["ir.model"]._get_id("crm.lead")
        stage = env["crm.stage"].search([], limit=1)
        targets = env["ir.model.fields"].search(
            [("model_id", "=", model_id), ("name", "in", RULED)], order="name"
        )
        env["crm.form.rule"].create(
            [
                {
                    "name": f"Rule {n}",
                    "model_id": model_id,
                    "target_field_ids": [(6, 0, targets[n % len(targets)].ids)],
                    "condition_domain": str(
                        [("stage_id", "=", stage.id), ("expected_revenue", ">", n)]
                    ),
                }
                for n in range(number)
            ]
        )
        return serve(env, views, calls)

    def run(env, leads):
        call(leads, views, calls)

    def check(env, leads):
        arch = leads.get_views(views)["views"]["form"]["arch"]
        assert arch.count("stage_id == ") >= min(number, len(RULED)), "the rules are in the form"

    return Case(f"{number} rules", run, prepare, check)


def written_leads(number, vals):
    """One write on a batch of leads that so many rules of all kinds watch."""

    def prepare(env):
        # the rules of the case before are gone, and this process still knows them
        env.registry.clear_cache("templates")
        model_id = env["ir.model"]._get_id("crm.lead")
        stage = env["crm.stage"].search([], limit=2)[-1].id
        leads = env["crm.lead"].create(
            [
                {"name": f"Lead {n}", "type": "opportunity", "expected_revenue": 5.0 + n}
                | dict.fromkeys(RULED, "1")
                for n in range(LEADS)
            ]
        )
        targets = [env["ir.model.fields"]._get("crm.lead", name) for name in RULED]
        kinds = ["required", "required", "readonly", "invisible", "value"]
        env["crm.form.rule"].create(
            [
                {
                    "model_id": model_id,
                    "kind": kinds[n % len(kinds)],
                    "target_field_ids": [(6, 0, targets[n % len(targets)].ids)],
                    "value": "2",
                    "condition_domain": str(
                        [("stage_id", "=", stage), ("expected_revenue", ">=", n)]
                    ),
                }
                for n in range(number)
            ]
        )
        assert len(env["crm.form.rule"]._get_rules("crm.lead")) == number
        leads.write({"referred": "warm"})
        env.flush_all()
        env.invalidate_all()
        return leads

    def run(env, leads):
        leads.write(vals(env))
        env.flush_all()

    return Case(f"{number} rules", run, prepare)


def print_reloads(env):
    """Five fields at once: how often the registry is set up, and how long it takes."""
    set_up = Registry._setup_models__
    with patch.object(Registry, "_setup_models__", autospec=True, side_effect=set_up) as calls:
        start = time.perf_counter()
        make_fields(env, "res.partner", 5, "Reload")
        wall = time.perf_counter() - start
    print(f"\nFive fields of contacts: {calls.call_count} reload of the registry, {wall:.2f} s")
    assert calls.call_count == 1


if __name__ == "__main__":
    main()
