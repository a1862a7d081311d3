from odoo import api, models
from odoo.tools import SQL

from ...lib import consent as lib

# Whatever is known of a person here. A contact that stays gets points for who it is at night
FORGET = (
    "DELETE FROM crm_contact_score_entry WHERE partner_id = ANY(%(partners)s)",
    "DELETE FROM crm_contact_score WHERE partner_id = ANY(%(partners)s)",
    "DELETE FROM crm_contact_score_hit WHERE partner_id = ANY(%(partners)s)",
    "DELETE FROM crm_contact_score_snapshot WHERE partner_id = ANY(%(partners)s)",
)


class CrmConsent(models.Model):
    # each room extends a model by itself
    _inherit = "crm.consent"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _erase(self, identity, channel, reason):
        """What a person did gives no points any more, and nothing says that it did."""
        self.env.flush_all()
        partners = self._find_scored(identity, channel)
        result = super()._erase(identity, channel, reason)
        for statement in FORGET:
            self.env.cr.execute(SQL(statement, partners=partners))
        self.env.invalidate_all()
        return result

    def _find_scored(self, identity, channel):
        """Return the contacts with this address, and those of its events."""
        mine = SQL("phone_sanitized = %s", identity)
        if channel == "email":
            mine = SQL("email_normalized = ANY(%s)", lib.get_writings(identity))
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM res_partner WHERE %s
                    UNION
                   SELECT partner_id FROM crm_engagement
                    WHERE identity_key = %s AND partner_id IS NOT NULL""",
                mine,
                self._hash(identity, channel),
            )
        )
        return [partner_id for [partner_id] in rows]
