from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestIncident(HelpdeskCommon):
    """One cause, many tickets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.incident = cls.create_ticket(name="Server down", partner_id=False)
        cls.first = cls.create_ticket(name="No mail")
        cls.second = cls.create_ticket(name="No web", partner_id=cls.stranger_user.partner_id.id)
        cls.children = cls.first | cls.second

    def link(self, **values):
        wizard = Form(
            self.env["crm.ticket.incident"]
            .with_user(self.agent)
            .with_context(active_model="crm.ticket", active_ids=self.children.ids)
        )
        for name, value in values.items():
            setattr(wizard, name, value)
        return wizard.save().action_link()

    def reply_all(self, body="It works again.", user=None, **values):
        wizard = (
            self.env["crm.ticket.incident.reply"]
            .with_user(user or self.agent)
            .with_context(active_model="crm.ticket", active_id=self.incident.id)
            .create({"body": body, **values})
        )
        return wizard.action_send()

    def test_many_are_put_under_an_incident_at_once(self):
        self.link(incident_id=self.incident, solves_children=True)
        self.assertEqual(self.incident.child_ids, self.children)
        self.assertEqual(self.incident.child_count, 2)
        self.assertEqual(self.incident.open_child_count, 2)
        self.assertTrue(self.incident.solves_children)
        self.move(self.first, "solved")
        self.assertEqual(self.incident.open_child_count, 1)

    def test_or_under_a_new_one(self):
        self.second.priority = "3"
        action = self.link(is_new="yes", name="Power cut")
        incident = self.env["crm.ticket"].browse(action["res_id"])
        self.assertEqual(incident.child_ids, self.children)
        self.assertEqual(incident.priority, "3")

    def test_no_incident_below_an_incident(self):
        self.children.parent_id = self.incident
        other = self.create_ticket(name="Other")
        for child, parent in (
            (self.incident, other),
            (other, self.first),
            (self.incident, self.incident),
        ):
            with self.assertRaises(ValidationError):
                child.parent_id = parent

    def test_nobody_hangs_tickets_on_what_he_does_not_see(self):
        self.incident.team_id = self.env["crm.ticket.team"].create(
            {"name": "Others", "user_id": self.manager.id}
        )
        with self.assertRaises(AccessError):
            self.first.with_user(self.agent).parent_id = self.incident
        with self.assertRaises(AccessError):
            self.env["crm.ticket"].with_user(self.agent).create(
                {"name": "x", "parent_id": self.incident.id}
            )

    def test_each_customer_gets_a_mail_of_his_own(self):
        self.children.parent_id = self.incident
        self.children.message_subscribe(self.manager.partner_id.ids)
        self.travel(hours=1)
        self.reply_all()
        for ticket, customer in (
            (self.first, self.customer),
            (self.second, self.stranger_user.partner_id),
        ):
            message = ticket.message_ids[0]
            self.assertIn("It works again.", message.body)
            self.assertEqual(message.author_id, self.agent.partner_id)
            told = message.notification_ids.res_partner_id
            self.assertIn(customer, told)
            self.assertFalse((self.customer | self.stranger_user.partner_id) - customer & told)
            self.assertEqual(ticket.first_response_at, self.env["crm.ticket"]._now())

    def test_it_is_the_answer_of_an_incident_that_nobody_wrote(self):
        self.children.parent_id = self.incident
        self.reply_all()
        note = self.incident.message_ids[0]
        self.assertIn("It works again.", note.body)
        self.assertIn(self.first.number, note.body)
        self.assertTrue(note.subtype_id.internal)
        self.assertTrue(self.incident.first_response_at)
        clock = self.incident.sla_clock_ids.filtered(lambda c: c.metric == "first_response")
        self.assertEqual(clock.result, "met")

    def test_a_customer_of_the_incident_itself_still_waits(self):
        self.incident.partner_id = self.customer
        self.children.parent_id = self.incident
        self.reply_all()
        self.assertFalse(self.incident.first_response_at)

    def test_somebody_who_is_only_an_address_gets_it_as_well(self):
        self.first.write({"partner_id": False, "email_from": "nour@unknown.example.org"})
        self.first.parent_id = self.incident
        self.reply_all()
        self.assertEqual(self.first.partner_id.email_normalized, "nour@unknown.example.org")
        told = self.first.message_ids[0].notification_ids.res_partner_id
        self.assertIn(self.first.partner_id, told)

    def test_closed_and_merged_ones_are_left_out(self):
        self.children.parent_id = self.incident
        self.move(self.first, "solved")
        wizard = (
            self.env["crm.ticket.incident.reply"]
            .with_user(self.agent)
            .with_context(active_model="crm.ticket", active_id=self.incident.id)
            .new({})
        )
        self.assertEqual(wizard.ticket_ids._origin, self.second)

    def test_answered_and_solved(self):
        self.children.parent_id = self.incident
        self.reply_all(solve=True)
        self.assertEqual(self.children.mapped("stage_type"), ["solved", "solved"])

    def test_files_go_to_each_ticket_and_are_one_s_own(self):
        self.children.parent_id = self.incident
        file = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create({"name": "plan.txt", "raw": b"plan"})
        )
        self.reply_all(attachment_ids=[Command.link(file.id)])
        for ticket in self.children:
            self.assertEqual(ticket.message_ids[0].attachment_ids.raw, b"plan")
            self.assertEqual(ticket.message_ids[0].attachment_ids.res_id, ticket.id)
        secret = self.env["ir.attachment"].create(
            {"name": "x", "raw": b"x", "res_model": "ir.cron", "res_id": 1}
        )
        with self.assertRaises(AccessError):
            self.reply_all(attachment_ids=[Command.link(secret.id)])

    def test_only_tickets_of_the_incident(self):
        self.first.parent_id = self.incident
        for tickets in (self.second, self.children, self.children.browse()):
            with self.assertRaises(UserError):
                self.reply_all(ticket_ids=[Command.set(tickets.ids)])
        with self.assertRaises(AccessError):
            self.reply_all(user=self.outsider)
        with self.assertRaises(UserError):
            self.reply_all(body="<p><br></p>")

    def test_solved_with_the_incident_when_chosen(self):
        self.children.parent_id = self.incident
        self.move(self.incident, "solved")
        self.assertFalse(any(self.children.mapped("closed_at")))
        self.move(self.incident, "open")
        self.incident.solves_children = True
        self.move(self.second, "cancelled")
        self.incident.with_user(self.agent).stage_id = self.stages["solved"]
        self.assertEqual(self.first.stage_type, "solved")
        self.assertEqual(self.second.stage_type, "cancelled")

    def test_only_those_that_one_may_write(self):
        self.children.parent_id = self.incident
        self.second.team_id = self.env["crm.ticket.team"].create(
            {"name": "Others", "user_id": self.manager.id}
        )
        self.incident.solves_children = True
        self.incident.with_user(self.agent).stage_id = self.stages["solved"]
        self.assertEqual(self.first.stage_type, "solved")
        self.assertFalse(self.second.closed_at)

    def test_nobody_hangs_a_ticket_on_one_that_he_does_not_see(self):
        Ticket = self.env["crm.ticket"].with_user(self.outsider)
        values = {"name": "Mine", "team_id": False, "user_id": self.outsider.id}
        with self.assertRaises(AccessError):
            Ticket.create({**values, "parent_id": self.incident.id})
        with self.assertRaises(AccessError):
            Ticket.with_context(default_parent_id=self.incident.id).create(values)
        own = Ticket.create(values)
        child = Ticket.with_context(default_parent_id=own.id).create(values)
        self.assertEqual(child.parent_id, own)
