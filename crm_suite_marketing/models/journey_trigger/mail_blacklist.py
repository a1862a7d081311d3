from odoo import api, models


class MailBlacklist(models.Model):
    """Whoever is written to no more leaves journeys."""

    _inherit = "mail.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        addresses = rows.filtered("active").mapped("email")
        self.env["crm.journey.event"]._note_refusals(addresses, "email")
        return rows

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") or vals.get("email"):
            addresses = self.filtered("active").mapped("email")
            self.env["crm.journey.event"]._note_refusals(addresses, "email")
        return result
