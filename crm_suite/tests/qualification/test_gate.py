from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import QualificationCase


@tagged("post_install", "-at_install")
class TestGate(QualificationCase):
    """What a team wants to know holds up people who have not asked, and never a customer."""

    def setUp(self):
        super().setUp()
        self.lead = self._create_opportunity(stage_id=self.fresh.id).with_user(self.omar)

    def test_a_stage_needs_answers(self):
        self.lead.stage_id = self.talking
        with self.assertRaisesRegex(UserError, "Budget?"), self.env.cr.savepoint():
            self.lead.write({"stage_id": self.proposing.id})
        self.lead.invalidate_recordset()
        self.assertEqual(self.lead.stage_id, self.talking)
        self.lead.qualification_input = {self.budget.id: "no"}
        self.lead.write({"stage_id": self.proposing.id})
        self.assertEqual(self.lead.stage_id, self.proposing)

    def test_nobody_jumps_over_the_stage(self):
        for stage in (self.closing, self.sold):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.lead.stage_id = stage
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.lead.action_set_won()

    def test_answer_and_move_in_the_form_at_once(self):
        form = Form(self.lead)
        form.stage_id = self.proposing
        with self.assertRaises(UserError), self.env.cr.savepoint():
            form.save()
        form.qualification_input = {str(self.budget.id): "yes"}
        form.save()
        self.assertEqual(self.lead.stage_id, self.proposing)

    def test_what_is_beyond_may_go_on_and_back(self):
        self.lead.sudo().with_user(1).stage_id = self.talking
        line = self.checklist.line_ids.filtered("gate_stage_id")
        line.gate_stage_id = False
        self.lead.stage_id = self.proposing
        line.gate_stage_id = self.proposing
        self.lead.stage_id = self.closing
        self.lead.stage_id = self.proposing
        self.lead.stage_id = self.talking
        with self.assertRaises(UserError):
            self.lead.stage_id = self.proposing

    def test_several_leads_are_named(self):
        second = self._create_opportunity(name="Second deal", stage_id=self.fresh.id)
        leads = (self.lead | second).with_user(self.omar)
        self.lead.qualification_input = {self.budget.id: "yes"}
        with self.assertRaisesRegex(UserError, "Second deal: Budget?") as caught:
            leads.write({"stage_id": self.proposing.id})
        self.assertNotIn(self.lead.name, str(caught.exception))

    def test_created_or_imported_into_the_stage(self):
        Lead = self.env["crm.lead"].with_user(self.mona)
        values = {"name": "New", "type": "opportunity", "team_id": self.north.id}
        with self.assertRaises(UserError):
            Lead.create({**values, "stage_id": self.proposing.id})
        with self.assertRaises(UserError):
            Lead.with_context(default_stage_id=self.proposing.id).create(values)
        result = Lead.load(
            ["name", "type", "team_id", "stage_id"],
            [
                ["One", "opportunity", "North", "Talking"],
                ["Two", "opportunity", "North", "Closing"],
            ],
        )
        self.assertFalse(result["ids"])
        self.assertIn("Two: Budget?", " ".join(m["message"] for m in result["messages"]))
        result = Lead.load(
            ["name", "type", "team_id", "stage_id", "answer_ids/question_id", "answer_ids/value"],
            [["Two", "opportunity", "North", "Closing", "Budget?", "no"]],
        )
        self.assertFalse(result["messages"])

    def test_conversion_needs_answers(self):
        lead = self._create_lead().with_user(self.omar)
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.omar)
            .with_context(active_model="crm.lead", active_id=lead.id, active_ids=lead.ids)
            .create({"name": "convert", "action": "exist", "partner_id": self.layla.id})
        )
        with self.assertRaisesRegex(UserError, "Need?"), self.env.cr.savepoint():
            wizard.action_apply()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            lead.type = "opportunity"
        lead.invalidate_recordset()
        self.assertEqual(lead.type, "lead")
        lead.qualification_input = {self.need.id: "Chairs"}
        wizard.action_apply()
        self.assertEqual(lead.type, "opportunity")

    def test_automatic_moves_wait_and_say_so(self):
        automation = self.env["base.automation"].create(
            {
                "name": "Move on",
                "model_id": self.env.ref("crm.model_crm_lead").id,
                "trigger": "on_create_or_write",
                "trigger_field_ids": [(6, 0, self.env.ref("crm.field_crm_lead__priority").ids)],
                "action_server_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Move",
                            "model_id": self.env.ref("crm.model_crm_lead").id,
                            "state": "object_write",
                            "update_path": "stage_id",
                            "resource_ref": f"crm.stage,{self.closing.id}",
                        },
                    )
                ],
            }
        )
        self.assertTrue(automation)
        self.lead.priority = "3"
        self.assertEqual((self.lead.priority, self.lead.stage_id), ("3", self.fresh))
        self.assertIn("Budget?", " ".join(self.lead.sudo().message_ids.mapped("body")))
        self.lead.qualification_input = {self.budget.id: "yes"}
        self.lead.priority = "1"
        self.assertEqual(self.lead.stage_id, self.closing)

    def test_a_held_move_keeps_the_other_values(self):
        system = self.lead.with_user(1)
        system.write({"stage_id": self.closing.id, "priority": "2", "probability": 90})
        self.assertEqual((system.stage_id, system.priority), (self.fresh, "2"))

    def test_what_a_customer_does_never_fails(self):
        """The portal confirms an order; whatever that moves, the order is confirmed."""
        portal = self._create_user("porter", "base.group_portal")
        lead = self.lead.with_user(portal).sudo()
        lead.stage_id = self.closing
        self.assertEqual(lead.stage_id, self.fresh)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "opportunity_id": lead.id,
                "order_line": [(0, 0, {"product_id": self.desk.id})],
            }
        )
        order.with_user(portal).sudo().action_confirm()
        lead.action_set_won()
        self.assertEqual(lead.stage_id, self.sold, "the customer has decided")

    def test_a_person_wins_what_is_ordered(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.layla.id,
                "opportunity_id": self.lead.id,
                "order_line": [(0, 0, {"product_id": self.desk.id})],
            }
        )
        order.action_confirm()
        self.lead.action_set_won()
        self.assertEqual(self.lead.stage_id, self.sold)

    def test_a_mail_is_never_refused(self):
        line = self.checklist.line_ids.filtered("gate_stage_id")
        line.gate_stage_id = self.fresh
        lead = self._create_lead(user_id=False)
        self.assertEqual(lead.stage_id, self.fresh)

    def test_no_gate_costs_nothing(self):
        self.checklist.line_ids.write({"gate_stage_id": False, "gate_conversion": False})
        self.assertFalse(self.env["crm.qualification.checklist"]._has_gates())
        self.lead.action_set_won()
        self.assertEqual(self.lead.stage_id, self.sold)
