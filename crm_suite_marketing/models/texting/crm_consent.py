from odoo import api, models


class CrmConsent(models.Model):
    # each room extends a model by itself
    _inherit = "crm.consent"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _erase(self, identity, channel, reason):
        """Take out text messages of mailings that never went, too: no row of the statistics knows
        those of an earlier try.
        """
        if channel == "sms":
            # sudo: whoever may erase was checked
            texts = self.env["sms.sms"].sudo()
            texts.search([("number", "=", identity), ("mailing_id", "!=", False)]).unlink()
        return super()._erase(identity, channel, reason)
