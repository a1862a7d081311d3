from datetime import timedelta

from odoo import fields

from ...lib import delivery_token
from ..common import MarketingCommon

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class EngagementCommon(MarketingCommon):
    """A mailing that went to Amal and Emre an hour ago, with two links."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.sent_at = cls.now - timedelta(hours=1)
        cls.mailing = cls._create_mailing()
        cls.mailing.sudo().state = "done"
        cls.events = cls.env["crm.engagement"]
        cls.key = cls.env["crm.consent"]._get_key()
        cls.offer, cls.news = cls.env["link.tracker"].create(
            [
                {
                    "url": f"https://example.com/{name}?x=1",
                    "title": name,
                    "mass_mailing_id": cls.mailing.id,
                    "source_id": cls.mailing.source_id.id,
                    "medium_id": cls.mailing.medium_id.id,
                }
                for name in ("offer", "news")
            ]
        )
        cls.to_amal = cls._deliver(cls.amal)
        cls.to_emre = cls._deliver(cls.emre)

    @classmethod
    def _deliver(cls, partner, mailing=None, **values):
        """A message of ours, as the workers leave it."""
        mailing = mailing or cls.mailing
        consent = cls.env["crm.consent"]
        identity = consent._normalize(partner.email, "email")
        trace = cls.env["mailing.trace"].create(
            {
                "mass_mailing_id": mailing.id,
                "model": "res.partner",
                "res_id": partner.id,
                "email": identity,
                "trace_status": "sent",
                "sent_datetime": cls.sent_at,
            }
        )
        delivery = cls.env["crm.outbox"].create(
            {
                "mailing_id": mailing.id,
                "company_id": cls.env.company.id,
                "model": "res.partner",
                "res_id": partner.id,
                "partner_id": partner.id,
                "identity": identity,
                "identity_key": consent._hash(identity, "email"),
                "address": partner.email_formatted,
                "state": "sent",
                "sent_at": cls.sent_at,
                "idem_key": f"m{mailing.id}:{identity}",
                "trace_id": trace.id,
                **values,
            }
        )
        cls.env.flush_all()
        return delivery

    @classmethod
    def _message_id(cls, delivery):
        return delivery_token.make_message_id(cls.key, delivery.id, "test.example.com")

    def _events_of(self, delivery, *kinds):
        self.env.invalidate_all()
        found = self.events.search([("outbox_id", "=", delivery.id)], order="id")
        return found.filtered(lambda event: not kinds or event.kind in kinds)

    def _visit(self, delivery, kind="open", agent=FIREFOX, link=None, **values):
        visit = {"method": "GET", "agent": agent, "network": "192.0.2.0/24"} | values
        return self.events._record_visit(
            kind, visit, link_id=link.id if link else None, outbox_id=delivery.id
        )
