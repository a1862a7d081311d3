from odoo import http
from odoo.http import content_disposition, request

from ..models.collection.reminder_message import ReminderMessage


class PaymentReminder(http.Controller):
    @http.route("/crm_suite/payment_reminder/<int:line_id>/pdf", type="http", auth="user")
    def get_pdf(self, line_id):
        """The PDF of an invoice as it comes with the reminder, for readers of the reminder."""
        line = request.env["crm.payment.reminder.line"].search([("id", "=", line_id)])
        # sudo: who reminds a customer sees the invoices of which he reminds, whoever wrote them
        move = line.sudo().move_id
        files = line and ReminderMessage(line.reminder_id).get_invoice_files(move)
        if not files:
            return request.not_found()
        [(name, content)] = files
        kind = "application/pdf" if name.endswith(".pdf") else "text/html"
        return request.make_response(
            content,
            [
                ("Content-Type", kind),
                ("Content-Disposition", content_disposition(name, "inline")),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
