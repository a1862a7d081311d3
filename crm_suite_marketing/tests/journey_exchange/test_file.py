import base64
import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...lib import journey_file
from ..journey.common import JourneyCommon


@tagged("post_install", "-at_install")
class TestFile(JourneyCommon):
    """A journey goes as a file into another database, and is the same there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guests = cls.env["res.partner.category"].create({"name": "Guest of the Tasting"})
        cls.journey = cls._make_journey(
            {
                "start": {"trigger": "manual"},
                "hello": {"kind": "mail", "name": "Hello", "x": 40, "y": 80},
                "asks": {
                    "kind": "condition",
                    "asks": "event",
                    "event": "opened",
                    "about_node_uid": "hello",
                    "amount": 3,
                },
                "mark": {"kind": "tag", "category_ids": [Command.set(cls.guests.ids)]},
                "day": {
                    "kind": "until",
                    "until_kind": "field",
                    "date_field_id": cls.env["ir.model.fields"]
                    ._get("res.partner", "create_date")
                    .id,
                },
                "arms": {
                    "kind": "split",
                    "arm_ids": [
                        Command.create({"port": "a", "name": "Half", "weight": 1}),
                        Command.create({"port": "b", "name": "Rest", "weight": 3}),
                    ],
                },
                "end": {"kind": "exit"},
            },
            [
                "start > hello",
                "hello > asks",
                "asks.yes > mark",
                "asks.timeout > day",
                "mark > arms",
                "arms.b > end",
            ],
            name="Tasting",
            description="For guests",
            reentry="period",
            reentry_amount=4,
            exit_on_goal=False,
            purpose_id=cls.env["crm.consent.purpose"].search([], limit=1).id,
        )
        node = cls.journey.draft_version_id.node_ids.filtered(lambda one: one.uid == "hello")
        node._make_message()
        node.mailing_id.write({"subject": "Dear [[name]]", "body_html": "<p>Welcome</p>"})

    def _export(self, journey=None, user=None):
        action = (journey or self.journey).with_user(user or self.marketer).action_export()
        number = int(action["url"].split("/")[4])
        return base64.b64decode(self.env["crm.journey.export"].browse(number).file)

    def _import(self, content, user=None):
        wizard = (
            self.env["crm.journey.import"]
            .with_user(user or self.marketer)
            .create({"file": base64.b64encode(content)})
        )
        action = wizard.action_import()
        return self.env["crm.journey"].with_user(user or self.marketer).browse(action["res_id"])

    def test_there_and_back_it_is_the_same(self):
        content = self._export()
        copy = self._import(content)
        self.assertNotEqual(copy, self.journey)
        self.assertEqual((copy.state, copy.user_id), ("draft", self.marketer))
        self.assertEqual(json.loads(self._export(copy)), json.loads(content))
        old, new = self.journey.draft_version_id, copy.draft_version_id
        hello = new.node_ids.filtered(lambda one: one.uid == "hello")
        self.assertEqual(hello.mailing_id.subject, "Dear [[name]]")
        self.assertNotEqual(hello.mailing_id, old.node_ids.mailing_id)
        self.assertEqual(new.node_ids.category_ids, self.guests)

    def test_what_is_live_is_exported_where_nothing_is_changed(self):
        self._go_live(self.journey)
        self.assertEqual(len(json.loads(self._export())["nodes"]), 7)

    def test_what_this_database_lacks_is_told(self):
        data = json.loads(self._export())
        data["purpose"] = {"name": "No such purpose"}
        for node in data["nodes"]:
            if node["uid"] == "mark":
                node["settings"]["category_ids"] = [{"name": "No such tag"}]
        copy = self._import(json.dumps(data).encode())
        self.assertFalse(copy.purpose_id)
        self.assertIn("Tags of Contacts", copy.message_ids[0].body)
        self.assertIn("Purpose", copy.message_ids[0].body)

    def test_two_of_that_name_are_none(self):
        content = self._export()
        self.guests.copy({"name": self.guests.name})
        self.env["ir.model.data"].search(
            [("model", "=", self.guests._name), ("res_id", "=", self.guests.id)]
        ).unlink()
        self.assertFalse(self._import(content).draft_version_id.node_ids.category_ids)

    def test_what_is_no_journey_is_refused(self):
        good = json.loads(self._export())
        wrong = [
            b"x",
            b"\xff\xfe",
            b"[]",
            b"[" * 100_000,
            json.dumps(good | {"format": "other"}).encode(),
            json.dumps(good | {"nodes": []}).encode(),
            json.dumps(good | {"nodes": good["nodes"] * 2}).encode(),
            json.dumps(good | {"nodes": [good["nodes"][0] | {"kind": "evil"}]}).encode(),
            json.dumps(good | {"nodes": [good["nodes"][0] | {"kind": []}]}).encode(),
            json.dumps(good | {"nodes": [good["nodes"][0] | {"x": 10**12}]}).encode(),
            *(
                json.dumps(
                    good | {"nodes": [good["nodes"][0] | {"settings": setting}], "edges": []}
                ).encode()
                for setting in (
                    {"amount": 10**12},
                    {"amount": float("inf")},
                    {"amount": "many"},
                    {"until_at": "yesterday"},
                    {"unit": "years"},
                    {"url_part": "a\0b"},
                    {"name": None},
                )
            ),
            json.dumps(
                good | {"nodes": [good["nodes"][0] | {"message": {"subject": {}}}], "edges": []}
            ).encode(),
            json.dumps(good | {"edges": good["edges"] * 2}).encode(),
            json.dumps(
                good | {"edges": [{"source": "start", "port": "next", "target": "no"}]}
            ).encode(),
            json.dumps(good | {"settings": {"reentry": "whenever"}}).encode(),
            json.dumps(good | {"model": "no.such.model"}).encode(),
        ]
        before = self.env["crm.journey"].search_count([])
        for content in wrong:
            with self.subTest(content=content[:60]), self.assertRaises(UserError):
                self._import(content)
        self.assertEqual(self.env["crm.journey"].search_count([]), before)

    def test_nothing_but_settings_comes_in(self):
        """Not who is responsible, not a state, nor fields of the system."""
        data = json.loads(self._export())
        data["settings"] |= {"user_id": 1, "state": "running", "company_id": 1}
        data["user_id"] = 1
        for node in data["nodes"]:
            node["settings"] |= {"mailing_id": 1, "version_id": 1, "create_uid": 1, "no_field": 1}
            if node["uid"] == "hello":
                node["message"] |= {"user_id": "1", "state": "done"}
        copy = self._import(json.dumps(data).encode())
        self.assertEqual((copy.user_id, copy.state), (self.marketer, "draft"))
        self.assertEqual(copy.draft_version_id.node_ids.mailing_id.state, "draft")

    def test_server_actions_need_their_right(self):
        action = self.env.ref("base.action_server_module_immediate_install", False) or self.env[
            "ir.actions.server"
        ].create(
            {
                "name": "Code",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": "record",
            }
        )
        xml_id = action._get_external_ids()[action.id]
        data = json.loads(self._export())
        reference = {"xml_id": xml_id[0]} if xml_id else {"name": action.name}
        data["nodes"].append(
            {"uid": "code", "kind": "server_action", "settings": {"server_action_id": reference}}
        )
        content = json.dumps(data).encode()
        try:
            copy = self._import(content)
        except (AccessError, UserError):
            return
        self.assertFalse(copy.draft_version_id.node_ids.server_action_id)

    def test_only_marketing_users(self):
        with self.assertRaises(AccessError):
            self._import(self._export(), self.salesperson)

    def test_the_file_is_checked_before_the_database(self):
        with self.assertRaises(ValueError):
            journey_file.read(b" " * (journey_file.MOST_BYTES + 1))
