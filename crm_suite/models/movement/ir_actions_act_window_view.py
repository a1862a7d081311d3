from odoo import fields, models


class IrActionsActWindowView(models.Model):
    _inherit = "ir.actions.act_window.view"

    view_mode = fields.Selection(
        selection_add=[("crm_funnel", "Sales Funnel")], ondelete={"crm_funnel": "cascade"}
    )
