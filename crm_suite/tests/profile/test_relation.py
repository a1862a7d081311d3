from datetime import date

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..common import CrmSuiteCase


class RelationCase(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = "Bakri Wood", "Cedar Homes", "Delta Stores"
        cls.bakri, cls.cedar, cls.delta = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in names]
        )
        for name in ("owner", "supplier", "competitor", "family", "parent", "recommends"):
            setattr(cls, name, cls.env.ref(f"crm_suite.relation_type_{name}"))

    def _relate(self, left, kind, right, user=None, **values):
        relations = self.env["crm.partner.relation"].with_user(user or self.omar)
        return relations.create(
            {"left_id": left.id, "type_id": kind.id, "right_id": right.id, **values}
        )

    def _read_side(self, partner, user=None):
        partner = partner.with_user(user or self.omar)
        relations = partner.relation_ids.with_context(relation_partner_id=partner.id)
        return [(relation.words, relation.other_id.name) for relation in relations]


class TestRelation(RelationCase):
    def test_in_the_words_of_either_side(self):
        self._relate(self.bakri, self.supplier, self.haddad)
        self._relate(self.cedar, self.competitor, self.haddad)
        self.assertEqual(
            sorted(self._read_side(self.haddad)),
            [("competitor of", "Cedar Homes"), ("supplied by", "Bakri Wood")],
        )
        self.assertEqual(self._read_side(self.bakri), [("supplier of", "Haddad Trading")])
        self.assertEqual(self._read_side(self.cedar), [("competitor of", "Haddad Trading")])
        self.assertEqual(self._read_side(self.delta), [])

    def test_form(self):
        action = self.bakri.with_user(self.omar).action_add_relation()
        relations = self.env["crm.partner.relation"].with_user(self.omar)
        with Form(relations.with_context(**action["context"])) as form:
            form.type_id = self.supplier
            form.right_id = self.haddad
        self.assertEqual(self._read_side(self.bakri), [("supplier of", "Haddad Trading")])

    def test_not_with_oneself(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._relate(self.bakri, self.competitor, self.bakri)

    def test_a_period_has_an_order(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._relate(
                self.bakri,
                self.competitor,
                self.cedar,
                date_from="2026-02-01",
                date_until="2026-01-01",
            )

    def test_once_at_a_time(self):
        self._relate(self.bakri, self.supplier, self.cedar, date_until="2025-12-31")
        self._relate(self.bakri, self.supplier, self.cedar, date_from="2026-01-01")
        # the other direction is another relation
        self._relate(self.cedar, self.supplier, self.bakri)
        with self.assertRaises(ValidationError):
            self._relate(
                self.bakri,
                self.supplier,
                self.cedar,
                date_from="2025-06-01",
                date_until="2025-07-01",
            )

    def test_the_same_from_both_sides_counts_once(self):
        self._relate(self.bakri, self.competitor, self.cedar, date_until="2030-01-01")
        with self.assertRaises(ValidationError):
            self._relate(
                self.cedar,
                self.competitor,
                self.bakri,
                date_from="2029-01-01",
                date_until="2031-01-01",
            )

    @mute_logger("odoo.sql_db")
    def test_two_at_the_same_moment(self):
        """What the check in Python cannot see, the database does."""
        self._relate(self.bakri, self.competitor, self.cedar)
        self.env.flush_all()
        with self.assertRaises(IntegrityError):
            self.env.cr.execute(
                "INSERT INTO crm_partner_relation (left_id, right_id, type_id, is_symmetric) "
                "VALUES (%s, %s, %s, true)",
                (self.cedar.id, self.bakri.id, self.competitor.id),
            )

    def test_kinds_of_contacts(self):
        self._relate(self.layla, self.owner, self.bakri)
        for left, kind, right in [
            (self.bakri, self.owner, self.layla),
            (self.layla, self.family, self.bakri),
            (self.layla, self.parent, self.bakri),
        ]:
            with self.assertRaises(ValidationError):
                self._relate(left, kind, right)

    @freeze_time("2026-03-15 12:00:00")
    def test_in_force(self):
        past = self._relate(self.bakri, self.supplier, self.cedar, date_until="2026-03-14")
        now = self._relate(self.bakri, self.supplier, self.delta, date_until="2026-03-15")
        later = self._relate(self.bakri, self.supplier, self.haddad, date_from="2026-03-16")
        both = past | now | later
        relations = self.env["crm.partner.relation"].with_user(self.omar)
        domain = [("id", "in", both.ids)]
        self.assertEqual(relations.search([*domain, ("is_current", "=", True)]), now)
        self.assertEqual(relations.search([*domain, ("is_current", "=", False)]), past | later)
        self.assertEqual(both.filtered("is_current"), now)
        # those in force stand first
        self.assertEqual(self._read_side(self.bakri)[0][1], "Delta Stores")

    def test_found_on_contacts(self):
        self._relate(self.bakri, self.supplier, self.cedar)
        partners = self.env["res.partner"].with_user(self.omar)
        ours = ("id", "in", (self.bakri | self.cedar | self.delta).ids)
        found = partners.search([ours, ("relation_ids.type_id", "=", self.supplier.id)])
        self.assertEqual(found, self.bakri | self.cedar)
        self.assertEqual(partners.search([ours, ("relation_ids", "=", False)]), self.delta)
        found = partners.search([ours, ("relation_ids", "!=", False)])
        self.assertEqual(found, self.bakri | self.cedar)
        found = partners.search(
            [ours, ("relation_ids", "in", self.bakri.with_user(self.omar).relation_ids.ids)]
        )
        self.assertEqual(found, self.bakri | self.cedar)

    def test_contacts_of_another_company(self):
        """Nobody learns from a relation of a contact that he may not see."""
        other = self.env["res.company"].create({"name": "Relation Elsewhere"})
        self.delta.company_id = other
        relation = self._relate(self.bakri, self.supplier, self.delta, user=self.env.user)
        self.assertEqual(self._read_side(self.bakri), [])
        with self.assertRaises(AccessError):
            relation.with_user(self.omar).read(["note"])
        with self.assertRaises(AccessError):
            self._relate(self.cedar, self.supplier, self.delta)
        both = [(4, other.id)]
        self.omar.company_ids = both
        omar = self.omar.with_context(allowed_company_ids=[self.company.id, other.id])
        partner = self.bakri.with_user(self.omar).with_env(omar.with_user(self.omar).env)
        self.assertEqual(partner.relation_ids, relation)

    @mute_logger("odoo.sql_db")
    def test_import(self):
        relations = self.env["crm.partner.relation"].with_user(self.mona)
        rows = [["Bakri Wood", "supplier of", "Cedar Homes"]]
        result = relations.load(["left_id", "type_id", "right_id"], rows)
        self.assertFalse(result["messages"])
        self.assertEqual(self._read_side(self.cedar), [("supplied by", "Bakri Wood")])
        result = relations.load(["left_id", "type_id", "right_id"], rows)
        self.assertTrue(result["messages"])

    def test_words_are_asked_for(self):
        kinds = self.env["crm.partner.relation.type"].with_user(self.mona)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            kinds.create({"name": "landlord of"})


class TestRelationMerge(RelationCase):
    def _merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((source | target).ids, target)

    def test_relations_come_along(self):
        self._relate(self.bakri, self.supplier, self.cedar)
        self._merge(self.bakri, self.delta)
        self.assertEqual(self._read_side(self.delta), [("supplier of", "Cedar Homes")])

    def test_none_with_oneself_and_none_twice(self):
        self._relate(self.bakri, self.competitor, self.delta)
        self._relate(self.bakri, self.competitor, self.cedar, note="Old")
        self._relate(self.cedar, self.competitor, self.delta, note="New")
        self._relate(self.bakri, self.supplier, self.haddad)
        self._merge(self.bakri, self.delta)
        self.assertEqual(
            sorted(self._read_side(self.delta)),
            [("competitor of", "Cedar Homes"), ("supplier of", "Haddad Trading")],
        )
        relation = self.cedar.relation_ids
        self.assertEqual(set(relation.note.split(" / ")), {"Old", "New"})

    @settings(
        max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(
        rows=st.lists(
            st.tuples(
                st.integers(0, 3),
                st.integers(0, 3),
                st.booleans(),
                st.none() | st.integers(1, 20),
                st.none() | st.integers(1, 20),
            ),
            max_size=12,
        )
    )
    def test_days_in_force_are_kept(self, rows):
        """On each day there are the relations that there were, told of the one who stays."""
        everybody = [self.bakri, self.cedar, self.delta, self.haddad]
        days = [date(2026, 1, day) for day in range(1, 21)]
        for one, other, symmetric, start, end in rows:
            try:
                with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                    self._relate(
                        everybody[one],
                        self.competitor if symmetric else self.supplier,
                        everybody[other],
                        date_from=start and date(2026, 1, start),
                        date_until=end and date(2026, 1, end),
                    )
            except (ValidationError, IntegrityError):
                continue

        def tell(rename=None):
            told = set()
            for relation in self.env["crm.partner.relation"].search(
                ["|", ("left_id", "in", ids), ("right_id", "in", ids)]
            ):
                sides = [(rename or {}).get(p, p) for p in (relation.left_id, relation.right_id)]
                if sides[0] == sides[1]:
                    continue
                sides = [side.id for side in sides]
                if relation.is_symmetric:
                    sides.sort()
                first, last = relation._get_period()
                told |= {(relation.type_id.id, *sides, day) for day in days if first <= day <= last}
            return told

        ids = [partner.id for partner in everybody]
        with self.env.cr.savepoint() as savepoint:
            expected = tell({self.bakri: self.delta})
            relations = self.env["crm.partner.relation"]
            relations.sudo()._merge_contacts(self.bakri, self.delta)
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE crm_partner_relation SET left_id = %(new)s WHERE left_id = %(old)s;"
                "UPDATE crm_partner_relation SET right_id = %(new)s WHERE right_id = %(old)s",
                {"new": self.delta.id, "old": self.bakri.id},
            )
            self.env.invalidate_all()
            self.assertEqual(tell(), expected)
            relations.search([("left_id", "in", ids)])._check_duplicate()
            savepoint.rollback()
            self.env.invalidate_all()
            relations.search([("left_id", "in", ids)]).unlink()
