import random
from contextlib import closing
from unittest.mock import patch

from psycopg2.errors import LockNotAvailable

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tools import mute_logger

from .test_segment import SegmentCase


class CompositionCase(SegmentCase):
    def _fixed(self, contacts, **values):
        return self._segment(
            **{
                "name": "List",
                "kind": "fixed",
                "partner_ids": [Command.set(contacts.ids)],
                **values,
            }
        )

    def _everybody(self, **values):
        return self._segment(domain="[('ref', '=', 'segment test')]", **values)


class TestSegmentComposition(CompositionCase):
    def test_any_all_and_not(self):
        first, second = self._fixed(self.amal + self.basma), self._fixed(self.basma + self.carla)
        inner = [Command.set((first + second).ids)]
        for expected, values in (
            (self.contacts, {"include_ids": inner}),
            (self.basma, {"include_ids": inner, "include_mode": "all"}),
            (self.carla, {"exclude_ids": [Command.set(first.ids)]}),
            (
                self.amal,
                {
                    "include_ids": [Command.set(first.ids)],
                    "exclude_ids": [Command.set(second.ids)],
                },
            ),
            (self.env["res.partner"], {"exclude_ids": inner}),
        ):
            self.assertEqual(self._members(self._everybody(**values)), expected, values)
        of_list = self._fixed(self.contacts, exclude_ids=[Command.set(second.ids)])
        self.assertEqual(self._members(of_list), self.amal)

    def test_random_compositions_against_sets(self):
        """Segments of segments of segments, evaluated once, against sets in Python."""
        draw = random.Random(8)
        contacts = self.env["res.partner"].create(
            [{"name": f"Contact {n}", "ref": "segment test"} for n in range(12)]
        )
        segments, sets = self.env["crm.segment"], []
        for n in range(14):
            include = draw.sample(range(n), min(n, draw.choice([0, 0, 1, 2, 3])))
            exclude = draw.sample(range(n), min(n, draw.choice([0, 0, 1, 2])))
            mode = draw.choice(["any", "all"])
            base = draw.sample(list(contacts), draw.randint(3, 12))
            kind = draw.choice(["fixed", "domain"])
            ids = [contact.id for contact in base]
            segment = self._segment(
                name=f"Segment {n}",
                kind=kind,
                domain=repr([("id", "in", ids)]),
                partner_ids=[Command.set(ids if kind == "fixed" else [])],
                include_mode=mode,
                include_ids=[Command.set([segments[i].id for i in include])],
                exclude_ids=[Command.set([segments[i].id for i in exclude])],
            )
            segments += segment
            found = set(base)
            if include:
                inner = [sets[i] for i in include]
                found &= set.union(*inner) if mode == "any" else set.intersection(*inner)
            sets.append(found.difference(*(sets[i] for i in exclude)))
        for segment, expected in zip(segments, sets, strict=True):
            self.assertEqual(set(self._members(segment)), expected)
        # one contact goes; everything follows in one run
        gone = contacts[0]
        gone.active = False
        self._run_cron()
        for segment, expected in zip(segments, sets, strict=True):
            self.assertEqual(set(self._members(segment)), expected - {gone})

    def test_inner_segments_come_first(self):
        inner = self._segment()
        outer = self._everybody(include_ids=[Command.set(inner.ids)])
        outermost = self._everybody(exclude_ids=[Command.set(outer.ids)])
        self.basma.city = "Rome"
        outermost.action_evaluate()
        self.assertEqual(self._members(outer), self.amal)
        self.assertEqual(self._members(outermost), self.basma + self.carla)
        self.amal.city = "Rome"
        # those that others are made of come first even when they have waited less
        (inner + outer + outermost).flush_recordset()
        self._run_cron()
        self.assertFalse(self._members(outer))
        self.assertEqual(self._members(outermost), self.contacts)

    def test_named_in_a_filter_comes_first_as_well(self):
        inner = self._segment()
        outer = self._segment(domain=f"[('segment_ids', 'in', [{inner.id}])]")
        self.basma.city = "Rome"
        outer.action_evaluate()
        self.assertEqual(self._members(outer), self.amal)

    def test_circles_are_refused(self):
        inner = self._segment()
        outer = self._everybody(include_ids=[Command.set(inner.ids)])
        top = self._segment(domain=f"[('segment_ids', 'in', {outer.ids})]")
        for segment, values in (
            (inner, {"include_ids": [Command.link(inner.id)]}),
            (inner, {"exclude_ids": [Command.link(outer.id)]}),
            (inner, {"include_ids": [Command.link(top.id)]}),
            (inner, {"domain": f"[('segment_ids', 'in', [{top.id}])]"}),
            (inner, {"domain": f"[('segment_ids', '=', {inner.id})]"}),
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, "made of itself"),
                self.env.cr.savepoint(),
            ):
                segment.write(values)
        self.assertFalse(inner.exclude_ids + inner.include_ids)

    def test_two_people_at_once_make_no_circle(self):
        """What a segment is made of cannot change until it is saved: the other has to try again."""
        inner = self.env["crm.segment"].search([("kind", "=", "domain")], limit=1, order="id")
        self.assertTrue(inner.filtered("id"), "one that other connections see")
        middle = self._everybody(include_ids=[Command.set(inner.ids)], company_id=False)
        lock = "SELECT id FROM crm_segment WHERE id = %s FOR NO KEY UPDATE NOWAIT"
        with (
            closing(db_connect(self.env.cr.dbname).cursor()) as other,
            mute_logger("odoo.sql_db"),
            self.assertRaises(LockNotAvailable),
        ):
            other.execute(lock, [inner.id])
        self.assertEqual(middle._get_inner_ids(), set(inner.ids))

    def test_a_circle_that_came_past_the_form_ends(self):
        first, second = self._segment(), self._segment("Rome")
        for outer, inner in (first, second), (second, first):
            self.env.cr.execute(
                "INSERT INTO crm_segment_exclude_rel (segment_id, inner_id) VALUES (%s, %s)",
                [outer.id, inner.id],
            )
        self.env.invalidate_all()
        first.action_evaluate()
        self._run_cron()
        self.assertFalse((first + second).filtered("last_error"))

    def test_inner_segment_with_a_problem(self):
        """Its members stay as they are, and whoever is made of it uses these."""
        inner = self._segment()
        outer = self._everybody(exclude_ids=[Command.set(inner.ids)])
        self.env.cr.execute(
            "UPDATE crm_segment SET domain = %s WHERE id = %s", ["[('gone', '=', 1)]", inner.id]
        )
        self.env.invalidate_all()
        outer.action_evaluate()
        self.assertTrue(inner.last_error)
        self.assertEqual(self._members(outer), self.carla)

    def test_archived_or_never_evaluated(self):
        inner = self._segment()
        outer = self._everybody(exclude_ids=[Command.set(inner.ids)])
        inner.active = False
        outer._evaluate()
        self.assertIn("archived", outer.last_error)
        self.assertEqual(self._members(outer), self.carla)
        inner.active = True
        inner.evaluated_at = False
        outer._evaluate_alone()
        self.assertIn("no members yet", outer.last_error)
        with self.assertRaisesRegex(ValidationError, "no members yet"):
            self._everybody(exclude_ids=[Command.set(inner.ids)])

    def test_deleting_lets_nobody_in(self):
        inner = self._segment()
        outer = self._everybody(exclude_ids=[Command.set(inner.ids)])
        with self.assertRaisesRegex(UserError, "made of"):
            inner.unlink()
        (inner + outer).unlink()

    def test_too_many(self):
        segments = self.env["crm.segment"].browse(
            self._segment(name=f"Segment {n}", kind="fixed").id for n in range(51)
        )
        with self.assertRaisesRegex(ValidationError, "more than 50"):
            self._everybody(include_ids=[Command.set(segments.ids)])

    def test_copy(self):
        inner = self._segment()
        outer = self._everybody(exclude_ids=[Command.set(inner.ids)])
        copy = outer.copy()
        self.assertEqual(copy.exclude_ids, inner)
        self.assertEqual(self._members(copy), self.carla)


