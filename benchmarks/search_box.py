"""The search box of opportunities and contacts against core's, with 10,000 and 200,000 of each.

A search is what a list does when somebody types a word and presses Enter: the ids of the first page
and the number of what was found, up to 10,001. Core's is the domain in core's own search view.

python benchmarks/search_box.py DATABASE [--most=200000] [--rounds=5]
"""

import contextlib
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import (
    Case,
    arguments,
    create_many_leads,
    database_copy,
    environment,
    measure,
    print_machine,
)
from lxml import etree

from odoo.tools.safe_eval import safe_eval

BOXES = {
    "opportunities": ("crm.view_crm_case_opportunities_filter", [("type", "=", "opportunity")]),
    "contacts": ("base.view_res_partner_filter", []),
}
# {email} and {phone} are those of a record that exists
WORDS = {
    "frequent word": "trading",
    "frequent Arabic word": "للتجارة",
    "rare address": "{email}",
    "two words": "haddad trading",
    "Arabic name, as stored": "أحمد الحسيني",
    "Arabic name, spelled otherwise": "احمد الحسينى",
    "telephone number": "07 {phone}",
}
PAGE, COUNT_LIMIT = 80, 10001


def main():
    options = arguments(__doc__.splitlines()[0], most=200000)
    for number in (options.most // 20, options.most):
        with database_copy(options.database) as copy, environment(copy) as env:
            run(env, number, options.rounds)


def run(env, number, rounds):
    salesperson, manager = create_many_leads(env, number)
    rows, cases = [], []
    for box, (view_id, base) in BOXES.items():
        view = env.ref(view_id)
        for role, user in (("own documents", salesperson), ("manager", manager)):
            known = [*base, ("email_normalized", "!=", False), ("phone_sanitized", "!=", False)]
            record = env[view.model].with_user(user).search(known, limit=1, order="id desc")
            digits = (record.phone_sanitized or "")[5:]
            email = record.email_normalized
            for name, word in WORDS.items():
                typed = word.format(email=email, phone=f"{digits[:4]} {digits[4:]}")
                pair = [_get_case(view, user, base, typed, core) for core in (True, False)]
                cases += pair
                rows.append((box, role, name, *pair))
    measure(env, cases, rounds)
    print(f"\n**Search box, {number} of each** (medians of {rounds} rounds)\n")
    heads = "core ms | ms | ratio | core queries | queries | found by core | found"
    print(f"| box | user | what is typed | {heads} |")
    print("|---|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for box, role, name, core, ours in rows:
        slow, fast = (statistics.median(s.wall for s in case.samples) for case in (core, ours))
        print(
            f"| {box} | {role} | {name} | {slow * 1000:.1f} | {fast * 1000:.1f} "
            f"| 1/{slow / fast:.0f} | {core.samples[-1].queries} | {ours.samples[-1].queries} "
            f"| {core.found} | {ours.found} |"
        )
    print_machine(env)


def _get_case(view, user, base, typed, is_core):
    # the view itself is core's; what other add-ons change is in views that inherit it
    arch = view.arch if is_core else view.env[view.model].get_view(view.id, "search")["arch"]
    [first] = etree.fromstring(arch).xpath("//field[1]")[:1]
    domain = base + safe_eval(first.get("filter_domain"), {"self": typed})

    def search(env, _prepared):
        model = env[view.model].with_user(user)
        with _core_name_search(env) if is_core else contextlib.nullcontext():
            case.found = len(model.search(domain, limit=PAGE))
            if case.found == PAGE:
                case.found = model.search_count(domain, limit=COUNT_LIMIT)

    case = Case(typed, search)
    return case


@contextlib.contextmanager
def _core_name_search(env):
    """Let conditions on the customer of an opportunity look for contacts as core does."""
    [ours] = (
        cls
        for cls in type(env["res.partner"]).__mro__
        if cls.__module__.endswith("crm_suite.models.search.res_partner")
    )
    method = ours._search_display_name
    ours._search_display_name = lambda self, *args: super(ours, self)._search_display_name(*args)
    try:
        yield
    finally:
        ours._search_display_name = method


if __name__ == "__main__":
    main()
