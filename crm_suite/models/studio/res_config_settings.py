from odoo import api, fields, models

KEEP_FIELDS = "crm_suite.keep_custom_fields"


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    crm_customization_count = fields.Integer("In Use", compute="_compute_crm_customization_counts")
    crm_customization_broken_count = fields.Integer(
        "Not Working", compute="_compute_crm_customization_counts"
    )
    crm_keep_custom_fields = fields.Boolean(
        "Keep Custom Fields",
        help="When CRM Suite is uninstalled, the columns of custom fields stay in the database with"
        " their values, open to everybody who may read the record. Of fields that some groups only"
        " see, the values stay in the database and nobody sees them. Otherwise they are deleted.",
    )

    @api.depends("company_id")
    def _compute_crm_customization_counts(self):
        # sudo: numbers only, for administrators who need not be configurators
        counts = self.env["crm.customization.switch"].sudo().new({})
        self.crm_customization_count = counts.item_count
        self.crm_customization_broken_count = counts.broken_count

    @api.model
    def get_values(self):
        values = super().get_values()
        values["crm_keep_custom_fields"] = self.env["crm.custom.field"]._is_kept()
        return values

    def set_values(self):
        result = super().set_values()
        kept = "1" if self.crm_keep_custom_fields else "0"
        self.env["ir.config_parameter"].set_param(KEEP_FIELDS, kept)
        return result
