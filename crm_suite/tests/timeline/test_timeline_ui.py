from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTimelineUi(HttpCase):
    def test_component(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&tag=crm_suite",
            "",
            "",
            login="admin",
            timeout=120,
            success_signal="[HOOT] Test suite succeeded",
        )

    def test_log_and_see(self):
        partner = self.env["res.partner"].create({"name": "Haddad Trading", "is_company": True})
        omar = new_test_user(self.env, "crm_suite_omar", groups="sales_team.group_sale_salesman")
        self.start_tour(
            f"/odoo/contacts/{partner.id}", "crm_suite_timeline", login=omar.login, timeout=90
        )
        interaction = partner.interaction_ids
        self.assertEqual(interaction.name, "Asked about delivery")
        self.assertEqual(interaction.user_id, omar)
        self.assertEqual(partner.activity_ids.summary, "Send the price list")
