from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_amount, format_date, format_list

from .reminder_message import ReminderMessage

# what a user decides about a reminder that has not gone; everything else is set by the run
EDITABLE = {
    *("recipient_id", "send_mail", "send_sms", "create_activity", "print_letter"),
    *("attach_invoices", "attach_statement", "subject", "body"),
}
CHANNELS = ("send_mail", "send_sms", "create_activity", "print_letter")


class CrmPaymentReminder(models.Model):
    """One reminder to one customer of all that is overdue in one company.

    Drafts are kept up to date by `_prepare_reminders`; customers who cannot be reminded have one,
    too, which says why. How they go is in ``crm.payment.reminder.sending``.
    """

    _name = "crm.payment.reminder"
    _description = "Payment Reminder"
    _inherit = [
        "crm.payment.reminder.preparing",
        "crm.payment.reminder.sending",
        "crm.timeline.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    level_id = fields.Many2one(
        "crm.payment.reminder.level", readonly=True, ondelete="restrict", index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        readonly=True,
        index=True,
        help="Gets the answers and the to-dos: who is responsible for the payments of the customer,"
        " else his salesperson, else the one of the invoice.",
    )
    date = fields.Date(readonly=True, required=True, default=fields.Date.context_today)
    sent_at = fields.Datetime(string="Sent on", readonly=True, copy=False)
    sent_by_id = fields.Many2one("res.users", string="Approved by", readonly=True, copy=False)
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
        help="Uncertain: the server was interrupted while it handed the e-mail over, so nobody"
        " knows whether it went. It is not sent again by itself: you decide.",
    )
    failure_reason = fields.Char(readonly=True, copy=False)
    recipient_id = fields.Many2one(
        "res.partner",
        domain="[('commercial_partner_id', '=', partner_id), ('email', '!=', False)]",
    )
    recipient_email = fields.Char(related="recipient_id.email", string="E-mail Address")
    send_mail = fields.Boolean(string="E-mail")
    send_sms = fields.Boolean(string="SMS")
    create_activity = fields.Boolean(string="To-Do")
    print_letter = fields.Boolean(string="Letter")
    letter_printed_at = fields.Datetime(string="Letter Printed on", readonly=True, copy=False)
    attach_invoices = fields.Boolean(string="Invoices as PDF")
    attach_statement = fields.Boolean(string="Statement of Account")
    is_sms_installed = fields.Boolean(related="level_id.is_sms_installed")
    lang = fields.Char(compute="_compute_lang", help="The language of whoever gets the reminder.")
    edited_subject = fields.Char(readonly=True)
    edited_body = fields.Html(readonly=True, sanitize_style=True)
    is_body_edited = fields.Boolean(readonly=True)  # by a person; what was sent is kept, too
    subject = fields.Char(compute="_compute_text", inverse="_inverse_subject")
    body = fields.Html(
        string="Text", compute="_compute_text", inverse="_inverse_body", sanitize_style=True
    )
    line_ids = fields.One2many(
        "crm.payment.reminder.line", "reminder_id", string="Invoices", readonly=True
    )
    numbers = fields.Char(
        string="Documents", readonly=True, help="Of what the customer is reminded."
    )
    invoice_count = fields.Integer(string="# Invoices", readonly=True)
    amount = fields.Monetary(
        string="Overdue in Company Currency",
        currency_field="company_currency_id",
        readonly=True,
        help="What the customer owes, converted to the currency of the company, credits deducted,"
        " without what is held.",
    )
    days_overdue = fields.Integer(string="Days Late", readonly=True, aggregator="max")
    total = fields.Char(
        string="Overdue",
        compute="_compute_total",
        help="What the customer owes, by currency, credits deducted, without what is held.",
    )
    hold_kind = fields.Selection(
        [
            ("mode", "Never reminded"),
            ("nothing", "Nothing owed in balance"),
            ("held", "Disputed or promised"),
            ("recent", "Reminded a short time ago"),
            ("open", "An earlier reminder is open"),
            ("done", "All levels sent"),
            ("address", "No e-mail address"),
        ],
        string="Held because",
        readonly=True,
        index=True,
    )
    hold_reason = fields.Char(
        string="Why Not",
        compute="_compute_hold_reason",
        help="Why the customer cannot be reminded now.",
    )
    reminded_on = fields.Date(string="Last Reminder", readonly=True)
    next_on = fields.Date(string="Next Possible", readonly=True)
    is_composed = fields.Boolean(readonly=True, copy=False)  # the mail is written
    is_extra_done = fields.Boolean(readonly=True, copy=False)  # to-do, SMS and letter are out
    message_id = fields.Many2one(
        "mail.message", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )

    # serves the timeline: the newest of one customer first
    _customer_history_idx = models.Index("(partner_id, sent_at DESC, id DESC)")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("partner_id", "level_id", "date")
    def _compute_display_name(self):
        for reminder in self:
            names = [reminder.level_id.name, reminder.partner_id.display_name]
            reminder.display_name = " – ".join(name for name in names if name)

    @api.depends("recipient_id.lang", "partner_id.lang", "company_id")
    def _compute_lang(self):
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        for reminder in self:
            langs = (
                reminder.recipient_id.lang,
                reminder.partner_id.lang,
                reminder.company_id.partner_id.lang,
            )
            reminder.lang = next((lang for lang in langs if lang in installed), "en_US")

    @api.depends("level_id", "recipient_id", "line_ids", "edited_subject", "edited_body")
    @api.depends_context("uid")
    def _compute_text(self):
        for reminder in self:
            message = ReminderMessage(reminder)
            reminder.subject = message.get_subject()
            reminder.body = message.get_body()

    def _inverse_subject(self):
        for reminder in self:
            text = (reminder.subject or "").strip()
            # sudo: what the user wrote, in the field of the engine; write() has let it through
            reminder.sudo().edited_subject = " ".join(text.split())

    def _inverse_body(self):
        for reminder in self:
            # sudo: as above
            reminder.sudo().write({"edited_body": reminder.body, "is_body_edited": True})

    @api.depends("line_ids.residual", "line_ids.is_held")
    @api.depends_context("lang")
    def _compute_total(self):
        for reminder in self:
            amounts = defaultdict(float)
            for line in reminder.line_ids:
                if not line.is_held:
                    amounts[line.currency_id] += line.residual
            reminder.total = " · ".join(
                format_amount(self.env, amount, currency)
                for currency, amount in amounts.items()
                if not currency.is_zero(amount)
            )

    @api.depends("hold_kind", "line_ids.is_held", "reminded_on", "next_on")
    @api.depends_context("lang")
    def _compute_hold_reason(self):
        for reminder in self:
            reminder.hold_reason = reminder._get_hold_reason() if reminder.hold_kind else False

    def _get_hold_reason(self):
        if self.hold_kind == "mode":
            # sudo: the reason is told to whoever may read the reminder
            reason = self.partner_id.sudo().reminder_none_reason
            return (
                self.env._("Gets no reminders: %s", reason)
                if reason
                else self.env._("Gets no reminders.")
            )
        if self.hold_kind == "nothing":
            return self.env._("Credits cover what is overdue.")
        if self.hold_kind == "held":
            reasons = dict.fromkeys(self.line_ids.filtered("hold_reason").mapped("hold_reason"))
            return " ".join(reasons) or self.env._("Disputed or promised.")
        if self.hold_kind == "open":
            return self.env._(
                "An earlier reminder is on its way, failed or uncertain. Settle it first."
            )
        if self.hold_kind == "done":
            return self.env._("All levels were sent. Talk to the customer.")
        if self.hold_kind == "address":
            return self.env._("No contact of the customer has an e-mail address.")
        days = (fields.Date.context_today(self) - (self.reminded_on or self.date)).days
        if not self.next_on:
            return self.env._("Reminded %s days ago.", days)
        return self.env._(
            "Reminded %(days)s days ago. The next reminder is possible on %(date)s.",
            days=days,
            date=format_date(self.env, self.next_on),
        )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Payment reminders are prepared by the reminder run."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and set(vals) & set(self._fields):
            self._check_editable(vals)
        return super().write(vals)

    def _check_editable(self, vals):
        own = {name for name in vals if self._fields[name].related is None}
        if fixed := own - EDITABLE:
            labels = (self._fields[name].get_description(self.env)["string"] for name in fixed)
            raise AccessError(
                self.env._("This cannot be entered: %(fields)s", fields=", ".join(sorted(labels)))
            )
        if any(reminder.state != "draft" for reminder in self):
            raise UserError(self.env._("Only reminders that have not been sent can be changed."))

    @api.constrains("recipient_id")
    def _check_recipient(self):
        for reminder in self:
            recipient = reminder.recipient_id
            if recipient and recipient.commercial_partner_id != (
                reminder.partner_id.commercial_partner_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(contact)s does not belong to %(customer)s. Payment reminders only go to"
                        " contacts of the customer.",
                        contact=recipient.display_name,
                        customer=reminder.partner_id.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.filtered(lambda reminder: reminder.state not in ("draft", "cancelled")):
            raise UserError(self.env._("What was sent is history and cannot be deleted."))

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_prepare(self):
        """Prepare reminders for all customers that the user reaches, and show them."""
        self._prepare_reminders()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_payment_reminder_action"
        )
        return {**action, "target": "main"}

    def action_send(self):
        """Send these reminders, as far as they may go. Says what cannot be sent, and why."""
        self.check_access("write")
        drafts = self.filtered(lambda reminder: reminder.state == "draft")
        if not drafts:
            raise UserError(self.env._("These reminders were sent or cancelled already."))
        ready = drafts.filtered(lambda reminder: not reminder.hold_kind)
        if not ready:
            raise UserError(drafts._list_holds())
        for reminder in ready:
            if not any(reminder[channel] for channel in CHANNELS):
                raise UserError(
                    self.env._("Choose how %s is reminded.", reminder.partner_id.display_name)
                )
            if reminder.send_mail and not reminder.recipient_id.email_normalized:
                raise UserError(
                    self.env._("%s has no e-mail address.", reminder.recipient_id.display_name)
                )
        ready._approve()
        held = drafts - ready
        return held and self._warn(
            self.env._("%s reminders are being sent", len(ready)), held._list_holds()
        )

    def _list_holds(self):
        reasons = [
            f"{reminder.partner_id.display_name}: {reminder.hold_reason}" for reminder in self[:10]
        ]
        if len(self) > len(reasons):
            reasons.append(self.env._("and %s more", len(self) - len(reasons)))
        return self.env._("Cannot be sent: %s", format_list(self.env, reasons))

    @api.model
    def _warn(self, title, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": title,
                "message": message,
                "type": "warning",
                "sticky": True,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_retry(self):
        """Send reminders again that failed or whose fate is not known."""
        self._check_state("failed", "uncertain")
        # sudo: the user may write the reminder, and the engine its state
        for reminder in self.sudo():
            reminder._withdraw_mail(keep_message=reminder.state == "uncertain")
        self._approve()

    def action_mark_sent(self):
        """Note that a reminder of unknown fate has reached the customer."""
        self._check_state("uncertain")
        # sudo: as above
        for reminder in self.sudo():
            reminder._get_mails()._settle_as_sent()
            if reminder.state == "uncertain":  # the mail is no more
                reminder._on_delivery(self.env["mail.mail"], "sent", "")

    def _prepare_statement_files(self):
        """Return the statement of account of the customer as a list of (name, bytes)."""
        return []

    def action_cancel(self):
        self._check_state("draft", "failed")
        # sudo: as above
        for reminder in self.sudo():
            reminder._withdraw_mail()
            reminder.write({"state": "cancelled", "failure_reason": False})

    def action_print_letters(self):
        """Print these reminders as letters, and note that they were printed."""
        self.check_access("write")
        letters = self.filtered(lambda reminder: reminder.state not in ("draft", "cancelled"))
        if not letters:
            raise UserError(self.env._("A letter is printed of reminders that were sent."))
        # sudo: the user may write the reminder, and the engine its facts
        letters.sudo().filtered(lambda reminder: not reminder.letter_printed_at).write(
            {"letter_printed_at": fields.Datetime.now()}
        )
        return self.env.ref("crm_suite.action_report_payment_reminder").report_action(letters)

    def action_use_template(self):
        """Forget what was edited and take the text of the level again."""
        self._check_state("draft")
        # sudo: as above
        self.sudo().write({"edited_subject": False, "edited_body": False, "is_body_edited": False})

    def _check_state(self, *states):
        self.check_access("write")
        if any(reminder.state not in states for reminder in self):
            raise UserError(self.env._("This is not possible any more: the reminder has changed."))

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _get_message_table(self):
        """Return the HTML table of what is owed, for mail templates."""
        self.ensure_one()
        return ReminderMessage(self).get_table()

    def _get_message_direction(self):
        """Return the direction of writing of the customer's language: ltr or rtl."""
        self.ensure_one()
        return ReminderMessage(self).get_direction()

    @api.autovacuum
    def _gc_cancelled(self):
        """Delete reminders that never went and that nobody needs any more."""
        month = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        self.search(
            [("state", "=", "cancelled"), ("message_id", "=", False), ("write_date", "<", month)],
            limit=10_000,
        ).unlink()
