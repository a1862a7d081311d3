from odoo import api, models, tools


class IrDefault(models.Model):
    _inherit = "ir.default"

    @api.model
    def _get_model_defaults(self, model_name, condition=False):
        """Add the defaults of `crm.form.default`; those that people set for themselves win."""
        defaults = super()._get_model_defaults(model_name, condition)
        values = {} if condition else self._get_form_defaults(model_name)
        # a new dict: the one of core is cached
        return {**defaults, **values} if values else defaults

    @api.model
    def _get_form_defaults(self, model_name):
        """Return the defaults of configurators that the current user has not replaced."""
        values = self.env["crm.form.default"]._get_values(model_name)
        if not values:
            return values
        own = self._get_own_default_names(model_name)
        return {name: value for name, value in values.items() if name not in own}

    @api.model
    @tools.ormcache("self.env.uid", "self.env.company.id", "model_name")
    def _get_own_default_names(self, model_name):
        """Return the names of the fields for which the current user has a default of his own."""
        # sudo: one's own defaults, wherever they are applied
        defaults = self.sudo().search(
            [
                ("field_id.model", "=", model_name),
                ("user_id", "=", self.env.uid),
                ("company_id", "in", [False, self.env.company.id]),
                ("condition", "=", False),
            ]
        )
        return frozenset(defaults.field_id.mapped("name"))

    @api.model
    def discard_records(self, records):
        # sudo: whoever deletes a record; only configurators have rights on the defaults
        self.env["crm.form.default"].sudo()._discard_records(records)
        return super().discard_records(records)
