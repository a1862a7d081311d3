from odoo import fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    interest_ids = fields.Many2many(
        "crm.interest",
        "crm_interest_lead_rel",
        "lead_id",
        "interest_id",
        string="Interests",
        help="Handed on to the contact when the lead becomes an opportunity.",
    )

    def _handle_partner_assignment(self, *args, **kwargs):
        result = super()._handle_partner_assignment(*args, **kwargs)
        self._teach_contacts()
        return result

    def convert_opportunity(self, partner, user_ids=False, team_id=False):
        result = super().convert_opportunity(partner, user_ids=user_ids, team_id=team_id)
        self._teach_contacts()
        return result

    def _merge_get_fields_specific(self):
        return {
            **super()._merge_get_fields_specific(),
            "interest_ids": lambda name, leads: leads.mapped(name),
        }

    def _teach_contacts(self):
        for lead in self.filtered("partner_id"):
            lead.partner_id._take_over(lead)
