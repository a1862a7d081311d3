from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestLinks(HelpdeskCommon):
    """What a ticket is to another one, told on both."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one, cls.two, cls.three = (cls.create_ticket(name=name) for name in "123")

    def link(self, ticket, kind, other, user=None):
        return (
            self.env["crm.ticket.link"]
            .with_user(user or self.agent)
            .create({"ticket_id": ticket.id, "kind": kind, "other_id": other.id})
        )

    def test_both_tickets_tell_it(self):
        for kind, opposite in (
            ("related", "related"),
            ("duplicate_of", "duplicated_by"),
            ("blocked_by", "blocks"),
            ("follow_up_of", "followed_up_by"),
            ("split_from", "split_into"),
        ):
            link = self.link(self.one, kind, self.two)
            self.assertEqual(self.two.link_ids.kind, opposite)
            self.assertEqual(self.two.link_ids.other_id, self.one)
            self.two.link_ids.with_user(self.agent).unlink()
            self.assertFalse(link.exists())

    def test_another_kind_is_told_as_well(self):
        self.link(self.one, "related", self.two).kind = "blocked_by"
        self.assertEqual(self.two.link_ids.kind, "blocks")
        self.assertTrue(self.one.is_blocked)

    def test_blocked_until_the_other_is_solved(self):
        self.link(self.one, "blocked_by", self.two)
        Ticket = self.env["crm.ticket"].with_user(self.agent)
        self.assertEqual(Ticket.search([("is_blocked", "=", True)]), self.one)
        self.move(self.two, "solved")
        self.assertFalse(self.one.is_blocked)
        self.assertFalse(Ticket.search([("is_blocked", "=", True)]))

    def test_no_circles_and_no_doubles(self):
        self.link(self.one, "blocked_by", self.two)
        self.link(self.two, "blocked_by", self.three)
        with self.assertRaises(ValidationError):
            self.link(self.three, "blocked_by", self.one)
        with self.assertRaises(ValidationError):
            self.link(self.one, "blocks", self.three)
        for ticket, other in ((self.one, self.two), (self.one, self.one)):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                self.link(ticket, "blocked_by", other)

    def test_who_may(self):
        with self.assertRaises(AccessError):
            self.link(self.one, "related", self.two, self.outsider)
        team = self.env["crm.ticket.team"].create({"name": "Others", "user_id": self.manager.id})
        self.three.team_id = team
        with self.assertRaises(AccessError):
            self.link(self.one, "related", self.three)
        link = self.link(self.one, "related", self.three, self.manager)
        seen = self.env["crm.ticket.link"].with_user(self.agent).search([])
        self.assertFalse(seen & (link | link.mirror_id), "a link names both")
        with self.assertRaises(AccessError):
            self.env["crm.ticket.link"].with_user(self.customer_user).search([])
        own = self.link(self.one, "related", self.two)
        with self.assertRaises(UserError):
            own.other_id = self.three
        with self.assertRaises(UserError):
            own.mirror_id = False

    def test_not_between_companies(self):
        other = self.env["res.company"].create({"name": "Sister"})
        abroad = self.env["crm.ticket"].create(
            {"name": "Abroad", "team_id": False, "company_id": other.id}
        )
        with self.assertRaises(ValidationError):
            self.env["crm.ticket.link"].create({"ticket_id": self.one.id, "other_id": abroad.id})

    def test_a_deleted_ticket_takes_its_links_along(self):
        self.link(self.one, "blocked_by", self.two)
        self.one.with_user(self.manager).unlink()
        self.assertFalse(self.two.link_ids)

    # ------------------------------------------------------------------ follow-up

    def test_a_follow_up_opens_with_the_message(self):
        self.move(self.one, "closed")
        message = self.customer_writes(self.one)
        self.move(self.one, "closed")
        follow_up = self.one.with_user(self.customer_user)._open_follow_up(message)
        self.assertNotEqual(follow_up, self.one)
        self.assertEqual(message.res_id, follow_up.id)
        self.assertEqual(follow_up.link_ids.kind, "follow_up_of")
        self.assertEqual(follow_up.partner_id, self.customer)
        self.assertEqual(follow_up.stage_type, "new")
        self.assertEqual(follow_up.last_customer_message_at, self.env["crm.ticket"]._now())
        self.assertIn(self.customer, follow_up.message_partner_ids)
        self.assertEqual(self.one.stage_type, "closed")

    def test_nobody_floods_us_with_follow_ups(self):
        self.team.reopen_days = 10
        self.move(self.one, "closed")
        self.one.closed_at -= timedelta(days=11)
        for _message in range(8):
            self.customer_writes(self.one)
        follow_ups = self.one.link_ids.filtered(lambda link: link.kind == "followed_up_by")
        self.assertEqual(len(follow_ups), 5)
        self.assertEqual(self.one.stage_type, "open", "what else he writes is not lost")
        written = self.one.message_ids.filtered(lambda m: m.author_id == self.customer)
        self.assertEqual(len(written.filtered(self.one._is_public_message)), 3)

    def test_both_ends_change_whatever_the_context_says(self):
        link = self.link(self.one, "related", self.two)
        link.with_context(crm_link_mirrored=True).kind = "blocked_by"
        self.assertEqual(link.mirror_id.kind, "blocks")
