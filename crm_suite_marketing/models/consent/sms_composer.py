from odoo import models

from .mailing_trace import SMS_FAILURES


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    def _get_optout_record_ids(self, records, recipients_info):
        refusals = self._get_consent_refusals(recipients_info)
        return [
            *super()._get_optout_record_ids(records, recipients_info),
            *(
                record_id
                for record_id, info in recipients_info.items()
                if info["sanitized"] in refusals
            ),
        ]

    def _prepare_mass_sms_values(self, records):
        result = super()._prepare_mass_sms_values(records)
        left_out = [
            values
            for values in result.values()
            if values.get("failure_type") == "sms_optout" and values.get("mailing_trace_ids")
        ]
        if left_out and self.mailing_id:
            numbers = {values["number"] for values in left_out}
            refusals = self.mailing_id._get_consent_refusals(numbers, "sms")
            for values in left_out:
                trace = values["mailing_trace_ids"][0][2]
                reason = refusals.get(values["number"])
                trace["failure_type"] = SMS_FAILURES.get(reason, "sms_optout")
        return result

    def _get_consent_refusals(self, recipients_info):
        is_mass = self.composition_mode == "mass" and self.use_exclusion_list
        if not self.mailing_id and not is_mass:
            return {}
        numbers = {info["sanitized"] for info in recipients_info.values() if info["sanitized"]}
        if self.mailing_id:
            return self.mailing_id._get_consent_refusals(numbers, "sms")
        # sudo: whoever sends need not read what people said
        Consent = self.env["crm.consent"].sudo()
        return Consent._get_refusals(numbers, "sms", use_blacklist=False)
