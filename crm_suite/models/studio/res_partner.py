from odoo import api, models

from ..mixins.crm_rule_enforcement_mixin import keep_missing


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ("crm.customizable.mixin", "res.partner")

    @api.model
    def _find_or_create_from_emails(self, *args, **kwargs):
        # a message is not held up by what is not known yet of whom it is sent to
        partners = super(ResPartner, keep_missing(self))._find_or_create_from_emails(
            *args, **kwargs
        )
        return [partner.with_env(self.env) for partner in partners]

    @api.model
    def _get_custom_import_columns(self):
        return {
            "name": self.env._("Klein Trading"),
            "is_company": "1",
            "email": "office@example.com",
            "phone": "+49 30 1234567",
            "city": self.env._("Berlin"),
            "country_id": self._get_first_name("res.country", [("code", "=", "DE")]),
        }
