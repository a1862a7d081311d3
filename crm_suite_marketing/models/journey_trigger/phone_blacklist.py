from odoo import api, models


class PhoneBlacklist(models.Model):
    """Whoever is called no more leaves journeys."""

    _inherit = "phone.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        addresses = rows.filtered("active").mapped("number")
        self.env["crm.journey.event"]._note_refusals(addresses, "sms")
        return rows

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") or vals.get("number"):
            numbers = self.filtered("active").mapped("number")
            self.env["crm.journey.event"]._note_refusals(numbers, "sms")
        return result
