from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import MONDAY, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestCauses(HelpdeskCommon):
    """What customers tell us, why they had reason to, and whose task it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workshop = cls.env["crm.ticket.team"].create(
            {"name": "Workshop", "user_id": cls.outsider.id, "member_ids": [Command.clear()]}
        )
        Cause = cls.env["crm.ticket.cause"]
        cls.product_cause = Cause.create({"name": "Goods", "team_id": cls.workshop.id})
        cls.cause = Cause.create({"name": "Cracked", "parent_id": cls.product_cause.id})
        cls.product = cls.env["product.product"].create({"name": "Lamp"})

    def order(self, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"product_id": self.product.id})],
                **values,
            }
        )
        order.action_confirm()
        return order

    def complaint(self, **values):
        values.setdefault("cause_id", self.cause.id)
        return self.create_ticket(kind="complaint", **values)

    # ------------------------------------------------------------------ causes

    def test_the_name_tells_the_place(self):
        self.assertEqual(self.cause.display_name, "Goods / Cracked")
        self.assertIn(self.cause.id, [i for i, _n in self.cause.name_search("Goods")])

    def test_no_cause_is_part_of_itself(self):
        with self.assertRaises(UserError):
            self.product_cause.parent_id = self.cause

    def test_a_cause_in_use_is_archived_and_not_deleted(self):
        self.complaint()
        with self.assertRaises(UserError):
            self.cause.unlink()
        self.cause.active = False

    def test_agents_choose_causes_and_managers_make_them(self):
        self.assertTrue(self.cause.with_user(self.agent).read(["name"]))
        with self.assertRaises(AccessError):
            self.cause.with_user(self.agent).name = "Mine"
        self.cause.with_user(self.manager).name = "Broken on the way"

    def test_complaints_before_and_since_the_remedy(self):
        self.cause.remedy_date = (MONDAY - timedelta(days=10)).date()
        for days in (120, 60, 30, 20, 5):
            self.complaint(opened_at=MONDAY - timedelta(days=days))
        self.complaint(opened_at=MONDAY - timedelta(days=3), cause_id=self.product_cause.id)
        self.create_ticket(kind="praise", cause_id=self.cause.id)
        self.env.flush_all()
        self.cause.invalidate_recordset()
        self.assertEqual(self.cause.complaint_count, 4, "of the last 90 days")
        self.assertEqual(self.cause.complaints_before, 3)
        self.assertEqual(self.cause.complaints_after, 1)
        self.assertEqual(self.product_cause.complaint_count, 5, "with those that are part of it")
        counts = self.cause.with_user(self.outsider)
        self.assertEqual(counts.complaint_count, 0, "nobody counts what he may not read")

    # ------------------------------------------------------------------ the buyer's order

    def test_a_complaint_about_a_product_finds_the_order_of_the_buyer(self):
        self.order(date_order=MONDAY - timedelta(days=50))
        last = self.order()
        self.order(partner_id=self.stranger_user.partner_id.id)
        self.agent.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        with Form(self.env["crm.ticket"].with_user(self.agent)) as form:
            form.name = "The lamp is cracked"
            form.partner_id = self.customer
            form.team_id = self.team
            form.product_id = self.product
            form.kind = "complaint"
        self.assertEqual(form.save().sale_order_id, last)

    def test_who_may_not_read_orders_gets_none(self):
        self.order()
        ticket = self.complaint(product_id=self.product.id)
        self.assertFalse(ticket.with_user(self.agent)._find_buyer_order())
        with self.assertRaises(UserError):
            ticket.with_user(self.agent).action_link_buyer_order()
        self.assertFalse(ticket.sale_order_id)

    # ------------------------------------------------------------------ by product

    def test_the_product_shows_what_customers_say(self):
        self.complaint(product_id=self.product.id)
        self.create_ticket(kind="suggestion", product_id=self.product.id)
        self.create_ticket(kind="question", product_id=self.product.id)
        template = self.product.product_tmpl_id
        self.assertEqual(template.with_user(self.agent).ticket_voice_count, 2)
        self.assertEqual(template.with_user(self.outsider).ticket_voice_count, 0)
        action = template.with_user(self.agent).action_open_voices()
        tickets = self.env["crm.ticket"].with_user(self.agent).search(action["domain"])
        self.assertEqual(set(tickets.mapped("kind")), {"complaint", "suggestion"})

    # ------------------------------------------------------------------ passing on

    def pass_on(self, tickets, user, **values):
        action = tickets.with_user(user).action_pass_on()
        form = Form(
            self.env["crm.ticket.pass.on"].with_user(user).with_context(**action["context"])
        )
        form.note = "The glass is too thin."
        for name, value in values.items():
            form[name] = value
        return form.save().action_pass_on()

    def test_a_complaint_is_passed_on_to_the_department_of_its_cause(self):
        ticket = self.complaint(user_id=self.agent.id)
        self.assertEqual(ticket.cause_team_id, self.workshop)
        self.pass_on(ticket, self.agent)
        self.assertEqual(ticket.team_id, self.workshop)
        self.assertFalse(ticket.user_id)
        self.assertFalse(ticket.cause_team_id, "it is there")
        note = ticket.message_ids.filtered(lambda m: "The glass is too thin." in m.body)
        self.assertTrue(note.subtype_id.internal)
        self.assertIn(self.outsider.partner_id, note.partner_ids, "the leader is told")
        self.assertIn(self.agent.partner_id, ticket.message_partner_ids)

    def test_to_a_colleague_and_not_informed(self):
        ticket = self.complaint(user_id=self.agent.id)
        result = self.pass_on(ticket, self.agent, user_id=self.outsider, keep_informed=False)
        self.assertEqual(ticket.user_id, self.outsider)
        self.assertNotIn(self.agent.partner_id, ticket.message_partner_ids)
        self.assertEqual(result["params"]["next"]["res_model"], "crm.ticket")

    def test_several_at_once(self):
        tickets = self.complaint() | self.complaint()
        self.pass_on(tickets, self.manager)
        self.assertEqual(tickets.team_id, self.workshop)

    def test_not_by_who_may_not_change_the_ticket(self):
        ticket = self.complaint()
        with self.assertRaises(AccessError):
            ticket.with_user(self.outsider).action_pass_on()
        PassOn = self.env["crm.ticket.pass.on"].with_user(self.outsider)
        with self.assertRaises(AccessError):
            PassOn.create(
                {
                    "ticket_ids": [Command.set(ticket.ids)],
                    "team_id": self.workshop.id,
                    "note": "Mine",
                }
            ).action_pass_on()
        self.assertEqual(ticket.team_id, self.team)

    def test_nor_to_somebody_of_another_department(self):
        ticket = self.complaint()
        wizard = self.env["crm.ticket.pass.on"].create(
            {
                "ticket_ids": [Command.set(ticket.ids)],
                "team_id": self.workshop.id,
                "user_id": self.agent.id,
                "note": "x",
            }
        )
        with self.assertRaises(UserError):
            wizard.action_pass_on()
