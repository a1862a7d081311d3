from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestBlockedSender(HelpdeskCommon):
    """Who is blocked, and who may block."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.blocked.sender"].search([]).unlink()
        cls.Blocked = cls.env["crm.blocked.sender"].with_user(cls.agent)

    def block(self, sender, **values):
        return self.Blocked.create({"sender": sender, **values})

    def is_blocked(self, email, company=None):
        return self.env["crm.blocked.sender"]._is_blocked(email, company or self.company)

    def test_an_address(self):
        self.block("pest@spam.example.org")
        self.assertTrue(self.is_blocked("pest@spam.example.org"))
        self.assertFalse(self.is_blocked("rest@spam.example.org"))
        self.assertFalse(self.is_blocked(False))

    def test_a_domain_with_what_is_below_it(self):
        self.block("spam.example.org")
        self.assertTrue(self.is_blocked("pest@spam.example.org"))
        self.assertTrue(self.is_blocked("pest@mail.spam.example.org"))
        self.assertFalse(self.is_blocked("pest@notspam.example.org"))
        self.assertFalse(self.is_blocked("pest@example.org"))

    def test_what_people_type(self):
        for typed, sender in (
            (" Pest <Pest@Spam.Example.org> ", "pest@spam.example.org"),
            ("@Spam2.example.org", "spam2.example.org"),
            ("*.spam3.example.org", "spam3.example.org"),
            ("<pest@spam4.example.org>", "pest@spam4.example.org"),
        ):
            self.assertEqual(self.block(typed).sender, sender)

    def test_what_cannot_be_blocked(self):
        self.env["mail.alias.domain"].create({"name": "own.example.com"})
        for wrong in (
            *("pest", "a b@example.org", "pest@", "org", "gmail.com", "own.example.com", "\x00"),
            *("me@own.example.com", "x@" + "a" * 400 + ".example.org", "a..b"),
        ):
            with self.assertRaises(ValidationError, msg=wrong), self.env.cr.savepoint():
                self.block(wrong)
        self.assertTrue(self.block("one@gmail.com"))

    def test_once(self):
        self.block("spam.example.org")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.block("Spam.example.org")
        self.assertFalse(self.Blocked._block({"x@spam.example.org"}, self.company, True))

    def test_another_company_hears_him_still(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.block("spam.example.org")
        self.assertFalse(self.is_blocked("a@spam.example.org", other))
        everywhere = self.env["crm.blocked.sender"].with_user(self.manager)
        everywhere.create({"sender": "all.example.org", "company_id": False})
        self.assertTrue(self.is_blocked("a@all.example.org", other))

    def test_who_may_block(self):
        everywhere = self.env["crm.blocked.sender"].create(
            {"sender": "all.example.org", "company_id": False}
        )
        self.assertTrue(everywhere.with_user(self.agent).sender, "agents see it")
        for action in (
            lambda: self.block("x.example.org", company_id=False),
            lambda: everywhere.with_user(self.agent).unlink(),
            lambda: self.Blocked.with_user(self.employee).search([]),
            lambda: self.Blocked.with_user(self.customer_user).create({"sender": "x.example.org"}),
        ):
            with self.assertRaises(AccessError):
                action()

    def test_colleagues_are_heard(self):
        self.agent.email = "amal@office.example.net"
        with self.assertRaises(UserError):
            self.Blocked._check_may_block({"amal@office.example.net"})
        self.Blocked._check_may_block({"pest@spam.example.org"})

    def test_it_costs_nothing_while_nobody_is_blocked(self):
        self.is_blocked("x@y.example.org")
        with self.assertQueryCount(0):
            self.assertFalse(self.is_blocked("x@y.example.org"))
        self.block("spam.example.org")
        self.is_blocked("x@y.example.org")
        with self.assertQueryCount(1):
            self.assertFalse(self.is_blocked("x@y.example.org"))

    def test_many_at_once(self):
        self.block("spam.example.org")
        self.block("pest@mail.example.org")
        mine, other = self.company.id, self.env["res.company"].create({"name": "Other"}).id
        pairs = {
            (email, company_id)
            for company_id in (mine, other)
            for email in ("a@x.spam.example.org", "pest@mail.example.org", "b@mail.example.org")
        } | {(False, mine)}
        self.is_blocked("x@y.example.org")
        with self.assertQueryCount(2):
            blocked = self.Blocked._filter_blocked(pairs)
        self.assertEqual(
            blocked,
            {
                (email, company_id)
                for email, company_id in pairs
                if self.Blocked._is_blocked(email, self.env["res.company"].browse(company_id))
            },
        )
        self.assertEqual(len({email for email, _company in blocked}), 2)

    def test_a_team_has_a_stage_of_spam(self):
        self.assertEqual(self.team._get_spam_stage(), self.stages["spam"])
        self.env["crm.ticket.stage"].search([("type", "=", "spam")]).active = False
        stage = self.team._get_spam_stage()
        self.assertEqual((stage.type, stage.team_ids), ("spam", self.team))
        self.assertEqual(self.team._get_spam_stage(), stage)
        self.assertFalse(self.team.browse()._get_spam_stage().team_ids)
