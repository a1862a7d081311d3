from odoo import fields, models


class CrmPaymentReminderLevel(models.Model):
    _name = "crm.payment.reminder.level"
    _inherit = ["crm.payment.reminder.level"]

    letter_text = fields.Text(
        string="Text of the Letter",
        translate=True,
        default=lambda self: self._get_default_letter_text(),
        help="Stands above the list of the invoices. Letters of reminders whose text was edited"
        " carry that text.",
    )
    letter_closing = fields.Text(
        string="End of the Letter",
        translate=True,
        default=lambda self: self._get_default_letter_closing(),
        help="Stands below the list of the invoices.",
    )

    def _get_default_letter_text(self):
        return self.env._(
            "Dear Sir or Madam,\n\naccording to our books, the following invoices are past their"
            " due date."
        )

    def _get_default_letter_closing(self):
        return self.env._(
            "Please pay the amount within the next seven days, or call us if there is a reason why"
            " you cannot. If your payment is already on its way, please take this letter as"
            " settled, with our thanks.\n\nYours sincerely"
        )
