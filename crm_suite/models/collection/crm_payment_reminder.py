from odoo import api, fields, models
from odoo.exceptions import AccessError

# what a user decides about a reminder; everything else is set by the run
EDITABLE = {"recipient_id", "send_mail", "send_sms", "create_activity", "print_letter"}


class CrmPaymentReminder(models.Model):
    """One reminder to one customer of all that is overdue in one company."""

    _name = "crm.payment.reminder"
    _description = "Payment Reminder"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _mailing_enabled = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    level_id = fields.Many2one(
        "crm.payment.reminder.level", string="Level", readonly=True, ondelete="restrict", index=True
    )
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True, index=True)
    date = fields.Date(readonly=True, required=True, default=fields.Date.context_today)
    sent_at = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "To Check"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("uncertain", "Uncertain"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        default="draft",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
        help="Uncertain: the server was interrupted while it handed the e-mail over, so nobody knows"
        " whether it went. It is not sent again by itself: you decide.",
    )
    recipient_id = fields.Many2one("res.partner", string="Recipient")
    send_mail = fields.Boolean(string="E-mail")
    send_sms = fields.Boolean(string="SMS")
    create_activity = fields.Boolean(string="To-Do")
    print_letter = fields.Boolean(string="Letter")
    line_ids = fields.One2many(
        "crm.payment.reminder.line", "reminder_id", string="Invoices", readonly=True
    )
    hold_kind = fields.Selection(
        [
            ("mode", "Never reminded"),
            ("nothing", "Nothing owed in balance"),
            ("held", "Disputed or promised"),
            ("recent", "Reminded a short time ago"),
            ("open", "An earlier reminder is open"),
            ("done", "All levels sent"),
            ("address", "No way to reach the customer"),
        ],
        string="Held because",
        readonly=True,
        index=True,
    )
    hold_reason = fields.Char(
        string="Why Not", readonly=True, help="Why the customer cannot be reminded now."
    )
    total = fields.Char(
        string="Overdue",
        readonly=True,
        help="What the customer owes, by currency, credits deducted.",
    )

    # serves the timeline: the newest of one customer first
    _customer_history_idx = models.Index("(partner_id, sent_at DESC, id DESC)")

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # to the engine belong facts, which nobody enters
        if not self.env.su:
            raise AccessError(self.env._("Payment reminders are prepared by the reminder run."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and (fixed := set(vals) - EDITABLE):
            raise AccessError(
                self.env._("This cannot be entered: %(fields)s", fields=", ".join(sorted(fixed)))
            )
        return super().write(vals)
