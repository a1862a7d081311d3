from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import EDGES, NODES, LifeCommon


@tagged("post_install", "-at_install")
class TestImmutable(LifeCommon):
    def setUp(self):
        super().setUp()
        self._go_live(self.journey)
        self.version = self.journey.live_version_id
        self.node = self.version.node_ids.filtered(lambda one: one.uid == "hello")

    def test_nodes_and_ways_of_what_was_launched_stay(self):
        edge = self.version.edge_ids[0]
        split = self._go_live(
            self._make_journey(
                {
                    "start": {},
                    "split": {
                        "kind": "split",
                        "arm_ids": [Command.create({"port": "a", "name": "A"})],
                    },
                },
                ["start > split"],
            )
        )
        arm = split.live_version_id.node_ids.arm_ids
        for env in (self.env(user=self.marketer), self.env(su=True)):
            for change in (
                lambda env=env: self.node.with_env(env).write({"amount": 9}),
                lambda env=env: self.node.with_env(env).unlink(),
                lambda env=env: self.node.with_env(env).update_field_translations(
                    "name", {"en_US": "Other"}
                ),
                lambda env=env: self.node.with_env(env).copy({"uid": "other"}),
                lambda env=env: edge.with_env(env).write({"port": "yes"}),
                lambda env=env: edge.with_env(env).unlink(),
                lambda env=env: arm.with_env(env).write({"weight": 1}),
                lambda env=env: arm.with_env(env).unlink(),
                lambda env=env: self.version.with_env(env).write({"note": "Other"}),
                lambda env=env: self.version.with_env(env).write(
                    {"node_ids": [Command.create({"kind": "wait"})]}
                ),
                lambda env=env: self.version.with_env(env).unlink(),
            ):
                with self.assertRaises(UserError), self.cr.savepoint():
                    change()

    def test_no_node_moves_into_or_out_of_what_was_launched(self):
        other = self._make_journey(NODES, EDGES)
        with self.assertRaises(UserError), self.cr.savepoint():
            other.draft_version_id.node_ids[1].version_id = self.version
        with self.assertRaises(UserError), self.cr.savepoint():
            self.node.version_id = other.draft_version_id
        with self.assertRaises(ValidationError), self.cr.savepoint():
            other.draft_version_id.edge_ids[0].target_id = self.node

    def test_states_are_not_written_by_hand(self):
        journey = self._make_journey(NODES, EDGES)
        draft = journey.draft_version_id
        for record, values in (
            (journey, {"state": "running"}),
            (journey, {"live_version_id": draft.id}),
            (journey, {"draft_version_id": self.version.id}),
            (draft, {"state": "live"}),
            (draft, {"graph": {"nodes": []}}),
            (draft, {"launched_by_id": self.manager.id}),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                record.write(values)

    def test_not_by_create_or_defaults_either(self):
        Journey = self.env["crm.journey"].with_user(self.marketer)
        for values in ({"state": "running"}, {"live_version_id": self.version.id}):
            with self.assertRaises(AccessError), self.cr.savepoint():
                Journey.create({"name": "Sly", **values})
        with self.assertRaises(AccessError), self.cr.savepoint():
            Journey.create({"name": "Sly", "version_ids": [Command.create({"state": "live"})]})
        self.env["ir.default"].sudo().set("crm.journey", "state", "running")
        self.env["ir.default"].sudo().set("crm.journey.version", "state", "live")
        journey = Journey.with_context(
            default_state="running", default_live_version_id=self.version.id
        ).create({"name": "Sly"})
        self.assertEqual((journey.state, journey.draft_version_id.state), ("draft", "draft"))
        self.assertFalse(journey.live_version_id)

    def test_a_journey_with_people_stays(self):
        self._put(self.journey, self.amal, "hello")
        with self.assertRaisesRegex(UserError, "Stop"):
            self.journey.unlink()
        with self.assertRaisesRegex(UserError, "Stop"):
            self.journey.active = False
        self.journey.sudo().state = "stopped"
        with self.assertRaisesRegex(UserError, "Archive"):
            self.journey.unlink()
        self.journey.active = False

    def test_a_journey_without_people_goes_with_its_versions(self):
        self.journey.sudo().state = "stopped"
        self.journey.unlink()
        self.assertFalse(self.version.exists())

    def test_what_goes_through_it_cannot_change(self):
        leads = self.env["ir.model"]._get_id("crm.lead")
        with self.assertRaises(UserError):
            self.journey.model_id = leads
        with self.assertRaises(UserError):
            self._make_journey(NODES, EDGES).model_id = leads
        new = self.env["crm.journey"].with_user(self.marketer).create({"name": "New"})
        with Form(new) as form:
            form.model_id = self.env["ir.model"].browse(leads)
        self.assertEqual(new.model_name, "crm.lead")


@tagged("post_install", "-at_install")
class TestEdit(LifeCommon):
    def test_a_new_draft_has_the_same_keys_settings_and_words(self):
        self.env["res.lang"]._activate_lang("ar_001")
        lang = self.env["res.lang"].search([("code", "=like", "ar%")], limit=1).code
        journey = self._make_journey(
            NODES
            | {
                "split": {
                    "kind": "split",
                    "name": "Split",
                    "arm_ids": [
                        Command.create({"port": "a", "name": "A", "weight": 30}),
                        Command.create({"port": "b", "name": "B", "weight": 70}),
                    ],
                }
            },
            [*EDGES[:2], "pause > split", "split.a > more", "split.b > more"],
        )
        node = journey.draft_version_id.node_ids.filtered(lambda one: one.uid == "hello")
        node.with_context(lang=lang).name = "مرحبا"
        self._go_live(journey)
        journey.action_edit()
        live, draft = journey.live_version_id, journey.draft_version_id
        self.assertEqual((draft.number, draft.state), (2, "draft"))
        self.assertEqual(draft._compile(), live._compile())
        new = draft.node_ids.filtered(lambda one: one.uid == "hello")
        self.assertNotEqual(new, node)
        self.assertEqual(new.with_context(lang=lang).name, "مرحبا")

    def test_the_system_may_edit_as_well(self):
        self._go_live(self.journey)
        self.journey.sudo().action_edit()
        self.assertEqual(self.journey.draft_version_id.number, 2)

    def test_editing_changes_nothing_of_what_runs(self):
        self._go_live(self.journey)
        step = self._put(self.journey, self.amal, "hello")
        live = self.journey.live_version_id
        before = live._compile()
        draft = self._edit_without(self.journey, "hello")
        self.assertEqual(self.journey.state, "running")
        self.assertEqual(live._compile(), before)
        self.assertEqual(live.graph_hash, before[1])
        self.assertEqual(step.node_id.version_id, live)
        self.assertNotEqual(draft._compile()[1], before[1])

    def test_who_comes_second_gets_the_draft_of_the_first(self):
        self._go_live(self.journey)
        self.journey.with_user(self.marketer).action_edit()
        draft = self.journey.draft_version_id
        self.journey.with_user(self.other_marketer).action_edit()
        self.assertEqual(self.journey.draft_version_id, draft)

    def test_discard(self):
        with self.assertRaises(UserError):
            self.journey.action_discard_draft()
        self._go_live(self.journey)
        self.journey.action_edit()
        draft = self.journey.draft_version_id
        self.journey.with_user(self.marketer).action_discard_draft()
        self.assertFalse(draft.exists())
        self.assertFalse(self.journey.draft_version_id)
        self.assertEqual(self.journey.state, "running")

    def test_copy(self):
        self._go_live(self.journey)
        copy = self.journey.with_user(self.other_marketer).copy()
        self.assertEqual((copy.state, copy.user_id), ("draft", self.other_marketer))
        self.assertIn("(copy)", copy.name)
        self.assertEqual(copy.draft_version_id._compile(), self.journey.live_version_id._compile())
        self.assertFalse(copy.live_version_id)
