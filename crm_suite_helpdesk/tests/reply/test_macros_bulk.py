from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestMacrosInBulk(HelpdeskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.macro = cls.env["crm.ticket.macro"].create(
            {
                "name": "Solved",
                "body": "<p>Dear {{customer}}, it is done.</p>",
                "stage_id": cls.stages["solved"].id,
            }
        )
        cls.first, cls.second = cls.create_ticket(), cls.create_ticket()
        cls.nobody = cls.create_ticket(partner_id=False)

    def wizard(self, tickets, user=None):
        Wizard = self.env["crm.ticket.macro.apply"].with_user(user or self.agent)
        return Wizard.with_context(active_model="crm.ticket", active_ids=tickets.ids)

    def test_many_tickets(self):
        tickets = self.first | self.second | self.nobody
        form = Form(self.wizard(tickets))
        form.macro_id = self.macro
        self.assertEqual(form.ready_count, 2)
        self.assertIn(self.nobody.number, form.left_out)
        self.assertIn("Dear hd_customer", form.preview)
        done = form.save().action_apply()
        self.assertIn("2 tickets", done["params"]["message"])
        self.assertEqual((self.first | self.second).mapped("stage_type"), ["solved"] * 2)
        self.assertEqual(self.nobody.stage_type, "new")
        for ticket in (self.first, self.second):
            message = ticket.message_ids.filtered(lambda m: m.message_type == "comment")
            self.assertEqual(message.partner_ids, self.customer)
        self.assertEqual(self.macro.use_count, 2)

    def test_one_that_fails_does_not_stop_the_others(self):
        self.env["base.automation"].create(
            {
                "name": "Not the first",
                "model_id": self.env["ir.model"]._get_id("crm.ticket"),
                "trigger": "on_create_or_write",
                "filter_domain": f"[('id', '=', {self.first.id})]",
                "action_server_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Refuse",
                            "state": "code",
                            "code": "raise UserError('Not this one')",
                            "model_id": self.env["ir.model"]._get_id("crm.ticket"),
                        },
                    )
                ],
            }
        )
        form = Form(self.wizard(self.first | self.second))
        form.macro_id = self.macro
        done = form.save().action_apply()
        self.assertIn("Not this one", done["params"]["message"])
        self.assertEqual(done["params"]["type"], "warning")
        self.assertEqual(self.second.stage_type, "solved")
        self.assertEqual(self.first.stage_type, "new")
        self.assertFalse(self.first.message_ids.filtered(lambda m: m.message_type == "comment"))

    def test_rights(self):
        hidden = self.create_ticket(
            team_id=self.env["crm.ticket.team"].create({"name": "Hidden"}).id
        )
        form = Form(self.wizard(self.first | hidden))
        self.assertEqual(form.save().ticket_ids if form.macro_id else self.first, self.first)
        with self.assertRaises(AccessError):
            self.env["crm.ticket.macro.apply"].with_user(self.agent).create(
                {"ticket_ids": hidden.ids, "macro_id": self.macro.id}
            )
        form = Form(self.wizard(self.nobody))
        form.macro_id = self.macro
        with self.assertRaises(UserError):
            form.save().action_apply()
