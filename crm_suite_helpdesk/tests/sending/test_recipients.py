from odoo.tests import tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestRecipients(HelpdeskCommon):
    """Whoever answers a ticket is offered its customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mail.alias"].search([]).alias_domain_id = False
        cls.env["res.company"].search([]).alias_domain_id = False
        cls.env["mail.alias.domain"].search([]).unlink()
        # As the set-up of a desk does on a database without an e-mail domain
        cls.team.alias_name = "postbox"
        cls.team._take_mail_without_domain()
        cls.customer.email = "postbox@customer.example.org"
        cls.ticket = cls.create_ticket()
        cls.ticket.message_unsubscribe(cls.customer.ids)

    def suggested(self, ticket=None):
        ticket = (ticket or self.ticket).with_user(self.agent)
        rows = ticket._message_get_suggested_recipients(reply_discussion=True, no_create=True)
        return [row["partner_id"] for row in rows]

    def test_a_customer_whose_address_begins_like_ours(self):
        self.assertTrue(self.team.alias_id.alias_incoming_local)
        self.assertEqual(self.suggested(), self.customer.ids)

    def test_a_customer_is_offered_once(self):
        self.customer.email = "else@customer.example.org"
        self.assertEqual(self.suggested(self.create_ticket()), self.customer.ids)
        follower = self.colleague_user.partner_id
        ticket = self.create_ticket(partner_id=follower.id)
        ticket.message_subscribe(follower.ids)
        self.assertEqual(self.suggested(ticket).count(follower.id), 1)

    def test_our_own_address_is_no_recipient(self):
        self.env["mail.alias.domain"].create({"name": "desk.example.com"})
        self.assertEqual(self.team.alias_full_name, "postbox@desk.example.com")
        self.customer.email = "postbox@desk.example.com"
        self.assertNotIn(self.customer.id, self.suggested())

    def test_the_first_domain_ends_the_guessing(self):
        self.env["mail.alias.domain"].create({"name": "desk.example.com"})
        self.assertFalse(self.team.alias_id.alias_incoming_local)
        find = self.env["mail.alias.domain"]._find_aliases
        own = "postbox@desk.example.com"
        self.assertEqual(find(["postbox@customer.example.org", own]), [own])
