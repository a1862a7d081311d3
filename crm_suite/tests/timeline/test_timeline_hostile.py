from odoo.exceptions import AccessError, UserError

from .common import TimelineCase


class TestHostileQuestions(TimelineCase):
    """Whatever a client sends: an answer or words that say what is wrong."""

    def _ask(self, res_model, res_id, **options):
        return self.env["crm.timeline"].with_user(self.alia).get_page(res_model, res_id, **options)

    def test_models_without_a_customer(self):
        message = self._write_mail(self.layla)
        for model, res_id in (
            ("res.users", self.omar.id),
            ("mail.message", message.id),
            ("crm.timeline.message", 1),
            ("crm.timeline.mixin", 1),
            ("crm.interaction", self._log().id),
            ("no.such.model", 1),
            ("", 1),
            (None, 1),
            (["res.partner"], 1),
            ({}, 1),
        ):
            with self.subTest(model), self.assertRaisesRegex(UserError, "history"):
                self._ask(model, res_id)
            with self.assertRaises(UserError):
                self.env["crm.timeline"].with_user(self.alia).get_sources(model, res_id)

    def test_ids(self):
        for res_id in ("5", "x", [self.haddad.id], {"id": 1}, 1.5, True, "1 OR 1=1"):
            with self.subTest(res_id), self.assertRaises(UserError):
                self._ask("res.partner", res_id)
        for res_id in (0, None, False, -1, 2**31, 2**70):
            self.assertEqual(self._ask("res.partner", res_id), {"rows": [], "cursor": None})

    def test_limits(self):
        self._log()
        for limit in ("x", [5], {"a": 1}, float("nan"), float("inf")):
            with self.subTest(limit), self.assertRaises(UserError):
                self._ask("res.partner", self.haddad.id, limit=limit)
        for limit in (None, False, "5", 2**70, -(2**70)):
            self.assertEqual(len(self._ask("res.partner", self.haddad.id, limit=limit)["rows"]), 1)

    def test_sources(self):
        self._log()
        for sources in ("mail", 5, {"mail": 1}, True):
            with self.subTest(sources), self.assertRaises(UserError):
                self._ask("res.partner", self.haddad.id, sources=sources)
        for sources in ([5], [None], [["mail"]], [{"a": 1}], ["x'; --"]):
            page = self._ask("res.partner", self.haddad.id, sources=sources)
            self.assertEqual(page, {"rows": [], "cursor": None})

    def test_cursors(self):
        for cursor in (
            "x",
            5,
            {},
            ["2024-01-01T00:00:00", "mail"],
            ["2024-01-01T00:00:00", "mail", 0],
            ["2024-01-01T00:00:00", "mail", 2**40],
            ["2024-01-01T00:00:00", 5, 5],
            ["0000-01-01", "mail", 5],
            ["2024-01-01T00:00:00+03:00", "mail", 5],
            [["2024-01-01"], "mail", 5],
        ):
            with self.subTest(cursor), self.assertRaisesRegex(UserError, "reload"):
                self._ask("res.partner", self.haddad.id, cursor=cursor)
        self._log()
        for cursor in (["9999-12-31T23:59:59", "zzz", 5], ["2999-01-01", "'; --", 5]):
            self.assertEqual(
                len(self._ask("res.partner", self.haddad.id, cursor=cursor)["rows"]), 1
            )
        first = self._ask("res.partner", self.haddad.id, cursor=["0001-01-01", "mail", 5])
        self.assertFalse(first["rows"])

    def test_a_cursor_of_another_customer_shows_nothing_of_him(self):
        other = self.env["res.partner"].create({"name": "Other"})
        for _number in range(3):
            self._log(partner=other, name="Secret")
        cursor = self._ask("res.partner", other.id, limit=1)["cursor"]
        self._log(name="Mine")
        rows = self._ask("res.partner", self.haddad.id, cursor=cursor)["rows"]
        self.assertNotIn("Secret", self._titles(rows))

    def test_context_keys_open_nothing(self):
        self._order(user=self.sami)
        timeline = self.env["crm.timeline"].with_user(self.omar)
        page = timeline.with_context(
            active_test=False, tz="No/Such'Zone", crm_timeline_print=True, sudo=True
        ).get_page("res.partner", self.haddad.id)
        self.assertFalse(page["rows"])

    def test_readers_from_outside(self):
        order = self._order()
        for user in (self.pia, self.env.ref("base.public_user")):
            for record in (self.layla, order):
                with self.assertRaises(AccessError):
                    self._page(user, record)
                with self.assertRaises(AccessError):
                    self._get_sources(user, record)

    def test_a_record_that_one_may_not_read(self):
        order = self._order(user=self.sami)
        for method in (self._page, self._get_sources):
            with self.assertRaises(AccessError):
                method(self.omar, order)
