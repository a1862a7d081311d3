from odoo import api, models
from odoo.tools import SQL


class CrmConsent(models.Model):
    # each room extends a model by itself
    _inherit = "crm.consent"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _erase(self, identity, channel, reason):
        """Take the person out of the deliveries, too: what has not gone does not go, and what went
        is known by its key only.
        """
        key = self._hash(identity, channel)
        Outbox = self.env["crm.outbox"]
        Outbox.flush_model()
        Outbox._leave_out(
            SQL("identity_key = %s AND state IN ('planned', 'held', 'claimed')", key), "erased"
        )
        self.env.cr.execute(
            SQL(
                """UPDATE crm_outbox
                      SET identity = NULL, address = NULL, detail = NULL, partner_id = NULL,
                          idem_key = split_part(idem_key, ':', 1) || ':' || identity_key
                    WHERE identity_key = %s""",
                key,
            )
        )
        Outbox._forget_read()
        return super()._erase(identity, channel, reason)
