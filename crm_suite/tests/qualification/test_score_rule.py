from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import QualificationCase

ENGINE = "odoo.addons.crm_suite.models.qualification.crm_lead_score_engine"
RULE = "odoo.addons.crm_suite.models.qualification.crm_lead_score_rule"


@tagged("post_install", "-at_install")
class TestScoreRule(QualificationCase):
    """A rule that cannot work is refused; one that stops working is skipped and says so."""

    def test_make_a_rule_in_the_form(self):
        form = Form(self.env["crm.lead.score.rule"].with_user(self.mona))
        form.kind = "answer"
        form.question_id = self.decider
        self.assertEqual((form.condition, form.name), ("options", "Who signs?"))
        form.option_ids.add(self.boss)
        form.points = 15
        rule = form.save()
        self.assertEqual(rule.health, "ok")
        lead = self._create_lead()
        lead.qualification_input = {self.decider.id: "Boss"}
        self.assertEqual(lead.rule_score, 15)
        self.assertEqual(rule.lead_count, 1)

    def test_who_may_not_read_what_a_customer_owes_makes_no_rule_of_it(self):
        """Odoo answers this field by a search method, which asks nobody for his rights."""
        rules = self.env["crm.lead.score.rule"]
        for domain in (
            "[('partner_id.credit', '>', 5)]",
            "[('partner_id', 'any', [('child_ids.credit', '>', 5)])]",
        ):
            with (
                self.subTest(domain=domain),
                self.assertRaisesRegex(ValidationError, "may not read"),
                self.env.cr.savepoint(),
            ):
                rules.with_user(self.mona).create({"name": "Owes", "domain": domain})
            self.assertEqual(self._create_rule(domain=domain).health, "ok")

    def test_a_monstrous_filter_is_refused(self):
        for domain, why in (
            (repr([("name", "=", "x")] * 500), "conditions"),
            (repr([("name", "=", "x" * 300000)]), "too long"),
            (f"[('{'partner_id.' * 40}name', '=', 'x')]", "record to record"),
        ):
            with (
                self.subTest(why=why),
                self.assertRaisesRegex(ValidationError, why),
                self.env.cr.savepoint(),
            ):
                self._create_rule(domain=domain)

    def test_what_cannot_work_is_refused(self):
        for domain in [
            "[('nothing', '=', 1)]",
            "[('user_id.nothing', '=', 1)]",
            "[('create_date', '>', 'someday')]",
            "[('name', 'looks like', 'x')]",
            "[('id', '=', uid)]",
            "__import__('os')",
            "[(",
            "{}",
            "[('email_from', '=', 'a\0b')]",
            "7",
        ]:
            with (
                self.subTest(domain=domain),
                self.assertRaises(ValidationError),
                mute_logger("odoo.domains", "odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._create_rule(domain=domain)
        for values in [
            {"condition": "yes", "question_id": self.need.id},
            {"condition": "options", "question_id": self.decider.id},
            {
                "condition": "options",
                "question_id": self.decider.id,
                "option_ids": self.uses.option_ids.ids,
            },
            {"condition": "products", "question_id": self.wish.id},
            {"condition": "answered"},
        ]:
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self._create_rule(kind="answer", **values)

    def test_paths_and_relative_days_work(self):
        for domain in [
            "[('team_id.user_id.name', 'ilike', 'nora')]",
            "[('create_date', '>', '-7d')]",
            "['|', ('tag_ids', '!=', False), ('answer_ids.question_id.name', '=', 'Budget?')]",
            "[('country_id.code', 'in', ['SA', 'EG'])]",
            "[('is_untouched', '=', True)]",
            "[('score_line_ids', '=', False)]",
            "",
        ]:
            with self.subTest(domain=domain):
                self.assertEqual(self._create_rule(domain=domain).health, "ok")
        self.assertGreater(self._create_lead().rule_score, 0)

    def test_a_rule_that_stops_working_is_skipped(self):
        good = self._create_rule(domain='[("type", "=", "lead")]', points=5)
        bad = self._create_rule(domain='[("type", "=", "lead")]', points=50)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead_score_rule SET domain = %s WHERE id = %s",
            ["[('x_gone', '=', 1)]", bad.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        with self.assertLogs(RULE, "WARNING"):
            lead = self._create_lead()
            self.assertEqual(lead.rule_score, 5)
        self.assertEqual(lead.score_line_ids.rule_id, good)
        self.assertEqual(bad.health, "broken")
        self.assertIn("x_gone", bad.last_error)
        bad.active = False
        bad.unlink()

    def test_one_rule_that_the_database_refuses_spoils_no_other(self):
        self._create_rule(domain='[("type", "=", "lead")]', points=5)
        bad = self._create_rule(domain='[("type", "=", "lead")]', points=50)
        Engine = self.registry["crm.lead.score.engine"]
        make_query = Engine._make_query

        def broken(engine, rule, lead_ids):
            query = make_query(engine, rule, lead_ids)
            if rule.id == bad.id:
                return type(query)("SELECT %s, 1 / 0, NULL::timestamp", rule.id)
            return query

        with patch.object(Engine, "_make_query", broken), self.assertLogs(ENGINE, "WARNING"):
            lead = self._create_lead()
            self.assertEqual(lead.rule_score, 5)

    def test_names_in_a_filter_are_in_the_language_of_who_wrote_it(self):
        self.env["res.lang"]._activate_lang("ar_001")
        country = self.env.ref("base.eg")
        country.with_context(lang="ar_001").name = "مصر"
        rule = self._create_rule(domain="[]")
        rule.with_user(self.mona).with_context(
            lang="ar_001"
        ).domain = "[('country_id.name', '=', 'مصر')]"
        lead = self._create_lead(country_id=country.id)
        self.assertEqual(lead.rule_score, 10)

    def test_who_saves_a_rule_must_be_allowed_to_read_what_it_looks_at(self):
        domain = "[('user_id.login_date', '!=', False), ('user_id.totp_secret', '!=', False)]"
        if "totp_secret" not in self.env["res.users"]._fields:
            domain = "[('user_id.api_key_ids.name', '!=', False)]"
        with self.assertRaises(ValidationError):
            self.env["crm.lead.score.rule"].with_user(self.mona).create(
                {"name": "Spy", "domain": domain}
            )

    def test_changed_rules_score_what_is_open(self):
        lead = self._create_lead()
        rule = self._create_rule(domain='[("type", "=", "lead")]', points=5)
        self.assertEqual(lead.rule_score, 5)
        rule.points = 8
        self.assertEqual(lead.rule_score, 8)
        rule.active = False
        self.assertEqual(lead.rule_score, 0)
        rule.active = True
        rule.unlink()
        self.assertEqual(lead.rule_score, 0)
        self.assertFalse(lead.score_line_ids)

    def test_many_open_leads_are_left_to_the_scheduled_job(self):
        lead = self._create_lead()
        self.assertEqual(lead.rule_score, 0)
        cron = self.env.ref("crm_suite.ir_cron_update_scores")
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        path = "odoo.addons.crm_suite.models.qualification.crm_lead_score_mixin.SCORED_AT_ONCE"
        with patch(path, 0):
            self._create_rule(domain='[("type", "=", "lead")]', points=5)
        self.assertEqual(lead.rule_score, 0)
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
        self.assertEqual(self.env["ir.config_parameter"].get_param("crm_suite.score_silent"), "1")
