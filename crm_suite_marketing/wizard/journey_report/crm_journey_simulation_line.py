from odoo import fields, models


class CrmJourneySimulationLine(models.TransientModel):
    """One moment of a walk on paper."""

    _name = "crm.journey.simulation.line"
    _description = "Moment of a Simulation"
    _order = "simulation_id, sequence, id"

    simulation_id = fields.Many2one(
        "crm.journey.simulation", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(readonly=True)
    came_at = fields.Datetime("Comes on", readonly=True)
    moment = fields.Char(
        "On His Clock", readonly=True, help="What the clock of the participant shows."
    )
    node_id = fields.Many2one("crm.journey.node", "Step", readonly=True, ondelete="cascade")
    kind = fields.Selection(related="node_id.kind")
    port = fields.Char("Key of the Way Out", readonly=True)
    what = fields.Text("What Happens", readonly=True)
    why = fields.Text(readonly=True)
    tone = fields.Selection(
        [("message", "Message"), ("refused", "Not Sent"), ("end", "End"), ("other", "Other")],
        readonly=True,
    )
