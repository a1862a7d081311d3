from odoo import api, models
from odoo.tools import email_normalize


class MailMail(models.Model):
    # each room extends a core model by itself
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        mails = super().create(vals_list)
        mails._make_consent_links()
        return mails

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        # core asks for three addresses of one link
        mails = self.with_context(consent_links={})
        return super(MailMail, mails)._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )

    def _make_consent_links(self):
        """Write the links of mailings with their mails: a link that went out must be known, even
        if the server dies right after it has handed the mail over.
        """
        # sudo: links belong to nobody; they lead the recipient of the mail only
        mails = self.sudo().filtered("mailing_id")
        if not mails:
            return
        Consent = mails.env["crm.consent"]
        for mailing, part in mails.grouped("mailing_id").items():
            res_ids, addresses = {}, {}
            for trace in part.mailing_trace_ids.filtered(lambda trace: not trace.is_test_trace):
                identity = Consent._normalize(trace.email, "email")
                if identity:
                    res_ids.setdefault(identity, trace.res_id)
                    addresses.setdefault(identity, email_normalize(trace.email, strict=False))
            if res_ids:
                mails.env["crm.consent.link"]._find_or_make(
                    list(res_ids), mailing, res_ids, addresses
                )
