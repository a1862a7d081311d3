from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.journey_report.account import Account


class CrmJourneyAccount(models.TransientModel):
    """Why somebody did or did not get what a journey sends."""

    _name = "crm.journey.account"
    _description = "Account of a Journey and a Person"
    _rec_name = "journey_id"

    partner_id = fields.Many2one("res.partner", "Contact", ondelete="cascade")
    journey_id = fields.Many2one("crm.journey", ondelete="cascade")
    model_name = fields.Char(related="journey_id.model_name")
    res_id = fields.Many2oneReference(
        "Who",
        model_field="model_name",
        compute="_compute_res_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    line_ids = fields.One2many("crm.journey.account.line", "account_id", readonly=True)

    @api.model
    def default_get(self, fields_list):
        """Opened from a participant: it is about him."""
        values = super().default_get(fields_list)
        context = self.env.context
        if context.get("active_model") == "crm.journey.participant":
            participant = self.env["crm.journey.participant"].browse(context.get("active_id"))
            values |= {"journey_id": participant.journey_id.id, "res_id": participant.res_id}
        elif context.get("active_model") == "res.partner":
            values["partner_id"] = context.get("active_id")
        return {name: value for name, value in values.items() if name in fields_list}

    @api.depends("journey_id", "partner_id")
    def _compute_res_id(self):
        for account in self:
            partner, model = account.partner_id, account.journey_id.model_name
            if not partner or not model:
                account.res_id = account.res_id
            elif model == "res.partner":
                account.res_id = partner.id
            else:
                participant = self.env["crm.journey.participant"].search(
                    [
                        ("partner_id", "=", partner.id),
                        ("journey_id", "=", account.journey_id._origin.id),
                    ],
                    limit=1,
                )
                account.res_id = participant.res_id

    def action_explain(self):
        """Tell."""
        self.ensure_one()
        journey = self.journey_id
        if not journey:
            raise UserError(self.env._("Choose the journey."))
        record = self.env[journey.model_name].browse(self.res_id or []).exists()
        if not record:
            raise UserError(self.env._("Choose about whom you ask."))
        journey.check_access("read")
        record.check_access("read")
        self.line_ids.unlink()
        self.env["crm.journey.account.line"].create(
            [
                {
                    "account_id": self.id,
                    "sequence": place,
                    "section": entry.section,
                    "tone": entry.tone,
                    "text": entry.text,
                    "detail": entry.detail,
                }
                for place, entry in enumerate(Account(journey, record).tell())
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why?"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
