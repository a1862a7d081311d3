from odoo import models


class CrmInteractionMixin(models.AbstractModel):
    """A record on which people log interactions with the customer."""

    _name = "crm.interaction.mixin"
    _description = "Record with Interactions"

    def action_log_interaction(self):
        """Open the small form that logs an interaction on this record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log Interaction"),
            "res_model": "crm.interaction",
            "view_mode": "form",
            "views": [(self.env.ref("crm_suite.crm_interaction_view_form_dialog").id, "form")],
            "target": "new",
            "context": self._prepare_interaction_context(),
        }

    def _prepare_interaction_context(self):
        """The ``default_*`` values of an interaction that is logged on this record.

        Each model that inherits the mixin adds the link to itself.
        """
        self.ensure_one()
        return {"default_channel": "phone", "default_user_id": self.env.uid}
