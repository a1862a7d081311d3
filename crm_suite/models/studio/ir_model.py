from odoo import api, models
from odoo.fields import Domain

from ..mixins.crm_form_title_mixin import FORM_TITLES


class IrModel(models.Model):
    _name = "ir.model"
    _inherit = ["ir.model"]

    @api.depends("name", "model")
    @api.depends_context(FORM_TITLES, "lang")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        if self.env.context.get(FORM_TITLES):
            titles = self.env["crm.customization.form"]._get_titles()
            for model in self:
                model.display_name = titles.get(model.model, model.display_name)
        return result

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        if not self.env.context.get(FORM_TITLES) or operator not in ("ilike", "="):
            return domain
        wanted = str(value or "").casefold()
        titles = self.env["crm.customization.form"]._get_titles()
        named = [
            name
            for name, title in titles.items()
            if title.casefold() == wanted or (operator == "ilike" and wanted in title.casefold())
        ]
        return Domain.OR([domain, [("model", "in", named)]])

    @api.model
    def _get_form_title(self, model_name):
        """Return what the forms of a model are called wherever forms are shaped."""
        titles = self.env["crm.customization.form"]._get_titles()
        # sudo: the name of a form is no secret
        return titles.get(model_name) or self.sudo()._get(model_name).name or model_name
