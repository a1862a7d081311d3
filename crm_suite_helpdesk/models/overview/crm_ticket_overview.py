from odoo import api, models
from odoo.tools import format_date, formatLang

LIMIT = 5


class CrmTicketOverview(models.AbstractModel):
    """What is open with the customer of a ticket, beside the ticket.

    Everything is read with the rights of the reader: whoever may not read orders sees that there is
    a part that he may not see, and nothing of it.
    """

    _name = "crm.ticket.overview"
    _description = "Customer beside the Ticket"

    # ------------------------------------------------------------------ business

    @api.model
    def get_overview(self, ticket_id):
        """What the current user may know about the customer of a ticket.

        :param int ticket_id: a ticket that he may read
        :return: {"customer": {...}, "orders": [row] or None, "invoices": [row] or None, "ratings":
            {...}, "tickets": {...}, "bought": row or False}; a row is {model, id, name, date,
            amount, state, tone, note}, texts as the reader is used to see them. None: he may not
            read documents of this kind.
        """
        ticket = self.env["crm.ticket"]
        if type(ticket_id) is int and 0 < ticket_id < 2**31:
            ticket = ticket.browse(ticket_id).exists()
        ticket.check_access("read")
        if not ticket or not self.env.user._is_internal():
            return {}
        # sudo: who the customer is can be seen on the ticket
        customer = ticket.sudo().commercial_partner_id.sudo(False)
        return {
            "customer": self._read_customer(ticket),
            "orders": self._read_orders(ticket, customer),
            "bought": self._read_bought(ticket),
            "invoices": self._read_invoices(ticket, customer),
            "ratings": self._read_ratings(ticket, customer),
            "tickets": self._read_tickets(ticket, customer),
        }

    @api.model
    def _read_customer(self, ticket):
        # sudo: the ticket shows its customer
        partner = ticket.sudo().partner_id
        readable = partner.sudo(False)._filtered_access("read")
        return {
            "id": readable.id,
            "name": partner.display_name or ticket.email_from or "",
            "since": format_date(self.env, partner.create_date) if partner else "",
            # sudo: what kind of customer it is
            "tier": ticket.customer_tier_id.sudo().name or "",
            "is_vip": ticket.is_vip,
        }

    # ------------------------------------------------------------------ orders

    @api.model
    def _read_orders(self, ticket, customer):
        """Orders of the customer that are not done: the newest first, and how many there are."""
        Order = self.env["sale.order"]
        if not Order.has_access("read"):
            return None
        domain = [
            ("partner_id", "child_of", customer.id),
            ("company_id", "=", ticket.company_id.id),
            ("state", "in", ("sent", "sale")),
        ]
        if not customer:
            return {"rows": [], "count": 0, "domain": []}
        orders = Order.search(domain, order="date_order desc, id desc", limit=LIMIT)
        return {
            "rows": [self._prepare_order(order) for order in orders],
            "count": Order.search_count(domain),
            "domain": domain,
        }

    @api.model
    def _prepare_order(self, order):
        states = dict(order._fields["state"]._description_selection(self.env))
        return {
            "model": "sale.order",
            "id": order.id,
            "name": order.name,
            "date": format_date(self.env, order.date_order),
            "amount": formatLang(self.env, order.amount_total, currency_obj=order.currency_id),
            "state": states.get(order.state, ""),
            "tone": "success" if order.state == "sale" else "secondary",
            "note": self._get_delivery(order),
        }

    @api.model
    def _get_delivery(self, order):
        """How far an order was delivered, by the quantities of its lines."""
        lines = order.order_line.filtered(lambda line: not line.display_type)
        ordered = sum(lines.mapped("product_uom_qty"))
        delivered = sum(lines.mapped("qty_delivered"))
        if order.state != "sale" or not ordered:
            return ""
        if delivered >= ordered:
            return self.env._("Delivered")
        return self.env._("Partly delivered") if delivered > 0 else self.env._("Not delivered yet")

    @api.model
    def _read_bought(self, ticket):
        """The order with which the customer bought the product of the ticket."""
        order = ticket._find_buyer_order()
        if not order:
            return False
        is_linked = order == ticket.sale_order_id
        return {**self._prepare_order(order), "is_linked": is_linked}

    # ------------------------------------------------------------------ invoices

    @api.model
    def _read_invoices(self, ticket, customer):
        """Invoices that are not paid, the one that is due first at the top."""
        Move = self.env["account.move"]
        if not Move.has_access("read"):
            return None
        domain = [
            ("commercial_partner_id", "=", customer.id),
            ("company_id", "=", ticket.company_id.id),
            ("state", "=", "posted"),
            ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
            ("payment_state", "in", ("not_paid", "partial", "in_payment")),
        ]
        if not customer:
            return {"rows": [], "count": 0, "domain": [], "total": ""}
        moves = Move.search(domain, order="invoice_date_due, id", limit=LIMIT)
        return {
            "rows": [self._prepare_invoice(move) for move in moves],
            "count": Move.search_count(domain),
            "domain": domain,
        }

    @api.model
    def _prepare_invoice(self, move):
        today = self.env["crm.ticket"]._get_local_today()
        is_late = bool(move.invoice_date_due and move.invoice_date_due < today)
        due = format_date(self.env, move.invoice_date_due) if move.invoice_date_due else ""
        return {
            "model": "account.move",
            "id": move.id,
            "name": move.name or "",
            "date": due,
            "amount": formatLang(
                self.env, move.amount_residual_signed, currency_obj=move.company_currency_id
            ),
            "state": self.env._("Overdue") if is_late else self.env._("Open"),
            "tone": "danger" if is_late else "secondary",
            "note": "",
        }

    # ------------------------------------------------------------------ voice

    @api.model
    def _read_ratings(self, ticket, customer):
        """What the customer said of our work, the last ones and how many of each."""
        Survey = self.env["crm.ticket.survey"]
        domain = [("answered_at", "!=", False)]
        if customer:
            domain.append(("commercial_partner_id", "=", customer.id))
        else:
            domain.append(("ticket_id", "=", ticket.id))
        faces = dict(Survey._fields["satisfaction"]._description_selection(self.env))
        counts = dict(Survey._read_group(domain, ["satisfaction"], ["__count"]))
        surveys = Survey.search(domain, order="answered_at desc, id desc", limit=3)
        return {
            "counts": [
                {"face": face, "label": label, "count": counts.get(face, 0)}
                for face, label in faces.items()
            ],
            "total": sum(counts.values()),
            "rows": [
                {
                    "id": survey.ticket_id.id,
                    "face": survey.satisfaction,
                    "label": faces.get(survey.satisfaction, ""),
                    "date": format_date(self.env, survey.answered_at),
                    "ticket": survey.ticket_id.number or "",
                    "feedback": (survey.feedback or "")[:300],
                }
                for survey in surveys
            ],
        }

    @api.model
    def _read_tickets(self, ticket, customer):
        """Other tickets of the customer that are open, and how many complaints there were."""
        Ticket = self.env["crm.ticket"]
        if not customer:
            return {"rows": [], "open": 0, "complaints": 0, "domain": []}
        own = [("commercial_partner_id", "=", customer.id), ("id", "!=", ticket.id)]
        still_open = [*own, ("closed_at", "=", False)]
        others = Ticket.search(still_open, order="id desc", limit=LIMIT)
        return {
            "rows": [
                {
                    "model": "crm.ticket",
                    "id": other.id,
                    "name": other.number or "",
                    "note": other.name,
                    "state": other.stage_id.name or "",
                    "date": format_date(self.env, other.opened_at),
                }
                for other in others
            ],
            "open": Ticket.search_count(still_open),
            "complaints": Ticket.search_count([*own, ("kind", "=", "complaint")]),
            "domain": still_open,
        }
