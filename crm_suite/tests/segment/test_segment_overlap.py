import random

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .test_segment import SegmentCase


class TestSegmentOverlap(SegmentCase):
    def _compare(self, segments, user=None):
        Overlap = self.env["crm.segment.overlap"].with_user(user or self.omar)
        action = Overlap.action_compare_segments(segments.ids)
        return Overlap.browse(action["res_id"])

    def _list(self, contacts, **values):
        return self._segment(
            name="List", kind="fixed", partner_ids=[Command.set(contacts.ids)], **values
        )

    def test_two_segments(self):
        first, second = self._list(self.amal + self.basma), self._list(self.basma + self.carla)
        overlap = self._compare(first + second)
        line = overlap.line_ids
        self.assertEqual((line.segment_a_id, line.segment_b_id), (first, second))
        self.assertEqual(
            (line.count_a, line.count_b, line.both_count, line.only_a_count, line.only_b_count),
            (2, 2, 1, 1, 1),
        )
        self.assertAlmostEqual(line.jaccard, 1 / 3)
        self.assertEqual((overlap.any_count, overlap.all_count), (3, 1))
        contacts = self.env["res.partner"].with_user(self.omar)
        for action, expected in (
            (line.action_view_both(), self.basma),
            (line.action_view_only_a(), self.amal),
            (line.action_view_only_b(), self.carla),
            (overlap.action_view_all(), self.basma),
        ):
            self.assertEqual(contacts.search(action["domain"]), expected)

    def test_random_sets(self):
        draw = random.Random(64)
        contacts = self.env["res.partner"].create([{"name": f"Contact {n}"} for n in range(15)])
        chosen = [set(draw.sample(list(contacts), draw.randint(0, 12))) for _n in range(6)]
        segments = self.env["crm.segment"].browse(
            self._list(contacts.browse(contact.id for contact in one)).id for one in chosen
        )
        members = dict(zip(segments, chosen, strict=True))
        overlap = self._compare(segments)
        self.assertEqual(len(overlap.line_ids), 15)
        for line in overlap.line_ids:
            a, b = members[line.segment_a_id], members[line.segment_b_id]
            self.assertEqual(
                (line.count_a, line.count_b, line.both_count, line.only_a_count, line.only_b_count),
                (len(a), len(b), len(a & b), len(a - b), len(b - a)),
            )
        self.assertEqual(overlap.any_count, len(set().union(*chosen)))
        self.assertEqual(overlap.all_count, len(set.intersection(*chosen)))

    def test_who_left_is_not_counted(self):
        first, second = self._segment(), self._list(self.contacts)
        self.amal.city = "Rome"
        first._evaluate()
        line = self._compare(first + second).line_ids
        self.assertEqual((line.count_a, line.both_count), (1, 1))

    def test_only_what_one_may_read(self):
        berlin = self.env["res.company"].create({"name": "Berlin"})
        admin = self.env.ref("base.user_admin")
        admin.company_ids += berlin
        self.amal.company_id = berlin
        first = self._list(self.contacts, user=admin, company_id=False)
        second = self._list(self.amal + self.basma, user=admin, company_id=False)
        there = self._list(self.contacts, user=admin, company_id=berlin.id)
        overlap = self._compare(first + second + there)
        self.assertEqual(len(overlap.line_ids), 1, "what he may not read is left out")
        line = overlap.line_ids
        self.assertEqual((line.count_a, line.count_b, line.both_count), (2, 1, 1))
        with self.assertRaises(UserError):
            self._compare(first + there)

    def test_from_the_list(self):
        """Also segments of others, which one may not change."""
        segments = self._segment() + self._segment("Rome")
        action = self.env.ref("crm_suite.crm_segment_overlap_server_action")
        chosen = {"active_model": "crm.segment", "active_ids": segments.ids}
        for user in self.omar, self.alia:
            opened = action.with_user(user).with_context(**chosen).run()
            overlap = self.env["crm.segment.overlap"].browse(opened["res_id"])
            self.assertEqual(overlap.segment_ids, segments)
        with self.assertRaises(AccessError):
            action.with_user(self.cora).with_context(**chosen).run()

    def test_bad_input(self):
        segment = self._segment()
        Overlap = self.env["crm.segment.overlap"].with_user(self.omar)
        with self.assertRaisesRegex(UserError, "at least two"):
            self._compare(segment)
        with self.assertRaisesRegex(UserError, "at least two"):
            Overlap.create({}).action_compare()
        many = segment.browse(self._segment(name=f"Segment {n}").id for n in range(21))
        with self.assertRaisesRegex(UserError, "at most 20"):
            self._compare(many)
        lines = self._compare(many[:2]).line_ids
        with self.assertRaises(AccessError):
            lines.with_user(self.omar).both_count = 7
        with self.assertRaises(AccessError):
            lines.with_user(self.sami).read(["both_count"])
        with self.assertRaises(AccessError):
            Overlap.with_user(self.cora).action_compare_segments(many[:2].ids)

    def test_statements_do_not_grow(self):
        segments = self.env["crm.segment"].browse(self._segment().id for _n in range(8))
        self._compare(segments[:2])
        overlap = (
            self.env["crm.segment.overlap"]
            .with_user(self.omar)
            .create({"segment_ids": [Command.set(segments.ids)]})
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(20):
            overlap.action_compare()

    def test_ids_that_are_none(self):
        for ids in ("x", ["x"], {"a": 1}, None, [True]):
            with self.assertRaises(UserError):
                self.env["crm.segment.overlap"].with_user(self.nora).action_compare_segments(ids)
