from ast import literal_eval

from lxml import etree

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import ValidationError

from .crm_form_title_mixin import TITLES


class CrmCustomizationMixin(models.AbstractModel):
    """What configurators say about the forms of one model, as rules, tabs and places of fields.

    A model that inherits this belongs to one customizable model. It shapes the views of that
    model in `_apply_to_view`, and each change of it empties the cache of views once.
    """

    _name = "crm.customization.mixin"
    _inherit = ["crm.customization.audit.mixin", "crm.form.title.mixin"]
    _description = "Customization of a Form"

    model_id = fields.Many2one(
        "ir.model",
        string="Form",
        required=True,
        ondelete="cascade",
        index=True,
        domain=lambda self: [("model", "in", self._get_customizable_models())],
        context=TITLES,
        help="The record type that is shaped.",
    )
    model_name = fields.Char(related="model_id.model", string="Model")

    @api.constrains("model_id")
    def _check_model_id(self):
        allowed = set(self._get_customizable_models())
        for record in self:
            if record.model_id.model not in allowed:
                title = self.env["ir.model"]._get_form_title(record.model_id.model)
                raise ValidationError(self.env._("“%(model)s” cannot be customized.", model=title))

    def _check_own_company(self):
        """Refuse companies of others; a record rule only asks for what a record was before.

        For models with `company_id`, from a constraint on it: there everybody is sudo.
        """
        if self.env.uid == SUPERUSER_ID:
            return
        # sudo: one's own companies, and the names of those that one cannot choose
        foreign = self.company_id - self.env.user.sudo().company_ids
        if foreign:
            raise ValidationError(
                self.env._("You do not work for %(company)s.", company=foreign[0].sudo().name)
            )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._clear_view_caches()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._clear_view_caches()
        return result

    def unlink(self):
        result = super().unlink()
        self._clear_view_caches()
        return result

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        result = super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang
        )
        self._clear_view_caches()
        return result

    def _get_audit_text(self, name):
        text = super()._get_audit_text(name)
        if name == "condition_domain" and text:
            try:
                words = self.env["crm.domain.words.mixin"]
                return words._describe_domain(self.model_name, literal_eval(text))
            except Exception:  # noqa: BLE001
                # what is broken is remembered as it is
                return text
        return text

    @api.model
    def _clear_view_caches(self):
        # the views with all that is injected, and what was compiled, are cached there by every
        # worker
        self.env.registry.clear_cache("templates")

    @api.model
    def _get_customizable_models(self):
        """Return the names of the models that may be shaped: those that inherit the mixin."""
        names = self.env.registry.descendants(["crm.customizable.mixin"], "_inherit")
        return sorted(name for name in names if not self.env[name]._abstract)

    @api.model
    def _is_enabled(self):
        """Return whether anything is injected at all; the safe mode of the settings says no."""
        # sudo: a switch that is no secret, read on behalf of users who may not read parameters
        value = self.env["ir.config_parameter"].sudo().get_param("crm_suite.customization_enabled")
        return tools.str2bool(value or "1", default=True)

    @api.model
    def _get_view_key(self, model_name: str, view_type: str) -> tuple:
        """Return what the views of a model depend on beside its records: companies, groups.

        It is part of the key under which views are cached.
        """
        return ()

    @api.model
    def _apply_to_view(self, model_name: str, arch: etree._Element, view, view_type: str) -> None:
        """Change a combined view before it is served; called in safe mode never.

        :param arch: the whole view, changed in place
        :param view: the `ir.ui.view` record, possibly empty
        """

    @api.model
    def _finish_view(self, model_name: str, arch: etree._Element, view, view_type: str) -> None:
        """Tidy up a view that everything was injected into; parameters as `_apply_to_view`."""
