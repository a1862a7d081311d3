from odoo import api, fields, models
from odoo.fields import Domain

from ...lib.groups import COLLECTION_READERS as READERS


class AccountMove(models.Model):
    """Which invoices are overdue. There is one definition, by due date of the receivable lines: an
    invoice that is to be paid in parts is overdue as soon as one of them is.
    """

    _name = "account.move"
    _inherit = ["account.move"]

    reminder_line_ids = fields.One2many(
        "crm.payment.reminder.line",
        "move_id",
        string="Payment Reminders",
        groups=READERS,
    )

    last_reminder_level_id = fields.Many2one(
        "crm.payment.reminder.level",
        string="Last Reminder",
        compute="_compute_last_reminder",
        groups=READERS,
    )
    last_reminder_date = fields.Date(
        string="Last Reminded on",
        compute="_compute_last_reminder",
        groups=READERS,
    )

    @api.depends("reminder_line_ids.state")
    def _compute_last_reminder(self):
        lines = self.env["crm.payment.reminder.line"].search(
            [("move_id", "in", self.ids), ("state", "in", ("sent", "uncertain"))]
        )
        last = {}
        for line in lines.sorted(lambda line: (line.reminder_id.date, line.id)):
            last[line.move_id.id] = line.reminder_id
        for move in self:
            reminder = last.get(move._origin.id)
            move.last_reminder_level_id = reminder and reminder.level_id
            move.last_reminder_date = reminder and reminder.date

    def action_view_payment_reminders(self):
        """Open the reminders of this invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_payment_reminder_action"
        )
        return {
            **action,
            "domain": [("line_ids.move_id", "=", self.id), ("state", "!=", "cancelled")],
            "context": {},
        }

    def action_prepare_payment_reminders(self):
        """Prepare the reminders of the customers of these invoices, and show them."""
        return self.commercial_partner_id.action_prepare_payment_reminders()

    @api.model
    def _get_overdue_line_domain(self, today=None):
        """Return the domain of the lines of `account.move.line` that are owed by customers and past
        their due date.

        :param datetime.date today: default: today in the time zone of the user
        """
        return self._get_open_line_domain() & Domain(
            [
                ("move_type", "=", "out_invoice"),
                ("amount_residual", ">", 0),
                ("date_maturity", "<", today or fields.Date.context_today(self)),
            ]
        )

    @api.model
    def _get_credit_line_domain(self):
        """Return the domain of the lines of `account.move.line` that customers have in their
        favour: open credit notes, payments that belong to no invoice yet.
        """
        return self._get_open_line_domain() & Domain("amount_residual", "<", 0)

    @api.model
    def _get_open_line_domain(self):
        return Domain(
            [
                ("parent_state", "=", "posted"),
                ("account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("partner_id", "!=", False),
            ]
        )

    @api.model
    def _get_overdue_domain(self, today=None):
        """Return the domain of the customer invoices that are overdue, wholly or in part.

        :param datetime.date today: default: today in the time zone of the user
        """
        return Domain([("move_type", "=", "out_invoice"), ("state", "=", "posted")]) & Domain(
            "line_ids", "any", self._get_overdue_line_domain(today)
        )

    def _get_reminder_holds(self):
        """Return why invoices must not be reminded of: ``{move_id: reason}``.

        Asked when reminders are prepared, shown and sent. Who knows a reason (a dispute, a promise)
        extends it.
        """
        return {
            move.id: self.env._("The payment is blocked.")
            for move in self
            if move.payment_state == "blocked"
        }
