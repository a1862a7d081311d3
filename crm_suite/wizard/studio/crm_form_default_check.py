from odoo import api, fields, models
from odoo.fields import Command

from ...models.mixins.crm_form_title_mixin import TITLES


class CrmFormDefaultCheck(models.TransientModel):
    """Why somebody's new records start as they do: each default value, given or not, and why."""

    _name = "crm.form.default.check"
    _description = "Why These Defaults"

    model_id = fields.Many2one(
        "ir.model",
        "Form",
        required=True,
        ondelete="cascade",
        domain=lambda self: [
            ("model", "in", self.env["crm.form.default"]._get_customizable_models())
        ],
        context=TITLES,
    )
    user_id = fields.Many2one(
        "res.users",
        "Person",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.uid,
        domain="[('share', '=', False)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    is_off = fields.Boolean("Safe Mode", compute="_compute_line_ids")
    line_ids = fields.One2many(
        "crm.form.default.check.line", "check_id", "Default Values", compute="_compute_line_ids"
    )

    @api.depends("model_id", "user_id", "company_id")
    def _compute_line_ids(self):
        for check in self:
            check.is_off = not self.env["crm.form.default"]._is_enabled()
            lines = check._prepare_lines() if check.model_id and check.user_id else []
            check.line_ids = [Command.clear(), *(Command.create(line) for line in lines)]

    def _prepare_lines(self):
        """Return the values of a line for each default of the form, in order of priority."""
        defaults = self.env["crm.form.default"].search([("model_id", "=", self.model_id.id)])
        asked = defaults.with_user(self.user_id._origin or self.user_id)
        asked = asked.with_company(self.company_id).with_context(lang=self.env.lang)
        own = self.env["ir.default"].with_env(asked.env)._get_own_default_names(self.model_id.model)
        # sudo: to which groups the person belongs
        groups = set(asked.env.user.sudo()._get_group_ids())
        lines, taken = [], {}
        for default in defaults:
            reason = self._get_refusal(default, own, groups, taken)
            if not reason:
                taken[default.field_id] = default
            lines.append(
                {
                    "default_id": default.id,
                    "field_label": default.field_id.field_description,
                    "value_text": default.value_text,
                    "is_given": not reason,
                    "reason": reason or self._get_reason(default),
                }
            )
        return lines

    def _get_reason(self, default):
        if default.group_ids:
            return self.env._(
                "Given to members of %(groups)s.",
                groups=", ".join(default.group_ids.mapped("display_name")),
            )
        if default.company_id:
            return self.env._("Given to everybody of %(company)s.", company=default.company_id.name)
        return self.env._("Given to everybody.")

    def _get_refusal(self, default, own, groups, taken):
        """Return why a default is not given; empty when it is."""
        if default.health != "ok":
            return default.last_error
        if default.company_id and default.company_id != self.company_id:
            return self.env._("Only for %(company)s.", company=default.company_id.name)
        if default.group_ids and groups.isdisjoint(default.group_ids.ids):
            return self.env._(
                "Only for members of %(groups)s.",
                groups=", ".join(default.group_ids.mapped("display_name")),
            )
        if default.field_id.name in own:
            return self.env._("This person has a default of his or her own.")
        if default.field_id in taken:
            return self.env._(
                "“%(other)s” comes first in the list.",
                other=taken[default.field_id].display_name,
            )
        return ""
