from odoo import api, fields, models


class CrmCustomizationExport(models.TransientModel):
    _name = "crm.customization.export"
    _inherit = ["crm.customization.export"]

    service_line_ids = fields.One2many(
        "crm.customization.export.line",
        "export_id",
        "Service",
        domain=[("section", "=", "service")],
    )

    @api.model
    def _get_needed_kinds(self):
        return super()._get_needed_kinds() | {"ticket_category", "ticket_tag", "customer_tier"}
