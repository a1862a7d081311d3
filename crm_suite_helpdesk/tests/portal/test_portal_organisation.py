import re

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalOrganisation(PortalCommon):
    """What a contact sees of the tickets of his organisation is said for each contact."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls.colleague_user.partner_id
        cls.ticket = cls.create_ticket(name="Of the customer")
        cls.of_company = cls.create_ticket(
            name="Of the company", partner_id=cls.customer_company.id
        )
        cls.foreign = cls.create_ticket(
            name="Of somebody else", partner_id=cls.stranger_user.partner_id.id
        )
        cls.of_nobody = cls.create_ticket(name="Of nobody", partner_id=False)

    def seen(self, user):
        self.env.invalidate_all()
        tickets = self.ticket | self.of_company | self.foreign | self.of_nobody
        found = self.env["crm.ticket"].with_user(user).search([("id", "in", tickets.ids)])
        # Both ways in which core applies a rule say the same
        self.assertEqual(tickets.with_user(user)._filtered_access("read"), found)
        return found.sudo().with_env(self.env)

    def test_own_by_default(self):
        self.assertEqual(self.colleague.ticket_access, "own")
        self.assertFalse(self.seen(self.colleague_user))
        self.assertEqual(self.seen(self.customer_user), self.ticket)

    def test_the_organisation_for_whom_it_is_said(self):
        for access in ("organisation", "manager"):
            self.colleague.ticket_access = access
            self.assertEqual(self.seen(self.colleague_user), self.ticket | self.of_company)
            self.assertEqual(self.seen(self.stranger_user), self.foreign)
        self.colleague.ticket_access = "own"
        self.assertFalse(self.seen(self.colleague_user))
        self.colleague.ticket_access = False
        self.assertFalse(self.seen(self.colleague_user))

    def test_who_leaves_the_organisation_sees_it_no_more(self):
        self.colleague.ticket_access = "manager"
        self.assertTrue(self.seen(self.colleague_user))
        self.colleague.parent_id = self.stranger_company
        self.assertEqual(self.seen(self.colleague_user), self.foreign)
        self.colleague.parent_id = False
        self.assertFalse(self.seen(self.colleague_user))

    def test_people_of_a_department(self):
        department = self.env["res.partner"].create(
            {"name": "Workshop", "parent_id": self.customer_company.id}
        )
        person = self._create_portal_user("hd_workshop", department)
        self.assertFalse(self.seen(person))
        person.partner_id.ticket_access = "organisation"
        self.assertEqual(self.seen(person), self.ticket | self.of_company)

    def test_private_teams_and_spam_are_left_out(self):
        self.colleague.ticket_access = "manager"
        self.team.portal_private = True
        self.assertFalse(self.seen(self.colleague_user))
        self.assertEqual(self.seen(self.customer_user), self.ticket)
        self.ticket.message_subscribe(self.colleague.ids)
        self.assertEqual(self.seen(self.colleague_user), self.ticket)
        self.team.portal_private = False
        self.move(self.of_company, "spam")
        self.assertEqual(self.seen(self.colleague_user), self.ticket)
        self.move(self.ticket, "spam")
        self.assertFalse(self.seen(self.colleague_user))
        self.assertFalse(self.seen(self.customer_user))

    def test_tickets_of_another_company_of_ours(self):
        other = self.env["res.company"].create({"name": "Another of ours"})
        team = self.env["crm.ticket.team"].create({"name": "There", "company_id": other.id})
        ticket = self.create_ticket(team_id=team.id)
        self.colleague.ticket_access = "manager"
        for user in (self.colleague_user, self.customer_user):
            self.assertFalse(ticket.with_user(user).has_access("read"))

    def test_agents_are_not_changed_by_it(self):
        self.agent.partner_id.write(
            {"parent_id": self.customer_company.id, "ticket_access": "manager"}
        )
        hidden = self.env["crm.ticket.team"].create({"name": "Others", "member_ids": []})
        ticket = self.create_ticket(team_id=hidden.id)
        self.assertFalse(ticket.with_user(self.agent).has_access("read"))

    def test_nobody_gives_himself_the_right(self):
        for user in (self.customer_user, self.employee):
            with self.assertRaises(AccessError):
                self.customer.with_user(user).write({"ticket_access": "manager"})
            with self.assertRaises(AccessError):
                self.customer.with_user(user).read(["ticket_access"])
        self.agent.group_ids += self.env.ref("base.group_partner_manager")
        self.customer.with_user(self.agent).ticket_access = "organisation"
        self.assertEqual(self.customer.ticket_access, "organisation")

    @mute_logger("odoo.http")
    def test_the_page_of_a_colleagues_ticket(self):
        self.login(self.colleague_user)
        url = f"/my/tickets/{self.ticket.id}"
        self.assertURLEqual(self.page(url).url, "/my")
        with self.assertRaises(Exception):  # noqa: B017 -- whatever the client makes of "not found"
            self.post(self.ticket)
        self.colleague.ticket_access = "organisation"
        self.env.flush_all()
        text = self.page(url).text
        self.assertIn("Of the customer", text)
        self.assertNotIn("o_helpdesk_close", text, "reading is no deciding")
        self.assertIn("o_helpdesk_take_part", text)
        self.move(self.ticket, "waiting_customer")
        self.env.flush_all()
        self.post(self.ticket)
        self.env.invalidate_all()
        self.assertEqual(self.ticket.stage_type, "open")
        self.assertIn(self.colleague, self.ticket.message_partner_ids, "he is sent the answer")
        self.assertURLEqual(self.page(f"/my/tickets/{self.foreign.id}").url, "/my")

    def test_the_list_of_an_organisation(self):
        self.colleague.ticket_access = "organisation"
        mine = self.create_ticket(name="Mine alone", partner_id=self.colleague.id)
        self.login(self.colleague_user)
        text = self.page("/my/tickets").text
        for name in ("Of the customer", "Of the company", "Mine alone", self.customer.name):
            self.assertIn(name, text)
        self.assertNotIn("Of somebody else", text)
        text = self.page("/my/tickets?scope=own").text
        self.assertIn(mine.number, text)
        self.assertNotIn("Of the customer", text)
        text = self.page("/my/tickets?groupby=customer").text
        self.assertIn("o_helpdesk_group", text)
        groups = re.findall(r'fw-bold">\s*<span dir="auto">([^<]+)<', text)
        self.assertEqual(sorted(groups), sorted({"Date Palm Ltd", "hd_customer", "hd_colleague"}))
        text = self.page(f"/my/tickets?search_in=customer&search={self.customer.name}").text
        self.assertIn("Of the customer", text)
        self.assertNotIn("Mine alone", text)

    def test_others_have_no_such_choices(self):
        self.login(self.customer_user)
        text = self.page("/my/tickets?scope=organisation&groupby=customer&search_in=customer").text
        self.assertNotIn("o_helpdesk_scopes", text)
        self.assertNotIn("o_helpdesk_group", text)
        self.assertNotIn("Of the company", text)

    def test_the_agents_screens(self):
        self.agent.group_ids += self.env.ref("base.group_partner_manager")
        with Form(self.customer.with_user(self.agent)) as form:
            form.ticket_access = "manager"
        self.assertTrue(self.customer._sees_organisation())
        found = self.env["res.partner"].search([("ticket_access", "=", "manager")])
        self.assertIn(self.customer, found)
