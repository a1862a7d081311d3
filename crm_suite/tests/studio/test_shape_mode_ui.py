from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged

from .common import CustomFieldCase


@tagged("post_install", "-at_install")
class TestShapeModeUi(CustomFieldCase, HttpCase):
    """An implementer shapes the real form of an opportunity; in English and in Arabic."""

    def setUp(self):
        super().setUp()
        self._set_aside_customization()
        self.env["res.lang"]._activate_lang("ar_001")
        self.stage = self.env.ref("crm.stage_lead3")
        # found by its name in both languages
        self.stage.with_context(lang="ar_001").name = "Proposition"
        self.stage.with_context(lang="en_US").name = "Proposition"
        self.lead = self._create_opportunity(stage_id=self.stage.id)

    def _tour(self, name, lang):
        carl = new_test_user(
            self.env,
            "carl",
            groups="crm_suite.group_configurator,sales_team.group_sale_salesman_all_leads",
            lang=lang,
        )
        self.start_tour(
            f"/odoo/action-crm.crm_lead_action_pipeline/{self.lead.id}",
            name,
            login=carl.login,
            timeout=180,
        )

    def test_published_by_a_remote_call(self):
        """Rights in a request are those of its user: in a test they are easily too many."""
        new_test_user(
            self.env,
            "carl",
            groups="crm_suite.group_configurator,sales_team.group_sale_salesman_all_leads",
        )
        self.authenticate("carl", "carl")
        links = self.env["ir.model"]._get_id("res.country")
        kinds = self.env["crm.custom.field"]._fields["kind"].get_values(self.env)
        fields_ = [
            {
                "key": f"f{index}",
                "kind": kind,
                "labels": {"en_US": f"Kind {kind}", "ar_001": f"نوع {kind}"},
                "options": [{"labels": {"en_US": "A", "ar_001": "أ"}}],
                "comodel_id": links if kind.startswith("many2") else False,
                "anchor": "phone",
            }
            for index, kind in enumerate(kinds)
        ]
        tab = {"key": "t1", "labels": {"ar_001": "الاحتياجات"}}
        result = self.make_jsonrpc_request(
            "/web/dataset/call_kw/crm.customization/publish",
            {
                "model": "crm.customization",
                "method": "publish",
                "args": ["crm.lead", False, {"fields": fields_, "tabs": [tab]}],
                "kwargs": {},
            },
        )
        self.assertEqual(len(result["fields"]), len(kinds))
        names = result["fields"].values()
        arabic = self.env["crm.lead"].with_context(lang="ar_001").fields_get(names, ["string"])
        self.assertEqual(arabic["x_cs_kind_selection"]["string"], "نوع selection")

    def _get_session_info(self, user):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request("/web/session/get_session_info")

    def test_browsers_forget_views_that_were_shaped(self):
        before = self._get_session_info(self.cora)
        self.assertEqual(
            before["registry_hash"], self._get_session_info(self.cora)["registry_hash"]
        )
        self.assertIn("crm.lead", before["crm_shapes"])
        # what every worker learns when a rule, a tab or a place was changed
        sequences = dict(self.registry.cache_sequences)
        changed = {**sequences, "templates": (sequences.get("templates") or 0) + 1}
        with patch.object(self.registry, "cache_sequences", changed):
            after = self._get_session_info(self.omar)
        self.assertNotEqual(before["registry_hash"], after["registry_hash"])
        self.assertNotIn("crm_shapes", after)

    def _shape(self, lang):
        self._tour("crm_suite_shape_mode", lang)
        field = self.env["crm.custom.field"].search([("technical_name", "=", "x_cs_tour_segment")])
        self.assertEqual(field.with_context(lang="ar_001").name, "قطاع النشاط")
        labels = [option.with_context(lang="ar_001").name for option in field.option_ids]
        self.assertEqual(labels, ["عيادة", "شركة تجارية"])
        lead = self.env["crm.lead"].with_user(self.alia)
        for view_type in ("form", "list", "search"):
            self.assertIn('name="x_cs_tour_segment"', lead.get_view(view_type=view_type)["arch"])
        search = lead.get_view(view_type="search")["arch"]
        self.assertIn(
            "&#x27;group_by&#x27;: &#x27;x_cs_tour_segment&#x27;".replace("&#x27;", "'"), search
        )

    def test_a_selection_required_in_a_stage_in_english(self):
        self._shape("en_US")

    def test_a_selection_required_in_a_stage_in_arabic(self):
        self._shape("ar_001")

    def _arrange(self, lang):
        self._tour("crm_suite_shape_mode_drafts", lang)
        field = self.env["crm.custom.field"].search([("technical_name", "=", "x_cs_tour_visit")])
        form = field.place_ids.filtered(lambda place: place.outlet == "form")
        tabs = self.env["crm.form.tab"].search([("model_id", "=", field.model_id.id)])
        self.assertEqual(form.tab_id, tabs)
        self.assertIn("kanban", field.place_ids.mapped("outlet"))
        given_up = [("technical_name", "=", "x_cs_tour_first")]
        self.assertFalse(self.env["crm.custom.field"].search(given_up))

    def test_drafts_are_moved_and_given_up_in_english(self):
        self._arrange("en_US")

    def test_drafts_are_moved_and_given_up_in_arabic(self):
        self._arrange("ar_001")
