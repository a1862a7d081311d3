from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.fields import Command

from .test_segment_figures import FigureCase

CITIES = ("Riyadh", "Rome", False)
CELLS = ("champion", "at_risk", "loyal")
TIERS = ("a", "b")
NUMBER = 10
MOST_SEGMENTS = 4

contact = st.integers(0, NUMBER - 1)
contacts = st.frozensets(contact, max_size=NUMBER)
leaf = st.one_of(
    st.tuples(st.just("city"), st.sampled_from(["=", "!="]), st.sampled_from(CITIES)),
    st.tuples(st.just("city"), st.sampled_from(["in", "not in"]), st.just(("Riyadh", "Rome"))),
    st.tuples(st.just("revenue"), st.sampled_from([">", "<="]), st.integers(0, 4)),
    st.tuples(st.just("bought"), st.sampled_from(["in", "not in"]), st.integers(0, 2)),
    st.tuples(st.just("tag"), st.sampled_from(["in", "not in"]), st.integers(0, 1)),
    st.tuples(st.just("member"), st.sampled_from(["in", "not in"]), st.integers(0, MOST_SEGMENTS)),
    st.tuples(st.just("parent"), st.just("any"), st.sampled_from(CITIES)),
)
tree = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("&|"), inner, inner), st.tuples(st.just("!"), inner)
    ),
    max_leaves=5,
)
definition = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["domain", "domain", "rfm", "fixed"]),
        "tree": tree,
        "cells": st.frozensets(st.sampled_from(CELLS), max_size=2),
        "tiers": st.frozensets(st.sampled_from(TIERS), min_size=1, max_size=2),
        "list": contacts,
        "include": st.frozensets(st.integers(0, MOST_SEGMENTS), max_size=2),
        "exclude": st.frozensets(st.integers(0, MOST_SEGMENTS), max_size=1),
        "mode": st.sampled_from(["any", "all"]),
        "owner": st.sampled_from(["alia", "nora"]),
        "is_shared": st.booleans(),
    }
)
# (contact, what becomes of it)
change = st.tuples(contact, st.sampled_from(["archive", "Riyadh", "Rome", "tag", "sell", "moves"]))


def choose(numbers, earlier):
    """Those before a segment that it is made of, whatever numbers were drawn."""
    return [earlier[n] for n in sorted({n % len(earlier) for n in numbers})] if earlier else []


