from odoo import api, fields, models
from odoo.exceptions import AccessError

PARAMETER = "crm_suite.customization_enabled"


class CrmCustomizationSwitch(models.TransientModel):
    """The safe mode, for configurators: every form as Odoo delivers it, nothing lost."""

    _name = "crm.customization.switch"
    _description = "Safe Mode"

    is_on = fields.Boolean(
        "Safe Mode Is On",
        readonly=True,
        default=lambda self: not self.env["crm.form.rule"]._is_enabled(),
    )
    item_count = fields.Integer("In Use", compute="_compute_counts")
    broken_count = fields.Integer("Not Working", compute="_compute_counts")

    def _compute_counts(self):
        Item = self.env["crm.customization.item"]
        domain = [("kind", "in", ["field", "tab", "rule", "default"]), ("state", "=", "live")]
        for switch in self:
            switch.item_count = Item.search_count(domain)
            switch.broken_count = Item.search_count([*domain, ("health", "=", "broken")])

    def action_switch(self):
        """Turn safe mode on or off, for everybody and at once."""
        self.ensure_one()
        self._set_enabled(not self.env["crm.form.rule"]._is_enabled())
        return {"type": "ir.actions.client", "tag": "reload"}

    @api.model
    def _set_enabled(self, enabled):
        """Store the switch, and write down who turned it."""
        if not self.env.user.has_group("crm_suite.group_configurator") and not (
            self.env.user.has_group("base.group_system")
        ):
            raise AccessError(self.env._("Only configurators turn safe mode on or off."))
        if enabled == self.env["crm.form.rule"]._is_enabled():
            return
        # sudo: the one parameter that configurators may set, and the history nobody writes into
        self.env["ir.config_parameter"].sudo().set_param(PARAMETER, "1" if enabled else "0")
        changes = self.env["crm.customization.change"].sudo()
        changes.create(
            {
                "action": "write",
                "kind": "switch",
                "name": changes._tell_in_languages(lambda env: env._("Safe Mode")),
                "res_model": self._name,
                "owner_model": self._name,
                "details": [{"field": "is_on", "old": enabled, "new": not enabled}],
            }
        )
