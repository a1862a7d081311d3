from odoo import api, fields, models
from odoo.exceptions import UserError

LAUNCHES = ("action_launch", "action_schedule")


class CrmMailingCheck(models.TransientModel):
    """What is to mend before a mailing goes."""

    _name = "crm.mailing.check"
    _description = "Check of a Mailing"

    mailing_id = fields.Many2one(
        "mailing.mailing", required=True, readonly=True, ondelete="cascade"
    )
    launch_action = fields.Char(readonly=True)
    line_ids = fields.One2many("crm.mailing.check.line", "check_id", readonly=True)
    error_count = fields.Integer("Errors", compute="_compute_counts")
    warning_count = fields.Integer("Warnings", compute="_compute_counts")

    @api.depends("line_ids.severity")
    def _compute_counts(self):
        for check in self:
            errors = check.line_ids.filtered(lambda line: line.severity == "error")
            check.error_count = len(errors)
            check.warning_count = len(check.line_ids) - len(errors)

    def _fill(self):
        self.ensure_one()
        Line = self.env["crm.mailing.check.line"]
        findings = sorted(self.mailing_id._get_findings(), key=lambda one: one.severity)
        values_list = []
        for sequence, finding in enumerate(findings):
            name, advice = Line._describe(self.mailing_id, finding)
            values_list.append(
                {
                    "check_id": self.id,
                    "sequence": sequence,
                    "severity": finding.severity,
                    "code": finding.code,
                    "name": name,
                    "advice": advice,
                }
            )
        self.line_ids.unlink()
        Line.create(values_list)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_again(self):
        """Look again, after something was mended."""
        self.ensure_one()
        return self.mailing_id._open_check(self.launch_action)

    def action_send_anyway(self):
        """Launch with the warnings; errors stop the launch itself."""
        self.ensure_one()
        if self.launch_action not in LAUNCHES:
            raise UserError(self.env._("Nobody asked to send this mailing."))
        mailing = self.mailing_id.with_context(check_first=False)
        action = getattr(mailing, self.launch_action)()
        return action or {"type": "ir.actions.act_window_close"}
