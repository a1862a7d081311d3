from odoo import api, models
from odoo.tools import plaintext2html


class CrmConsent(models.Model):
    # each room extends a model by itself
    _inherit = "crm.consent"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _erase(self, identity, channel, reason):
        """Take back the calls of a person that are to be made, and what those that were made say
        of him.
        """
        # while deliveries still tell whose they are
        found = self._find_deliveries(identity, channel)[0]
        # sudo: whoever may erase was checked
        activities = self.env["mail.activity"].sudo().with_context(active_test=False)
        calls = activities.search([("crm_outbox_id", "in", found)])
        done = calls.filtered(lambda call: not call.active)
        for call in done:
            # the words of the caller are no part of the campaign
            words = plaintext2html(call.feedback) if call.feedback else ""
            self._find_call_messages(call).write({"body": words})
        done.write({"note": False})
        (calls - done).unlink()
        return super()._erase(identity, channel, reason)

    @api.model
    def _find_call_messages(self, call):
        """:return: what the chatter keeps of a call that was made: its text and the number"""
        number = call.crm_outbox_id.address
        if not number:
            return self.env["mail.message"]
        # sudo: as above
        messages = self.env["mail.message"].sudo()
        return messages.search(
            [
                ("model", "=", call.res_model),
                ("res_id", "=", call.res_id),
                ("mail_activity_type_id", "=", call.activity_type_id.id),
                ("body", "like", number),
            ]
        )
