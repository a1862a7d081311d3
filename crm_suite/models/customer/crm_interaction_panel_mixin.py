from odoo import api, fields, models
from odoo.fields import Domain

# What fits beside the small form
SHOWN = 6


class CrmInteractionPanelMixin(models.AbstractModel):
    """What the window shows that logs an interaction from anywhere."""

    _name = "crm.interaction.panel.mixin"
    _description = "Window that Logs an Interaction"

    @api.model
    def action_log(self, channel=None):
        """Open the small form with nothing chosen but, perhaps, the channel."""
        self.check_access("create")
        return self._prepare_log_action(channel)

    @api.model
    def get_log_panel(self, res_model=None, res_id=None):
        """What one needs to log an interaction: outcomes, the calls of today, the last ones logged.

        :param str res_model: of the record on the screen, if there is one
        :param int res_id: its id; when interactions can be logged on it, `defaults` are its values
        :rtype: dict with ``outcomes``, ``types``, ``calls``, ``call_count``, ``latest`` and
            ``defaults``
        :raise AccessError: for those who may not log interactions
        """
        self.check_access("create")
        due = Domain("user_id", "=", self.env.uid) & Domain(
            "date_deadline", "<=", fields.Date.context_today(self)
        )
        Call = self.env["crm.call"]
        calls = Call.search(due, limit=SHOWN)
        latest = self.search(
            [("user_id", "=", self.env.uid), ("date", "<=", fields.Datetime.now())], limit=SHOWN
        )
        return {
            "outcomes": self.env["crm.interaction.outcome"].search_read(
                [("active", "=", True)], ["name"]
            ),
            "types": self.env["mail.activity.type"].search_read(
                self._fields["next_step_type_id"].domain, ["name"]
            ),
            "calls": calls.read(["who", "phone", "summary", "name", "date_deadline"]),
            "call_count": len(calls) if len(calls) < SHOWN else Call.search_count(due),
            "latest": latest.read(["name", "date", "channel_icon", "partner_id", "outcome_id"]),
            "defaults": self._get_log_defaults(res_model, res_id),
        }

    @api.model
    def _get_log_defaults(self, res_model, res_id):
        """The values of an interaction on the record on the screen, as the form has them."""
        if not isinstance(res_id, int) or res_model not in self.env:
            return {}
        Model = self.env[res_model]
        if Model._abstract or not hasattr(Model, "_prepare_interaction_context"):
            return {}
        record = Model.browse(res_id).exists()
        if not record or not record.has_access("read") or not record._takes_interactions():
            return {}
        values = self._prepare_document_values(record)
        return {
            name: value
            for name, value in values.items()
            # of a contact that the user may not read, no name may show
            if name != "partner_id" or self.env["res.partner"].browse(value).has_access("read")
        }
