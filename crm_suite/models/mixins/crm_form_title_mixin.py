from odoo import api, models

# With this context, models are called as the forms that people see of them
FORM_TITLES = "crm_form_titles"
TITLES = {FORM_TITLES: True}


class CrmFormTitleMixin(models.AbstractModel):
    """What speaks of the forms of a model: groups of its lists are called as the forms are.

    Fields that name a model do the same by their context.
    """

    _name = "crm.form.title.mixin"
    _description = "Titles of Forms"

    @api.model
    def _web_read_group_groupby_formatter(self, groupby_spec, values):
        tell = super()._web_read_group_groupby_formatter(groupby_spec, values)
        field = self._fields.get(groupby_spec)
        if field is None or field.comodel_name != "ir.model":
            return tell
        return lambda value: tell(value and value.with_context(**TITLES))
