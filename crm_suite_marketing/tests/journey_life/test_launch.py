from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import EDGES, NODES, LifeCommon


@tagged("post_install", "-at_install")
class TestLaunch(LifeCommon):
    def test_launch(self):
        wizard = self._open_launch(self.journey)
        self.assertFalse(wizard.problem_ids)
        self.assertEqual(wizard.start_ids.mapped("name"), ["Start"])
        draft = self.journey.draft_version_id
        wizard.action_launch()
        self.assertEqual(self.journey.state, "running")
        self.assertEqual(self.journey.live_version_id, draft)
        self.assertFalse(self.journey.draft_version_id)
        self.assertEqual((draft.state, draft.launched_by_id), ("live", self.marketer))
        self.assertEqual(
            [node["uid"] for node in draft.graph["nodes"]], ["hello", "more", "pause", "start"]
        )
        self.assertEqual(len(draft.graph_hash), 64)
        self.assertIn("marketer", self.journey.message_ids[0].body)

    def test_errors_stop_the_launch_and_name_the_step(self):
        journey = self._make_journey(
            NODES | {"lost": {"kind": "branch", "name": "Lost", "asks": "event"}},
            [*EDGES[:-1], "lost.yes > more"],
        )
        problems = journey.draft_version_id.find_problems()
        errors = [one["text"] for one in problems if not one["is_warning"]]
        self.assertEqual(
            {one["uid"] for one in problems if not one["is_warning"]}, {"lost", "more"}
        )
        self.assertTrue(all("Lost" in text or "More" in text for text in errors), errors)
        self.assertTrue(any("event" in text for text in errors))
        wizard = self._open_launch(journey)
        self.assertEqual(wizard.error_count, len(errors))
        with self.assertRaisesRegex(UserError, "Lost"):
            wizard.action_launch()
        self.assertEqual(journey.state, "draft")

    def test_an_error_of_the_settings_of_a_rule(self):
        nodes = NODES | {"ask": {"kind": "branch", "name": "Ask", "domain": "[('nothing','=',1)]"}}
        edges = ["start > ask", "ask.yes > hello", "ask.no > more", "hello > pause"]
        journey = self._make_journey(nodes, edges)
        texts = [one["text"] for one in journey.draft_version_id.find_problems()]
        self.assertTrue(any("Ask" in text and "filter" in text for text in texts), texts)

    def test_times_that_nobody_can_count(self):
        nodes = NODES | {
            "hello": {"kind": "wait", "amount": 2**31 - 1, "unit": "months", "name": "Hello"},
            "pause": {"kind": "tag", "expiry_amount": 2**31 - 1, "name": "Pause"},
        }
        journey = self._make_journey(nodes, EDGES)
        texts = [one["text"] for one in journey.draft_version_id.find_problems()]
        for name in ("Hello", "Pause"):
            self.assertTrue(any(name in text and "10,000" in text for text in texts), texts)

    def test_messages_without_a_purpose_are_warned_about(self):
        nodes = {"start": {"trigger": "manual"}, "mail": {"kind": "mail"}}
        journey = self._make_journey(nodes, ["start > mail"])
        warnings = [
            one["text"] for one in journey.draft_version_id.find_problems() if one["is_warning"]
        ]
        self.assertEqual(len(warnings), 1)
        self.assertIn("purpose", warnings[0])

    def test_only_the_responsible_or_a_manager_launches(self):
        with self.assertRaises(AccessError):
            self.journey.with_user(self.other_marketer).action_launch()
        wizard = self._open_launch(self.journey)
        with self.assertRaises(AccessError):
            self.env["crm.journey.launch"].with_user(self.other_marketer).create(
                {"journey_id": self.journey.id}
            ).action_launch()
        self.assertTrue(wizard.exists())
        self._open_launch(self.journey, self.manager).action_launch()
        self.assertEqual(self.journey.live_version_id.launched_by_id, self.manager)
        self.assertEqual(self.journey.user_id, self.marketer, "still whose rights count")

    def test_nobody_gets_the_rights_of_an_administrator_by_naming_him(self):
        admin = self.env.ref("base.user_admin")
        self.journey.with_user(self.marketer).user_id = admin
        with self.assertRaises(AccessError):
            self._open_launch(self.journey, self.manager)
        self.journey.with_user(self.marketer).user_id = self.marketer
        self._go_live(self.journey)
        with self.assertRaises(AccessError):
            self.journey.with_user(self.marketer).user_id = self.manager
        with self.assertRaises(AccessError):
            self.journey.with_user(self.manager).user_id = admin
        self.journey.with_user(self.manager).user_id = self.other_marketer
        self.assertEqual(self.journey.user_id, self.other_marketer)

    def test_two_launch_at_once(self):
        first = self._open_launch(self.journey)
        second = self._open_launch(self.journey, self.manager)
        first.action_launch()
        with self.assertRaisesRegex(UserError, "meanwhile"):
            second.action_launch()
        self.assertEqual(self.journey.live_version_id.launched_by_id, self.marketer)

    def test_what_was_changed_since_it_was_looked_at_is_not_launched(self):
        wizard = self._open_launch(self.journey)
        node = self.journey.draft_version_id.node_ids.filtered(lambda one: one.uid == "pause")
        node.x = 400
        wizard_again = self._open_launch(self.journey, self.manager)
        node.amount = 9
        for one in (wizard, wizard_again):
            with self.assertRaisesRegex(UserError, "changed"):
                one.action_launch()

    def test_moving_a_card_on_the_canvas_changes_nothing(self):
        wizard = self._open_launch(self.journey)
        self.journey.draft_version_id.node_ids[0].x = 400
        wizard.action_launch()
        self.assertEqual(self.journey.state, "running")

    def test_people_stay_in_their_version_unless_they_are_moved(self):
        self._go_live(self.journey)
        step = self._put(self.journey, self.amal, "hello")
        first = self.journey.live_version_id
        self._edit_without(self.journey, "pause")
        wizard = self._open_launch(self.journey)
        self.assertEqual(
            [(one.name, one.count, one.has_place) for one in wizard.place_ids], [("Hello", 1, True)]
        )
        wizard.action_launch()
        self.assertEqual(first.state, "retired")
        self.assertEqual(step.participant_id.version_id, first)
        self.assertEqual(step.node_id.version_id, first)

    def test_people_move_to_the_same_place_and_leave_where_there_is_none(self):
        self._go_live(self.journey)
        stays = self._put(self.journey, self.amal, "hello", state="failed")
        leaves = self._put(self.journey, self.basil, "pause")
        draft = self._edit_without(self.journey, "pause")
        with Form(self._open_launch(self.journey)) as form:
            form.older = "move"
            wizard = form.save()
        self.assertEqual((wizard.move_count, wizard.leave_count), (1, 1))
        wizard.action_launch()
        self.env.invalidate_all()
        self.assertEqual(stays.participant_id.version_id, draft)
        self.assertEqual(stays.node_id, draft.node_ids.filtered(lambda one: one.uid == "hello"))
        self.assertEqual(stays.state, "failed")
        person = leaves.participant_id
        self.assertEqual((person.state, person.exit_reason), ("left", "moved"))
        self.assertEqual((leaves.state, leaves.reason), ("skipped", "moved"))
        self.assertEqual(person.version_id.state, "retired", "his history stays where it was")

    def test_who_moves_waits_for_what_the_new_version_waits_for(self):
        """A condition that got a time-out would else be waited for without end."""
        self.journey.draft_version_id.node_ids.filtered(lambda one: one.uid == "pause").write(
            {"kind": "condition", "domain": "[('city', '=', 'Gent')]", "amount": 0}
        )
        self._go_live(self.journey)
        same = self._put(self.journey, self.amal, "hello")
        entered = fields.Datetime.now() - timedelta(days=9)
        late = self._put(self.journey, self.basil, "pause", due_at=False, entered_at=entered)
        self.journey.action_edit()
        draft = self.journey.draft_version_id
        draft.node_ids.filtered(lambda one: one.uid == "pause").amount = 3
        draft.sudo()._launch()
        self.journey._move_people(draft)
        self.env.invalidate_all()
        self.assertEqual((same.state, late.state), ("waiting", "due"))
        self.assertEqual((same.node_id.version_id, late.node_id.version_id), (draft, draft))
        self.env["crm.journey.step"]._advance("test", is_thorough=True)
        self.assertEqual((late.state, late.port), ("done", "timeout"))

    def test_a_step_of_another_kind_is_no_place(self):
        self._go_live(self.journey)
        step = self._put(self.journey, self.amal, "pause")
        self.journey.action_edit()
        node = self.journey.draft_version_id.node_ids.filtered(lambda one: one.uid == "pause")
        node.kind = "tag"
        self.assertEqual(
            [row[2:] for row in self.journey._count_places(self.journey.draft_version_id)],
            [(False, 1)],
        )
        self.journey._move_people(self.journey.draft_version_id)
        self.assertEqual(step.participant_id.exit_reason, "moved")

    def test_nothing_to_launch(self):
        self._go_live(self.journey)
        with self.assertRaisesRegex(UserError, "Edit"):
            self.journey.with_user(self.marketer).action_launch()
