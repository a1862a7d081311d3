from odoo import models


class CrmInteractionMixin(models.AbstractModel):
    """A record on which people log interactions with the customer."""

    _name = "crm.interaction.mixin"
    _description = "Record with Interactions"

    def action_log_interaction(self, channel=None):
        """Open the small form that logs an interaction on this record.

        :param str channel: of `crm.interaction`; the call, which is logged most, if not given
        """
        self.ensure_one()
        action = self.env["crm.interaction"]._prepare_log_action(channel)
        return {**action, "context": {**self._prepare_interaction_context(), **action["context"]}}

    def _prepare_interaction_context(self):
        """The ``default_*`` values of an interaction that is logged on this record.

        Each model that inherits the mixin adds the link to itself.
        """
        self.ensure_one()
        return {"default_channel": "phone", "default_user_id": self.env.uid}

    def _takes_interactions(self):
        """Whether what is done on this record was done with a customer."""
        self.ensure_one()
        return True
