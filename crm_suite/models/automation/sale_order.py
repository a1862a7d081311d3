from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    reminder_level = fields.Integer(
        string="Reminders Sent",
        readonly=True,
        copy=False,
        aggregator=None,
        help="How many reminders the customer got since the quotation was sent: 1, 2, and 3 for the"
        " last one.",
    )
    reminded_at = fields.Datetime(
        string="Last Reminder",
        readonly=True,
        copy=False,
        help="When the customer was last reminded of this quotation.",
    )
    without_reminders = fields.Boolean(
        copy=False,
        help="The customer gets no automatic reminders of this quotation.",
    )
    is_thanked = fields.Boolean(
        string="Thanks Sent",
        readonly=True,
        copy=False,
        help="The customer got the thanks for this order.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        # only the automation rules count
        return super().create([{**vals, **self._get_fresh_reminders(vals)} for vals in vals_list])

    def write(self, vals):
        return super().write({**vals, **self._get_fresh_reminders(vals)})

    @api.model
    def _get_fresh_reminders(self, vals):
        """Return what changes with a new sending, and with a reminder."""
        if vals.get("state") in ("draft", "sent") or "quotation_sent_at" in vals:
            return {"reminder_level": 0, "reminded_at": False}
        if vals.get("reminder_level"):
            return {"reminded_at": fields.Datetime.now()}
        return {}

    def _get_customer_direction(self):
        """Return the direction of writing of the customer's language: ltr or rtl."""
        self.ensure_one()
        # sudo: also customers may render the mail
        language = self.env["res.lang"].sudo()._get_data(code=self.partner_id.lang)
        return language.direction or "ltr"
