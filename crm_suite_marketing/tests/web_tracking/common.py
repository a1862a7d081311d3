import json
import secrets
import time

from odoo.tests import HttpCase

from ..engagement.common import FIREFOX, EngagementCommon

SHOP = "https://www.shop.example.com"


class WebTrackingCommon(EngagementCommon, HttpCase):
    """The site of the shop, and a visitor who has agreed; a mail has gone to Amal and Emre."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # forms without sites are for all of the company
        cls.env["crm.web.site"].search([]).active = False
        cls.site = cls.env["crm.web.site"].create(
            {"name": "Shop", "allowed_origins": f"{SHOP}\nhttps://*.shop.example.org"}
        )
        cls.visitor_key = secrets.token_hex(16)
        cls.visits = cls.env["crm.web.visit"]

    @classmethod
    def _event(cls, path="/desks", kind="visit", **values):
        return {
            "id": secrets.token_hex(8),
            "kind": kind,
            "at": int(time.time() * 1000),
            "url": f"{SHOP}{path}",
            "title": "Desks",
            "referrer": "search.example.net",
            **values,
        }

    def _call(self, *events, origin=SHOP, agent=FIREFOX, body=None, headers=None, **values):
        told = {"site": self.site.key, "visitor": self.visitor_key, "events": list(events)}
        told |= values
        told = {name: value for name, value in told.items() if value is not None}
        headers = {"Content-Type": "text/plain", "User-Agent": agent} | (headers or {})
        if origin:
            headers["Origin"] = origin
        answer = self.url_open(
            "/crm_suite/track",
            data=json.dumps(told).encode() if body is None else body,
            headers=headers,
        )
        self.env.invalidate_all()
        return answer

    def _token(self, delivery):
        return self.env["crm.web.site"]._make_token(delivery)

    def _known(self):
        """The visitor, as the database has him."""
        self.env.invalidate_all()
        return self.env["crm.web.visitor"]._find(self.site, self.visitor_key)

    def _visits(self):
        self.env.invalidate_all()
        return self.visits.search([("site_id", "=", self.site.id)], order="id")

    def _ledger(self, partner, *kinds):
        self.env.invalidate_all()
        kinds = kinds or ("visit", "form")
        return self.events.search(
            [("partner_id", "=", partner.id), ("kind", "in", kinds)], order="ts, id"
        )
