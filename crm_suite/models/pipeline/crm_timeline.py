from odoo import models
from odoo.tools.misc import formatLang

from ...lib.timeline import TimelineSource
from ..timeline import sql


class CrmTimeline(models.AbstractModel):
    """What the customer was offered, ordered and was billed."""

    _inherit = "crm.timeline"

    def _get_sources(self):
        return [
            *super()._get_sources(),
            TimelineSource(
                key="order",
                label=self.env._("Quotations and Orders"),
                icon="fa-shopping-cart",
                model="sale.order",
                keys=self._order_keys,
                rows=self._order_rows,
                can_search=True,
            ),
            TimelineSource(
                key="invoice",
                label=self.env._("Invoices"),
                icon="fa-file-text-o",
                model="account.move",
                keys=self._invoice_keys,
                rows=self._invoice_rows,
                can_search=True,
                is_day=True,
            ),
        ]

    # ------------------------------------------------------------------
    # Quotations and orders
    # ------------------------------------------------------------------

    def _order_keys(self, query):
        return self._make_keys(
            query,
            "sale.order",
            date_field="date_order",
            texts=lambda column: [
                sql.in_raw_text(column("name")),
                sql.in_user_name(column("user_id")),
            ],
        )

    def _order_rows(self, orders):
        states = self._selection_labels("sale.order", "state")
        return {
            order.id: {
                "title": order.name,
                "author": order.user_id.name or "",
                "label": (
                    self.env._("Sales Order") if order.state == "sale" else self.env._("Quotation")
                ),
                "amount": formatLang(self.env, order.amount_total, currency_obj=order.currency_id),
                "state": states[order.state],
            }
            for order in orders
        }

    # ------------------------------------------------------------------
    # Invoices
    # ------------------------------------------------------------------

    def _invoice_keys(self, query):
        return self._make_keys(
            query,
            "account.move",
            date_field="invoice_date",
            is_day=True,
            domain=[
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ],
            texts=lambda column: [
                sql.in_raw_text(column("name")),
                sql.in_user_name(column("invoice_user_id")),
            ],
        )

    def _invoice_rows(self, moves):
        payment_states = self._selection_labels("account.move", "payment_state")
        return {
            move.id: {
                "title": move.name,
                "author": move.invoice_user_id.name or "",
                "label": (
                    self.env._("Credit Note")
                    if move.move_type == "out_refund"
                    else self.env._("Customer Invoice")
                ),
                "amount": formatLang(self.env, move.amount_total, currency_obj=move.currency_id),
                "state": payment_states.get(move.payment_state, ""),
            }
            for move in moves
        }
