from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestCall(HelpdeskCommon):
    """A customer calls, and has a ticket when he hangs up."""

    def log(self, user=None, **values):
        Call = self.env["crm.ticket.call"].with_user(user or self.agent)
        with Form(Call) as form:
            form.partner_id = self.customer
            for name, value in values.items():
                setattr(form, name, value)
        action = form.record.action_log()
        return self.env["crm.ticket"].browse(action["res_id"])

    def test_a_call_becomes_a_ticket(self):
        ticket = self.log(name="The second box is missing", note="<p>Box 2 of 2</p>", duration=0.1)
        self.assertEqual(ticket.channel, "phone")
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(ticket.team_id, self.team)
        self.assertIn("Box 2 of 2", ticket.description)
        call = ticket.interaction_ids
        self.assertEqual((call.channel, call.direction), ("phone", "in"))
        self.assertEqual(call.user_id, self.agent)
        self.assertTrue(ticket.first_response_at, "he was talked to")
        self.assertFalse(ticket.answer_due, "and knows it")

    def test_with_a_confirmation(self):
        ticket = self.log(name="A box is missing", is_confirmed=True, is_mine=False)
        self.assertEqual(ticket.answer_due, "received")
        self.assertFalse(ticket.user_id)

    def test_about_an_open_ticket(self):
        known = self.create_ticket()
        ticket = self.log(name="Asks again", ticket_id=known)
        self.assertEqual(ticket, known)
        self.assertEqual(known.interaction_ids.name, "Asks again")
        self.assertEqual(self.env["crm.ticket"].search_count([("name", "=", "Asks again")]), 0)

    def test_a_new_ticket_needs_a_subject(self):
        call = (
            self.env["crm.ticket.call"]
            .with_user(self.agent)
            .create({"partner_id": self.customer.id, "name": "  "})
        )
        with self.assertRaises(UserError):
            call.action_log()

    def test_what_was_logged_before_becomes_a_ticket(self):
        call = (
            self.env["crm.interaction"]
            .with_user(self.agent)
            .create(
                {
                    "name": "Wants a new key",
                    "channel": "phone",
                    "direction": "in",
                    "partner_id": self.customer.id,
                    "note": "<p>The old one broke</p>",
                }
            )
        )
        action = call.action_make_ticket()
        ticket = self.env["crm.ticket"].browse(action["res_id"])
        self.assertEqual(ticket.name, "Wants a new key")
        self.assertEqual(ticket.interaction_ids, call)
        self.assertEqual(ticket.channel, "phone")
        with self.assertRaises(UserError):
            call.action_make_ticket()

    def test_who_may_not(self):
        seller = new_test_user(self.env, "hd_seller", "sales_team.group_sale_salesman")
        call = (
            self.env["crm.interaction"]
            .with_user(seller)
            .create({"name": "Call", "channel": "phone", "partner_id": self.customer.id})
        )
        with self.assertRaises(AccessError):
            call.action_make_ticket()
        for user in (self.employee, self.customer_user):
            with self.assertRaises(AccessError):
                self.env["crm.ticket.call"].with_user(user).create(
                    {"partner_id": self.customer.id, "name": "x"}
                )

    def test_nobody_logs_on_a_ticket_that_he_may_not_write(self):
        other = self.env["crm.ticket.team"].create(
            {"name": "Secret", "member_ids": [Command.clear()]}
        )
        secret = self.create_ticket(team_id=other.id)
        with self.assertRaises(AccessError):
            call = (
                self.env["crm.ticket.call"]
                .with_user(self.agent)
                .create({"partner_id": self.customer.id, "name": "x", "ticket_id": secret.id})
            )
            call.action_log()
