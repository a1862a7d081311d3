from odoo import models
from odoo.tools import format_date
from odoo.tools.misc import formatLang

from ...lib.timeline import TimelineSource
from ..timeline import sql


class CrmTimeline(models.AbstractModel):
    """A promise is in the history when it was given, and again when it was broken."""

    _name = "crm.timeline"
    _inherit = ["crm.timeline"]

    def _get_sources(self):
        promises = {
            "icon": "fa-handshake-o",
            "model": "crm.payment.promise",
            "chip": self.env._("Promises to Pay"),
            "can_search": True,
        }
        return [
            *super()._get_sources(),
            TimelineSource(
                key="promise",
                label=self.env._("Promise to Pay"),
                keys=self._promise_keys,
                rows=self._promise_rows,
                **promises,
            ),
            TimelineSource(
                key="promise_broken",
                label=self.env._("Promise Broken"),
                keys=self._promise_broken_keys,
                rows=self._promise_broken_rows,
                **promises,
            ),
        ]

    def _promise_keys(self, query):
        return self._make_promise_keys(query, "given_at")

    def _promise_broken_keys(self, query):
        return self._make_promise_keys(query, "broken_at")

    def _make_promise_keys(self, query, date_field):
        return self._make_keys(
            query,
            "crm.payment.promise",
            date_field=date_field,
            customer_field="partner_id",
            texts=lambda column: [
                sql.in_raw_text(column("move_names")),
                sql.in_raw_text(column("note")),
                sql.in_user_name(column("user_id")),
            ],
        )

    def _promise_rows(self, promises):
        states = self._selection_labels("crm.payment.promise", "state")
        return {
            promise.id: {**self._prepare_promise_row(promise), "state": states[promise.state]}
            for promise in promises
        }

    def _promise_broken_rows(self, promises):
        return {
            promise.id: {**self._prepare_promise_row(promise), "icon": "fa-chain-broken"}
            for promise in promises
        }

    def _prepare_promise_row(self, promise):
        return {
            "title": self.env._("Pays by %s", format_date(self.env, promise.date)),
            "preview": " · ".join(text for text in (promise.note, promise.move_names) if text),
            "author": self._get_name(promise.user_id),
            "amount": formatLang(self.env, promise.amount, currency_obj=promise.currency_id),
        }
