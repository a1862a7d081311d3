from odoo import api, models


class MailAliasDomain(models.Model):
    _inherit = "mail.alias.domain"

    @api.model
    def _get_local_alias_models(self):
        return [*super()._get_local_alias_models(), "crm.ticket.team"]
