from datetime import timedelta

from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestExplanation(ScoringCommon):
    """Every point can be traced to what gave it."""

    def test_the_reasons_add_up_to_the_score(self):
        self._make_rule("click", 7, half_life=9, cap=15)
        self._make_rule("open", 3, half_life=13)
        self._make_rule("unsubscribe", -4, half_life=5)
        self._make_fit([("category_id", "in", self.tag.ids)], 6)
        for days in (0, 1, 4, 9):
            self._did(self.amal, "click", days)
            self._did(self.amal, "open", days)
        self._did(self.amal, "unsubscribe", 2)
        self._refresh()
        score = self.Score.search([("partner_id", "=", self.amal.id)])
        self.assertEqual(len(score.entry_ids), 4)
        self.assertAlmostEqual(sum(score.entry_ids.mapped("value")), score.total, 1)
        self.assertEqual(score.fit, 6)

    def test_words(self):
        rule = self._make_rule("open", 4, half_life=10, name="Opened a mail")
        fit = self._make_fit([("id", "=", self.amal.id)], 6)
        for _number in range(3):
            self._did(self.amal, "open", 10)
        self._refresh()
        entry = self._entry(self.amal, rule)
        self.assertTrue(entry.explanation.startswith("3 × Opened a mail, last on "))
        self.assertTrue(entry.explanation.endswith(": 12 points, today 6.0"))
        self.assertEqual(self._entry(self.amal, fit).explanation, "Fit: 6 points")
        self.assertEqual(entry.last_at.date(), self._days_ago(10))

    def _days_ago(self, days):
        return self.now.date() - timedelta(days=days)

    def test_what_has_not_faded_says_so_once(self):
        rule = self._make_rule("click", 5, name="Clicked")
        self._did(self.amal)
        self._refresh()
        self.assertTrue(self._entry(self.amal, rule).explanation.endswith(": 5 points"))

    def test_salespeople_read_why(self):
        self._make_rule("click", 5, name="Clicked")
        self._did(self.amal)
        self._refresh()
        contact = self.amal.with_user(self.salesperson)
        self.assertEqual(contact.score_grade, "D3")
        action = contact.action_view_score()
        score = self.Score.with_user(self.salesperson).browse(action["res_id"])
        self.assertIn("Clicked", score.entry_ids.explanation)

    def test_the_contacts_of_a_rule(self):
        rule = self._make_rule("click", 5, mailing_id=self.mailing.id)
        self._did(self.amal)
        self._did(self.emre)
        self._make_rule("open", 5)
        self._did(self.faris, "open")
        self._refresh()
        self.assertEqual(rule.contact_count, 2)
        domain = rule.action_view_contacts()["domain"]
        self.assertEqual(self.Score.search(domain).partner_id, self.amal + self.emre)
