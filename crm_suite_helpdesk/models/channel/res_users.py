from odoo import models

from odoo.addons.mail.tools.discuss import Store


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = ["res.users"]

    def _init_store_data(self, store: Store):
        res = super()._init_store_data(store)
        store.add_global_values(
            has_access_create_ticket=self.env.user.has_group("crm_suite_helpdesk.group_agent")
        )
        return res
