"""A condition is written once and decided in three places: by the form, by the server when it
checks the rules, and by Odoo's own search. All must agree, on whatever records.
"""

import json
from datetime import datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.tests import HttpCase, tagged

from ...lib.domain_compiler import clock_terms, compile_domain, normalize_domain
from ...lib.domain_predicate import compile_tree, select
from ..common import CrmSuiteCase

TYPES = {
    "phone": "char",
    "priority": "selection",
    "expected_revenue": "monetary",
    "color": "integer",
    "active": "boolean",
    "user_id": "many2one",
    "tag_ids": "many2many",
    "date_deadline": "date",
    "date_conversion": "datetime",
}
RELATIVE_DAYS = ["today", "today -7d", "today +1w", "today =1d", "today =1d -1m", "today =1m =1d"]
RELATIVE_MOMENTS = ["now", "now -2H", "today", "today -7d", "today =1d -12m"]


class AgreementCase(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.form.rule"].search([]).active = False
        cls.tags = cls.env["crm.tag"].create([{"name": f"Agree {index}"} for index in range(3)])
        today = fields.Date.context_today(cls.env["crm.lead"])
        # no moment near the full hour of a condition: the form is asked seconds later
        moment = datetime.combine(today, datetime.min.time())
        days = [False, 0, -1, -7, 7, -40, -400, 1]
        cls.leads = (
            cls.env["crm.lead"]
            .create(
                [
                    {
                        "name": f"Agree {index}",
                        "partner_id": False,
                        "phone": [False, "1", "o'b", 'q"\\', "مرحبا"][index % 5],
                        "priority": str(index % 4),
                        "expected_revenue": [0.0, 1.5, -2.0, 100.0][index // 2 % 4],
                        "color": index % 3,
                        "active": index % 7 != 0,
                        "user_id": [False, cls.omar.id, cls.sami.id][index % 3],
                        "team_id": False,
                        "tag_ids": cls.tags[: index % 4].ids,
                        "date_deadline": cls._later(today, days[index % 8]),
                        "date_conversion": cls._later(moment, days[index * 3 % 8]),
                    }
                    for index in range(32)
                ]
            )
            .with_context(active_test=False)
        )
        cls.leads.flush_recordset()

    @classmethod
    def _later(cls, start, days):
        return start + timedelta(days=days) if days is not False else False

    def _constants(self, name):
        return {
            "phone": st.sampled_from([False, "", "1", "o'b", 'q"\\', "مرحبا"]),
            "priority": st.sampled_from(["0", "1", "2", "3"]),
            "expected_revenue": st.sampled_from([0.0, 1.5, -2.0, 50, 100.0]),
            "color": st.sampled_from([0, 1, 2, 5]),
            "active": st.booleans(),
            "user_id": st.sampled_from([False, self.omar.id, self.sami.id]),
            "tag_ids": st.sampled_from([False, *self.tags.ids]),
            "date_deadline": st.sampled_from(
                [False, str(self.leads[1].date_deadline), str(self.leads[4].date_deadline)]
            ),
            "date_conversion": st.sampled_from(
                [False]
                + [fields.Datetime.to_string(self.leads[index].date_conversion) for index in (1, 2)]
            ),
        }[name]

    def _conditions(self):
        @st.composite
        def condition(draw):
            name = draw(st.sampled_from(sorted(TYPES)))
            has_order = TYPES[name] in ("monetary", "integer", "date", "datetime")
            operators = ["=", "!=", "in", "not in"] + ["<", "<=", ">", ">="] * has_order
            operator = draw(st.sampled_from(operators))
            constants = self._constants(name)
            if operator in ("in", "not in"):
                return (name, operator, draw(st.lists(constants, min_size=1, max_size=3)))
            if operator in ("=", "!="):
                return (name, operator, draw(constants))
            relative = {"date": RELATIVE_DAYS, "datetime": RELATIVE_MOMENTS}.get(TYPES[name], [])
            constants = constants.filter(lambda value: value is not False)
            return (name, operator, draw(st.one_of(constants, *map(st.just, relative))))

        return condition()

    def _domains(self):
        tree = st.recursive(
            self._conditions().map(lambda condition: [condition]),
            lambda children: st.one_of(
                children.map(lambda child: ["!", *child]),
                st.tuples(st.sampled_from("&|"), children, children).map(
                    lambda parts: [parts[0], *parts[1], *parts[2]]
                ),
            ),
            max_leaves=5,
        )
        return st.lists(tree, max_size=2).map(
            lambda parts: [token for part in parts for token in part]
        )


@tagged("post_install", "-at_install")
class TestServerAgrees(AgreementCase):
    def test_rules_decide_as_odoo_searches(self):
        values = {
            name: {
                lead.id: lead[name].ids
                if name == "tag_ids"
                else lead[name].id
                if name == "user_id"
                else lead[name]
                for lead in self.leads
            }
            for name in TYPES
        }

        @settings(max_examples=300, deadline=None)
        @given(self._domains())
        @example(["&", ("phone", "=", False), ("phone", "=", "")])
        @example(["&", ("phone", "in", ["", "1"]), ("phone", "in", [False])])
        @example(["|", ("phone", "!=", ""), ("phone", "!=", False)])
        def agree(given_domain):
            domain = normalize_domain(given_domain, TYPES)
            expected = set(self.leads.filtered_domain(domain).ids)
            tree = compile_tree(domain, TYPES)
            if tree is not None:
                self.assertEqual(select(tree, self.leads.ids, values.get), expected, domain)
            found = self.leads.search([("id", "in", self.leads.ids), *domain])
            self.assertEqual(set(found.ids), expected, domain)

        agree()


@tagged("post_install", "-at_install")
class TestFormAgrees(AgreementCase, HttpCase):
    def test_the_evaluator_of_the_client_decides_as_the_server(self):
        """Odoo's own `evaluateBooleanExpr`, in a browser."""
        # the machine of the browser is elsewhere
        leads = self.leads.with_context(tz="Pacific/Auckland")
        cases = []

        @settings(max_examples=300, deadline=None, database=None)
        @given(self._domains())
        def collect(domain):
            chosen = set(leads.filtered_domain(normalize_domain(domain, TYPES)).ids)
            expected = [lead.id in chosen for lead in self.leads]
            cases.append([compile_domain(domain, TYPES), expected, str(domain)])

        collect()
        terms = set().union(*(clock_terms(expression) for expression, *_rest in cases))
        self.assertIn("@today", terms)
        clock = leads._read_form_rule_clock(terms)
        records = [
            {
                **{name: lead[name] for name in ("phone", "priority", "expected_revenue")},
                **{name: lead[name] for name in ("color", "active")},
                "user_id": lead.user_id.id,
                "tag_ids": lead.tag_ids.ids,
                "form_rule_clock": clock,
                "date_deadline": fields.Date.to_string(lead.date_deadline),
                "date_conversion": fields.Datetime.to_string(lead.date_conversion),
            }
            for lead in self.leads
        ]
        self.assertGreater(len(cases), 100)
        self.browser_js(
            "/odoo",
            f"""
            const {{ evaluateBooleanExpr }} = odoo.loader.modules.get("@web/core/py_js/py");
            const records = {json.dumps(records)};
            const wrong = [];
            for (const [expression, expected, domain] of {json.dumps(cases)}) {{
                records.forEach((record, index) => {{
                    if (evaluateBooleanExpr(expression, record) !== expected[index]) {{
                        wrong.push([domain, expression, JSON.stringify(record)].join("  "));
                    }}
                }});
            }}
            if (wrong.length) {{
                console.error(wrong.slice(0, 3).join("\\n"));
            }} else {{
                console.log("test successful");
            }}
            """,
            "odoo.loader.modules.has('@web/core/py_js/py')",
            login="admin",
        )
