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
        """Go to the step on the canvas below; or open the journey, where it is."""
        self.ensure_one()
        journey = self.launch_id.journey_id
        return {
            "type": "ir.actions.client",
            "tag": "crm_journey_focus",
            "params": {
                "uid": self.uid,
                "version_id": journey.draft_version_id.id or journey.live_version_id.id,
                "journey": {
                    "type": "ir.actions.act_window",
                    "res_model": "crm.journey",
                    "res_id": journey.id,
                    "view_mode": "form",
                    "views": [(False, "form")],
                    "context": {"crm_journey_focus": self.uid},
                },
            },
        }
