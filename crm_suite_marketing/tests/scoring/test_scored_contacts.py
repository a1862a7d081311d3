from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import mail_new_test_user

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestScoredContacts(ScoringCommon):
    """Scores on contacts, in filters and in segments; who may read them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_rule("click", 10)
        cls._make_rule("unsubscribe", -7)
        cls._make_fit([("id", "=", cls.amal.id)], 30)
        for partner in (cls.amal, cls.amal, cls.emre):
            cls._did(partner)
        cls._did(cls.faris, "unsubscribe")
        cls.engine._refresh()

    def _find(self, *conditions, user=None):
        contacts = self.env["res.partner"].with_user(user or self.env.user)
        return contacts.search([("id", "in", self.everybody.ids), *conditions])

    def test_values(self):
        amal = self.amal
        self.assertEqual(
            (amal.score_total, amal.score_engagement, amal.score_fit, amal.score_grade),
            (50, 20, 30, "A2"),
        )
        self.assertEqual((self.dalia.score_total, self.dalia.score_grade), (0, False))

    def test_search_by_points(self):
        none = self.basil + self.assistant + self.celine + self.dalia
        for condition, expected in (
            (("score_total", ">=", 10), self.amal + self.emre),
            (("score_total", ">", 10), self.amal),
            (("score_engagement", "=", 10), self.emre),
            (("score_fit", ">", 0), self.amal),
            (("score_total", "=", 0), none),
            (("score_total", "<", 10), none + self.faris),
            (("score_total", "<", 0), self.faris),
            (("score_total", "!=", 0), self.amal + self.emre + self.faris),
            (("score_total", "in", [10, 50]), self.amal + self.emre),
            (("score_total", "<=", -7), self.faris),
        ):
            with self.subTest(condition):
                self.assertEqual(self._find(condition), expected.sorted("name") & expected)

    def test_search_by_grade(self):
        none = self.basil + self.assistant + self.celine + self.dalia
        for condition, expected in (
            (("score_grade", "=", "A2"), self.amal),
            (("score_grade", "=like", "D%"), self.emre + self.faris),
            (("score_grade", "=", False), none),
            (("score_grade", "!=", False), self.everybody - none),
            (("score_grade", "!=", "A2"), self.everybody - self.amal),
            (("score_grade", "in", ["A2", "D3"]), self.amal + self.emre),
        ):
            with self.subTest(condition):
                self.assertEqual(set(self._find(condition)), set(expected))

    def test_a_segment_of_good_scores(self):
        segment = self._create_segment(
            self.marketer, name="Good", domain="[('score_grade', 'in', ['A1', 'A2'])]"
        )
        segment.with_user(self.marketer).action_evaluate()
        members = self.env["crm.segment.member"].search(
            [("segment_id", "=", segment.id), ("left_at", "=", False)]
        )
        self.assertEqual(members.partner_id & self.everybody, self.amal)

    def test_salespeople_read_and_nobody_writes(self):
        score = self.amal.with_user(self.salesperson).score_total
        self.assertEqual(score, 50)
        row = self.Score.search([("partner_id", "=", self.amal.id)])
        for user in (self.salesperson, self.marketer, self.manager):
            self.assertTrue(row.with_user(user).total)
            with self.assertRaises(AccessError):
                row.with_user(user).write({"total": 99})
            with self.assertRaises(AccessError):
                self._entry(self.amal).with_user(user).unlink()

    def test_others_read_nothing(self):
        other = mail_new_test_user(self.env, login="clerk_of_scores", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.Score.with_user(other).search([])
        with self.assertRaises(AccessError):
            self._find(("score_total", ">", 0), user=other)
        self.assertNotIn("score_total", self.env["res.partner"].with_user(other).fields_get())

    def test_the_scores_of_another_company_stay_there(self):
        self.amal.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.flush_all()
        for model in ("crm.contact.score", "crm.contact.score.entry"):
            rows = self.env[model].with_user(self.manager).search([])
            self.assertIn(self.emre, rows.partner_id)
            self.assertNotIn(self.amal, rows.partner_id)

    def test_reasons_by_a_rule_of_another_company_stay_there(self):
        rule = self._make_rule("click", 1)
        self.engine._refresh()
        self.env.cr.execute(
            "UPDATE crm_contact_score_rule SET company_id = %s WHERE id = %s",
            [self.env["res.company"].create({"name": "Elsewhere"}).id, rule.id],
        )
        self.env.invalidate_all()
        entries = self._entry(self.emre)
        self.assertIn(rule, entries.rule_id)
        self.assertNotIn(
            rule,
            self.env["crm.contact.score.entry"]
            .with_user(self.manager)
            .search([("id", "in", entries.ids)])
            .rule_id,
        )

    def test_screens_open(self):
        for xmlid in (
            "crm_contact_score_action",
            "crm_contact_score_action_distribution",
            "crm_contact_score_rule_action",
            "crm_contact_score_threshold_action",
            "crm_contact_score_hit_action",
            "crm_contact_score_snapshot_action",
        ):
            action = self.env.ref(f"crm_suite_marketing.{xmlid}")
            views = [(False, kind) for kind in action.view_mode.split(",")]
            found = self.env[action.res_model].with_user(self.manager).get_views(views)
            self.assertEqual(len(found["views"]), len(views))

    def test_the_button_on_the_contact(self):
        arch = self.env["res.partner"].with_user(self.salesperson).get_view(view_type="form")
        self.assertIn("action_view_score", arch["arch"])

    def test_the_grade_is_on_the_page_of_the_customer(self):
        def get_chips(contact, user):
            page = self.env["crm.customer.page"].with_user(user).get_page(contact.id)
            standing = page["blocks"]["standing"] or {"chips": []}
            return {chip["key"]: chip for chip in standing["chips"]}

        chip = get_chips(self.amal, self.salesperson)["score"]
        self.assertEqual((chip["value"], chip["note"]), ("A2", "50.0"))
        self.assertNotIn("score", get_chips(self.dalia, self.salesperson))
        clerk = mail_new_test_user(self.env, login="clerk_of_pages", groups="base.group_user")
        self.assertNotIn("score", get_chips(self.amal, clerk))
