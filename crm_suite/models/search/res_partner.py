from odoo import api, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "crm.search.mixin"]

    @api.model
    def _get_search_fields(self):
        return [
            *super()._get_search_fields(),
            "complete_name",
            "email",
            "ref",
            "vat",
            "company_registry",
            "phone",
            "phone_sanitized",
            "city",
        ]

    def _prepare_search_text(self):
        return {
            "names": [self.complete_name, self.email],
            "codes": [self.ref, self.vat, self.company_registry],
            "phones": [self.phone_sanitized, self.phone],
            "places": [self.city],
        }

    @api.model
    def _search_display_name(self, operator, value):
        """Look for contacts by their search text, wherever one is chosen or filtered by name.

        Places aside: whoever enters a customer does not want all those of a town.
        """
        if operator in ("ilike", "not ilike") and isinstance(value, str):
            found = self._get_search_domain(value, names_only=True)
            return found if operator == "ilike" else ~found
        return super()._search_display_name(operator, value)
