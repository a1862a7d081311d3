from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.iap.tools.iap_tools import _MAIL_PROVIDERS

from .common import QualificationCase

FREE_ADDRESS = f"me@{min(_MAIL_PROVIDERS)}"


@tagged("post_install", "-at_install")
class TestScore(QualificationCase):
    """Facts give points, points fade, and each score can be read line by line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_rule = cls._create_rule(
            name="Company address", domain='[("email_kind", "=", "company")]', points=10
        )
        cls.budget_rule = cls._create_rule(
            name="Has a budget",
            kind="answer",
            question_id=cls.budget.id,
            condition="yes",
            points=20,
        )

    def _reasons(self, lead):
        lead.flush_recordset(["rule_score"])
        return {line.rule_id: line.value for line in lead.score_line_ids}

    def _age(self, record, **days):
        """Let the dates of a record be some days ago."""
        for name, number in days.items():
            self.env.cr.execute(
                f"UPDATE {record._table} SET {name} = now() AT TIME ZONE 'UTC'"
                f" - interval '{int(number)} days' WHERE id = %s",
                [record.id],
            )
        record.invalidate_recordset(list(days))

    def test_a_new_lead_is_scored(self):
        company = self._create_lead(email_from="layla@haddad.example.com")
        free = self._create_lead(partner_id=False, email_from=FREE_ADDRESS)
        none = self._create_lead(partner_id=False)
        self.assertEqual(
            [company.email_kind, free.email_kind, none.email_kind], ["company", "free", False]
        )
        self.assertEqual((company | free | none).mapped("rule_score"), [10, 0, 0])
        self.assertEqual(self._reasons(company), {self.company_rule: 10})
        for kind, lead in [("company", company), ("free", free), (False, none)]:
            self.assertEqual(
                lead.search([("id", "in", (company | free | none).ids), ("email_kind", "=", kind)]),
                lead,
            )

    def test_the_score_follows_the_facts(self):
        lead = self._create_lead().with_user(self.omar)
        self.assertEqual(lead.rule_score, 10)
        lead.qualification_input = {self.budget.id: "yes"}
        self.assertEqual((lead.rule_score, lead.score_level), (30, "warm"))
        lead.qualification_input = {self.budget.id: "no"}
        self.assertEqual(lead.rule_score, 10)
        lead.email_from = FREE_ADDRESS
        self.assertEqual(lead.rule_score, 0)
        self.assertFalse(lead.score_line_ids)

    def test_each_condition_of_an_answer(self):
        today = fields.Date.today()
        rules = [
            ({"question_id": self.need.id, "condition": "answered"}, "x", False),
            ({"question_id": self.budget.id, "condition": "no"}, "no", "yes"),
            (
                {
                    "question_id": self.decider.id,
                    "condition": "options",
                    "option_ids": self.boss.ids,
                },
                "Boss",
                "Board",
            ),
            (
                {
                    "question_id": self.wish.id,
                    "condition": "products",
                    "product_ids": self.desk.ids,
                },
                [self.desk.id, self.training.id],
                [self.training.id],
            ),
            ({"question_id": self.price.id, "condition": "from", "number": 100}, 100, 99),
            ({"question_id": self.price.id, "condition": "below", "number": 100}, 99, 100),
            (
                {"question_id": self.day.id, "condition": "within", "days": 30},
                str(today + timedelta(days=20)),
                str(today + timedelta(days=40)),
            ),
        ]
        self.company_rule.active = self.budget_rule.active = False
        lead = self._create_lead()
        for values, yes, no in rules:
            with self.subTest(values=values):
                rule = self._create_rule(kind="answer", points=7, **values)
                lead.qualification_input = {values["question_id"]: yes}
                self.assertEqual(lead.rule_score, 7)
                lead.qualification_input = {values["question_id"]: no}
                self.assertEqual(lead.rule_score, 0)
                rule.unlink()

    def test_facts_of_the_customer_and_the_products(self):
        industry = self.env["res.partner.industry"].create({"name": "Schools"})
        self.haddad.write({"industry_id": industry.id, "company_size": "3"})
        self._create_rule(domain=str([("industry_id", "=", industry.id)]), points=1)
        self._create_rule(domain='[("company_size", "=", "3")]', points=2)
        self._create_rule(domain='[("partner_id.parent_id.is_company", "=", True)]', points=4)
        self._create_rule(domain=str([("line_ids.product_id", "=", self.desk.id)]), points=8)
        self._create_rule(domain=str([("source_id.name", "=", "Fair")]), points=16, per="once")
        lead = self._create_lead()
        self.assertEqual(lead.rule_score, 10 + 7)
        self.env["crm.opportunity.line"].create({"lead_id": lead.id, "product_id": self.desk.id})
        self.assertEqual(lead.rule_score, 10 + 15)
        lead.line_ids.unlink()
        lead.source_id = self.env["utm.source"].create({"name": "Fair"})
        self.assertEqual(lead.rule_score, 10 + 7 + 16)

    def test_a_new_customer_keeps_industry_and_size(self):
        industry = self.env["res.partner.industry"].create({"name": "Schools"})
        lead = self._create_lead(
            partner_id=False,
            partner_name="New School",
            industry_id=industry.id,
            company_size="2",
            email_from="head@school.example.com",
        )
        partner = lead._create_customer().commercial_partner_id
        self.assertEqual((partner.industry_id, partner.company_size), (industry, "2"))

    def test_interactions_count_up_to_a_limit_and_fade(self):
        self.company_rule.active = False
        self._create_rule(
            domain="[]",
            per="interaction",
            points=5,
            max_points=12,
            half_life=10,
            decay_from="interaction",
        )
        lead = self._create_lead()
        self.assertEqual(lead.rule_score, 0)
        interactions = self.env["crm.interaction"].create(
            [{"lead_id": lead.id, "name": "Call", "channel": "phone"} for _i in range(3)]
        )
        self.assertEqual(lead.rule_score, 12)
        interactions[0].unlink()
        self.assertEqual(lead.rule_score, 10)
        for interaction in interactions[1:]:
            interaction.date = fields.Datetime.now() - timedelta(days=20)
        self.assertEqual(lead.rule_score, 3, "10 points after two half-lives: 2.5")
        self.assertEqual(lead.score_line_ids.value, 2.5)
        self.assertIn("halves every 10 days", lead.score_line_ids.explanation)

    def test_replies_of_the_customer_count(self):
        rule = self._create_rule(
            domain='[("customer_reply_date", "!=", False)]',
            half_life=14,
            decay_from="reply",
            points=30,
        )
        lead = self._create_lead()
        self._age(lead, create_date=2)
        self._say(lead, "Call me", message_type="email", author_id=self.omar.partner_id.id)
        self.assertFalse(lead.customer_reply_date)
        self._say(lead, "When do you deliver?", message_type="email", author_id=self.layla.id)
        self.assertTrue(lead.customer_reply_date)
        self.assertEqual(self._reasons(lead)[rule], 30)
        self._age(lead, customer_reply_date=14)
        lead._update_scores()
        self.assertEqual(self._reasons(lead)[rule], 15)

    def test_groups_have_limits(self):
        group = self.env["crm.lead.score.group"].create(
            {"name": "Fit", "has_limit": True, "max_points": 25}
        )
        (self.company_rule | self.budget_rule).group_id = group
        self._create_rule(domain='[("phone", "!=", False)]', points=-5)
        lead = self._create_lead(phone="+1 555 0100")
        lead.qualification_input = {self.budget.id: "yes"}
        self.assertEqual(lead.rule_score, 25 - 5)
        self.assertEqual(sum(lead.score_line_ids.mapped("value")), 20)
        self.assertIn("Fit counts 25 at most", " ".join(lead.score_line_ids.mapped("explanation")))
        group.has_limit = False
        self.assertEqual(lead.rule_score, 25)

    def test_closed_leads_keep_their_score(self):
        lead = self._create_opportunity(stage_id=self.fresh.id)
        lead.qualification_input = {self.budget.id: "yes"}
        self.assertEqual(lead.rule_score, 30)
        lead.action_set_lost()
        lead.with_context(active_test=False).email_from = FREE_ADDRESS
        lead._update_scores()
        self.assertEqual(lead.rule_score, 30)
        lead.action_restore()
        self.assertEqual(lead.rule_score, 20)

    def test_rules_concern_their_teams_and_companies(self):
        self.company_rule.team_ids = self.south
        self.assertEqual(self._create_lead().rule_score, 0)
        other = self.env["res.company"].create({"name": "Other"})
        self.company_rule.write({"team_ids": False, "company_id": other.id})
        self.assertEqual(self._create_lead().rule_score, 0)
        self.company_rule.company_id = False
        self.assertEqual(self._create_lead().rule_score, 10)

    def test_sort_and_group(self):
        low = self._create_lead(partner_id=False)
        high = self._create_lead()
        high.qualification_input = {self.budget.id: "yes"}
        leads = (low | high).with_user(self.omar)
        self.assertEqual(
            leads.search([("id", "in", leads.ids)], order="rule_score desc").ids, [high.id, low.id]
        )
        groups = leads.formatted_read_group(
            [("id", "in", leads.ids)], ["score_level"], ["__count", "rule_score:avg"]
        )
        self.assertEqual(
            {group["score_level"]: group["rule_score:avg"] for group in groups},
            {"cold": 0, "warm": 30},
        )

    def test_levels_are_settings(self):
        lead = self._create_lead()
        self.assertEqual(lead.score_level, "cold")
        self.env.flush_all()
        settings = self.env["res.config.settings"].create(
            {"crm_score_warm": 5, "crm_score_hot": 10}
        )
        settings.execute()
        self.assertEqual(lead.score_level, "hot")

    def test_few_queries_for_many_leads(self):
        values = [
            {"name": f"Lead {i}", "type": "lead", "email_from": f"a{i}@b{i}.example.com"}
            for i in range(200)
        ]
        leads = self.env["crm.lead"].create(values)
        self.env.flush_all()
        leads._update_scores()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(__system__=9):
            leads._update_scores()
            self.env.flush_all()
        self.assertEqual(set(leads.mapped("rule_score")), {10})

    def _run_cron(self, seconds_left=10):
        with patch.object(
            self.registry["ir.cron"], "_commit_progress", autospec=True, return_value=seconds_left
        ):
            self.env["crm.lead"]._cron_update_scores()

    def test_points_fade_at_night(self):
        self.company_rule.write({"half_life": 7, "decay_from": "arrival"})
        lead = self._create_lead()
        self.assertEqual(lead.rule_score, 10)
        self.env.flush_all()
        self._age(lead, create_date=14)
        write_date = lead.write_date
        self._run_cron()
        self.assertEqual(lead.rule_score, 3)
        self.assertEqual(lead.write_date, write_date, "a night is no work on the lead")

    def test_a_night_that_is_cut_off_goes_on(self):
        leads = self._create_lead() | self._create_lead() | self._create_lead()
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_lead SET rule_score = 0 WHERE id IN %s", [leads._ids])
        self.env.invalidate_all()
        path = "odoo.addons.crm_suite.models.qualification.crm_lead_score_mixin.CRON_BATCH"
        others = self.env["crm.lead"].search_count([("id", "<", leads[0].id)])
        self.env["ir.config_parameter"].set_param("crm_suite.score_position", leads[0].id - 1)
        self.assertGreaterEqual(others, 0)
        with patch(path, 2):
            self._run_cron(seconds_left=0)
            self.assertEqual(leads.mapped("rule_score"), [10, 10, 0])
            self._run_cron()
        self.assertEqual(leads.mapped("rule_score"), [10, 10, 10])
        self.assertEqual(self.env["ir.config_parameter"].get_param("crm_suite.score_position"), "0")
