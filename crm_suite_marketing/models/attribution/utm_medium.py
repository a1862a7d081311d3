from odoo import api, models
from odoo.fields import Domain


class UtmMedium(models.Model):
    """Core's names of channels have no translation, as addresses of links hold them. People read
    those that come with Odoo in their own language; what somebody has named himself stays.
    """

    _inherit = "utm.medium"

    def _get_words(self):
        """:return: ``{name that comes with Odoo: in the language of whoever reads}``"""
        return {
            "Banner": self.env._("Banner"),
            "Direct": self.env._("Direct"),
            "Email": self.env._("Email"),
            "Phone": self.env._("Phone"),
            "SMS": self.env._("SMS"),
            "Television": self.env._("Television"),
            "Website": self.env._("Website"),
        }

    @api.depends_context("lang")
    @api.depends("name")
    def _compute_display_name(self):
        words = self._get_words()
        for medium in self:
            medium.display_name = words.get(medium.name, medium.name)

    @api.model
    def _search_display_name(self, operator, value):
        """Find a channel by the name that people read, too."""
        domain = super()._search_display_name(operator, value)
        if operator not in ("ilike", "=", "in"):
            return domain
        asked = value if operator == "in" else [value]
        wanted = [one.casefold() for one in asked if one and isinstance(one, str)]
        named = [
            name
            for name, word in self._get_words().items()
            if word.casefold() in wanted
            or (operator == "ilike" and any(one in word.casefold() for one in wanted))
        ]
        return Domain.OR([domain, [("name", "in", named)]])
