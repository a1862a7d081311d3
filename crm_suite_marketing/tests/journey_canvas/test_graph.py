from itertools import pairwise

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..journey.common import JourneyCommon


@tagged("post_install", "-at_install")
class TestGraph(JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journey = cls._make_journey(
            {
                "start": {"trigger": "segment_enter", "segment_id": cls.segment.id},
                "pause": {"kind": "wait", "amount": 3, "unit": "days"},
                "asked": {
                    "kind": "branch",
                    "asks": "event",
                    "event": "opened",
                    "about_node_uid": "hello",
                },
                "hello": {"kind": "mail", "name": "Welcome mail"},
                "again": {"kind": "jump", "jump_uid": "hello"},
            },
            ["start > hello", "hello > pause", "pause > asked", "asked.no > again"],
        )
        cls.version = cls.journey.draft_version_id

    def _read(self, version=None):
        graph = (version or self.version).with_user(self.marketer).read_graph()
        return graph, {node["uid"]: node for node in graph["nodes"]}

    def test_a_node_says_in_one_line_what_is_set(self):
        nodes = self._read()[1]
        self.assertEqual(nodes["start"]["summary"], "Enters a Segment: Test VIP")
        self.assertEqual(nodes["pause"]["summary"], "3 days")
        self.assertEqual(nodes["asked"]["summary"], "Opened: Welcome mail")
        self.assertEqual(nodes["hello"]["title"], "Welcome mail")

    def test_ways_out_are_named_where_there_are_several(self):
        nodes = self._read()[1]
        self.assertEqual(
            [(port["key"], port["label"]) for port in nodes["asked"]["ports"]],
            [("yes", "Yes"), ("no", "No")],
        )
        self.assertEqual(nodes["hello"]["ports"], [{"key": "next", "label": ""}])

    def test_the_way_of_a_jump_is_drawn_like_the_others(self):
        graph = self._read()[0]
        ways = {(way["source"], way["port"], way["target"]) for way in graph["edges"]}
        self.assertIn(("asked", "no", "again"), ways)
        self.assertIn(("again", "next", "hello"), ways)

    def test_people_are_counted_at_each_node(self):
        self._go_live(self.journey)
        by_uid = {node.uid: node for node in self.version.node_ids}
        now = self.env.cr.now()
        for contact, steps in (
            (self.amal, [("hello", "done"), ("pause", "waiting")]),
            (self.basil, [("hello", "done"), ("pause", "due")]),
            (self.emre, [("hello", "failed")]),
        ):
            participant = self.env["crm.journey.participant"].create(
                {
                    "journey_id": self.journey.id,
                    "version_id": self.version.id,
                    "model": "res.partner",
                    "res_id": contact.id,
                    "entered_at": now,
                }
            )
            self.env["crm.journey.step"].create(
                [
                    {
                        "participant_id": participant.id,
                        "journey_id": self.journey.id,
                        "node_id": by_uid[uid].id,
                        "node_uid": uid,
                        "state": state,
                        "entered_at": now,
                    }
                    for uid, state in steps
                ]
            )
        counts = self.version.with_user(self.marketer).get_counts()
        self.assertEqual((counts["hello"], counts["pause"]), ([1, 1, 2], [2, 0, 0]))
        people = self.env["crm.journey.participant"].with_user(self.marketer)
        for uid, kind, names in (
            ("pause", "open", {"Amal", "Basil"}),
            ("hello", "failed", {"Emre"}),
            ("hello", "passed", {"Amal", "Basil"}),
        ):
            action = by_uid[uid].with_user(self.marketer).action_open_people(kind)
            found = people.search(action["domain"])
            self.assertEqual(set(found.mapped("res_name")), names)

    def test_starts_and_goals_count_who_came_by_them(self):
        """Nobody stands at them, and they are no steps: who came in or arrived has passed them."""
        journey = self._make_journey(
            {"pause": {"kind": "wait"}, "won": {"kind": "goal", "domain": "[]"}}, ["start > pause"]
        )
        version = journey.draft_version_id
        by_uid = {node.uid: node for node in version.node_ids}
        start = by_uid["start"]
        for contact, goal in ((self.amal, "won"), (self.basil, False), (self.emre, False)):
            self.env["crm.journey.participant"].create(
                {
                    "journey_id": journey.id,
                    "version_id": version.id,
                    "model": "res.partner",
                    "res_id": contact.id,
                    "entered_at": fields.Datetime.now(),
                    "trigger_uid": start.uid,
                    "goal_uid": goal,
                }
            )
        counts = version.with_user(self.marketer).get_counts()
        self.assertEqual((counts[start.uid], counts["won"]), ([0, 0, 3], [0, 0, 1]))
        action = by_uid["won"].with_user(self.marketer).action_open_people("passed")
        people = self.env["crm.journey.participant"].with_user(self.marketer)
        self.assertEqual(people.search(action["domain"]).mapped("res_name"), ["Amal"])

    def test_reading_takes_few_queries_however_large_the_journey_is(self):
        def make(count):
            nodes = {f"n{place}": {"kind": "wait"} for place in range(count)}
            chain = ["start", *nodes]
            ways = [f"{a} > {b}" for a, b in pairwise(chain)]
            return self._make_journey(nodes, ways).draft_version_id

        def count(version):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._read(version)
            return self.env.cr.sql_log_count - before

        small, large = make(5), make(100)
        for version in (small, large):
            count(version)
        self.assertLessEqual(count(large), count(small) + 2)

    def test_another_company_sees_nothing(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.journey.company_id = other
        with self.assertRaises(AccessError):
            self._read()
        with self.assertRaises(AccessError):
            self.version.with_user(self.marketer).get_counts()

    def test_what_was_launched_is_for_reading(self):
        self.assertTrue(self._read()[0]["is_editable"])
        self._go_live(self.journey)
        self.assertFalse(self._read()[0]["is_editable"])
