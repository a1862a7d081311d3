from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..journey.common import JourneyCommon


@tagged("post_install", "-at_install")
class TestOperations(JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journey = cls._make_journey(
            {"hello": {"kind": "mail", "name": "Hello"}, "bye": {"kind": "exit"}},
            ["start > hello", "hello > bye"],
        )
        cls.version = cls.journey.draft_version_id.with_user(cls.marketer)

    def _apply(self, *operations):
        """Apply, and return what takes it back."""
        return self.version.apply_operations(list(operations), self.version.revision)["inverse"]

    def _picture(self):
        """All that people drew, without ids."""
        graph = self.version.read_graph()
        nodes = {
            node["uid"]: {key: value for key, value in node.items() if key not in ("id", "uid")}
            for node in graph["nodes"]
        }
        ways = {(way["source"], way["port"], way["target"]) for way in graph["edges"]}
        return nodes, ways

    def test_a_step_is_put_in_between(self):
        self._apply(
            {"op": "add", "uid": "pause", "kind": "wait", "x": 10, "y": 90},
            {"op": "connect", "source": "hello", "port": "next", "target": "pause"},
            {"op": "connect", "source": "pause", "port": "next", "target": "bye"},
        )
        nodes, ways = self._picture()
        self.assertEqual((nodes["pause"]["x"], nodes["pause"]["y"]), (10, 90))
        self.assertEqual(
            ways,
            {
                ("start", "next", "hello"),
                ("hello", "next", "pause"),
                ("pause", "next", "bye"),
            },
        )

    def test_each_change_is_taken_back_and_done_again(self):
        for operations in (
            [{"op": "add", "uid": "ask", "kind": "branch", "x": 0, "y": 5}],
            [{"op": "add", "uid": "half", "kind": "split", "x": 0, "y": 5}],
            [{"op": "remove", "uid": "hello"}],
            [{"op": "copy", "uid": "hello", "new_uid": "hello2", "x": 4, "y": 4}],
            [{"op": "move", "places": {"hello": [1, 2], "bye": [3, 4]}}],
            [{"op": "connect", "source": "start", "port": "next", "target": "bye"}],
            [{"op": "disconnect", "source": "start", "port": "next"}],
            [{"op": "set", "uid": "hello", "values": {"name": "Good day", "amount": 7}}],
            [
                {"op": "add", "uid": "loop", "kind": "jump", "x": 0, "y": 0},
                {"op": "connect", "source": "loop", "port": "next", "target": "hello"},
                {"op": "connect", "source": "loop", "port": "next", "target": "bye"},
                {"op": "disconnect", "source": "loop", "port": "next"},
                {"op": "remove", "uid": "hello"},
            ],
        ):
            with self.subTest(operations=operations):
                before = self._picture()
                undo = self._apply(*operations)
                after = self._picture()
                self.assertNotEqual(before, after)
                redo = self._apply(*undo)
                self.assertEqual(self._picture(), before)
                undo = self._apply(*redo)
                self.assertEqual(self._picture(), after)
                self._apply(*undo)
                self.assertEqual(self._picture(), before)

    def test_a_removed_step_comes_back_as_it_was(self):
        hello = self.version.node_ids.filtered(lambda node: node.uid == "hello")
        hello.with_context(lang="en_US").expiry_amount = 9
        undo = self._apply({"op": "remove", "uid": "hello"})
        self.assertNotIn(hello, self.version.node_ids)
        self._apply(*undo)
        self.assertIn(hello, self.version.node_ids)
        self.assertEqual(hello.expiry_amount, 9)

    def test_the_arms_of_a_split_are_settings(self):
        self._apply({"op": "add", "uid": "half", "kind": "split", "x": 0, "y": 0})
        half = self.version.node_ids.filtered(lambda node: node.uid == "half")
        before = half.read_settings()
        half.arm_ids[0].weight = 90
        half.arm_ids[1].unlink()
        undo = self._apply({"op": "set", "uid": "half", "values": {"arm_ids": before["arm_ids"]}})
        self.assertEqual(half.arm_ids.mapped("weight"), [50, 50])
        self.assertEqual(half.arm_ids.mapped("port"), ["a", "b"])
        self._apply(*undo)
        self.assertEqual(half.arm_ids.mapped("weight"), [90])

    def test_a_new_arm_has_a_key_of_its_own(self):
        self._apply({"op": "add", "uid": "half", "kind": "split", "x": 0, "y": 0})
        half = self.version.node_ids.filtered(lambda node: node.uid == "half")
        half.write({"arm_ids": [(0, 0, {"name": "C"}), (0, 0, {"name": "D"})]})
        self.assertEqual(len(set(half.arm_ids.mapped("port"))), 4)

    def test_all_or_nothing(self):
        before = self._picture()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._apply({"op": "remove", "uid": "hello"}, {"op": "remove", "uid": "no_such_step"})
        self.env.invalidate_all()
        self.assertEqual(self._picture(), before)

    def test_who_draws_on_an_old_picture_is_told_who_changed_it(self):
        seen = self.version.revision
        self.version.with_user(self.other_marketer).apply_operations(
            [{"op": "remove", "uid": "bye"}], seen
        )
        with self.assertRaisesRegex(UserError, "other_marketer"):
            self.version.apply_operations([{"op": "move", "places": {"hello": [1, 1]}}], seen)

    def test_what_cannot_be_is_refused(self):
        for operations in (
            [{"op": "explode"}],
            [{"op": "unlink"}],
            ["remove"],
            {"op": "remove", "uid": "hello"},
            [{"op": "add", "uid": "x1", "kind": "bomb", "x": 0, "y": 0}],
            [{"op": "add", "uid": "x1; drop", "kind": "wait", "x": 0, "y": 0}],
            [{"op": "add", "uid": "x1", "kind": "wait", "x": "far", "y": 0}],
            [{"op": "add", "uid": "hello", "kind": "wait", "x": 0, "y": 0}],
            [{"op": "remove", "uid": "nobody"}],
            [{"op": "restore", "uid": "hello"}],
            [{"op": "move", "places": {"nobody": [0, 0]}}],
            [{"op": "move", "places": {"hello": [0]}}],
            [{"op": "move"}],
            [{"op": "connect", "source": "hello", "port": "yes", "target": "bye"}],
            [{"op": "connect", "source": "bye", "port": "next", "target": "hello"}],
            [{"op": "connect", "source": "hello", "port": "next", "target": "start"}],
            [{"op": "connect", "source": "hello", "port": "next", "target": "hello"}],
            [{"op": "set", "uid": "hello", "values": "all"}],
        ):
            with self.subTest(operations=operations), self.assertRaises(UserError):
                self.version.apply_operations(operations, self.version.revision)

    def test_settings_never_move_a_step_to_another_journey(self):
        other = self._make_journey({}, []).draft_version_id
        self._apply(
            {"op": "set", "uid": "hello", "values": {"version_id": other.id, "uid": "start"}}
        )
        self.assertIn("hello", self.version.node_ids.mapped("uid"))

    def test_what_was_launched_does_not_change(self):
        self._go_live(self.journey)
        with self.assertRaises(UserError):
            self._apply({"op": "remove", "uid": "hello"})

    def test_nothing_removed_is_left_in_what_was_launched(self):
        self._apply({"op": "remove", "uid": "bye"})
        self._go_live(self.journey)
        everything = self.env["crm.journey.node"].with_context(active_test=False)
        uids = everything.search([("version_id", "=", self.version.id)]).mapped("uid")
        self.assertEqual(set(uids), {"start", "hello"})

    def test_who_may_not_change_journeys_may_not_draw(self):
        with self.assertRaises(AccessError):
            self.version.with_user(self.salesperson).apply_operations(
                [{"op": "remove", "uid": "hello"}], self.version.revision
            )
