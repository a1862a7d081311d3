from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..journey.common import JourneyCommon

NODES = {
    "start": {"kind": "trigger", "trigger": "manual"},
    "pause": {"kind": "wait", "amount": 1, "unit": "days", "name": "Pause"},
    "ask": {"kind": "branch", "name": "Ask", "domain": "[('city', '=', 'Cairo')]"},
    "mail": {"kind": "mail", "name": "Hello"},
    "end": {"kind": "exit", "name": "End"},
}
EDGES = ["start > pause", "pause > ask", "ask.yes > mail", "ask.no > end", "mail > end"]


@tagged("post_install", "-at_install")
class TestComparison(JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journey = cls._make_journey(NODES, EDGES)
        cls.first = cls.journey.draft_version_id
        cls.get(cls.first, "mail")._import_message(
            {"subject": "Hello you", "body_arch": "<p>One</p>", "body_html": "<p>One</p>"}
        )
        cls._go_live(cls.journey)
        cls.journey.action_edit()
        cls.draft = cls.journey.draft_version_id.with_user(cls.marketer)

    @classmethod
    def get(cls, version, uid):
        return version.with_user(cls.marketer).node_ids.filtered(lambda node: node.uid == uid)

    def compare(self, user=None):
        """:return: the lines of the wizard, as the button opens it"""
        action = self.journey.with_user(user or self.marketer).action_compare()
        Wizard = self.env[action["res_model"]].with_user(user or self.marketer)
        form = Form(Wizard.with_context(**action["context"]))
        wizard = form.save()
        self.assertEqual((wizard.before_id, wizard.after_id), (self.first, self.draft))
        return [
            (line.change, line.step, line.what, line.before, line.after) for line in wizard.line_ids
        ]

    def test_nothing_changed(self):
        self.assertEqual(self.compare(), [])

    def test_settings_in_words(self):
        self.get(self.draft, "pause").write({"amount": 3, "unit": "hours"})
        self.assertEqual(
            set(self.compare()),
            {
                ("changed", "Pause", "Time", "1", "3"),
                ("changed", "Pause", "Unit", "Days", "Hours"),
            },
        )

    def test_filters_in_words(self):
        self.get(self.draft, "ask").domain = "[('city', '=', 'Giza')]"
        [(change, step, what, before, after)] = self.compare()
        self.assertEqual((change, step, what), ("changed", "Ask", "Filter"))
        self.assertIn("Cairo", before)
        self.assertIn("Giza", after)
        self.assertNotIn("[", before + after)

    def test_nodes_and_ways(self):
        node = self.env["crm.journey.node"].create(
            {"version_id": self.draft.id, "uid": "tag", "kind": "exit", "name": "Early End"}
        )
        ask = self.get(self.draft, "ask")
        ask.edge_ids.filtered(lambda edge: edge.port == "no").target_id = node
        self.get(self.draft, "mail").unlink()
        lines = self.compare()
        self.assertIn(("added", "Early End", "Exit", False, False), lines)
        self.assertIn(("changed", "Ask", "Way Out: No", "End", "Early End"), lines)
        self.assertIn(("changed", "Ask", "Way Out: Yes", "Hello", False), lines)
        self.assertEqual(
            [line[:3] for line in lines if line[0] == "removed"],
            [("removed", "Hello", "Send E-mail")],
        )
        self.assertEqual(len(lines), 4)

    def test_messages(self):
        mailing = self.get(self.draft, "mail").mailing_id
        mailing.write({"subject": "Hello again", "body_html": "<p>Two</p>"})
        lines = self.compare()
        self.assertEqual(
            [line[1:] for line in lines],
            [
                ("Hello", "Subject", "Hello you", "Hello again"),
                ("Hello", "Text of the Message", False, "The text was changed"),
            ],
        )

    def test_when_a_message_goes(self):
        self.get(self.draft, "mail").mailing_id.at_usual_hour = True
        self.assertEqual(
            self.compare(), [("changed", "Hello", "At Each One's Usual Hour", "No", "Yes")]
        )

    def test_names_that_the_reader_may_not_see(self):
        self.marketer.group_ids += self.env.ref("base.group_erp_manager")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        team = self.env["crm.team"].create({"name": "Secret Team", "company_id": other.id})
        self.get(self.draft, "end").sudo().lead_team_id = team
        [line] = self.compare()
        self.assertNotIn("Secret", str(line))
        self.assertIn("may not see", line[4])

    def test_the_other_way_round(self):
        self.get(self.draft, "pause").amount = 3
        action = self.journey.with_user(self.marketer).action_compare()
        wizard = Form(self.env[action["res_model"]].with_context(**action["context"])).save()
        wizard.action_swap()
        self.assertEqual((wizard.line_ids.before, wizard.line_ids.after), ("3", "1"))

    def test_one_version_only(self):
        with self.assertRaises(UserError):
            self._make_journey(NODES, EDGES).action_compare()

    def test_versions_of_two_journeys(self):
        other = self._make_journey(NODES, EDGES)
        with self.assertRaises(UserError):
            self.env["crm.journey.comparison"].with_user(self.marketer).create(
                {
                    "journey_id": self.journey.id,
                    "before_id": self.first.id,
                    "after_id": other.draft_version_id.id,
                }
            ).line_ids.mapped("what")
