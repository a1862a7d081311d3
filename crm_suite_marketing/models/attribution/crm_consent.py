from odoo import api, models
from odoo.tools import SQL

from ...lib import consent as lib


class CrmConsent(models.Model):
    # each room extends a model by itself
    _inherit = "crm.consent"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _erase(self, identity, channel, reason):
        """What a person did gets no credit any more: the next pass computes his customer anew."""
        if channel == "email":
            writings = lib.get_writings(identity)
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "DELETE FROM crm_attribution_queue WHERE key = ANY(%s)",
                    [f"e{one}" for one in writings],
                )
            )
            self.env["crm.attribution.queue"]._add_customers(
                SQL("SELECT id FROM res_partner WHERE email_normalized = ANY(%s)", writings)
            )
        return super()._erase(identity, channel, reason)
