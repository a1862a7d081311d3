from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...models.consent.crm_consent_purpose import CHANNELS


class CrmConsentErasure(models.TransientModel):
    """A person wants to be forgotten."""

    _name = "crm.consent.erasure"
    _description = "Erase a Person"

    address = fields.Char(required=True)
    channel = fields.Selection(CHANNELS, required=True, default="email")
    reason = fields.Char(
        required=True, help="For instance the number of the request. Do not name the person."
    )
    entry_count = fields.Integer("Answers in the Ledger", compute="_compute_entry_count")

    @api.depends("address", "channel")
    def _compute_entry_count(self):
        Consent = self.env["crm.consent"]
        for erasure in self:
            identity = Consent._normalize(erasure.address, erasure.channel)
            erasure.entry_count = identity and self.env["crm.consent.entry"].search_count(
                [("identity_key", "=", Consent._hash(identity, erasure.channel))]
            )

    def action_erase(self):
        """Erase the person, for good."""
        self.ensure_one()
        if not self.env.user.has_group("crm_suite_marketing.group_marketing_manager"):
            raise AccessError(self.env._("Only marketing managers erase people."))
        identity = self.env["crm.consent"]._normalize(self.address, self.channel)
        if not identity:
            raise UserError(self.env._("“%s” is no address of this channel.", self.address))
        if identity in self.reason.lower():
            raise UserError(
                self.env._("The reason stays in the ledger, so it must not name the address.")
            )
        self.env["crm.consent"]._erase(identity, self.channel, self.reason)
        self.unlink()
        return {"type": "ir.actions.act_window_close"}
