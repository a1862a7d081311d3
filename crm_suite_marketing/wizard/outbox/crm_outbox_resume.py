from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

MOST_HOURS = 30 * 24


class CrmOutboxResume(models.TransientModel):
    """How a paused mailing goes on: what is overdue does not all go at once unasked."""

    _name = "crm.outbox.resume"
    _description = "Resume Sending"

    mailing_id = fields.Many2one(
        "mailing.mailing", required=True, readonly=True, ondelete="cascade"
    )
    overdue_count = fields.Integer("Due in the Meantime", compute="_compute_counts")
    later_count = fields.Integer("Due Later", compute="_compute_counts")
    overdue = fields.Selection(
        [
            ("now", "Send now"),
            ("spread", "Spread over the next hours"),
            ("skip", "Leave out"),
        ],
        "What Was Due",
        default="now",
        required=True,
    )
    hours = fields.Integer(default=24)

    @api.depends("mailing_id")
    def _compute_counts(self):
        for wizard in self:
            mailing = wizard.mailing_id
            mailing.check_access("read")
            self.env["crm.outbox"].flush_model()
            [(overdue, waiting)] = self.env.execute_query(
                SQL(
                    """SELECT count(*) FILTER (WHERE %s), count(*) FROM crm_outbox
                        WHERE mailing_id = %s AND state IN ('planned', 'held')""",
                    mailing._get_overdue_condition(),
                    mailing.id or None,
                )
            )
            wizard.overdue_count = overdue
            wizard.later_count = waiting - overdue

    def action_resume(self):
        """Go on as chosen."""
        self.ensure_one()
        mailing = self.mailing_id
        mailing._check_may_control()
        if not mailing.is_paused:
            raise UserError(self.env._("This mailing is not paused."))
        if self.overdue == "spread" and not 0 < self.hours <= MOST_HOURS:
            raise UserError(self.env._("Spread over 1 to %s hours.", MOST_HOURS))
        mailing._resume(self.overdue, self.hours)
        return {"type": "ir.actions.act_window_close"}
