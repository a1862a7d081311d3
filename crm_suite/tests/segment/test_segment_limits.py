from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib.filter_limits import MAX_LENGTH
from .test_segment import SegmentCase

SLOW = Domain("id", "in", SQL("(SELECT 1 FROM pg_sleep(5))"))


class TestSegmentLimits(SegmentCase):
    """Filters that a team leader sends by RPC to bring down the server, or to learn something."""

    def setUp(self):
        super().setUp()
        self.Segment = self.env["crm.segment"].with_user(self.nora)

    def _assert_refused(self, domain, message):
        segment = self._segment()
        with self.subTest(ascii(domain)[:80]):
            with self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
                self.Segment.create({"name": "Hostile", "domain": domain})
            with self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
                segment.domain = domain
            preview = self.Segment.get_preview({"kind": "domain", "domain": domain})
            self.assertRegex(preview["error"], message)
            self.assertFalse(preview["count"] or preview["sample"])
        self.env.invalidate_all()
        self.assertEqual(self._members(segment), self.amal + self.basma)

    def test_huge(self):
        one = ("city", "=", "x")
        for domain, message in (
            (f"[('city', '=', '{'x' * MAX_LENGTH}')]", "too long"),
            (repr(["|"] * 250 + [one] * 251), "more than 200 conditions"),
            (repr([("child_ids", "any", [one] * 150)] * 2), "more than 200 conditions"),
            (repr([(".".join(["parent_id"] * 9), "=", 1)]), "from record to record"),
            ("[" * 3000 + "]" * 3000, "cannot be read"),
            ("(" * 40000 + ")" * 40000, "cannot be read"),
            (repr(["!"] * 150), "cannot be read"),
        ):
            self._assert_refused(domain, message)
        nested = [one]
        for _level in range(9):
            nested = [("parent_id", "any", nested)]
        self._assert_refused(repr(nested), "conditions within conditions")

    def test_values_that_do_not_fit(self):
        for domain, message in (
            ("[('id', '=', 99999999999999999999)]", None),
            ("[('color', '>', 'red')]", "does not work"),
            ("[('create_date', '>', 'yesterday-ish')]", "does not work"),
            ("[('create_date', '>', '9999999-01-01')]", "does not work"),
            ("[('country_id', 'child_of', 'x' )]", None),
            ("[('metric_ids.revenue', '>', 'much')]", "does not work"),
            ("[('metric_ids', 'any', [('nothing', '=', 1)])]", "nothing"),
            ("[('last_interaction_date', '>', 'soon')]", "does not work"),
            ("[('bought_product_ids', 'in', ['x'])]", None),
            ("[('bought_product_ids', '>', 5)]", None),
            ("[('category_id', 'in', {1: 2})]", None),
            ("[('segment_ids', 'in', [True])]", "does not work"),
            ("[('segment_ids', '=', True)]", None),
        ):
            with self.subTest(domain):
                if message:
                    self._assert_refused(domain, message)
                    continue
                # some are understood, none of them ends in a crash
                with suppress(UserError), self.env.cr.savepoint():
                    self.Segment.create({"name": "Odd", "domain": domain})
                self.Segment.get_preview({"kind": "domain", "domain": domain})

    def test_fields_that_the_owner_may_not_read(self):
        for domain in (
            "[('signup_type', '=', 'x')]",
            "[('parent_id.signup_type', '=', 'x')]",
            "[('parent_id', 'any', [('signup_type', '=', 'x')])]",
            "[('child_ids', 'not any', [('parent_id.signup_type', '!=', False)])]",
            "['!', ('child_ids.child_ids.signup_type', '=', 'x')]",
            # these have search methods, for which Odoo does not ask who searches
            "[('credit', '>', 1000)]",
            "['!', ('parent_id.debit', '<', 1000)]",
            "[('child_ids', 'any', ['|', ('city', '=', 'x'), ('credit', '>', 1)])]",
            "[('child_ids.parent_id', 'not any', [('commercial_partner_id.credit', '=', 5)])]",
            "[('user_ids.credit', '>', 1)]",
        ):
            self._assert_refused(domain, "may not read")
        self._assert_refused("[('user_ids.password', '!=', 'x')]", "does not work")

    def test_fields_that_the_owner_may_read(self):
        accountant = self._create_user("amir", "account.group_account_invoice")
        accountant.group_ids += self.env.ref("crm_suite.group_team_leader")
        segment = self._segment(
            user=accountant, domain="[('credit', '<', 1), ('ref', '=', 'segment test')]"
        )
        # who loses the right keeps the members, and reads why
        accountant.group_ids -= self.env.ref("account.group_account_invoice")
        self._run_cron()
        self.assertIn("may not read", segment.sudo().last_error)

    def test_files(self):
        """Odoo would log what it cannot search, and let everybody in."""
        for domain in (
            "[('image_1920', '=', 'x')]",
            "[('image_128', 'ilike', 'x')]",
            "['!', ('parent_id.image_1920', 'in', ['x', False])]",
            "[('child_ids', 'any', [('image_1920', '>', 'x')])]",
        ):
            self._assert_refused(domain, "is a file")
        for domain in "[('image_1920', '!=', False)]", "[('image_1920', 'in', [False])]":
            self.assertFalse(self.Segment.get_preview({"domain": domain})["error"])

    def test_readable_refusals(self):
        for domain in "[('id', '=', uid)]", "[('create_date', '>', context_today())]", "nonsense":
            preview = self.Segment.get_preview({"domain": domain})
            self.assertIn("It is a list of conditions with plain values", preview["error"])
            self.assertNotIn("object at", preview["error"])
        preview = self.Segment.get_preview({"domain": "[('id', '=', 'x')]"})
        self.assertIn("“New”", preview["error"])

    def test_other_definitions(self):
        self._assert_refused("[('id', 'in', SQL('1'))]", "cannot be read")
        for values in (
            {"kind": "drop table"},
            {"include_mode": "none"},
            {"include_ids": "x"},
            {"include_ids": [[6, 0, ["x"]]]},
            {"exclude_ids": [[6, 0, [2**31 - 1]]]},
            {"company_id": 2**31 - 1},
            {"company_id": "x"},
            {"domain": 5},
            {"domain": None},
            {"rfm_cell_ids": [[6, 0, [2**31 - 1]]], "kind": "rfm"},
            {"partner_ids": {"a": 1}, "kind": "fixed"},
        ):
            with self.subTest(values):
                preview = self.Segment.get_preview(values)
                self.assertEqual(set(preview), {"count", "sample", "error"})
        with self.assertRaises(UserError):
            self.Segment.get_preview("x")

    # ------------------------------------------------------------------
    # Time
    # ------------------------------------------------------------------

    def _slow(self):
        return patch.object(
            self.registry["crm.segment"],
            "_get_contact_domain",
            lambda segment, companies: SLOW,
        )

    def _set(self, **seconds):
        for name, value in seconds.items():
            self.env["ir.config_parameter"].set_param(f"crm_suite.{name}", value)

    def _get_limit(self):
        self.env.cr.execute("SHOW statement_timeout")
        return self.env.cr.fetchone()[0]

    def test_slow_evaluation_keeps_the_members(self):
        segment = self._segment()
        before = self._get_limit()
        self._set(segment_timeout="0.001")
        with self._slow():
            segment._evaluate()
            self.assertIn("longer than 0.001 seconds", segment.last_error)
            self.assertEqual(self._members(segment), self.amal + self.basma)
            with self.assertRaisesRegex(UserError, "takes longer"):
                segment.action_evaluate()
            with self.assertRaisesRegex(ValidationError, "takes longer"):
                self._segment("Rome")
            self._run_cron()
        self.assertIn("takes longer", segment.last_error)
        self.assertEqual(self._get_limit(), before)
        self._set(segment_timeout="30")
        segment.action_evaluate()
        self.assertFalse(segment.last_error)

    def test_the_message_is_translated(self):
        self.env["res.lang"]._activate_lang("ar_001")
        segment = self._segment()
        self._set(segment_timeout="0.001")
        with self._slow():
            segment.with_context(lang="ar_001")._evaluate()
        self.assertIn(segment.name, segment.last_error)

    def test_slow_preview(self):
        self._set(segment_preview_timeout="0.001")
        with self._slow():
            preview = self.Segment.get_preview({"domain": "[]"})
        self.assertIn("takes longer", preview["error"])

    def test_the_limit_is_for_the_evaluation_only(self):
        before = self._get_limit()
        segment = self._segment()
        self.assertEqual(self._get_limit(), before)
        self.env.cr.execute("SET LOCAL statement_timeout = '7s'")
        segment._evaluate()
        self.Segment.get_preview({"domain": "[]"})
        self.assertEqual(self._get_limit(), "7s")
        seen = []

        def get_domain(_segment, _companies):
            seen.append(self._get_limit())
            return Domain.TRUE

        with patch.object(self.registry["crm.segment"], "_get_contact_domain", get_domain):
            segment._evaluate()
            self.env.cr.execute("SET LOCAL statement_timeout = 0")
            segment._evaluate()
            for value in ("", "nonsense", "-5", "0", "nan", "12"):
                self._set(segment_timeout=value)
                segment._evaluate()
        self.assertEqual(seen, ["7s", *["30s"] * 6, "12s"])

    def test_context_of_whoever_evaluates(self):
        """A member is whom the owner means, whoever presses the button, and with what context."""
        segment = self._segment(
            domain="[('ref', '=', 'segment test'), ('order_day_count', '=', 0)]"
        )
        before = self._members(segment)
        self.assertEqual(before, self.contacts)
        self.env["sale.order"].create(
            {"partner_id": self.amal.id, "user_id": self.nora.id, "state": "sale"}
        )
        hostile = {"order_days_of": self.basma.ids, "tz": "Nowhere/Never"}
        segment.with_user(self.omar).with_context(**hostile).action_evaluate()
        self.env.invalidate_all()
        self.assertEqual(self._members(segment), self.basma + self.carla)
