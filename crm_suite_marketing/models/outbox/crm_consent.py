from odoo import api, models
from odoo.tools import SQL

from ...lib import consent as lib
from ...lib.mail_report import hide_addresses


class CrmConsent(models.Model):
    # each room extends a model by itself
    _inherit = "crm.consent"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _find_deliveries(self, identity, channel):
        """Return the ids of the deliveries of a person, and of their rows of the statistics: those
        to his address, and those of his contacts for which there was no address.
        """
        column = "email_normalized" if channel == "email" else "phone_sanitized"
        writings = lib.get_writings(identity) if channel == "email" else [identity]
        self.env["crm.outbox"].flush_model()
        self.env["res.partner"].flush_model([column])
        rows = self.env.execute_query(
            SQL(
                """SELECT id, trace_id FROM crm_outbox WHERE identity_key = %s
                    UNION
                   SELECT message.id, message.trace_id
                     FROM crm_outbox AS message
                     JOIN res_partner AS partner ON partner.id = message.partner_id
                    WHERE partner.%s = ANY(%s)
                      AND message.identity_key IS NULL""",
                self._hash(identity, channel),
                SQL.identifier(column),
                writings,
            )
        )
        return [row[0] for row in rows], [row[1] for row in rows if row[1]]

    @api.model
    def _get_record(self, addresses):
        keys = [self._hash(identity, channel) for identity, channel in addresses]
        rows = self.env["crm.outbox"].search([("identity_key", "in", keys)], order="id")
        names = ("create_date", "channel", "address", "mailing_id", "lang", "tz")
        more = ("state", "reason", "detail", "sent_at")
        messages = self._tell(rows, names + more)
        for message in messages:
            # servers name whom they please
            message["detail"] = message["detail"] and hide_addresses(message["detail"])
        return super()._get_record(addresses) | {"messages": messages}

    @api.model
    def _erase(self, identity, channel, reason):
        """Take the person out of the deliveries, too: what has not gone does not go, and what went
        is known by its key only. The rows stay, so that the figures of mailings still add up.
        """
        found = self._find_deliveries(identity, channel)[0]
        Outbox = self.env["crm.outbox"]
        Outbox._leave_out(
            SQL("id = ANY(%s) AND state IN ('planned', 'held', 'claimed')", found), "erased"
        )
        self.env.cr.execute(
            SQL(
                """UPDATE crm_outbox
                      SET identity = NULL, address = NULL, detail = NULL, partner_id = NULL,
                          res_id = NULL, lang = NULL, tz = NULL, tz_guessed = NULL,
                          idem_key = split_part(idem_key, ':', 1) || ':'
                                     || COALESCE(identity_key, 'erased ' || id)
                    WHERE id = ANY(%s)""",
                found,
            )
        )
        Outbox._forget_read()
        return super()._erase(identity, channel, reason)
