from odoo import api, models


class CrmCustomFieldUsage(models.TransientModel):
    """Prepared replies name custom fields of tickets."""

    _name = "crm.custom.field.usage"
    _inherit = ["crm.custom.field.usage"]

    @api.model
    def _get_text_sources(self):
        sources = super()._get_text_sources()
        sources["crm.ticket.macro"].append("body")
        return sources

    @api.model
    def _get_wholes(self):
        return {**super()._get_wholes(), "crm.ticket.form.field": "form_id"}

    @api.model
    def _concerns(self, field, model_name, res_id, text):
        if model_name == "crm.ticket.macro" and text is not None:
            return field.model_name == "crm.ticket"
        return super()._concerns(field, model_name, res_id, text)
