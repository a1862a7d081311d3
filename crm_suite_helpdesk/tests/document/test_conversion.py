from markupsafe import Markup

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_documents import DocumentCommon


@tagged("post_install", "-at_install")
class TestConversion(DocumentCommon):
    """Tickets become opportunities and leads become tickets; nothing is lost on the way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.create_ticket(
            description="<p>We need forty more lamps</p>", email_cc="boss@example.org"
        )
        cls.attach(cls.ticket, "plan.txt")

    @classmethod
    def attach(cls, record, name):
        return cls.env["ir.attachment"].create(
            {
                "name": name,
                "raw": b"forty lamps",
                "res_model": record._name,
                "res_id": record.id,
                "access_token": "secret",
            }
        )

    def files(self, record):
        return self.env["ir.attachment"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )

    def dialog(self, record, user):
        method = "action_convert_to_lead" if record._name == "crm.ticket" else None
        action = getattr(record.with_user(user), method or "action_convert_to_ticket")()
        return Form(self.env[action["res_model"]].with_user(user).with_context(**action["context"]))

    def notes(self, record):
        return "".join(str(body) for body in record.message_ids.mapped("body"))

    # ------------------------------------------------------------------ to an opportunity

    def test_a_ticket_becomes_an_opportunity(self):
        self.reply(self.ticket, body="Forty of which?")
        self.customer_writes(self.ticket)
        self.ticket.message_post(body=Markup("<p>He pays late</p>"), subtype_xmlid="mail.mt_note")
        form = self.dialog(self.ticket, self.seller)
        self.assertEqual(form.name, self.ticket.name)
        form.name = "Forty lamps"
        action = form.save().action_convert()
        lead = self.env["crm.lead"].browse(action["res_id"])
        self.assertEqual(self.ticket.lead_id, lead)
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.name, "Forty lamps")
        self.assertEqual(lead.partner_id, self.customer)
        self.assertEqual(lead.email_cc, "boss@example.org")
        self.assertEqual(lead.user_id, self.seller)
        self.assertIn("forty more lamps", str(lead.description))
        self.assertEqual(self.files(lead).mapped("raw"), [b"forty lamps"])
        self.assertFalse(self.files(lead).access_token, "a link to the one is none to the other")
        self.assertEqual(len(self.files(self.ticket)), 1)
        history = self.notes(lead)
        self.assertIn("Forty of which?", history)
        self.assertIn("It still burns", history)
        self.assertNotIn("He pays late", history, "our notes are no part of the conversation")
        self.assertIn(self.ticket.number, history)
        self.assertIn("Forty lamps", self.notes(self.ticket))
        self.assertFalse(self.ticket.closed_at, "the ticket goes on")

    def test_the_ticket_can_be_solved_by_it(self):
        form = self.dialog(self.ticket, self.seller)
        form.is_solved = True
        form.save().action_convert()
        self.assertEqual(self.ticket.stage_type, "solved")

    def test_not_twice(self):
        first, second = (self.dialog(self.ticket, self.seller).save() for _click in range(2))
        first.action_convert()
        with self.assertRaises(UserError):
            second.action_convert()
        self.assertEqual(len(self.env["crm.lead"].search([("name", "=", self.ticket.name)])), 1)

    def test_agents_without_sales_rights_hand_it_over(self):
        wizard = self.dialog(self.ticket, self.agent).save()
        self.assertFalse(wizard.is_sales)
        action = wizard.action_convert()
        self.assertEqual(action["tag"], "display_notification")
        lead = self.ticket.lead_id
        self.assertEqual(lead.partner_id, self.customer)
        self.assertNotEqual(lead.user_id, self.agent)
        self.assertEqual(len(self.files(lead)), 1)
        with self.assertRaises(AccessError):
            lead.with_user(self.agent).read(["name"])
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.agent).action_open_lead()
        form = Form(self.ticket.with_user(self.agent))
        self.assertTrue(form.has_lead)

    def test_they_choose_no_salesperson(self):
        wizard = self.dialog(self.ticket, self.agent).save()
        wizard.write({"user_id": self.seller.id})
        wizard.action_convert()
        self.assertNotEqual(self.ticket.lead_id.user_id, self.seller)

    def test_the_defaults_of_a_list_of_tickets_are_not_those_of_a_lead(self):
        wizard = self.dialog(self.ticket, self.seller).save()
        wizard.with_context(default_team_id=2**30, default_name="x").action_convert()
        self.assertEqual(self.ticket.lead_id.name, self.ticket.name)

    def test_nobody_converts_what_he_does_not_see(self):
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.outsider).action_convert_to_lead()
        self.ticket.user_id = self.outsider
        Wizard = self.env["crm.ticket.to.lead"].with_user(self.outsider)
        wizard = Wizard.create({"ticket_id": self.ticket.id})
        self.ticket.user_id = False
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            wizard.action_convert()
        self.assertFalse(self.ticket.lead_id)

    # ------------------------------------------------------------------ to a ticket

    def test_a_lead_becomes_a_ticket(self):
        self.lead.write({"description": "<p>It does not work</p>", "email_from": "x@example.org"})
        self.attach(self.lead, "photo.txt")
        self.lead.message_post(
            body=Markup("<p>Please help</p>"),
            author_id=self.customer.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        form = self.dialog(self.lead, self.seller)
        form.is_lost = True
        action = form.save().action_convert()
        ticket = self.env["crm.ticket"].browse(action["res_id"])
        self.assertEqual(ticket.lead_id, self.lead)
        self.assertEqual(ticket.name, "New lamps")
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertIn("does not work", str(ticket.description))
        self.assertEqual(len(self.files(ticket)), 1)
        self.assertIn("Please help", self.notes(ticket))
        self.assertIn(ticket.number, self.notes(self.lead))
        self.assertEqual(self.lead.won_status, "lost")
        self.assertTrue(ticket.sla_deadline, "it has its promise like any other")
        self.assertFalse(ticket.first_response_at, "what was copied is no answer")

    def test_the_lead_may_go_on(self):
        self.dialog(self.lead, self.seller).save().action_convert()
        self.assertEqual(self.lead.won_status, "pending")
        lead = self.lead.copy({"type": "lead"})
        self.dialog(lead, self.seller).save().action_convert()
        self.assertEqual(lead.won_status, "lost", "nobody goes on selling")

    def test_a_lead_of_nobody_known(self):
        lead = self.env["crm.lead"].create(
            {"name": "Help", "type": "lead", "email_from": "new@example.org", "phone": "+966 1"}
        )
        action = self.dialog(lead, self.seller).save().action_convert()
        ticket = self.env["crm.ticket"].browse(action["res_id"])
        self.assertEqual(ticket.email_from, "new@example.org")
        self.assertEqual(ticket.phone, "+966 1")
        self.assertEqual(ticket.lead_id, lead)

    def test_only_agents_make_tickets(self):
        self.seller.group_ids = [Command.unlink(self.env.ref("crm_suite_helpdesk.group_agent").id)]
        with self.assertRaises(UserError):
            self.lead.with_user(self.seller).action_convert_to_ticket()
        with self.assertRaises(AccessError):
            self.env["crm.lead.to.ticket"].with_user(self.seller).create({"lead_id": self.lead.id})
        arch = self.lead.with_user(self.seller).get_view(view_type="form")["arch"]
        self.assertNotIn("action_convert_to_ticket", arch)

    def test_agents_without_sales_rights_reach_no_lead(self):
        with self.assertRaises(AccessError):
            self.env["crm.lead.to.ticket"].with_user(self.agent).create(
                {"lead_id": self.lead.id, "name": "x"}
            ).action_convert()

    def test_tickets_follow_a_merged_opportunity(self):
        ticket = self.create_ticket(lead_id=self.lead.id)
        other = self.env["crm.lead"].create(
            {
                "name": "Same",
                "type": "opportunity",
                "partner_id": self.customer.id,
                "probability": 90,
            }
        )
        result = (self.lead | other).merge_opportunity()
        self.assertEqual(ticket.lead_id, result)
