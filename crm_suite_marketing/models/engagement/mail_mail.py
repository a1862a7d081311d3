from odoo import api, models


class MailMail(models.Model):
    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        mails = super().create(vals_list)
        # sudo: what a customer was sent in a campaign is told by the campaign, whoever sends it
        campaign_mails = mails.sudo().filtered("mailing_id")
        if campaign_mails:
            entries = self.env["crm.timeline.message"].sudo()
            entries._drop_messages(campaign_mails.mail_message_id)
        return mails
