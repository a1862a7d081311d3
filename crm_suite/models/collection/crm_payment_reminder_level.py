from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib.payment_reminder import Step

SMS_PLACEHOLDERS = ("customer", "company", "amount", "count", "oldest")


class CrmPaymentReminderLevel(models.Model):
    """A step of the way from a friendly word to the last one: when, and what happens then."""

    _name = "crm.payment.reminder.level"
    _description = "Payment Reminder Level"
    _order = "days_overdue, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: the level is of all companies.")
    days_overdue = fields.Integer(
        required=True,
        default=7,
        help="The level is due when an invoice is late by so many days, and has had the levels"
        " before.",
    )
    min_days = fields.Integer(
        string="Days between Reminders",
        default=7,
        required=True,
        help="So many days at least since the customer was last reminded.",
    )
    is_automatic = fields.Boolean(
        string="Automatic",
        help="The reminder goes by itself, without anybody looking at it. Customers who are set to"
        " “By hand only” are left out.",
    )
    send_mail = fields.Boolean(string="E-mail", default=True)
    mail_template_id = fields.Many2one(
        "mail.template",
        string="E-mail Template",
        domain="[('model', '=', 'crm.payment.reminder')]",
        ondelete="restrict",
        help="Written in the language of whoever gets it.",
    )
    attach_invoices = fields.Boolean(
        default=True, help="The PDFs of all overdue invoices come with the e-mail."
    )
    attach_statement = fields.Boolean(help="A statement of account comes with the e-mail.")
    send_sms = fields.Boolean(string="SMS")
    sms_body = fields.Text(
        string="SMS Text",
        translate=True,
        default=lambda self: self._get_default_sms_body(),
        help="%(customer)s, %(company)s, %(amount)s, %(count)s and %(oldest)s are replaced by the"
        " name of the customer, your company, what is overdue, the number of invoices and"
        " the days of the oldest one.",
    )
    is_sms_installed = fields.Boolean(compute="_compute_is_sms_installed")
    create_activity = fields.Boolean(string="To-Do")
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        domain="[('res_model', 'in', (False, 'res.partner'))]",
        ondelete="restrict",
    )
    activity_summary = fields.Char(translate=True)
    print_letter = fields.Boolean(string="Letter")

    _positive_days = models.Constraint(
        "CHECK (days_overdue > 0 AND days_overdue <= 3650)",
        "A level begins between 1 and 3,650 days after the due date.",
    )
    _positive_min_days = models.Constraint(
        "CHECK (min_days >= 1 AND min_days <= 3650)",
        "There is at least one day between two reminders.",
    )

    # ------------------------------------------------------------------
    # Defaults, compute
    # ------------------------------------------------------------------

    @api.model
    def _get_default_sms_body(self):
        return self.env._(
            "%(company)s: %(count)s invoices over %(amount)s are overdue. If you have paid already,"
            " thank you.",
            company="%(company)s",
            count="%(count)s",
            amount="%(amount)s",
        )

    def _compute_is_sms_installed(self):
        self.is_sms_installed = "sms.sms" in self.env

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------

    @api.constrains(
        "send_mail", "mail_template_id", "send_sms", "create_activity", "print_letter", "active"
    )
    def _check_does_something(self):
        for level in self:
            if not (
                level.send_mail or level.send_sms or level.create_activity or level.print_letter
            ):
                raise ValidationError(
                    self.env._("The level “%s” does nothing: choose what happens.", level.name)
                )
            if level.send_mail and not level.mail_template_id:
                raise ValidationError(
                    self.env._("The level “%s” needs an e-mail template.", level.name)
                )

    @api.constrains("mail_template_id")
    def _check_template_model(self):
        for level in self:
            # sudo: whoever chooses a template need not be an editor of templates
            model = level.mail_template_id.sudo().model
            if model and model != "crm.payment.reminder":
                raise ValidationError(
                    self.env._(
                        "The template “%s” is not made for payment reminders.",
                        level.mail_template_id.name,
                    )
                )

    @api.constrains("sms_body", "send_sms")
    def _check_sms_body(self):
        for level in self.filtered("send_sms"):
            if not (level.sms_body or "").strip():
                raise ValidationError(self.env._("The level “%s” needs an SMS text.", level.name))
            try:
                level.sms_body % dict.fromkeys(SMS_PLACEHOLDERS, "")
            except (KeyError, ValueError, TypeError) as error:
                raise ValidationError(
                    self.env._(
                        "The SMS text of “%(level)s” holds a placeholder that is not known or not"
                        " complete. Possible are: %(placeholders)s. Write %% for a percent sign.",
                        level=level.name,
                        placeholders=", ".join(f"%({name})s" for name in SMS_PLACEHOLDERS),
                    )
                ) from error

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _get_step(self):
        """Return the level as `lib/payment_reminder.py` knows it."""
        self.ensure_one()
        return Step(self.days_overdue, self.sequence, self.id, self.min_days)
