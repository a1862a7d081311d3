from odoo import api, fields, models


class CrmOutboxMissed(models.TransientModel):
    """Whom a mailing has missed, and who can get it now. Nobody gets it who has it."""

    _name = "crm.outbox.missed"
    _description = "Send to Those It Missed"

    mailing_id = fields.Many2one(
        "mailing.mailing", required=True, readonly=True, ondelete="cascade"
    )
    failed_count = fields.Integer("Failed", compute="_compute_counts")
    left_out_count = fields.Integer("Left Out, but the Reason Is Gone", compute="_compute_counts")
    joined_count = fields.Integer("Came Later", compute="_compute_counts")
    uncertain_count = fields.Integer(related="mailing_id.uncertain_count")
    with_uncertain = fields.Boolean(
        "Also the Uncertain Ones",
        help="Some of them may get it twice: nobody knows whether theirs went.",
    )

    @api.depends("mailing_id")
    def _compute_counts(self):
        for wizard in self:
            counts = {}
            if wizard.mailing_id:
                wizard.mailing_id._check_may_control()
                wizard.mailing_id._check_may_address()
                counts = wizard.mailing_id._stage_missed()
            wizard.failed_count = counts.get("failed", 0)
            wizard.left_out_count = counts.get("left_out", 0)
            wizard.joined_count = counts.get("joined", 0)

    def action_send(self):
        """Plan them."""
        self.ensure_one()
        self.mailing_id.action_send_missed()  # checks that it may be done
        self.mailing_id._send_missed(self.with_uncertain)
        return {"type": "ir.actions.act_window_close"}
