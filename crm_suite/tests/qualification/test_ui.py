from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestQualificationUi(HttpCase):
    """A person qualifies a lead, reads the score and converts it; in English and in Arabic."""

    def _run(self, lang):
        self.env["res.lang"]._activate_lang(lang)
        self.env.ref("base.group_user")._apply_group(self.env.ref("crm.group_use_lead"))
        omar = new_test_user(
            self.env, f"omar_{lang}", groups="sales_team.group_sale_salesman", lang=lang
        )
        self.env["crm.lead.score.threshold"].search([]).active = False
        self.env["product.product"].create({"name": "Zebra wood desk", "list_price": 10})
        lead = self.env["crm.lead"].create(
            {
                "name": "Desks",
                "type": "lead",
                "user_id": omar.id,
                "team_id": self.env.ref("sales_team.team_sales_department").id,
                "contact_name": "Layla",
                "email_from": "layla@haddad.example.com",
            }
        )
        self.start_tour(
            f"/odoo/action-crm.crm_lead_all_leads/{lead.id}",
            "crm_suite_qualification",
            login=omar.login,
            timeout=120,
        )
        questions = {answer.question_id.kind: answer for answer in lead.answer_ids}
        self.assertEqual(questions["boolean"].yes_no, "yes")
        self.assertEqual(questions["text"].text, "Forty desks")
        self.assertEqual(questions["products"].product_ids.name, "Zebra wood desk")
        self.assertEqual(
            questions["choice"].option_ids, self.env.ref("crm_suite.option_authority_2")
        )
        self.assertEqual(lead.type, "opportunity")
        self.assertIn(self.env.ref("crm_suite.score_rule_budget"), lead.score_line_ids.rule_id)

    def test_english(self):
        self._run("en_US")

    def test_arabic(self):
        self._run("ar_001")
