from odoo import api, models
from odoo.tools import SQL


class CrmCall(models.Model):
    _inherit = "crm.call"
    _depends = {"crm.ticket": ["closed_at", "email_from", "partner_id", "phone"]}

    @api.model
    def _get_call_sources(self):
        return [
            *super()._get_call_sources(),
            self._prepare_calls(
                "crm.ticket",
                SQL("document.partner_id"),
                [("closed_at", "=", False)],
                phone=SQL("document.phone"),
                who=SQL("COALESCE(document.email_from, document.name)"),
            ),
        ]
