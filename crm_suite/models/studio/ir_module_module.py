from odoo import api, models
from odoo.exceptions import UserError

# What would protect nothing any more, or lose the work of somebody else, without the field
PROTECTED = ("ir.model.fields", "ir.rule")


class IrModuleModule(models.Model):
    _name = "ir.module.module"
    _inherit = ["ir.module.module"]

    @api.model
    def _load_module_terms(self, modules, langs, overwrite=False):
        result = super()._load_module_terms(modules, langs, overwrite)
        # terms are written straight into the table of custom fields; their columns follow here
        # sudo: a language is loaded by whoever may
        custom_fields = self.env["crm.custom.field"].sudo()
        custom_fields.search([("field_id", "!=", False)])._translate_columns()
        return result

    def button_uninstall(self):
        going = self + self.downstream_dependencies()
        result = super().button_uninstall()
        self._check_custom_fields_can_go(going.mapped("name"))
        return result

    @api.model
    def _check_custom_fields_can_go(self, going):
        """Refuse to uninstall while a record rule or a field of somebody else needs a custom field
        that would go; everything else is freed of it (`hooks.py`).

        :param going: names of modules
        """
        # sudo: whoever may uninstall add-ons may know what hinders it
        fields_ = self.env["crm.custom.field"].sudo()
        custom_fields = fields_._find_links_to(going)
        if "crm_suite" in going:
            made = fields_.search([("field_id", "!=", False)])
            custom_fields |= made.filtered("group_ids") if made._is_kept() else made
        for field, uses in self.env["crm.custom.field.usage"].sudo()._find(custom_fields).items():
            for model_name, res_id in uses:
                if model_name in PROTECTED:
                    record = self.env[model_name].sudo().browse(res_id)  # sudo: as above
                    raise UserError(
                        self.env._(
                            "“%(use)s” (%(kind)s) needs the custom field “%(field)s”, which would"
                            " go. Change it first, or keep the custom fields (settings of CRM).",
                            use=record.display_name,
                            kind=record._description,
                            field=field.name,
                        )
                    )
