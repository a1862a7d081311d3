from odoo import models

from .mailing_trace import MAIL_FAILURES


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _get_optout_emails(self, mail_values_dict):
        """Core leaves out whoever is named here. It asks batch by batch, and so do we."""
        refusals = self._get_consent_refusals(mail_values_dict)
        return [*super()._get_optout_emails(mail_values_dict), *refusals]

    def _prepare_mail_values_mailing_traces(self, mail_values_all):
        traces = super()._prepare_mail_values_mailing_traces(mail_values_all)
        left_out = [
            trace
            for trace in traces.values()
            if trace and trace.get("failure_type") == "mail_optout"
        ]
        if left_out:
            refusals = self._get_consent_refusals(mail_values_all)
            for trace in left_out:
                reason = refusals.get(trace["email"])
                trace["failure_type"] = MAIL_FAILURES.get(reason, "mail_optout")
        return traces

    def _get_consent_refusals(self, mail_values_dict):
        """:return: ``{normalised address: reason}`` of the recipients of a mailing."""
        if not self.mass_mailing_id:
            return {}
        addresses = {
            address
            for data in self._get_recipients_data(mail_values_dict).values()
            for address in data["mail_to_normalized"]
        }
        # core looks the blacklist and the lists up by itself
        return self.mass_mailing_id._get_consent_refusals(addresses, "email")

    def _get_blacklist_record_ids(self, mail_values_dict, recipients_info=None):
        """A mail to many that is no mailing: whoever refused everything counts as blacklisted."""
        found = super()._get_blacklist_record_ids(mail_values_dict, recipients_info)
        is_mass = self.composition_mode == "mass_mail" and self.use_exclusion_list
        if not is_mass or self.mass_mailing_id or not recipients_info:
            return found
        addresses = {
            address for data in recipients_info.values() for address in data["mail_to_normalized"]
        }
        # sudo: whoever sends need not read what people said
        Consent = self.env["crm.consent"].sudo()
        refused = set(Consent._get_refusals(addresses, "email", use_blacklist=False))
        return set(found) | {
            record_id
            for record_id, data in recipients_info.items()
            if refused.intersection(data["mail_to_normalized"])
        }
