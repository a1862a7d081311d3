from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ScoringCommon

ENGINE = "odoo.addons.crm_suite_marketing.models.scoring.crm_contact_score_engine"


@tagged("post_install", "-at_install")
class TestRules(ScoringCommon):
    """Who may define what, and what a bad definition does."""

    def test_only_managers_write_rules(self):
        for user in (self.marketer, self.salesperson):
            with self.assertRaises(AccessError):
                self._make_rule(user=user)
        rule = self._make_rule(user=self.manager)
        self.assertTrue(rule.with_user(self.marketer).name)
        with self.assertRaises(AccessError):
            rule.with_user(self.marketer).points = 3

    def test_a_rule_is_made_on_its_form(self):
        form = Form(self.Rule.with_user(self.manager))
        form.name = "Looked at prices"
        form.event = "visit"
        form.url_part = " /pricing "
        form.points = 8
        rule = form.save()
        self.assertEqual((rule.url_part, rule.user_id), ("/pricing", self.manager))
        form = Form(rule)
        form.event = "reply"
        self.assertFalse(form.save().url_part)

    def test_bad_filters_are_refused(self):
        for domain in ("no list", "[('nothing_of_the_kind', '=', 1)]", "[('id', '=', 'x\\0')]"):
            with self.assertRaises(ValidationError), mute_logger("odoo.domains"):
                self.Rule.create({"name": "Bad", "kind": "fit", "domain": domain})

    def test_a_filter_on_fields_that_one_may_not_read_is_refused(self):
        hidden = "[('user_ids.totp_secret', '!=', False)]"
        with self.assertRaises(ValidationError):
            self.Rule.with_user(self.manager).create(
                {"name": "Spy", "kind": "fit", "domain": hidden}
            )

    def test_whoever_changes_a_filter_owns_it(self):
        rule = self._make_fit([("id", "=", self.amal.id)])
        self.assertEqual(rule.user_id, self.env.user)
        mine = rule.with_user(self.manager)
        mine.points = 3
        self.assertEqual(rule.user_id, self.env.user)
        mine.domain = repr([("id", "=", self.emre.id)])
        self.assertEqual(rule.user_id, self.manager)
        # nobody lends himself the rights of somebody else
        mine.user_id = self.env.ref("base.user_admin")
        self.assertEqual(rule.user_id, self.manager)

    def test_a_filter_sees_what_its_owner_sees(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.emre.company_id = elsewhere
        self._make_fit([("id", "in", (self.amal + self.emre).ids)], user=self.manager)
        self._refresh()
        self.assertEqual((self._total(self.amal), self._total(self.emre)), (10, 0))
        self.manager.company_ids = [Command.link(elsewhere.id)]
        self._refresh()
        self.assertEqual(self._total(self.emre), 10)

    @mute_logger(ENGINE)
    def test_a_rule_whose_owner_left_is_skipped_and_says_so(self):
        rule = self._make_fit([("id", "=", self.amal.id)], user=self.manager)
        self._make_rule("click", 1)
        self._did(self.amal)
        self._refresh()
        self.manager.active = False
        self._did(self.amal)
        self._refresh()
        # what it gave before stays, so that nobody falls and rises because of that
        self.assertEqual(self._total(self.amal), 12)
        self.assertIn(self.manager.name, rule.run_error)
        admin = self.env.ref("base.user_admin")
        rule.with_user(admin).domain = repr([("id", "=", self.emre.id)])
        self._refresh()
        self.assertFalse(rule.run_error)
        self.assertEqual((self._total(self.amal), self._total(self.emre)), (2, 10))

    @mute_logger(ENGINE)
    def test_a_broken_rule_does_not_hold_up_the_others(self):
        broken = self._make_fit([("id", "=", self.amal.id)], 3)
        self._make_fit([("id", "=", self.amal.id)], 5)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_contact_score_rule SET domain = %s WHERE id = %s",
            ["[('no_such_field', '=', 1)]", broken.id],
        )
        self.env.invalidate_all()
        self._refresh()
        self.assertEqual(self._total(self.amal), 5)
        self.assertTrue(broken.run_error)

    @mute_logger(ENGINE)
    def test_a_filter_that_takes_too_long_is_stopped(self):
        slow = self._make_fit([("id", "=", self.amal.id)], 3)
        self._make_rule("click", 1)
        self._did(self.amal)
        execute = type(self.env.cr).execute

        def crawl(cr, query, *args, **kwargs):
            if "crm_contact_score_new" in str(getattr(query, "code", query)) and (
                "'fit'" in str(getattr(query, "code", query))
            ):
                return execute(cr, "SELECT pg_sleep(5)")
            return execute(cr, query, *args, **kwargs)

        with (
            patch(f"{ENGINE}.RULE_SECONDS", 0.05),
            patch.object(type(self.env.cr), "execute", crawl),
        ):
            self._refresh()
        self.assertEqual(self._total(self.amal), 1)
        self.assertIn("too long", slow.run_error)

    def test_numbers_out_of_range(self):
        for values in (
            {"points": 0},
            {"points": 1001},
            {"half_life": -1},
            {"cap": -1},
            {"repetition": "limit", "most": 0},
        ):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._make_rule(**values)

    def test_an_event_is_needed(self):
        with self.assertRaises(ValidationError):
            self._make_rule(False)

    def test_what_comes_with_the_add_on_works(self):
        rules = self.Rule.with_context(active_test=False).search([])
        ready = rules.filtered(lambda rule: rule.get_external_id()[rule.id])
        self.assertTrue(ready)
        ready.active = True
        self.amal.function = "Buyer"
        self._did(self.amal, "reply")
        self._refresh()
        self.assertFalse(any(ready.mapped("run_error")))
        kinds = self._entry(self.amal).mapped("kind")
        self.assertEqual(set(kinds), {"engagement", "fit"})

    def test_a_rule_that_goes_takes_its_points(self):
        rule = self._make_rule("click", 10)
        self._make_rule("open", 1)
        self._did(self.amal)
        self._did(self.amal, "open")
        self._refresh()
        rule.unlink()
        self._refresh()
        self.assertEqual(self._total(self.amal), 1)
