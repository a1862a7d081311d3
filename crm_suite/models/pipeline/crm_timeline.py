from odoo import models
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ...lib.timeline import TimelineSource
from ..timeline import sql

CUSTOMER_TYPES = ("out_invoice", "out_refund")


class CrmTimeline(models.AbstractModel):
    """What the customer was offered, ordered, got, was billed and paid."""

    _name = "crm.timeline"
    _inherit = ["crm.timeline"]

    def _get_sources(self):
        orders = {
            "chip": self.env._("Quotations and Orders"),
            "model": "sale.order",
            "can_search": True,
            "has_leads": True,
        }
        sources = [
            *super()._get_sources(),
            TimelineSource(
                key="quotation",
                label=self.env._("Quotation Sent"),
                icon="fa-paper-plane-o",
                keys=self._quotation_keys,
                rows=self._quotation_rows,
                **orders,
            ),
            TimelineSource(
                key="order",
                label=self.env._("Quotations and Orders"),
                icon="fa-shopping-cart",
                keys=self._order_keys,
                rows=self._order_rows,
                **orders,
            ),
        ]
        if "stock.picking" in self.env:
            sources.append(
                TimelineSource(
                    key="delivery",
                    label=self.env._("Deliveries"),
                    icon="fa-truck",
                    model="stock.picking",
                    keys=self._delivery_keys,
                    rows=self._delivery_rows,
                    can_search=True,
                ),
            )
        return sources + self._get_money_sources()

    def _get_money_sources(self):
        money = {"can_search": True, "is_day": True}
        sources = [
            TimelineSource(
                key="invoice",
                label=self.env._("Invoices"),
                icon="fa-file-text-o",
                model="account.move",
                keys=self._invoice_keys,
                rows=self._invoice_rows,
                **money,
            )
        ]
        if self.env["account.move"].has_access("read"):
            sources.append(
                TimelineSource(
                    key="payment",
                    label=self.env._("Payments"),
                    icon="fa-money",
                    model="account.payment",
                    keys=self._payment_keys,
                    rows=self._payment_rows,
                    by_contact=True,
                    **money,
                )
            )
        return sources

    # ------------------------------------------------------------------
    # Quotations and orders
    # ------------------------------------------------------------------

    def _quotation_keys(self, query):
        """Quotations that were sent, on the day on which they were."""
        return self._make_order_keys(query, date_field="quotation_sent_at")

    def _order_keys(self, query):
        """What was ordered, and quotations of which nobody knows when they were sent.

        The date of an order that was confirmed is that of its confirmation, also if it was
        cancelled since.
        """
        return self._make_order_keys(
            query,
            where=lambda column: [
                SQL(
                    "(%(state)s = 'sale' OR %(sent)s IS NULL OR %(date)s > %(sent)s)",
                    state=column("state"),
                    sent=column("quotation_sent_at"),
                    date=column("date_order"),
                )
            ],
        )

    def _make_order_keys(self, query, date_field="date_order", where=None):
        return self._make_keys(
            query,
            "sale.order",
            date_field=date_field,
            customer_field="commercial_partner_id",
            lead_field="opportunity_id",
            where=where,
            texts=lambda column: [
                sql.in_raw_text(column("name")),
                sql.in_raw_text(column("client_order_ref")),
                sql.in_user_name(column("user_id")),
            ],
        )

    def _quotation_rows(self, orders):
        return {
            order_id: {**row, "label": self.env._("Quotation Sent")}
            for order_id, row in self._order_rows(orders).items()
        }

    def _order_rows(self, orders):
        states = self._selection_labels("sale.order", "state")
        labels = {
            "sale": self.env._("Order Confirmed"),
            "sent": self.env._("Quotation Sent"),
        }
        return {
            order.id: {
                "title": order.name,
                "preview": order.client_order_ref or "",
                "author": self._get_name(order.user_id),
                "label": labels.get(order.state) or self.env._("Quotation"),
                "amount": formatLang(self.env, order.amount_total, currency_obj=order.currency_id),
                "state": states[order.state],
            }
            for order in orders
        }

    # ------------------------------------------------------------------
    # Deliveries, where the stock module is installed
    # ------------------------------------------------------------------

    def _delivery_keys(self, query):
        return self._make_keys(
            query,
            "stock.picking",
            date_field="date_done",
            domain=[
                ("state", "=", "done"),
                ("picking_type_code", "in", ("outgoing", "incoming")),
            ],
            texts=lambda column: [
                sql.in_raw_text(column("name")),
                sql.in_raw_text(column("origin")),
                sql.in_user_name(column("user_id")),
            ],
        )

    def _delivery_rows(self, pickings):
        labels = {"outgoing": self.env._("Delivery"), "incoming": self.env._("Return")}
        return {
            picking.id: {
                "title": picking.name,
                "preview": picking.origin or "",
                "author": self._get_name(picking.user_id),
                "label": labels.get(picking.picking_type_code, ""),
            }
            for picking in pickings
        }

    # ------------------------------------------------------------------
    # Invoices
    # ------------------------------------------------------------------

    def _invoice_keys(self, query):
        return self._make_keys(
            query,
            "account.move",
            date_field="invoice_date",
            customer_field="commercial_partner_id",
            is_day=True,
            domain=[("state", "=", "posted"), ("move_type", "in", CUSTOMER_TYPES)],
            texts=lambda column: [
                sql.in_raw_text(column("name")),
                sql.in_raw_text(column("ref")),
                sql.in_user_name(column("invoice_user_id")),
            ],
        )

    def _invoice_rows(self, moves):
        payment_states = self._selection_labels("account.move", "payment_state")
        return {
            move.id: {
                "title": move.name,
                "preview": move.ref or "",
                "author": self._get_name(move.invoice_user_id),
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

    # ------------------------------------------------------------------
    # Payments
    # ------------------------------------------------------------------

    def _payment_keys(self, query):
        """The payments that the reader may read; else those of invoices that he may read."""
        payments = self.env["account.payment"]
        trusted = payments.has_access("read")
        return self._make_keys(
            query,
            # sudo: the payment of an invoice shows on the invoice, to whoever may read that
            payments if trusted else payments.sudo(),
            is_day=True,
            domain=[("partner_type", "=", "customer"), ("state", "in", ("in_process", "paid"))],
            where=None if trusted else lambda column: [self._is_payment_of_invoice(column)],
            texts=lambda column: [
                sql.in_raw_text(column("name")),
                lambda pattern: self._is_payment_of_invoice(column, pattern),
            ],
        )

    def _is_payment_of_invoice(self, column, number=None):
        """The SQL condition that a payment pays an invoice that the reader may read.

        :param number: pattern of LIKE for the number of the invoice
        """
        invoices = self.env["account.move"]._search([("move_type", "in", CUSTOMER_TYPES)])
        invoices.add_where(SQL("%s = paid.invoice_id", SQL.identifier(invoices.table, "id")))
        if number:
            name = sql.in_raw_text(SQL.identifier(invoices.table, "name"))
            invoices.add_where(name(number))
        # few invoices for each payment: these are looked up, whatever the planner believes
        return SQL(
            """
            EXISTS (
                SELECT
                  FROM (SELECT link.invoice_id
                          FROM account_move__account_payment AS link
                         WHERE link.payment_id = %(payment)s
                     UNION ALL
                        SELECT counterpart.move_id
                          FROM account_move_line AS line
                          JOIN account_partial_reconcile AS part ON part.credit_move_id = line.id
                          JOIN account_move_line AS counterpart
                            ON counterpart.id = part.debit_move_id
                         WHERE line.move_id = %(entry)s
                     UNION ALL
                        SELECT counterpart.move_id
                          FROM account_move_line AS line
                          JOIN account_partial_reconcile AS part ON part.debit_move_id = line.id
                          JOIN account_move_line AS counterpart
                            ON counterpart.id = part.credit_move_id
                         WHERE line.move_id = %(entry)s
                        OFFSET 0) AS paid(invoice_id)
            CROSS JOIN LATERAL (%(invoices)s LIMIT 1) AS invoice(id))
            """,
            payment=column("id"),
            entry=column("move_id"),
            invoices=invoices.select(),
        )

    def _payment_rows(self, payments):
        """What the reader may know of payments, which are read as superuser."""
        own = payments.sudo(False)
        own = own._filtered_access("read") if own.has_access("read") else own.browse()
        paid = {
            payment: payment.reconciled_invoice_ids | payment.invoice_ids for payment in payments
        }
        invoices = payments.env["account.move"].union(*paid.values()).sudo(False)
        readable = invoices._filtered_access("read")
        matched = self._get_matched_amounts(payments, readable)
        rows = {}
        for payment in payments:
            known = paid[payment].filtered(lambda invoice: invoice.sudo(False) in readable)
            amount, target = payment.amount, payment
            if payment.sudo(False) not in own:
                target = known[:1]
                if payment.move_id:
                    amount = matched.get(payment.move_id.id, 0)
                elif known != paid[payment]:
                    amount = None
            rows[payment.id] = {
                "title": payment.name or self.env._("Payment"),
                "preview": ", ".join(filter(None, known.mapped("name"))),
                "label": (
                    self.env._("Payment")
                    if payment.payment_type == "inbound"
                    else self.env._("Refund")
                ),
                "amount": (
                    formatLang(self.env, amount, currency_obj=payment.currency_id)
                    if amount is not None
                    else ""
                ),
                "res_model": target._name if target else False,
                "res_id": target.id,
            }
        return rows

    def _get_matched_amounts(self, payments, invoices):
        """How much of payments went to these invoices: ``{id of the entry: amount}``, in the
        currency of the payment.
        """
        self.env["account.partial.reconcile"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT entry_id, SUM(amount)
                      FROM (SELECT line.move_id AS entry_id, part.credit_amount_currency AS amount
                              FROM account_move_line AS line
                              JOIN account_partial_reconcile AS part
                                ON part.credit_move_id = line.id
                              JOIN account_move_line AS counterpart
                                ON counterpart.id = part.debit_move_id
                             WHERE line.move_id = ANY(%(entries)s)
                               AND counterpart.move_id = ANY(%(invoices)s)
                         UNION ALL
                            SELECT line.move_id, part.debit_amount_currency
                              FROM account_move_line AS line
                              JOIN account_partial_reconcile AS part
                                ON part.debit_move_id = line.id
                              JOIN account_move_line AS counterpart
                                ON counterpart.id = part.credit_move_id
                             WHERE line.move_id = ANY(%(entries)s)
                               AND counterpart.move_id = ANY(%(invoices)s)) AS matched
                  GROUP BY entry_id
                    """,
                    entries=payments.move_id.ids,
                    invoices=invoices.ids,
                )
            )
        )