class TestSegmentCompositionRights(CompositionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.berlin = cls.env["res.company"].create({"name": "Berlin"})
        cls.berta = cls._create_user("berta", "sales_team.group_sale_manager")
        cls.berta.write({"company_ids": [Command.set(cls.berlin.ids)], "company_id": cls.berlin.id})

    def test_segment_that_the_owner_may_not_read(self):
        there = self._segment(user=self.berta)
        for name in "include_ids", "exclude_ids":
            with self.assertRaises(UserError):
                self._everybody(**{name: [Command.set(there.ids)]})
        mine = self._everybody()
        self.env.cr.execute(
            "INSERT INTO crm_segment_exclude_rel (segment_id, inner_id) VALUES (%s, %s)",
            [mine.id, there.id],
        )
        self.env.invalidate_all()
        mine._evaluate()
        self.assertIn("may not read", mine.last_error)
        self.assertEqual(self._members(mine), self.contacts)

    def test_companies_never_mix(self):
        """Whoever works for both companies composes within one of them."""
        both = self._create_user("both", "sales_team.group_sale_manager")
        both.company_ids += self.berlin
        self.amal.company_id = self.berlin
        here = self._segment(user=both)
        there = self._segment(user=both, company_id=self.berlin.id)
        self.assertEqual(self._members(here), self.basma)
        self.assertEqual(self._members(there), self.amal + self.basma)
        with self.assertRaisesRegex(ValidationError, "may not read"):
            self._everybody(user=both, include_ids=[Command.set(there.ids)])
        shared = self._everybody(
            user=both, company_id=False, exclude_ids=[Command.set((here + there).ids)]
        )
        self.assertEqual(self._members(shared), self.carla)
        # with another owner the other company's segment cannot be read any more
        with self.assertRaises(UserError):
            shared.with_user(self.nora).exclude_ids = [Command.set(there.ids)]

    def test_who_evaluates_need_not_see_what_it_is_made_of(self):
        """A reader with fewer companies neither drops contacts nor segments by starting it."""
        both = self._create_user("both", "sales_team.group_sale_manager")
        both.company_ids += self.berlin
        self.amal.company_id = self.berlin
        there = self._segment("Rome", user=both, company_id=self.berlin.id)
        fixed = self._fixed(
            self.contacts, user=both, company_id=False, exclude_ids=[Command.set(there.ids)]
        )
        self.assertEqual(self._members(fixed), self.amal + self.basma)
        self.env.invalidate_all()
        seen = fixed.with_user(self.omar)
        seen.read()
        seen.action_evaluate()
        self.assertEqual(self._members(fixed.sudo()), self.amal + self.basma)

    def test_counts_hide_contacts_of_other_companies(self):
        both = self._create_user("both", "sales_team.group_sale_manager")
        both.company_ids += self.berlin
        self.amal.company_id = self.berlin
        shared = self._everybody(user=both, company_id=False)
        companies = {"allowed_company_ids": both.company_ids.ids}
        self.assertEqual(shared.with_context(**companies).member_count, 3)
        self.assertEqual(len(shared.with_context(**companies).size_ids), 1)
        seen = shared.with_user(self.omar).with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(seen.member_count, 2)
        self.assertEqual(seen.member_ids.partner_id, self.basma + self.carla)
        self.assertFalse(
            self.env["crm.segment.size"]
            .with_user(self.omar)
            .search([("segment_id", "=", shared.id)])
        )
        self.assertIn("2 members", seen.action_evaluate()["params"]["message"])

    def test_changing_what_it_is_made_of_takes_ones_own_rights(self):
        admin = self.env.ref("base.user_admin")
        segment = self._everybody(user=admin)
        inner = self._segment(user=self.mona)
        segment.with_user(self.mona).exclude_ids = inner
        self.assertEqual(segment.user_id, self.mona)
        with self.assertRaises(AccessError):
            segment.with_user(self.omar).exclude_ids = False

    def test_order_of_the_cron(self):
        inner = self._segment()
        outer = self._everybody(include_ids=[Command.set(inner.ids)])
        self.env["crm.segment"].search([("id", "not in", (inner + outer).ids)]).active = False
        self.env.flush_all()
        outer.evaluated_at = "2020-01-01"
        inner.evaluated_at = "2021-01-01"
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", return_value=10),
            patch.object(
                self.registry["crm.segment"], "_evaluate_alone", autospec=True
            ) as evaluate,
        ):
            self.env["crm.segment"]._cron_evaluate()
        self.assertEqual(
            [call.args[0].id for call in evaluate.call_args_list], [inner.id, outer.id]
        )
