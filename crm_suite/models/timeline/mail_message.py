from odoo import api, models

# What of a message decides whether it is history, whose, and by what it is found
HISTORY_FIELDS = {
    "author_id",
    "body",
    "date",
    "email_from",
    "is_internal",
    "message_type",
    "model",
    "res_id",
    "subject",
    "subtype_id",
}


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        # sudo: a portal user who writes on a document adds to the history as well
        self.env["crm.timeline.message"].sudo()._add_messages(messages.sudo())
        return messages

    def write(self, vals):
        concerned = not HISTORY_FIELDS.isdisjoint(vals)
        result = super().write(vals)
        if concerned:
            # sudo: the history follows the message, whoever changes it
            messages = self.sudo()
            messages.flush_recordset(HISTORY_FIELDS)
            entries = self.env["crm.timeline.message"].sudo()
            entries._drop_messages(messages)
            entries._add_messages(messages)
        return result
