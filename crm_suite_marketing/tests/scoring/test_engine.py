import json
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestEngine(ScoringCommon):
    """What counts, how often, and for how long."""

    def test_events_of_people_count(self):
        self._make_rule("click", 10)
        self._did(self.amal)
        self._did(self.amal, days=3)
        self._did(self.emre, "open")
        self._refresh()
        self.assertEqual(self._total(self.amal), 20)
        self.assertFalse(self.Score.search([("partner_id", "=", self.emre.id)]))

    def test_programs_never_count(self):
        self._make_rule("click", 10)
        self._did(self.amal, actor="bot")
        self._did(self.emre, actor="unknown")
        self._refresh()
        self.assertEqual((self._total(self.amal), self._total(self.emre)), (0, 10))

    def test_what_is_uncertain_counts_only_where_it_may(self):
        self._make_rule("open", 10, is_sure=True)
        self._did(self.amal, "open", actor="unknown")
        self._did(self.emre, "open")
        self._refresh()
        self.assertEqual((self._total(self.amal), self._total(self.emre)), (0, 10))

    def test_a_verdict_that_changes_changes_the_score(self):
        self._make_rule("click", 10)
        self._visit(self.to_amal, "click", link=self.offer)
        self._run_cron()
        before = self._total(self.amal)
        self.assertEqual(before, 10)
        # the same visitor follows the link that no person sees
        self._visit(self.to_amal, "click", trap=True)
        self.assertEqual(set(self._events_of(self.to_amal).mapped("actor")), {"bot"})
        self._run_cron()
        self.assertEqual(self._total(self.amal), 0)

    def test_bounces_count_though_a_program_reports_them(self):
        self._make_rule("bounce", -10)
        self._did(self.amal, "bounce_hard", actor="bot")
        self._did(self.amal, "bounce_soft", actor="bot")
        self._refresh()
        self.assertEqual(self._total(self.amal), -20)

    def test_points_halve(self):
        self._make_rule("click", 10, half_life=30)
        self._did(self.amal, days=30)
        self._did(self.emre, days=60)
        self._refresh()
        self.assertEqual((self._total(self.amal), self._total(self.emre)), (5, 2.5))

    def test_points_fade_from_day_to_day(self):
        self._make_rule("click", 10, half_life=1)
        self._did(self.amal)
        values = []
        for day in range(3):
            self._refresh(today=self.now.date() + timedelta(days=day))
            values.append(self._total(self.amal))
        self.assertEqual(values, [10, 5, 2.5])

    def test_once_a_day(self):
        self._make_rule("click", 10, repetition="day")
        for days in (0, 0, 1, 5, 5, 5):
            self._did(self.amal, days=days)
        self._refresh()
        self.assertEqual(self._total(self.amal), 30)

    def test_once_counts_the_latest(self):
        self._make_rule("click", 10, repetition="once", half_life=10)
        for days in (10, 20, 30):
            self._did(self.amal, days=days)
        self._refresh()
        self.assertEqual(self._total(self.amal), 5)
        self.assertEqual(self._entry(self.amal).count, 1)

    def test_the_latest_few_count(self):
        rule = self._make_rule("click", 8, repetition="limit", most=3, half_life=10)
        for days in (0, 0, 10, 10, 20):
            self._did(self.amal, days=days)
        self._refresh()
        self.assertEqual(self._total(self.amal), 8 + 8 + 4)
        self.assertEqual(self._entry(self.amal, rule).points, 24)

    def test_the_limit_of_a_rule(self):
        self._make_rule("click", 10, cap=25)
        self._make_rule("unsubscribe", -10, cap=15)
        for _number in range(4):
            self._did(self.amal)
            self._did(self.emre, "unsubscribe")
        self._refresh()
        self.assertEqual((self._total(self.amal), self._total(self.emre)), (25, -15))

    def test_mailing_campaign_and_address(self):
        other = self._create_mailing()
        campaign = self.env["utm.campaign"].create({"name": "Spring"})
        self._make_rule("click", 1, mailing_id=other.id)
        self._make_rule("click", 10, campaign_id=campaign.id)
        self._make_rule("click", 100, url_part="EXAMPLE.com/offer")
        self._did(self.amal)
        self._did(self.basil, mailing_id=other.id)
        self._did(self.emre, campaign_id=campaign.id)
        self._did(self.faris, link_id=self.offer.id)
        self._did(self.dalia, link_id=self.news.id)
        self._refresh()
        people = (self.amal, self.basil, self.emre, self.faris, self.dalia)
        self.assertEqual([self._total(one) for one in people], [0, 1, 10, 100, 0])

    def test_pages_and_forms_by_their_address(self):
        self._make_rule("visit", 1, url_part="100%_sure")
        self._make_rule("form", 10)
        self._did(self.amal, "visit", evidence='{"url": "https://x.example.com/100%_sure"}')
        self._did(self.emre, "visit", evidence='{"url": "https://x.example.com/100xxsure"}')
        self._did(self.faris, "form", evidence='{"form_id": 3}')
        self._refresh()
        totals = [self._total(one) for one in (self.amal, self.emre, self.faris)]
        self.assertEqual(totals, [1, 0, 10])

    def test_one_form_of_several(self):
        form, other = (
            self.env["crm.web.form"].create({"name": name, "title": name}) for name in ("A", "B")
        )
        self._make_rule("form", 5, web_form_id=form.id)
        for partner, one in ((self.amal, form), (self.emre, other)):
            self._did(partner, "form", evidence=json.dumps({"form_id": one.id, "form": "A"}))
        self._did(self.faris, "form", evidence='{"form": "A"}')
        self._refresh()
        totals = [self._total(one) for one in (self.amal, self.emre, self.faris)]
        self.assertEqual(totals, [5, 0, 0])

    def test_orders_and_quotations(self):
        order, quotation = self._make_rule("order", 20), self._make_rule("quotation", 3)
        self._order(self.amal)
        self._order(self.emre, state="sent")
        self._order(self.faris, state="draft")
        self._order(self.dalia, state="cancel")
        self._refresh()
        totals = [self._total(one) for one in (self.amal, self.emre, self.faris, self.dalia)]
        self.assertEqual(totals, [23, 3, 0, 0])
        self.assertEqual(self._entry(self.amal).rule_id, order + quotation)

    def test_an_order_below_zero_is_a_return(self):
        self._make_rule("order", 20)
        self._order(
            self.amal,
            order_line=[
                Command.create(
                    {"product_id": self.product.id, "product_uom_qty": -1, "price_unit": 50}
                )
            ],
        )
        self._refresh()
        self.assertEqual(self._total(self.amal), 0)

    def test_what_is_still_to_come_does_not_count(self):
        self._make_rule("click", 10)
        self._did(self.amal, days=-2)
        self._refresh()
        self.assertEqual(self._total(self.amal), 0)

    def test_neither_colleagues_nor_archived_contacts(self):
        self._make_rule("click", 10)
        self._make_fit([("id", "in", (self.emre + self.marketer.partner_id).ids)])
        self._did(self.marketer.partner_id)
        self._did(self.amal)
        (self.amal + self.emre).active = False
        self._refresh()
        for partner in (self.marketer.partner_id, self.amal, self.emre):
            self.assertEqual(self._total(partner), 0)

    def test_a_rule_of_a_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self._make_rule("click", 10, company_id=company.id)
        self._make_fit([("email", "!=", False)], 1, company_id=company.id)
        self._did(self.amal)
        self._did(self.emre, company_id=company.id)
        self.basil.company_id = self.env.company
        self._refresh()
        totals = [self._total(one) for one in (self.amal, self.emre, self.basil)]
        self.assertEqual(totals, [1, 11, 0])

    def test_a_second_pass_writes_nothing(self):
        self._make_rule("click", 10, half_life=7)
        self._make_fit([("category_id", "in", self.tag.ids)])
        self._did(self.amal, days=3)
        self._refresh()
        tables = ("crm_contact_score", "crm_contact_score_entry")

        def look():
            found = []
            for table in tables:
                self.env.cr.execute(f"SELECT ctid, * FROM {table} ORDER BY id")
                found.append(self.env.cr.fetchall())
            return found

        before = look()
        self._refresh()
        self._refresh(self.amal + self.emre)
        self.assertEqual(look(), before)

    def test_some_contacts_are_scored_as_all_are(self):
        self._make_rule("click", 10, half_life=7)
        self._make_fit([("category_id", "in", self.tag.ids)])
        self._did(self.amal, days=3)
        self._did(self.emre, days=3)
        self._refresh(self.amal)
        self.assertFalse(self._total(self.emre))
        amal = self._total(self.amal)
        self._refresh()
        self.assertEqual(self._total(self.amal), amal)
        self.assertEqual(self._total(self.emre), amal)

    def test_points_go_with_what_gave_them(self):
        rule = self._make_rule("click", 10)
        self._make_fit([("function", "=", "Buyer")], 5)
        self._did(self.amal)
        self.amal.function = "Buyer"
        self._refresh()
        self.assertEqual(self._total(self.amal), 15)
        rule.active = False
        self._refresh()
        self.assertEqual(self._total(self.amal), 5)
        self.amal.function = False
        self._refresh()
        self.assertFalse(self.Score.search([("partner_id", "=", self.amal.id)]))

    def test_grade_and_level(self):
        settings = self.env["res.config.settings"].create(
            {
                "score_fit_a": 20,
                "score_fit_b": 10,
                "score_fit_c": 5,
                "score_engagement_1": 30,
                "score_engagement_2": 20,
                "score_engagement_3": 10,
                "score_hot": 40,
                "score_warm": 20,
            }
        )
        settings.set_values()
        self._make_rule("click", 10)
        self._make_fit([("category_id", "in", self.tag.ids)], 10)
        for _number in range(3):
            self._did(self.amal)
        self._did(self.faris)
        self._refresh()
        score = self.Score.search([("partner_id", "=", self.amal.id)])
        self.assertEqual((score.grade, score.level), ("B1", "hot"))
        self.assertEqual((score.engagement, score.fit, score.total), (30, 10, 40))
        score = self.Score.search([("partner_id", "=", self.faris.id)])
        self.assertEqual((score.grade, score.level), ("D3", "cold"))
        self.assertEqual(score.as_of, fields.Date.today())

    def test_bounds_have_to_fall(self):
        values = self.env["res.config.settings"].get_values()
        with self.assertRaises(ValidationError):
            self.env["res.config.settings"].create({"score_hot": values["score_warm"]})

    def test_the_number_of_statements_does_not_follow_the_number_of_contacts(self):
        self._make_rule("click", 10)
        self._make_rule("order", 10)
        self._make_fit([("category_id", "in", self.tag.ids)])
        self._did(self.amal)
        self._refresh()
        counts = []
        for partners in (self.amal, self.everybody):
            for partner in partners:
                self._did(partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._refresh(partners)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_the_job_scores_whoever_did_something(self):
        self._make_rule("click", 10)
        self._make_fit([("function", "=", "Buyer")], 5)
        self._run_cron("ir_cron_contact_score_all")
        self._visit(self.to_amal, "click", link=self.offer)
        self.emre.function = "Buyer"
        self.queue._write_collected()
        with patch.object(type(self.engine), "_refresh_all") as everybody:
            self._run_cron()
        everybody.assert_not_called()
        self.assertEqual((self._total(self.amal), self._total(self.emre)), (10, 5))
        self.assertFalse(self.queue.search_count([]))

    def test_the_job_scores_whose_order_was_confirmed_or_cancelled(self):
        self._make_rule("order", 20)
        self._run_cron("ir_cron_contact_score_all")
        order = self._order(self.amal)
        self.queue._write_collected()
        self._run_cron()
        self.assertEqual(self._total(self.amal), 20)
        order.partner_id = self.emre
        self.env.flush_all()
        self.queue._write_collected()
        self._run_cron()
        self.assertEqual((self._total(self.amal), self._total(self.emre)), (0, 20))
        order._action_cancel()
        self.env.flush_all()
        self.queue._write_collected()
        self._run_cron()
        self.assertEqual(self._total(self.emre), 0)

    def test_the_job_fades_the_points_of_yesterday(self):
        self._make_rule("click", 10, half_life=1)
        self._did(self.amal, days=2)
        self._run_cron("ir_cron_contact_score_all")
        self.queue._empty()
        self._refresh(today=self.now.date() - timedelta(days=1))
        self.assertEqual(self._total(self.amal), 5)
        self._run_cron()
        self.assertEqual(self._total(self.amal), 2.5)

    def test_a_changed_rule_scores_everybody(self):
        rule = self._make_rule("click", 10)
        self._did(self.amal)
        self._run_cron("ir_cron_contact_score_all")
        rule.points = 7
        self._run_cron()
        self.assertEqual(self._total(self.amal), 7)

    def test_the_button_of_managers(self):
        self._make_rule("click", 10)
        self._did(self.amal)
        self.Score.with_user(self.manager).action_recompute()
        self.assertEqual(self._total(self.amal), 10)
        with self.assertRaises(AccessError):
            self.Score.with_user(self.marketer).action_recompute()

    def test_many_contacts_are_left_to_the_job(self):
        self._make_rule("click", 10)
        self._did(self.amal)
        path = "odoo.addons.crm_suite_marketing.models.scoring.crm_contact_score_engine.AT_ONCE"
        with patch(path, 1):
            self.Score.with_user(self.manager).action_recompute()
        self.assertEqual(self._total(self.amal), 0)
        self._run_cron("ir_cron_contact_score_all")
        self.assertEqual(self._total(self.amal), 10)
