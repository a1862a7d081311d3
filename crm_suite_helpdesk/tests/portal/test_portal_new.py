import re
from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged

from ...controllers.portal_new_ticket import MAX_TICKETS_PER_HOUR
from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalNew(PortalCommon):
    """A customer chooses of a new ticket what its team lets him choose."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Category = cls.env["crm.ticket.category"]
        cls.top = Category.create({"name": "Devices"})
        cls.below = Category.create({"name": "Printers", "parent_id": cls.top.id})
        cls.internal = Category.create({"name": "Suspicion of fraud", "portal_offered": False})
        cls.internal_below = Category.create({"name": "Cheques", "parent_id": cls.internal.id})
        cls.other_team = cls.env["crm.ticket.team"].create(
            {"name": "Accounts Desk", "sequence": 1, "description": "Invoices and payments"}
        )
        cls.of_other = Category.create(
            {"name": "Invoices of others", "team_ids": [Command.set(cls.other_team.ids)]}
        )

    def setUp(self):
        super().setUp()
        self.login(self.customer_user)

    def test_nothing_to_choose_by_default(self):
        text = self.page("/my/tickets/new").text
        for name in ("ticket_category", "ticket_priority", "o_helpdesk_team"):
            self.assertNotIn(name, text)
        self.submit(category=str(self.top.id), priority="3", team=str(self.other_team.id))
        ticket = self.newest()
        self.assertEqual(ticket.team_id, self.team)
        self.assertFalse(ticket.category_id)
        self.assertEqual(ticket.priority, "1")
        self.assertEqual(ticket.channel, "portal")

    def test_categories_of_the_team_that_are_for_customers(self):
        self.team.portal_category = "optional"
        text = self.page("/my/tickets/new").text
        self.assertIn("Devices / Printers", text)
        for hidden in ("Suspicion", "Cheques", "Invoices of others"):
            self.assertNotIn(hidden, text)
        response = self.submit(category=str(self.below.id))
        self.assertEqual(self.newest().category_id, self.below)
        self.assertIn("Devices / Printers", response.text)
        for wrong in (self.internal, self.internal_below, self.of_other):
            before = self.newest()
            response = self.submit(category=str(wrong.id))
            self.assertIn("It broke.", response.text, "what he wrote is not lost")
            self.assertEqual(self.newest(), before)
        for wrong in ("x", "-1", "9" * 30, "\x00"):
            self.assertEqual(self.submit(category=wrong).status_code, 200)
        self.submit()
        self.assertFalse(self.newest().category_id)

    def test_an_internal_category_is_not_shown(self):
        ticket = self.create_ticket(category_id=self.internal.id)
        for choice in ("none", "optional"):
            self.team.portal_category = choice
            self.assertNotIn("Suspicion", self.page(f"/my/tickets/{ticket.id}").text)

    def test_a_category_has_to_be_chosen(self):
        self.team.portal_category = "required"
        before = self.newest()
        self.assertIn('role="alert"', self.submit().text)
        self.assertEqual(self.newest(), before)
        self.submit(category=str(self.top.id))
        self.assertEqual(self.newest().category_id, self.top)

    def test_priority_up_to_the_highest_of_the_team(self):
        self.team.portal_priority = "2"
        text = self.page("/my/tickets/new").text
        self.assertIn('value="2"', text.partition("ticket_priority")[2])
        self.assertNotIn('value="3"', text.partition("ticket_priority")[2])
        self.submit(priority="2")
        self.assertEqual(self.newest().priority, "2")
        for refused in ("3", "x", "-1"):
            self.submit(priority=refused)
            self.assertEqual(self.newest().priority, "1")

    def test_one_team_is_not_asked_for(self):
        self.other_team.portal_open = True
        self.assertIn('id="ticket_subject"', self.page("/my/tickets/new").text)
        self.submit(team=str(self.team.id))
        self.assertEqual(self.newest().team_id, self.other_team, "this one alone is offered")

    def test_teams_to_choose_from(self):
        (self.team | self.other_team).portal_open = True
        hidden = self.env["crm.ticket.team"].create({"name": "Second level"})
        text = self.page("/my/tickets/new").text
        for shown in ("Test Support", "Accounts Desk", "Invoices and payments"):
            self.assertIn(shown, text)
        self.assertNotIn("Second level", text)
        text = self.page(f"/my/tickets/new?team={self.other_team.id}").text
        self.assertIn('id="ticket_subject"', text)
        token = self.form_token_of(self.other_team)
        self.submit(team=str(self.other_team.id), token=token)
        self.assertEqual(self.newest().team_id, self.other_team)
        before = self.newest()
        for wrong in (hidden.id, "", "x", "9" * 30):
            response = self.submit(team=str(wrong), token=token)
            self.assertIn("o_helpdesk_team", response.text)
        self.assertEqual(self.newest(), before)

    def form_token_of(self, team):
        text = self.page(f"/my/tickets/new?team={team.id}").text
        return re.search(r'name="csrf_token" value="([^"]+)"', text).group(1)

    def test_a_team_of_another_company_is_not_offered(self):
        company = self.env["res.company"].create({"name": "Another of ours"})
        self.env["crm.ticket.team"].create(
            {"name": "Far away", "company_id": company.id, "portal_open": True}
        )
        text = self.page("/my/tickets/new").text
        self.assertNotIn("Far away", text)
        self.assertIn('id="ticket_subject"', text)

    def test_too_many_in_an_hour(self):
        self.travel_to_the_present()
        asked = [self.create_ticket(channel="portal") for _number in range(MAX_TICKETS_PER_HOUR)]
        before = self.newest()
        response = self.submit()
        self.assertIn('role="alert"', response.text)
        self.assertIn("It broke.", response.text)
        self.assertEqual(self.newest(), before)
        asked[0].sudo().opened_at -= timedelta(hours=2)
        self.submit()
        self.assertNotEqual(self.newest(), before)

    def test_the_customer_is_told_once_that_his_request_is_here(self):
        told = []
        self.patch(
            self.registry["crm.ticket"], "_customer_opened", lambda ticket: told.append(ticket.id)
        )
        self.submit()
        self.assertEqual(told, self.newest().ids)

    def test_search_finds_words_in_any_spelling(self):
        self.create_ticket(name="طابعة المكتب لا تعمل")
        self.create_ticket(name="Invoice of March")
        for search, found in (
            ("طابعه", "طابعة المكتب"),
            ("مكتب طابعة", "طابعة المكتب"),
            ("march INVOICE", "Invoice of March"),
        ):
            self.assertIn(found, self.page(f"/my/tickets?search={search}").text)
        self.assertIn("o_helpdesk_none", self.page("/my/tickets?search=nothing+of+this").text)

    def test_groups(self):
        self.create_ticket(name="Waits", priority="3")
        ticket = self.create_ticket(name="Waits for me")
        self.move(ticket, "waiting_customer")
        for groupby in ("status", "priority", "team"):
            text = self.page(f"/my/tickets?groupby={groupby}").text
            self.assertIn("o_helpdesk_group", text)
            self.assertIn("Waits for me", text)
        text = self.page("/my/tickets?filterby=waiting").text
        self.assertIn("Waits for me", text)
        self.assertEqual(text.count('/my/tickets/%s"' % ticket.id), 2)

    def test_the_promise(self):
        ticket = self.create_ticket()
        self.env.flush_all()
        url = f"/my/tickets/{ticket.id}"
        deadline = self.clock(ticket, "first_response").deadline
        self.assertEqual(
            ticket._get_portal_promises()[ticket.id],
            {"answer": {"deadline": deadline, "is_late": False}},
        )
        self.assertIn("o_helpdesk_promise", self.page(url).text)
        self.team.portal_promise = "all"
        self.assertIn("o_helpdesk_promise_solution", self.page(url).text)
        self.team.portal_promise = "none"
        self.assertNotIn("o_helpdesk_promise", self.page(url).text)
        self.team.portal_promise = "answer"
        self.travel(hours=5)
        self.assertTrue(ticket._get_portal_promises()[ticket.id]["answer"]["is_late"])
        self.reply(ticket)
        self.assertFalse(ticket._get_portal_promises())
        self.move(ticket, "solved")
        self.assertFalse(ticket._get_portal_promises())
