from odoo import fields, models


class IrUiView(models.Model):
    _inherit = "ir.ui.view"

    type = fields.Selection(
        selection_add=[("crm_funnel", "Sales Funnel")], ondelete={"crm_funnel": "cascade"}
    )

    def _get_view_info(self):
        return {
            "crm_funnel": {"icon": "fa fa-filter", "multi_record": True}
        } | super()._get_view_info()
