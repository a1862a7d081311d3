from odoo import models


class CrmRecordLinkMixin(models.AbstractModel):
    """A row that tells of a record of any model: its fields `res_model` and `res_id` name it."""

    _name = "crm.record.link.mixin"
    _description = "Row that Tells of a Record"

    def action_open_record(self):
        """Open the record that this row tells of."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
