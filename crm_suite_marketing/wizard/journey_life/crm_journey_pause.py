from odoo import fields, models


class CrmJourneyPause(models.TransientModel):
    _name = "crm.journey.pause"
    _description = "Pause of a Journey"

    journey_id = fields.Many2one("crm.journey", required=True, readonly=True, ondelete="cascade")
    running_count = fields.Integer(related="journey_id.running_count")
    reason = fields.Text(required=True)

    def action_pause(self):
        """Pause."""
        self.ensure_one()
        self.journey_id.check_access("write")
        self.journey_id._pause(self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
