from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib import consent as lib
from ..consent.crm_consent_entry import OTHER_SOURCES
from . import statements


class CrmConsent(models.Model):
    _inherit = "crm.consent"

    @api.model
    def _record(self, identities, channel, state, purpose=None, **values):
        entries = super()._record(identities, channel, state, purpose, **values)
        if state == "withdrawn" and values.get("mailing_id"):
            left = entries.filtered(lambda entry: entry.source not in OTHER_SOURCES)
            self._note_unsubscribing(left)
        return entries

    def _note_unsubscribing(self, entries):
        """Whoever leaves by a mailing has done something with its message."""
        rows = []
        for entry in entries:
            known = [
                ("identity_key", "=", entry.identity_key),
                ("mailing_id", "=", entry.mailing_id.id),
                ("kind", "=", "unsubscribe"),
            ]
            # another program has told it already
            if self.env["crm.engagement"].sudo().search_count(known, limit=1):  # sudo: as below
                continue
            message = self._find_message(entry)
            rows.append(
                {
                    "event_key": f"unsubscribe:{entry.mailing_id.id}:{entry.identity_key}",
                    "kind": "unsubscribe",
                    "ts": entry.date,
                    "mailing_id": entry.mailing_id.id,
                    "campaign_id": entry.mailing_id.campaign_id.id,
                    "company_id": entry.company_id.id,
                    "identity_key": entry.identity_key,
                    "evidence": {"source": entry.source},
                    **message,
                }
            )
        self.env["crm.engagement"]._record(rows)

    def _find_message(self, entry):
        # sudo: whoever unsubscribes has no rights
        deliveries = self.env["crm.outbox"].sudo()
        found = deliveries.search(
            [
                ("mailing_id", "=", entry.mailing_id.id),
                ("identity_key", "=", entry.identity_key),
                ("state", "!=", "suppressed"),
            ],
            limit=1,
        )
        if found:
            return {"outbox_id": found.id}
        address = "email" if entry.channel == "email" else "sms_number"
        # sudo: the same
        trace = self.env["mailing.trace"].sudo()
        found = trace.search(
            [
                ("mass_mailing_id", "=", entry.mailing_id.id),
                (address, "=", entry.identity),
                ("trace_status", "!=", "cancel"),
                ("is_test_trace", "=", False),
            ],
            limit=1,
        )
        return {"trace_id": found.id} if found else {}

    @api.model
    def _get_record(self, addresses):
        keys, of_person = [], Domain.FALSE
        for identity, channel in addresses:
            keys.append(self._hash(identity, channel))
            of_person |= self._get_trace_domain(identity, channel)
        # what Odoo itself has sent
        traces = self.env["mailing.trace"].search(of_person, order="id")
        delivered = Domain("trace_id", "in", traces.ids)
        ours = self.env["crm.outbox"].search(delivered).trace_id
        events = self.env["crm.engagement"].search(
            Domain("identity_key", "in", keys) | delivered, order="ts, id"
        )
        of_odoo = ("create_date", "trace_type", "email", "sms_number", "mass_mailing_id")
        states = ("trace_status", "failure_type", "failure_reason", "sent_datetime")
        seen = ("open_datetime", "links_click_datetime", "reply_datetime")
        facts = ("ts", "kind", "mailing_id", "link_url", "actor", "evidence_text")
        return super()._get_record(addresses) | {
            "messages_of_odoo": self._tell(traces - ours, of_odoo + states + seen),
            "events": self._tell(events, facts),
        }

    def _get_trace_domain(self, identity, channel):
        if channel == "email":
            return Domain("email", "in", lib.get_writings(identity))
        return Domain("sms_number", "=", identity)

    @api.model
    def _erase(self, identity, channel, reason):
        """Take out of the events of a person, and of the rows of the statistics, what tells of
        him. That something happened stays.
        """
        # while deliveries still tell whose they are
        deliveries, traces = self._find_deliveries(identity, channel)
        # sudo: whoever may erase was checked
        Trace = self.env["mailing.trace"].sudo()
        rows = Trace.browse(traces).exists() | Trace.search(
            self._get_trace_domain(identity, channel)
        )
        # what waits, or could not be sent, holds the address
        rows.mail_mail_id.unlink()
        rows.sms_id.unlink()
        self.env.flush_all()
        values = {
            "traces": rows.ids,
            "deliveries": deliveries,
            "key": self._hash(identity, channel),
        }
        self.env.cr.execute(SQL(statements.SWITCH_ERASURE, "on"))
        for statement in statements.FORGET:
            self.env.cr.execute(SQL(statement, **values))
        self.env.cr.execute(SQL(statements.SWITCH_ERASURE, ""))
        self.env.invalidate_all()
        return super()._erase(identity, channel, reason)
