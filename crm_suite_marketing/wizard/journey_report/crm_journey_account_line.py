from odoo import fields, models


class CrmJourneyAccountLine(models.TransientModel):
    """One sentence of an account."""

    _name = "crm.journey.account.line"
    _description = "Line of an Account"
    _order = "account_id, sequence, id"

    account_id = fields.Many2one(
        "crm.journey.account", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(readonly=True)
    section = fields.Selection(
        [
            ("passage", "In the Journey"),
            ("step", "Steps"),
            ("start", "Coming In"),
            ("rule", "Rules"),
            ("consent", "Consent"),
        ],
        "About",
        readonly=True,
    )
    tone = fields.Selection(
        [("good", "Fine"), ("bad", "Stops Him"), ("plain", "Note")], readonly=True
    )
    text = fields.Text("What Is Known", readonly=True)
    detail = fields.Text("Details", readonly=True)
