from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    uncertain_policy = fields.Selection(related="company_id.uncertain_policy", readonly=False)
    uncertain_hours = fields.Integer(related="company_id.uncertain_hours", readonly=False)
    quiet_hours = fields.Boolean(related="company_id.quiet_hours", readonly=False)
    quiet_from = fields.Float(related="company_id.quiet_from", readonly=False)
    quiet_until = fields.Float(related="company_id.quiet_until", readonly=False)
    send_on_monday = fields.Boolean(related="company_id.send_on_monday", readonly=False)
    send_on_tuesday = fields.Boolean(related="company_id.send_on_tuesday", readonly=False)
    send_on_wednesday = fields.Boolean(related="company_id.send_on_wednesday", readonly=False)
    send_on_thursday = fields.Boolean(related="company_id.send_on_thursday", readonly=False)
    send_on_friday = fields.Boolean(related="company_id.send_on_friday", readonly=False)
    send_on_saturday = fields.Boolean(related="company_id.send_on_saturday", readonly=False)
    send_on_sunday = fields.Boolean(related="company_id.send_on_sunday", readonly=False)
    cap_messages = fields.Integer(related="company_id.cap_messages", readonly=False)
    cap_days = fields.Integer(related="company_id.cap_days", readonly=False)
    cap_patience = fields.Integer(related="company_id.cap_patience", readonly=False)
    quiet_waiting_count = fields.Integer("Waiting Now", compute="_compute_waiting_counts")
    cap_held_count = fields.Integer("Held Now", compute="_compute_waiting_counts")

    @api.depends("company_id")
    def _compute_waiting_counts(self):
        for settings in self:
            counts = self.env["crm.outbox"]._count_waiting(settings.company_id)
            settings.quiet_waiting_count = counts.get("quiet", 0)
            settings.cap_held_count = counts.get("cap", 0)
