from odoo.tests import HttpCase, tagged

from ..common import MarketingCommon


@tagged("post_install", "-at_install")
class TestBuilderUi(HttpCase, MarketingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.env.company.iap_enrich_auto_done = True

    def test_parts_of_the_canvas(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&tag=crm_suite_marketing",
            "",
            "",
            login="admin",
            timeout=120,
            success_signal="[HOOT] Test suite succeeded",
        )

    def _draw(self, lang):
        self.marketer.lang = lang
        self.start_tour(
            "/odoo/journeys",
            "crm_suite_marketing_journey_builder",
            login=self.marketer.login,
            timeout=120,
        )
        version = self.env["crm.journey"].search([("name", "=", "Tour")], limit=1).draft_version_id
        wait = version.node_ids.filtered(lambda node: node.kind == "wait")
        self.assertEqual(wait.amount, 5)
        self.assertEqual(
            {
                (way.source_id.kind, way.port, way.target_id.kind)
                for way in version.edge_ids
                if way.source_id.active and way.target_id.active
            },
            {
                ("trigger", "next", "tag"),
                ("tag", "next", "wait"),
                ("mail", "next", "wait"),
                ("wait", "next", "exit"),
            },
        )
        rows = [
            version.node_ids.filtered(lambda node, kind=kind: node.kind == kind).y
            for kind in ("trigger", "tag", "wait", "exit")
        ]
        self.assertEqual(rows, sorted(set(rows)))

    def test_a_journey_is_drawn_in_english(self):
        self._draw("en_US")

    def test_a_journey_is_drawn_in_arabic(self):
        self._draw("ar_001")
