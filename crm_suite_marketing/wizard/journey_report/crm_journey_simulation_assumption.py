from odoo import api, fields, models

ANSWERS = [
    ("now", "As the Record Is Now"),
    ("after", "Yes, After"),
    ("never", "Never"),
]


class CrmJourneySimulationAssumption(models.TransientModel):
    """What is assumed to happen, where a node asks for it."""

    _name = "crm.journey.simulation.assumption"
    _description = "Assumption of a Simulation"
    _order = "id"

    simulation_id = fields.Many2one(
        "crm.journey.simulation", required=True, ondelete="cascade", index=True
    )
    node_id = fields.Many2one("crm.journey.node", required=True, ondelete="cascade")
    question = fields.Char(compute="_compute_question")
    is_test = fields.Boolean(compute="_compute_question")
    answer = fields.Selection(ANSWERS, required=True, default="now")
    amount = fields.Integer("Time", default=1)
    unit = fields.Selection(
        [("hours", "Hours"), ("days", "Days"), ("weeks", "Weeks")], default="hours"
    )
    arm_id = fields.Many2one(
        "crm.journey.arm", "Way", domain="[('node_id', '=', node_id)]", ondelete="cascade"
    )

    @api.depends("node_id")
    def _compute_question(self):
        for assumption in self:
            node = assumption.node_id
            assumption.is_test = node.kind in ("split", "ab")
            assumption.question = node._describe_question()
