from datetime import timedelta

from odoo import api, fields, models

from .receipts import read_receipts


class CrmPromiseSettlementMixin(models.AbstractModel):
    """What becomes of promises: kept, broken, cancelled, replaced. Written by the system only."""

    _name = "crm.promise.settlement.mixin"
    _description = "Settlement of Promises to Pay"

    def _replace(self, newer):
        self._cancel(
            self.env._("Replaced by the newer promise %s", newer.display_name),
            replaced_by_id=newer.id,
        )
        for promise in self:
            promise.message_post(
                body=self.env._("Replaced by a newer promise: %s", newer._get_html_link())
            )

    def _cancel(self, reason, **values):
        self.write(
            {
                "state": "cancelled",
                "cancelled_at": fields.Datetime.now(),
                "cancel_reason": reason,
                **values,
            }
        )
        self._release_moves()

    def _release_moves(self):
        self.move_ids.filtered(lambda move: move.promise_id in self).promise_id = False

    def _settle(self):
        """Let what came in, and the calendar, decide what becomes of promises.

        Broken and kept ones are judged again: a payment of the promised day may be entered later,
        and one that was entered may bounce.
        """
        promises = self.filtered(lambda promise: promise.state != "cancelled")
        if not promises:
            return
        receipts = read_receipts(promises)
        for promise in promises:
            promise._settle_by(receipts[promise])

    def _settle_by(self, receipts):
        currency = self.currency_id
        total = max(receipts.total - self.received_before, 0.0)
        in_time = max(receipts.in_time - self.received_before, 0.0)
        # credit notes may have left less than was promised
        due = min(self.amount, total + max(receipts.residual, 0.0))
        values = {"received_amount": currency.round(total)}
        if currency.compare_amounts(in_time, due) >= 0 and not currency.is_zero(in_time):
            values["state"] = "kept"
        elif currency.is_zero(due) and self.state == "open":
            self.write(values)
            self._cancel(self.env._("Nothing was left to pay of the promised invoices."))
            return
        elif self.hold_until < self.company_id._get_local_today():
            values["state"] = "broken"
        else:
            values["state"] = "open"
        self._move_to(values)

    def _move_to(self, values):
        before, state = self.state, values["state"]
        if before != state:
            now = fields.Datetime.now()
            values["kept_at"] = now if state == "kept" else False
            values["broken_at"] = now if state == "broken" else False
            values["kept_rate"] = 100.0 if state == "kept" else 0.0
        changed = {name: value for name, value in values.items() if self[name] != value}
        if changed:
            self.write(changed)
        if before == state:
            return
        if state == "open":
            moves = self._get_open_moves()
            moves.filtered(lambda move: not move.promise_id).promise_id = self
        else:
            self._release_moves()
        if before == "broken":
            kind = "crm_suite.mail_activity_type_promise_broken"
            self.activity_unlink([kind])

    def _get_open_moves(self):
        return self.move_ids.filtered(
            lambda move: move.state == "posted" and move.amount_residual > 0
        )

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_settle(self, batch=200):
        """Settle the promises whose day has passed somewhere in the world, in batches."""
        tomorrow = fields.Date.today() + timedelta(days=1)
        domain = [("state", "=", "open"), ("hold_until", "<", tomorrow)]
        last_id, time_left = 0, True
        while time_left and (
            found := self.search([*domain, ("id", ">", last_id)], order="id", limit=batch)
        ):
            found._settle()
            last_id = found[-1].id
            time_left = self.env["ir.cron"]._commit_progress(len(found))
