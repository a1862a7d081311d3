from odoo import fields, models


class CrmInteractionOutcome(models.Model):
    _inherit = "crm.interaction.outcome"

    is_contact = fields.Boolean(
        "Customer Was Reached",
        default=True,
        help="Without this, the interaction was an attempt only and keeps no promise of a first "
        "contact.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "is_contact" in vals:
            # sudo: what waits for a first contact, whoever looks after it
            interactions = self.env["crm.interaction"].sudo()
            leads = interactions.search([("outcome_id", "in", self.ids)]).lead_id
            leads.filtered("first_contact_deadline")._sync_first_contact()
        return result
