import base64
import json
from ast import literal_eval

from odoo.tests import Form, HttpCase, tagged

from ..journey.common import JourneyCommon

NODES = {
    "start": {"kind": "trigger", "trigger": "manual", "name": "In"},
    "ask": {"kind": "branch", "name": "Ask"},
    "mail": {"kind": "mail", "name": "Hello"},
    "act": {"kind": "server_action", "name": "Act"},
    "hook": {"kind": "webhook", "name": "Call"},
    "end": {"kind": "exit", "name": "End"},
}
EDGES = [
    "start > ask",
    "ask.yes > mail",
    "ask.no > act",
    "mail > end",
    "act > hook",
    "hook > end",
]


@tagged("post_install", "-at_install")
class TestRoundTrip(HttpCase, JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        # some ready journeys are about documents, whose readers the responsible must be one of
        cls.marketer.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.marketer.group_ids += cls.env.ref("account.group_account_invoice")
        cls.journeys = cls.env["crm.journey"].with_user(cls.marketer)

    def put_in(self, content, user=None):
        """Upload a file as people do.

        :return: the wizard
        """
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        form = Form(self.env["crm.journey.import"].with_user(user or self.marketer))
        form.file = base64.b64encode(content).decode()
        wizard = form.save()
        wizard.action_import()
        return wizard

    def get(self, journey, uid):
        return journey.draft_version_id.node_ids.filtered(lambda node: node.uid == uid)

    def test_the_ten_ready_journeys(self):
        for ready in self.env["crm.ready.journey"].with_user(self.marketer).search([]):
            with self.subTest(key=ready.key):
                made = ready.with_context(lang="en_US").action_use()
                journey = self.journeys.browse(made["res_id"])
                before = journey._export_journey()
                wizard = self.put_in(before | {"format": "crm_suite.journey", "number": 1})
                again = wizard.journey_id
                self.assertFalse(wizard.missing)
                self.assertNotEqual(again, journey)
                self.assertEqual(again.state, "draft")
                self.assertEqual(again._export_journey(), before)
                self.assertEqual(
                    [one["text"] for one in again.draft_version_id.find_problems()],
                    [one["text"] for one in journey.draft_version_id.find_problems()],
                )

    def test_download(self):
        journey = self._make_journey(NODES, EDGES)
        action = journey.action_export()
        self.marketer.password = "marketer-password"
        self.authenticate(self.marketer.login, "marketer-password")
        answer = self.url_open(action["url"])
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["format"], "crm_suite.journey")
        journey = self.put_in(answer.content).journey_id
        self.assertEqual(set(journey.draft_version_id.node_ids.mapped("uid")), set(NODES))
        self.salesperson.password = "salesperson-password"
        self.authenticate(self.salesperson.login, "salesperson-password")
        self.assertNotIn(b"crm_suite.journey", self.url_open(action["url"]).content)

    def test_what_never_travels(self):
        journey = self._make_journey(NODES, EDGES)
        action = self.env["ir.actions.server"].create(
            {
                "name": "Secret Action",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": "raise 1",
            }
        )
        self.get(journey, "act").sudo().server_action_id = action
        self.get(journey, "start").trigger = "webhook"
        content = json.dumps(journey._export_journey())
        self.assertNotIn("Secret Action", content)
        self.assertNotIn("secret", content)
        wizard = self.put_in(json.loads(content) | {"format": "crm_suite.journey", "number": 1})
        self.assertEqual(
            set(wizard.missing.split("\n")),
            {
                "Act: Choose the server action again.",
                "Call: Choose the webhook again.",
                "In: Give the other program the new address and secret.",
            },
        )
        self.assertFalse(self.get(wizard.journey_id, "act").sudo().server_action_id)
        self.assertIn("webhook", wizard.journey_id.message_ids[0].body)

    def test_what_is_live_is_exported_where_nothing_is_changed(self):
        journey = self._go_live(self._make_journey(NODES, EDGES))
        self.assertEqual(len(journey._export_journey()["nodes"]), len(NODES))

    def make_with_tag(self):
        tag = self.env["res.partner.category"].create({"name": "Rare Bird"})
        journey = self._make_journey(NODES, EDGES)
        self.get(journey, "ask").domain = f"[('category_id', 'in', [{tag.id}])]"
        data = journey._export_journey() | {"format": "crm_suite.journey", "number": 1}
        return tag, json.loads(json.dumps(data))

    def test_filters_name_records_as_they_are_called(self):
        tag, data = self.make_with_tag()
        self.assertNotIn(f"[{tag.id}]", json.dumps(data))
        tag.unlink()
        new = self.env["res.partner.category"].create({"name": "Rare Bird"})
        journey = self.put_in(data).journey_id
        self.assertEqual(self.get(journey, "ask").domain, f"[('category_id', 'in', [{new.id}])]")

    def test_filters_of_what_is_not_here_match_nobody(self):
        tag, data = self.make_with_tag()
        tag.unlink()
        wizard = self.put_in(data)
        self.assertIn("Rare Bird", wizard.missing)
        domain = self.get(wizard.journey_id, "ask").domain
        self.assertEqual(self.env["res.partner"].search_count(literal_eval(domain)), 0)

    def test_numbers_of_records_of_elsewhere_are_not_believed(self):
        tag, data = self.make_with_tag()
        text = json.dumps(data).replace(json.dumps({"xml_id": None, "name": "Rare Bird"}), "7")
        wizard = self.put_in(json.loads(text))
        self.assertEqual(self.get(wizard.journey_id, "ask").domain, "[(0, '=', 1)]")
        self.assertTrue(tag)

    def test_two_of_the_same_name_are_none(self):
        _tag, data = self.make_with_tag()
        self.env["res.partner.category"].create({"name": "Rare Bird"})
        self.assertIn("Rare Bird", self.put_in(data).missing)

    def test_other_languages(self):
        journey = self._make_journey(NODES, EDGES)
        self.get(journey, "mail").update_field_translations("name", {"ar_001": "مرحبا"})
        data = journey._export_journey() | {"format": "crm_suite.journey", "number": 1}
        data["nodes"][0]["texts"]["name"]["xx_XX"] = "nowhere"
        node = self.get(self.put_in(data).journey_id, "mail")
        self.assertEqual(node.with_context(lang="ar_001").name, "مرحبا")
        self.assertEqual(node.with_context(lang="en_US").name, "Hello")

    def test_records_that_the_importer_may_not_read(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        team = self.env["crm.team"].create({"name": "Their Team", "company_id": company.id})
        journey = self._make_journey(NODES, EDGES)
        data = journey._export_journey() | {"format": "crm_suite.journey", "number": 1}
        data["nodes"][0]["settings"]["lead_team_id"] = {"name": team.name}
        self.assertIn("Their Team", self.put_in(data).missing)
