from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        # the conversation of a ticket in the portal is mail's; without this it speaks English only
        return [*super()._get_translation_frontend_modules_name(), "mail"]
