from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..journey.choices import OPEN_STEPS


class CrmJourneyParticipant(models.Model):
    """How participants leave otherwise than by their way."""

    # each room extends participants by itself
    _inherit = "crm.journey.participant"  # pylint: disable=consider-merging-classes-inherited

    node_id = fields.Many2one(
        "crm.journey.node", "Is At", compute="_compute_place", search="_search_node_id"
    )
    due_at = fields.Datetime("Goes on", compute="_compute_place")
    is_stuck = fields.Boolean("Failed", compute="_compute_place", search="_search_is_stuck")
    entry_text = fields.Char("Came by", compute="_compute_entry_text")

    @api.depends("step_ids.state", "step_ids.node_id", "step_ids.due_at")
    def _compute_place(self):
        at = {
            step.participant_id: step
            for step in self.env["crm.journey.step"].search(
                [("participant_id", "in", self.ids), ("state", "in", OPEN_STEPS)], order="id"
            )
        }
        none = self.env["crm.journey.step"]
        for participant in self:
            step = at.get(participant._origin, none)
            participant.node_id = step.node_id
            participant.due_at = step.due_at
            participant.is_stuck = step.state == "failed"

    def _search_node_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        here = [("state", "in", OPEN_STEPS), ("node_id", "in", value)]
        return [("step_ids", "any", here)]

    def _search_is_stuck(self, operator, value):
        if operator != "in":
            return NotImplemented
        stuck = Domain("step_ids", "any", [("state", "=", "failed")])
        return stuck if True in value else ~stuck

    @api.depends("version_id", "trigger_uid")
    def _compute_entry_text(self):
        """The start by which he came, under its name."""
        for participant in self:
            start = participant.version_id.node_ids.filtered(
                lambda node, uid=participant.trigger_uid: node.uid == uid
            )
            participant.entry_text = start.display_name

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_take_out(self):
        """Take those who are on their way out of their journeys."""
        running = self.filtered(lambda one: one.state == "running")
        if not running:
            raise UserError(self.env._("Nobody of these is on the way."))
        running.journey_id.check_access("write")
        running._exit(running.ids, "by_hand")
        return True

    def action_open_record(self):
        """Open the contact, the lead, the quotation … that goes through the journey."""
        self.ensure_one()
        record = self.env[self.model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("The record does not exist any more."))
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
