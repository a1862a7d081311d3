from odoo.tests import tagged

from .common import MONDAY, FollowUpCase

MAIL = """From: {sender}
To: {to}
{cc}Subject: {subject}
Message-Id: <{id}@example.com>
In-Reply-To: {reply}
References: {reply}
{extra}Content-Type: text/plain

{body}
"""


@tagged("post_install", "-at_install")
class TestFirstContactMessages(FollowUpCase):
    """Which messages are a contact with the customer."""

    def employee_writes(self, lead, user=None, **values):
        """An employee writes to the customer from the chatter."""
        return self._say(
            lead.with_user(user or self.omar),
            "Thank you for your interest.",
            **{
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "partner_ids": self.layla.ids,
                **values,
            },
        )

    def receive(self, lead, sender, number=1, cc="", extra="", body="Hello"):
        first = self._say(lead, "Opening", subtype_xmlid="mail.mt_comment")
        self.env["mail.thread"].message_process(
            "crm.lead",
            MAIL.format(
                sender=sender,
                to="crm.suite.north@example.com",
                cc=f"Cc: {cc}\n" if cc else "",
                subject="Desks",
                id=f"message-{number}",
                reply=first.message_id,
                extra=extra,
                body=body,
            ),
            thread_id=lead.id,
        )

    def test_a_message_to_the_customer_is(self):
        lead = self.create_lead()
        self.travel(hours=1)
        self.employee_writes(lead)
        self.assertEqual(lead.first_contact_at, self.env.cr.now())
        self.assertEqual(lead.first_contact_state, "kept")

    def test_a_message_to_an_address_is(self):
        lead = self.create_lead(partner_id=False, email_from="stranger@example.org")
        self.employee_writes(lead, partner_ids=[], outgoing_email_to="stranger@example.org")
        self.assertTrue(lead.first_contact_at)

    def test_a_message_to_colleagues_is_not(self):
        lead = self.create_lead()
        self.employee_writes(lead, partner_ids=self.nora.partner_id.ids)
        self.assertFalse(lead.first_contact_at)

    def test_a_note_is_not(self):
        lead = self.create_lead()
        self.employee_writes(lead, subtype_xmlid="mail.mt_note")
        self._say(lead.with_user(self.omar), "Called nobody", message_type="comment")
        self.assertFalse(lead.first_contact_at)

    def test_automatic_messages_are_not(self):
        lead = self.create_lead()
        for message_type in ("auto_comment", "notification"):
            self.employee_writes(lead, message_type=message_type)
        self.employee_writes(lead, author_id=self.env.ref("base.partner_root").id)
        self.assertFalse(lead.first_contact_at)

    def test_a_mail_of_the_customer_is_not(self):
        lead = self.create_lead()
        self.travel(hours=1)
        self.receive(lead, "layla@haddad.example.com")
        self.assertFalse(lead.first_contact_at)
        self.assertEqual(lead.last_touch_at, self.env.cr.now(), "but something happened")

    def test_an_employee_answers_from_his_mail_program(self):
        lead = self.create_lead()
        self.receive(lead, "omar@example.com", cc="layla@haddad.example.com")
        self.assertEqual(lead.first_contact_at, MONDAY)

    def test_an_out_of_office_mail_of_an_employee_is_not(self):
        lead = self.create_lead()
        self.receive(
            lead,
            "omar@example.com",
            cc="layla@haddad.example.com",
            extra="Auto-Submitted: auto-replied\n",
        )
        self.assertFalse(lead.first_contact_at)

    def test_a_letter_to_a_list_of_leads_is(self):
        leads = self.create_lead() | self.create_lead()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.omar)
            .with_context(active_ids=leads.ids)
            .create(
                {
                    "composition_mode": "mass_mail",
                    "model": "crm.lead",
                    "res_ids": str(leads.ids),
                    "subject": "Desks",
                    "body": "<p>We call you soon.</p>",
                }
            )
        )
        composer._action_send_mail()
        self.assertTrue(all(leads.mapped("first_contact_at")))

    def test_a_mail_on_the_quotation_is(self):
        self.north.first_contact_scope = "all"
        deal = self.create_deal()
        order = self.env["sale.order"].create(
            {"partner_id": self.layla.id, "opportunity_id": deal.id, "user_id": self.omar.id}
        )
        self.travel(hours=1)
        self.employee_writes(order)
        self.assertEqual(deal.first_contact_at, self.env.cr.now())
        self.assertEqual(deal.last_touch_at, self.env.cr.now())

    def test_a_mail_that_makes_a_lead_gets_a_promise(self):
        lead_id = self.env["mail.thread"].message_process(
            "crm.lead",
            MAIL.format(
                sender="Someone New <new@example.net>",
                to="crm.suite.north@example.com",
                cc="",
                subject="A question",
                id="new-1",
                reply="",
                extra="",
                body="How much is a desk?",
            ),
            custom_values={"team_id": self.north.id, "type": "lead"},
        )
        lead = self.env["crm.lead"].browse(lead_id)
        self.assertTrue(lead.first_contact_deadline)
        self.assertEqual(lead.first_contact_state, "waiting")
