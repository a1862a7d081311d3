from odoo import api, models
from odoo.tools import SQL

from ...lib import consent as lib

# What tells what a person did. Who he is stands on the contact itself.
FORGET = (
    """DELETE FROM crm_contact_score_entry
        WHERE kind = 'engagement' AND partner_id = ANY(%(partners)s)""",
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
        # his events are forgotten by now; orders are records of the company, and stay
        self.env["crm.contact.score.engine"]._refresh(partners, is_silent=True)
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
