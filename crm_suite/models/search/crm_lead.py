from odoo import api, models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.search.mixin"]

    @api.model
    def _get_search_fields(self):
        return [
            *super()._get_search_fields(),
            "name",
            "partner_name",
            "contact_name",
            "email_from",
            "phone",
            "phone_sanitized",
            "city",
            "company_id",
            "partner_id.complete_name",
            "partner_id.email",
            "partner_id.ref",
            "partner_id.vat",
            "partner_id.company_registry",
            "partner_id.company_id",
        ]

    def _prepare_search_text(self):
        partner = self.partner_id
        found = {
            "names": [
                self.name,
                self.partner_name,
                self.contact_name,
                self.email_from,
                partner.complete_name,
            ],
            "phones": [self.phone_sanitized, self.phone],
            "places": [self.city],
        }
        # a lead shows the name of its contact to all its readers, but not all of them may know
        # more about the contact of another company
        if not partner.company_id or partner.company_id == self.company_id:
            found["names"].append(partner.email)
            found["codes"] = [partner.ref, partner.vat, partner.company_registry]
        return found
