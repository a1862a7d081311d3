from odoo import fields, models


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
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    level_id = fields.Many2one(
        "crm.payment.reminder.level",
        string="Level",
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
    hold = fields.Char(readonly=True, help="Why the customer is not reminded of this invoice.")

    _level_once = models.UniqueIndex(
        "(move_id, level_id) WHERE state != 'cancelled' AND level_id IS NOT NULL",
        "An invoice is reminded of once on each level.",
    )
