from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import TicketFieldCommon


@tagged("post_install", "-at_install")
class TestReplies(TicketFieldCommon):
    """Prepared texts name custom fields of tickets."""

    def fill(self, ticket, text):
        replies = self.env["mail.canned.response"].with_user(self.agent)
        reply = replies.create({"source": "x", "substitution": text})
        return ticket.with_user(self.agent).fill_canned_reply(reply.id)

    def test_replies_say_what_the_ticket_says(self):
        fields = self._make_every_kind("crm.ticket")
        ticket = self.create_ticket(**self._get_every_value(fields))
        names = {kind: field.technical_name for kind, field in fields.items()}

        def say(kind):
            return self.fill(ticket, "{{%s}}" % names[kind])

        self.assertEqual(say("selection"), "Gold")
        self.assertEqual(say("integer"), "42")
        self.assertEqual(say("boolean"), "Yes")
        self.assertEqual(say("date"), "03/04/2026")
        self.assertEqual(set(say("many2many").split(", ")), {"Italy", "Spain"})
        self.assertIn("1,250.50", say("monetary"))
        self.assertIn("Very", say("html"))
        self.assertNotIn("<", say("html"))
        self.assertIn("First line\nSecond line", say("text"))
        for kind in ("binary", "image"):
            with self.assertRaisesRegex(ValidationError, "Nobody knows"):
                say(kind)

    def test_in_the_language_of_the_customer_with_a_default(self):
        [device] = self._make_ticket_fields({"name": "Device", "options": ("Printer", "Fax")})
        self._translate(device.option_ids[0], "طابعة")
        self.customer.lang = "ar_001"
        text = "{{%s|device}}" % device.technical_name
        ticket = self.create_ticket()
        self.assertEqual(self.fill(ticket, text), "device")
        ticket[device.technical_name] = device.option_ids[0].value
        self.assertEqual(self.fill(ticket, text), "طابعة")
        labels = {p["name"]: p["label"] for p in ticket.with_user(self.agent).get_placeholders()}
        self.assertEqual(labels[device.technical_name], "Device")

    def test_fields_of_some_groups_are_not_told(self):
        group = self.env.ref("base.group_system")
        [rating] = self._make_ticket_fields({"name": "Rating", "group_ids": [group.id]})
        self.create_ticket(**{rating.technical_name: "A"})
        with self.assertRaisesRegex(ValidationError, "Nobody knows"):
            self.env["mail.canned.response"].create(
                {"source": "x", "substitution": "{{%s}}" % rating.technical_name}
            )

    def test_macros_and_mail_templates_know_them(self):
        [device] = self._make_ticket_fields({"name": "Device"})
        ticket = self.create_ticket(**{device.technical_name: "<b>Printer</b>"})
        macro = self.env["crm.ticket.macro"].create(
            {"name": "Ask", "body": "<p>Your {{%s}}</p>" % device.technical_name}
        )
        body, missing = macro._prepare_reply(ticket)
        self.assertFalse(missing)
        self.assertEqual(body, "<p>Your &lt;b&gt;Printer&lt;/b&gt;</p>")
        template = self.env["mail.template"].create(
            {
                "name": "Device",
                "model_id": self.env["ir.model"]._get_id("crm.ticket"),
                "subject": "About {{ object.%s }}" % device.technical_name,
            }
        )
        subject = template._render_field("subject", ticket.ids)[ticket.id]
        self.assertEqual(subject, "About <b>Printer</b>")
