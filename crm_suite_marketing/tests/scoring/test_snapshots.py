from datetime import timedelta

from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestSnapshots(ScoringCommon):
    """What scores predicted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Snapshot = cls.env["crm.contact.score.snapshot"]
        cls._make_rule("click", 10)
        for partner in cls.reachable:
            cls._did(partner)
        cls.engine._refresh()
        cls.today = cls.now.date()
        cls.Snapshot.search([]).unlink()

    def _take(self, days):
        self.Snapshot._take(self.today - timedelta(days=days))

    def _of(self, partner):
        self.env.invalidate_all()
        return self.Snapshot.search([("partner_id", "=", partner.id)])

    def test_orders_and_won_leads_within_90_days(self):
        self._take(100)
        self._order(self.amal, 60)
        self._order(self.amal, 20)
        self._order(self.basil, 5)
        lead = self.env["crm.lead"].create({"name": "Lamps", "partner_id": self.emre.id})
        lead.action_set_won()
        lead.date_closed = self.now - timedelta(days=30)
        self.env.flush_all()
        self.Snapshot._count_outcomes(self.today)
        amal, basil, emre = (self._of(one) for one in (self.amal, self.basil, self.emre))
        self.assertEqual((amal.order_count, amal.converted), (2, 1))
        self.assertEqual((amal.conversion_rate, amal.grade), (100, "D3"))
        self.assertEqual((basil.order_count, basil.converted, basil.conversion_rate), (0, 0, 0))
        self.assertEqual((emre.won_count, emre.converted), (1, 1))
        self.assertTrue(all((amal + basil + emre).mapped("is_over")))

    def test_what_was_before_does_not_count(self):
        self._order(self.amal, 50)
        self._take(40)
        self.Snapshot._count_outcomes(self.today)
        self.assertFalse(self._of(self.amal).order_count)
        self.assertFalse(self._of(self.amal).is_over)

    def test_what_anybody_of_the_customer_orders_counts(self):
        company = self.env["res.partner"].create({"name": "Lamps Ltd", "is_company": True})
        self.amal.parent_id = company
        self._take(40)
        self._order(company, 10)
        self.Snapshot._count_outcomes(self.today)
        self.assertEqual(self._of(self.amal).order_count, 1)

    def test_what_is_over_stays(self):
        self._take(100)
        self.Snapshot._count_outcomes(self.today)
        self._order(self.amal, 60)
        self.Snapshot._count_outcomes(self.today)
        self.assertFalse(self._of(self.amal).order_count)

    def test_one_a_week_and_none_for_ever(self):
        self._take(500)
        self._run_cron("ir_cron_contact_score_all")
        self._run_cron("ir_cron_contact_score_all")
        self.assertEqual(self._of(self.amal).mapped("date"), [self.today])

    def test_rate_by_grade(self):
        self._take(100)
        self._order(self.amal, 60)
        self.Snapshot._count_outcomes(self.today)
        [(grade, number, buyers, rate)] = self.Snapshot._read_group(
            [("partner_id", "in", self.reachable.ids)],
            ["grade"],
            ["__count", "converted:sum", "conversion_rate:avg"],
        )
        self.assertEqual((grade, number, buyers), ("D3", 3, 1))
        self.assertAlmostEqual(rate, 100 / 3, 1)
