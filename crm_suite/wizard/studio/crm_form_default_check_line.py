from odoo import fields, models


class CrmFormDefaultCheckLine(models.TransientModel):
    """One default value, and whether it is given to the person that is asked about."""

    _name = "crm.form.default.check.line"
    _description = "Why This Default"

    check_id = fields.Many2one("crm.form.default.check", required=True, ondelete="cascade")
    default_id = fields.Many2one("crm.form.default", "Default Value", ondelete="cascade")
    field_label = fields.Char("Field")
    value_text = fields.Char("Starts With")
    is_given = fields.Boolean("Given")
    reason = fields.Char("Why")
