from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.participant.crm_ticket import MOST_PARTICIPANTS
from ..portal.common import PortalCommon


@tagged("post_install", "-at_install")
class TestParticipants(PortalCommon):
    """A customer lets his colleagues take part, and nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket(name="Shared")
        cls.ticket.message_subscribe(cls.customer.ids)
        cls.colleague = cls.colleague_user.partner_id
        cls.stranger = cls.stranger_user.partner_id
        cls.agent.email = "hd_agent@example.org"

    def add(self, email):
        response = self.act(self.ticket, "participants/add", email=email)
        self.env.invalidate_all()
        return response

    def remove(self, partner):
        response = self.act(self.ticket, "participants/remove", partner_id=str(partner.id))
        self.env.invalidate_all()
        return response

    def test_a_colleague(self):
        self.login(self.customer_user)
        response = self.add(" HD_Colleague@Example.org ")
        self.assertIn(f'data-participant="{self.colleague.id}"', response.text)
        self.assertIn(self.colleague, self.ticket.message_partner_ids)
        self.assertTrue(self.ticket.with_user(self.colleague_user).has_access("read"))
        invitation = (
            self.env["mail.message"]
            .search([("model", "=", "crm.ticket"), ("res_id", "=", self.ticket.id)])
            .filtered(lambda m: self.colleague in m.partner_ids)
        )
        self.assertEqual(len(invitation), 1)
        answer = self.reply(self.ticket)
        self.assertIn(self.colleague, answer.notified_partner_ids)
        self.assertIsNot(self.ticket._is_customer(self.colleague, None), False)

    def test_he_is_asked_once_however_often_he_comes(self):
        self.login(self.customer_user)
        for _time in range(3):
            self.add(self.colleague.email)
            self.remove(self.colleague)
        told = self.env["mail.message"].search_count(
            [("partner_ids", "in", self.colleague.ids), ("res_id", "=", self.ticket.id)]
        )
        self.assertEqual(told, 1)
        self.assertNotIn(self.colleague, self.ticket.message_partner_ids)
        self.assertFalse(self.ticket.with_user(self.colleague_user).has_access("read"))

    def test_nobody_else_and_nobody_new(self):
        self.login(self.customer_user)
        before = self.ticket.message_partner_ids
        people = self.env["res.partner"].search_count([])
        self.env["mail.blacklist"].create({"email": "quiet@example.org"})
        self.env["res.partner"].create(
            {"name": "Quiet", "email": "quiet@example.org", "parent_id": self.customer_company.id}
        )
        for email in (
            self.stranger.email,
            self.agent.email,
            "victim@example.net",
            "hd_colleague@example.org, victim@example.net",
            "quiet@example.org",
            "no address",
            "x" * 5000,
        ):
            self.assertIn("o_helpdesk_notice", self.add(email).text)
        self.assertEqual(self.ticket.message_partner_ids, before)
        self.assertEqual(self.env["res.partner"].search_count([]), people + 1)
        self.assertNotIn("o_helpdesk_notice", self.page(f"/my/tickets/{self.ticket.id}").text)

    def test_not_more_than_a_conversation_bears(self):
        people = self.env["res.partner"].create(
            [
                {
                    "name": f"Person {number}",
                    "email": f"person{number}@example.org",
                    "parent_id": self.customer_company.id,
                }
                for number in range(MOST_PARTICIPANTS)
            ]
        )
        self.ticket.message_subscribe(people.ids)
        self.login(self.customer_user)
        self.assertIn("o_helpdesk_notice", self.add(self.colleague.email).text)
        self.assertNotIn(self.colleague, self.ticket.message_partner_ids)

    def test_the_choice_shows_colleagues_only(self):
        self.agent.partner_id.parent_id = self.customer_company
        self.env["res.partner"].create(
            [
                {
                    "name": "Nora",
                    "email": "nora@example.org",
                    "parent_id": self.customer_company.id,
                },
                {"name": "No address", "parent_id": self.customer_company.id},
                {
                    "name": "Store",
                    "type": "delivery",
                    "email": "store@example.org",
                    "parent_id": self.customer_company.id,
                },
            ]
        )
        self.login(self.customer_user)
        text = self.page(f"/my/tickets/{self.ticket.id}").text.partition("ticket_colleagues")[2]
        for shown in ("nora@example.org", self.colleague.email):
            self.assertIn(shown, text)
        for hidden in ("store@example.org", self.stranger.email, self.agent.email):
            self.assertNotIn(hidden, text)

    def test_a_participant_leaves_and_removes_nobody(self):
        self.ticket.message_subscribe((self.colleague | self.stranger).ids)
        self.login(self.stranger_user)
        self.remove(self.colleague)
        self.add(self.stranger.email)
        self.assertIn(self.colleague, self.ticket.message_partner_ids)
        self.remove(self.stranger)
        self.assertNotIn(self.stranger, self.ticket.message_partner_ids)
        self.assertURLEqual(self.page(f"/my/tickets/{self.ticket.id}").url, "/my")

    def test_who_is_removed_keeps_no_link(self):
        named = self.link(self.ticket, self.customer)
        for times in range(3):
            self.ticket.message_subscribe(self.colleague.ids)
            self.login(self.colleague_user)
            kept = self.link(self.ticket)
            if times:
                self.ticket.with_user(self.agent).message_unsubscribe(self.colleague.ids)
            else:
                self.login(self.customer_user)
                self.remove(self.colleague)
            self.env.flush_all()
            for reader in (self.colleague_user, None):
                self.login(reader)
                self.assertNotIn("Shared", self.page(self.address(self.ticket, **kept)).text)
        self.assertIn("Shared", self.page(self.address(self.ticket, **named)).text)
        self.ticket.action_revoke_links()
        self.env.flush_all()
        self.assertNotIn("Shared", self.page(self.address(self.ticket, **named)).text)

    def test_other_followers_come_and_go_without_cutting_links(self):
        kept = self.link(self.ticket)
        self.ticket.message_subscribe(self.agent.partner_id.ids)
        self.ticket.message_unsubscribe((self.agent.partner_id | self.stranger).ids)
        self.assertEqual(self.ticket.access_token, kept["access_token"])

    def test_whom_agents_added_the_customer_does_not_remove(self):
        self.ticket.message_subscribe((self.stranger | self.agent.partner_id).ids)
        self.login(self.customer_user)
        for partner in (self.stranger, self.agent.partner_id, self.customer):
            self.remove(partner)
            self.assertIn(partner, self.ticket.message_partner_ids)

    def test_who_sees_the_organisation_takes_part_himself(self):
        self.colleague.ticket_access = "organisation"
        self.login(self.colleague_user)
        other = self._create_portal_user("hd_third", self.customer_company).partner_id
        self.add(other.email)
        self.assertNotIn(other, self.ticket.message_partner_ids, "this is for managers")
        self.add("")
        self.assertIn(self.colleague, self.ticket.message_partner_ids)
        self.colleague.ticket_access = "manager"
        self.add(other.email)
        self.assertIn(other, self.ticket.message_partner_ids)

    def test_a_follower_of_another_firm_adds_not_himself_to_more(self):
        self.login(self.stranger_user)
        self.add("")
        self.assertNotIn(self.stranger, self.ticket.message_partner_ids)

    @mute_logger("odoo.http")
    def test_who_may_not(self):
        before = self.ticket.message_partner_ids
        for user in (self.colleague_user, self.stranger_user, self.employee, self.agent):
            self.login(user)
            self.add(self.colleague.email)
            self.remove(self.customer)
            self.assertEqual(self.ticket.message_partner_ids, before)
        self.login(self.customer_user)
        self.act(self.ticket, "participants/add", token="wrong", email=self.colleague.email)
        self.login(None)
        link = self.link(self.ticket, self.customer)
        self.act(self.ticket, "participants/add", email=self.colleague.email, **link)
        self.env.invalidate_all()
        self.assertEqual(self.ticket.message_partner_ids, before)
        self.login(self.customer_user)
        response = self.url_open(f"/my/tickets/{self.ticket.id}/participants/add")
        self.assertEqual(response.status_code, 405)

    def test_no_more_when_it_is_over(self):
        self.move(self.ticket, "closed")
        self.login(self.customer_user)
        self.add(self.colleague.email)
        self.assertNotIn(self.colleague, self.ticket.message_partner_ids)
