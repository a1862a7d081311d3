import logging

from odoo import api, models

from .crm_rule_enforcement_mixin import KEEP_INCOMPLETE

_logger = logging.getLogger(__name__)


class CrmCustomizableMixin(models.AbstractModel):
    """What a model inherits so that configurators may shape its form without code.

    Inheriting is all that a model has to do: custom fields, tabs and the rules of `crm.form.rule`
    are injected into its views when they are served, and the rules are enforced when its records
    are created or written. Only models that inherit this can be customized, which makes the list
    of them a white list.

    Name the mixin first in `_inherit`, so that rules are applied after the view is complete:

        _inherit = ("crm.customizable.mixin", "crm.lead")
    """

    _name = "crm.customizable.mixin"
    _inherit = ["crm.customizable.field.mixin", "crm.rule.enforcement.mixin"]
    _description = "Customizable without code"

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        shapers = self._get_shapers()
        return (*key, *(shaper._get_view_key(self._name, view_type) for shaper in shapers))

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        shapers = self._get_shapers()
        steps = [(shaper, shaper._apply_to_view) for shaper in shapers]
        steps += [(shaper, shaper._finish_view) for shaper in shapers]
        for shaper, step in steps:
            try:
                step(self._name, arch, view, view_type)
            except Exception:
                # A form that is not shaped is better than no form
                _logger.exception("%s does not fit the views of %s", shaper._name, self._name)
        return arch, view

    @api.model
    def _get_shapers(self):
        """Return what shapes the views of this model, in the order in which it is applied."""
        # The registry is not ready while modules are loaded: views must not depend on our records
        if not self.env.registry.ready or not self.env["crm.form.rule"]._is_enabled():
            return []
        # Tabs hold fields, and rules speak of both
        return [
            self.env[name] for name in ("crm.form.tab", "crm.custom.field.place", "crm.form.rule")
        ]

    @api.model
    def _get_custom_field_condition(self, view_type: str) -> str:
        """Return an expression under which no custom field is shown, or "".

        For models that hold records of which only some are meant, as invoices among the entries
        of a journal. A list has no record: its expression reads the context only.
        """
        return ""

    @api.model
    def _takes_form_defaults(self):
        """Return whether what is about to be created starts with the values of configurators."""
        return True

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        if not self.env.su:
            # The gateway is superuser: whoever calls this from outside brings no mail to be kept
            return super().message_new(msg_dict, custom_values)
        keeper = self.with_context(crm_form_rules=KEEP_INCOMPLETE)
        record = super(CrmCustomizableMixin, keeper).message_new(msg_dict, custom_values)
        record = record.with_context(crm_form_rules=None)
        messages = [message for message, _broken in record._get_form_rule_violations("create")]
        if messages:
            record.message_post(
                body=self.env._(
                    "This e-mail left required fields empty: %(messages)s",
                    messages=" ".join(messages),
                ),
                subtype_xmlid="mail.mt_note",
            )
        return record
