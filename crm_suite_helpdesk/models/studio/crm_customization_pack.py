from odoo import models


class CrmCustomizationPack(models.Model):
    _name = "crm.customization.pack"
    _inherit = ["crm.customization.pack"]

    def _get_ready_files(self):
        return [*super()._get_ready_files(), f"crm_suite_helpdesk/data/packs/{self.key}.json"]
