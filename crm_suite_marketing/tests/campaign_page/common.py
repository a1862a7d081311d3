from datetime import timedelta

from odoo import fields

from ..engagement.common import FIREFOX
from ..outbox.common import OutboxCommon


class CampaignPageCommon(OutboxCommon):
    """A campaign with one mailing to the segment: three messages are planned (Amal, Basil, Emre),
    and three contacts are left out.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls.env["utm.campaign"].create(
            {"title": "Test Live", "company_id": cls.env.company.id}
        )
        cls.page = cls.env["crm.campaign.page"]
        cls.record = cls.env["crm.campaign.page.record"]

    def setUp(self):
        super().setUp()
        self.mailing = self._create_mailing(campaign_id=self.campaign.id)
        self._launch(self.mailing)
        rows = {row.record_name: row for row in self._rows(self.mailing)}
        self.to_amal, self.to_basil, self.to_emre = (
            rows[name] for name in ("Amal", "Basil", "Emre")
        )

    def _send_rows(self, rows, minutes_ago=60):
        self._set_state(
            rows, "sent", sent_at=fields.Datetime.now() - timedelta(minutes=minutes_ago)
        )

    def _event(self, kind, delivery, minutes_ago=30, **values):
        self.env["crm.engagement"]._record(
            [
                {
                    "event_key": f"page:{kind}:{delivery.id}:{minutes_ago}",
                    "kind": kind,
                    "ts": fields.Datetime.now() - timedelta(minutes=minutes_ago),
                    "outbox_id": delivery.id,
                    "evidence": {"method": "GET", "agent": FIREFOX, "network": "192.0.2.0/24"},
                    **values,
                }
            ]
        )

    def _read(self, user=None, method="get_page"):
        self.env.invalidate_all()
        page = self.page.with_user(user or self.marketer)
        return getattr(page, method)(self.campaign.id)

    def _open(self, key, user=None, **choice):
        """:return: the records that a number of the page opens"""
        record = self.record.with_user(user or self.manager)
        action = record.open_records(key, self.campaign.id, **choice)
        Model = self.env[action["res_model"]].with_user(user or self.manager)
        return Model.with_context(active_test=False).search(action["domain"])
