from odoo import api, fields, models
from odoo.fields import Domain


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
        groups="sales_team.group_sale_salesman,account.group_account_invoice",
    )

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