class TestRandomSegments(FigureCase):
    """Random segments of random contacts against a membership that asks one contact at a time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        for user in cls.alia, cls.nora:
            user.company_ids += cls.other
        cls.env.user.company_ids += cls.other
        cls.tags = cls.env["res.partner.category"].create([{"name": "Gold"}, {"name": "Silver"}])
        lamp = cls.env["product.product"].create({"name": "Lamp", "taxes_id": []})
        cls.products = cls.desk + cls.training + lamp
        cls.criteria = {
            criterion.value: criterion.id
            for criterion in cls.env["crm.segment.criterion"].search([])
        }

    def _create_contacts(self, rows):
        partners = self.env["res.partner"].create(
            [
                {
                    "name": f"Contact {number}",
                    "ref": "random segment",
                    "city": row["city"],
                    "is_company": True,
                    "company_id": [False, self.company.id, self.other.id][row["company"]],
                    "category_id": [Command.set([self.tags[n].id for n in row["tags"]])],
                }
                for number, row in enumerate(rows)
            ]
        )
        for number, row in enumerate(rows):
            if row["parent"] < number and not rows[row["parent"]]["company"]:
                partners[number].parent_id = partners[row["parent"]]
            for company, (cell, tier, revenue) in zip(
                (self.company, self.other), row["figures"], strict=True
            ):
                if revenue:
                    self._write_metric(
                        partners[number],
                        company,
                        rfm_cell=cell,
                        value_tier=tier,
                        revenue=revenue,
                    )
        return partners

    def _sell(self, partner, product, user):
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "user_id": user.id,
                "company_id": (partner.company_id or self.company).id,
                "order_line": [Command.create({"product_id": product.id, "tax_ids": []})],
            }
        )
        order.action_confirm()

    # ------------------------------------------------------------------
    # The definition in Odoo's words
    # ------------------------------------------------------------------

    def _write_domain(self, node, segments):
        head = node[0]
        if head in ("&", "|", "!"):
            return [
                head,
                *(token for part in node[1:] for token in self._write_domain(part, segments)),
            ]
        name, operator, value = node
        if name == "city":
            value = list(value) if isinstance(value, tuple) else value
            return [("city", operator, value)]
        if name == "revenue":
            return [("metric_ids", "any", [("revenue", operator, value)])]
        if name == "bought":
            return [("bought_product_ids", operator, [self.products[value].id])]
        if name == "tag":
            return [("category_id", operator, [self.tags[value].id])]
        if name == "parent":
            return [("parent_id.city", "=", value)]
        return [("segment_ids", operator, [segment.id for segment in segments[value : value + 1]])]

    def _save(self, given_, segments):
        def find(numbers):
            return [Command.set([segment.id for segment in choose(numbers, segments)])]

        return self._segment(
            name=f"Segment {len(segments)}",
            user=getattr(self, given_["owner"]),
            kind=given_["kind"],
            domain=repr(
                [("ref", "=", "random segment"), *self._write_domain(given_["tree"], segments)]
            ),
            partner_ids=[Command.set([self.people[n].id for n in given_["list"]])],
            rfm_cell_ids=[Command.set([self.criteria[cell] for cell in given_["cells"]])],
            value_tier_ids=[Command.set([self.criteria[tier] for tier in given_["tiers"]])],
            include_mode=given_["mode"],
            include_ids=find(given_["include"]),
            exclude_ids=find(given_["exclude"]),
            company_id=not given_["is_shared"] and self.company.id,
        )

    # ------------------------------------------------------------------
    # The slow membership
    # ------------------------------------------------------------------

    def _is_member(self, partner, given_, sets):
        """Whether a contact belongs to a segment, given the members of those before it."""
        owner = getattr(self, given_["owner"])
        companies = owner.company_ids if given_["is_shared"] else self.company
        env = self.env(user=owner, context={"allowed_company_ids": companies.ids})
        if not partner.active or not env["res.partner"].browse(partner.id).has_access("read"):
            return False
        if not given_["is_shared"] and (partner.company_id or self.company) != self.company:
            return False
        included = choose(given_["include"], sets)
        if included and not (any if given_["mode"] == "any" else all)(
            partner in members for members in included
        ):
            return False
        if any(partner in members for members in choose(given_["exclude"], sets)):
            return False
        if given_["kind"] == "fixed":
            return partner in [self.people[n] for n in given_["list"]]
        figures = [
            row
            for row in self.env["crm.customer.metric"].search([("partner_id", "=", partner.id)])
            if row.company_id in companies and env[row._name].browse(row.id).has_access("read")
        ]
        if given_["kind"] == "rfm":
            return any(
                row.value_tier in given_["tiers"]
                and (not given_["cells"] or row.rfm_cell in given_["cells"])
                for row in figures
            )
        return self._matches(partner, given_["tree"], sets, figures, env)

    def _matches(self, partner, node, sets, figures, env):
        head = node[0]
        if head in ("&", "|"):
            return (all if head == "&" else any)(
                self._matches(partner, part, sets, figures, env) for part in node[1:]
            )
        if head == "!":
            return not self._matches(partner, node[1], sets, figures, env)
        name, operator, value = node
        if name == "revenue":
            return any(
                row.revenue > value if operator == ">" else row.revenue <= value for row in figures
            )
        if name == "parent":
            parent = partner.parent_id
            # to have no parent is to have no city of one
            if not parent:
                return not value
            return env["res.partner"].browse(parent.id).has_access("read") and parent.city == value
        if name == "city":
            found = partner.city in value if isinstance(value, tuple) else partner.city == value
        elif name == "tag":
            found = self.tags[value] in partner.category_id
        elif name == "member":
            found = value < len(sets) and partner in sets[value]
        else:
            found = any(
                line.product_id == self.products[value]
                for order in self.env["sale.order"].search([("state", "=", "sale")])
                if order.partner_id.commercial_partner_id == partner.commercial_partner_id
                and env["sale.order"].browse(order.id).has_access("read")
                for line in order.order_line
            )
        return found == (operator in ("=", "in"))

    def _find_members(self, definitions):
        sets = []
        for given_ in definitions:
            sets.append({one for one in self.people if self._is_member(one, given_, sets)})
        return sets

    # ------------------------------------------------------------------

    def _check(self, segments, expected):
        for number, (segment, members) in enumerate(zip(segments, expected, strict=True)):
            segment = segment.sudo()
            self.assertFalse(segment.last_error)
            found = self._members(segment) & self.people
            self.assertEqual(set(found), members, number)
            size = segment.size_ids
            self.assertEqual(len(size), 1, "one row of a day")
            self.assertEqual(size.member_count, len(self._members(segment)))
            self.assertEqual(size.member_count, size.entered_count - size.left_count)
            self.assertEqual(
                size.left_count, len(segment.member_ids.filtered("left_at")), "each who left"
            )

    def _change(self, partner, what):
        if what == "archive":
            partner.active = not partner.active
        elif what == "tag":
            partner.category_id = self.tags[0]
        elif what == "sell":
            self._sell(partner, self.products[0], self.omar)
        elif what == "moves":
            partner.company_id = self.company
        else:
            partner.city = what

    @settings(
        max_examples=15,
        phases=[Phase.explicit, Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(
        rows=st.lists(
            st.fixed_dictionaries(
                {
                    "city": st.sampled_from(CITIES),
                    "company": st.integers(0, 2),
                    "parent": contact,
                    "tags": st.frozensets(st.integers(0, 1)),
                    "figures": st.tuples(
                        *[
                            st.tuples(
                                st.sampled_from(CELLS), st.sampled_from(TIERS), st.integers(0, 4)
                            )
                        ]
                        * 2
                    ),
                }
            ),
            min_size=NUMBER,
            max_size=NUMBER,
        ),
        sales=st.lists(
            st.tuples(contact, st.integers(0, 2), st.sampled_from(["omar", "sami"])), max_size=5
        ),
        definitions=st.lists(definition, min_size=2, max_size=MOST_SEGMENTS),
        changes=st.lists(change, max_size=6),
    )
    def test_members(self, rows, sales, definitions, changes):
        with self.env.cr.savepoint() as savepoint:
            self.people = self._create_contacts(rows)
            for number, product, user in sales:
                self._sell(self.people[number], self.products[product], getattr(self, user))
            # what one made of another's company may read is tested with the rights
            segments = []
            for given_ in definitions:
                segments.append(self._save(given_, segments))
            before = self._find_members(definitions)
            self._check(segments, before)
            for segment, members in zip(segments, before, strict=True):
                preview = segment.with_user(segment.user_id).get_preview({})
                self.assertEqual(preview["count"], segment.sudo().size_ids.member_count)
                self.assertFalse(preview["error"])
                self.assertTrue(len(members) <= preview["count"])
            for number, what in changes:
                self._change(self.people[number], what)
            self._run_cron()
            self._check(segments, self._find_members(definitions))
            savepoint.rollback()
        self.env.invalidate_all()
