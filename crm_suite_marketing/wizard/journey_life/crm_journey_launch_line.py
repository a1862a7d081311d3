from odoo import fields, models


class CrmJourneyLaunchLine(models.TransientModel):
    _name = "crm.journey.launch.line"
    _description = "Line of a Launch"
    _order = "sequence, id"

    launch_id = fields.Many2one("crm.journey.launch", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(readonly=True)
    kind = fields.Selection(
        [("problem", "Problem"), ("start", "Start"), ("place", "Place")],
        required=True,
        readonly=True,
    )
    uid = fields.Char("Key of the Node", readonly=True)
    name = fields.Text("Step", required=True, readonly=True)
    is_warning = fields.Boolean("Warning", readonly=True)
    is_known = fields.Boolean("Can Be Counted", readonly=True)
    has_place = fields.Boolean("Also in the New Version", readonly=True)
    count = fields.Integer("People", readonly=True)

    def action_show(self):
        """Open the journey, where the step is."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.journey",
            "res_id": self.launch_id.journey_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
