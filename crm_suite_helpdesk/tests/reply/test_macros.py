from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.mail.tests.common import MailCase

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestMacros(HelpdeskCommon, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.ticket.macro"].search([]).action_archive()
        cls.tag, cls.old_tag = cls.env["crm.ticket.tag"].create(
            [{"name": "photo asked"}, {"name": "fresh"}]
        )
        cls.macro = cls.create_macro(
            name="Ask for a photo",
            body="<p>Dear {{customer}}, a photo for {{number}}, please.</p>",
            stage_id=cls.stages["waiting_customer"].id,
            assign="me",
            priority="2",
            tag_ids=cls.tag.ids,
            untag_ids=cls.old_tag.ids,
        )
        cls.ticket = cls.create_ticket(tag_ids=cls.old_tag.ids)

    @classmethod
    def create_macro(cls, **values):
        return cls.env["crm.ticket.macro"].create({"name": "Macro", **values})

    def use(self, macro=None, ticket=None, user=None, seen=None):
        macro = (macro or self.macro).with_user(user or self.agent)
        return macro.use((ticket or self.ticket).id, seen)

    def last_use(self):
        return self.env["crm.ticket.reply.use"].search([], limit=1)

    def test_reply_and_changes_in_one_click(self):
        with self.mock_mail_gateway():
            done = self.use()
        message = self.ticket.message_ids.filtered(lambda m: m.message_type == "comment")
        self.assertIn("Dear hd_customer, a photo for", message.body)
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertEqual(message.partner_ids, self.customer)
        self.assertFalse(message.subtype_id.internal)
        ticket = self.ticket
        self.assertEqual(ticket.stage_id, self.stages["waiting_customer"])
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(ticket.priority, "2")
        self.assertEqual(ticket.tag_ids, self.tag)
        self.assertTrue(ticket.first_response_at)
        self.assertFalse(done["later"])
        self.assertIn({"field": "Assigned to", "value": "Amal Agent"}, done["changes"])
        self.assertEqual(self.last_use().macro_id, self.macro)
        self.assertEqual(self.macro.use_count, 1)

    def test_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.macro.with_context(lang="ar_001").body = "<p>عزيزي {{customer}}</p>"
        self.customer.lang = "ar_001"
        self.use()
        message = self.ticket.message_ids.filtered(lambda m: m.message_type == "comment")
        self.assertIn("عزيزي hd_customer", message.body)

    def test_values_are_no_markup(self):
        self.ticket.name = '<img src=x onerror="alert(1)">'
        macro = self.create_macro(body="<p>{{subject}}</p>")
        row = next(r for r in self.ticket.get_macros() if r["id"] == macro.id)
        self.assertIn("&lt;img", row["reply"])
        self.use(macro)
        self.assertNotIn("<img", self.ticket.message_ids[0].body)

    def test_shown_before_it_is_done(self):
        row = self.ticket.with_user(self.agent).get_macros()[0]
        self.assertEqual(row["name"], "Ask for a photo")
        self.assertIn("Dear hd_customer", row["reply"])
        self.assertEqual(
            {change["field"]: change["value"] for change in row["changes"]},
            {
                "Stage": "Waiting for Customer",
                "Assigned to": "Amal Agent",
                "Priority": "High",
                "Tags": "photo asked",
            },
        )
        self.assertEqual(row["problems"], [])

    def test_undo(self):
        before = (self.ticket.stage_id, self.ticket.user_id, self.ticket.priority)
        use = self.env["crm.ticket.reply.use"].browse(self.use()["use"])
        told = use.with_user(self.agent).undo()
        ticket = self.ticket
        self.assertEqual((ticket.stage_id, ticket.user_id, ticket.priority), before)
        self.assertEqual(ticket.tag_ids, self.old_tag)
        # Without time to take replies back, the reply has left
        self.assertEqual(told, {"reply": "sent", "kept": []})
        self.assertEqual(self.macro.use_count, 0)
        with self.assertRaises(UserError):
            use.with_user(self.agent).undo()

    def test_undo_withdraws_a_reply_that_waits(self):
        self.team.undo_seconds = 10
        done = self.use()
        self.assertEqual(done["later"]["seconds"], 10)
        self.assertFalse(self.ticket.first_response_at)
        use = self.env["crm.ticket.reply.use"].browse(done["use"])
        self.assertEqual(use.with_user(self.agent).undo()["reply"], "withdrawn")
        self.assertFalse(self.env["mail.scheduled.message"].browse(done["later"]["id"]).exists())
        self.assertFalse(self.ticket.message_ids.filtered(lambda m: m.message_type == "comment"))

    def test_undo_keeps_what_others_have_changed(self):
        use = self.env["crm.ticket.reply.use"].browse(self.use()["use"])
        self.ticket.priority = "3"
        told = use.with_user(self.agent).undo()
        self.assertEqual(told["kept"], ["Priority"])
        self.assertEqual(self.ticket.priority, "3")
        self.assertEqual(self.ticket.stage_type, "new")

    def test_only_who_used_it_takes_it_back(self):
        use = self.env["crm.ticket.reply.use"].browse(self.use()["use"])
        with self.assertRaises(AccessError):
            use.with_user(self.manager).undo()

    def test_not_over_a_newer_message(self):
        seen = self.ticket._get_last_customer_message_id()
        self.customer_writes(self.ticket)
        with self.assertRaises(UserError) as refused:
            self.use(seen=seen)
        newer = refused.exception.context["crm_newer"]
        self.assertEqual(newer["messages"][0]["text"].strip(), "It still burns.")
        self.assertEqual(self.ticket.stage_type, "new")
        self.use(seen=newer["id"])
        self.assertEqual(self.ticket.stage_type, "waiting_customer")

    def test_a_note_is_a_note(self):
        macro = self.create_macro(body="<p>Fraud? Look at it.</p>", is_note=True)
        with self.mock_mail_gateway():
            self.use(macro)
        note = self.ticket.message_ids[0]
        self.assertTrue(note.subtype_id.internal)
        self.assertFalse(self.ticket.first_response_at)
        self.assertNotIn(self.customer.email, str(self._mails))

    def test_what_the_ticket_does_not_say_stops_it(self):
        macro = self.create_macro(body="<p>About {{product}}</p>")
        with self.assertRaisesRegex(UserError, "Product"):
            self.use(macro)
        nobody = self.create_ticket(partner_id=False)
        with self.assertRaisesRegex(UserError, "Name of the customer"):
            self.use(ticket=nobody)
        plain = self.create_macro(body="<p>Hello</p>")
        with self.assertRaisesRegex(UserError, "address"):
            self.use(plain, nobody)

    def test_a_stage_that_the_team_does_not_have(self):
        other = self.env["crm.ticket.team"].create({"name": "Other"})
        stage = self.env["crm.ticket.stage"].create(
            {"name": "Theirs", "type": "open", "team_ids": other.ids}
        )
        macro = self.create_macro(stage_id=stage.id)
        with self.assertRaisesRegex(UserError, "Theirs"):
            self.use(macro)
        macro.team_id = other
        self.use(macro, user=self.manager)
        self.assertEqual((self.ticket.team_id, self.ticket.stage_id), (other, stage))

    def test_scope(self):
        other = self.env["crm.ticket.team"].create({"name": "Other"})
        category = self.env["crm.ticket.category"].create({"name": "Delivery"})
        for values in ({"team_ids": other.ids}, {"category_ids": category.ids}):
            macro = self.create_macro(priority="3", **values)
            self.assertNotIn(macro.id, [row["id"] for row in self.ticket.get_macros()])
            with self.assertRaises(UserError):
                self.use(macro)
        self.ticket.category_id = category
        self.use(macro)
        self.assertEqual(self.ticket.priority, "3")

    def test_who_may(self):
        for user in (self.outsider, self.employee, self.customer_user, self.stranger_user):
            with self.assertRaises(AccessError):
                self.use(user=user)
            with self.assertRaises(AccessError):
                self.ticket.with_user(user).get_macros()
        with self.assertRaises(AccessError):
            self.macro.with_user(self.agent).name = "Mine"

    def test_a_macro_does_something(self):
        with self.assertRaises(ValidationError):
            self.create_macro()
        with self.assertRaisesRegex(ValidationError, "whom"):
            self.create_macro(assign="user")
        with self.assertRaisesRegex(ValidationError, "nonsense"):
            self.create_macro(body="<p>{{nonsense}}</p>")

    def test_form(self):
        form = Form(self.env["crm.ticket.macro"].with_user(self.manager))
        form.name = "To Amal"
        form.assign = "user"
        form.user_id = self.agent
        macro = form.save()
        self.use(macro, user=self.manager)
        self.assertEqual(self.ticket.user_id, self.agent)
        with Form(macro) as form:
            form.assign = "nobody"
        self.assertFalse(macro.user_id)
        self.assertEqual(macro.copy().name, "To Amal (copy)")

    def test_companies(self):
        company = self.env["res.company"].create({"name": "Other company"})
        self.macro.company_id = company
        self.assertFalse(self.ticket.with_user(self.agent).get_macros())
        with self.assertRaises(AccessError):
            self.use()
        with self.assertRaises(UserError):
            self.create_macro(
                priority="1", company_id=company.id, team_ids=[Command.set(self.team.ids)]
            )
