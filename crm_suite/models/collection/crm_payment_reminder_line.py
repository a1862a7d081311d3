from odoo import api, fields, models


class CrmPaymentReminderLine(models.Model):
    """An invoice, or something in the customer's favour, as it was when he was reminded."""

    _name = "crm.payment.reminder.line"
    _description = "Payment Reminder Line"
    _order = "reminder_id desc, date_due, id"
    _rec_name = "number"

    reminder_id = fields.Many2one(
        "crm.payment.reminder", required=True, readonly=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(related="reminder_id.partner_id", store=True, index=True)
    company_id = fields.Many2one(related="reminder_id.company_id", store=True)
    state = fields.Selection(related="reminder_id.state", store=True)
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        ondelete="set null",
        index=True,
    )
    level_id = fields.Many2one(
        "crm.payment.reminder.level",
        readonly=True,
        ondelete="restrict",
        help="The level that the invoice reaches with this reminder. Empty: it is only listed.",
    )
    number = fields.Char(readonly=True)
    is_credit = fields.Boolean(
        readonly=True, help="A credit note or a payment that belongs to no invoice yet."
    )
    date_invoice = fields.Date(string="Date", readonly=True)
    date_due = fields.Date(string="Due Date", readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(string="Total", readonly=True)
    residual = fields.Monetary(
        string="Open",
        readonly=True,
        help="What is overdue of it; negative in your customer's favour.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    balance = fields.Monetary(
        string="Open in Company Currency",
        currency_field="company_currency_id",
        readonly=True,
    )
    is_held = fields.Boolean(
        readonly=True, help="Disputed, promised or blocked: the customer is not reminded of it."
    )
    hold_reason = fields.Char(string="Held because", compute="_compute_hold_reason")

    # drafts are proposals: those of two customers name the same invoice while it goes from one to
    # the other, until they are prepared again
    _level_once = models.UniqueIndex(
        "(move_id, level_id) WHERE state NOT IN ('draft', 'cancelled') AND level_id IS NOT NULL",
        "An invoice is reminded of once on each level.",
    )

    @api.depends("is_held")
    def _compute_hold_reason(self):
        # sudo: the reason is told to whoever may read the reminder, not only the invoice
        holds = self.filtered("is_held").move_id.sudo()._get_reminder_holds()
        for line in self:
            line.hold_reason = line.is_held and holds.get(line.move_id.id, False)

    def _release_taken_levels(self):
        """Give up the levels that other reminders have taken, or other lines of these: what is
        written to the customer is decided anew anyway.
        """
        lines = self.filtered("level_id")
        taken = {
            (line.move_id, line.level_id)
            for line in self.search(
                [
                    ("move_id", "in", lines.move_id.ids),
                    ("level_id", "!=", False),
                    ("state", "not in", ("draft", "cancelled")),
                    ("reminder_id", "not in", lines.reminder_id.ids),
                ]
            )
        }
        for line in lines:
            key = (line.move_id, line.level_id)
            if key in taken:
                line.level_id = False
            taken.add(key)

    def action_open_pdf(self):
        """Show the PDF of the invoice as the customer gets it."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/crm_suite/payment_reminder/{self.id}/pdf",
            "target": "new",
        }
