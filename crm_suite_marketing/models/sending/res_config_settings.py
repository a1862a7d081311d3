from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    # each room extends a core model by itself
    _inherit = "res.config.settings"  # pylint: disable=consider-merging-classes-inherited

    outbox_workers = fields.Integer("Workers")

    @api.model
    def get_values(self):
        return super().get_values() | {"outbox_workers": self.env["crm.outbox"]._count_workers()}

    def set_values(self):
        # anybody may call this, and Odoo asks for rights on its button only
        self.check_access("write")
        result = super().set_values()
        Outbox = self.env["crm.outbox"]
        if self.outbox_workers != Outbox._count_workers():
            Outbox._set_worker_count(self.outbox_workers)
        return result
