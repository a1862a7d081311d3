"""Random lives of customers: what people do with orders, invoices, payments and contacts."""

from datetime import datetime, time, timedelta

import psycopg2
from hypothesis import strategies as st

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

# around the turns of the two years, of the rates, and today
DAYS = (0, 1, 3, 29, 31, 90, 200, 364, 365, 366, 367, 500, 730, 731, 732, 900)
# UTC: what is another day in Amman or in New York
HOURS = (0, 3, 12, 21, 23)
SMALL = st.integers(0, 7)

LINE = st.fixed_dictionaries(
    {
        "product": st.integers(0, 3),
        "quantity": st.sampled_from([1, 1, 2, 3, 0.5, 0, -1]),
        "price": st.sampled_from([10, 99.5, 99.5, 1000, 0, -20]),
        "discount": st.sampled_from([0, 0, 15]),
        "dozen": st.booleans(),
        "tax": st.booleans(),
    }
)
ORDER = st.tuples(
    st.just("order"),
    st.fixed_dictionaries(
        {
            "company": st.integers(0, 1),
            "who": SMALL,
            "days": st.sampled_from(DAYS),
            "hour": st.sampled_from(HOURS),
            "currency": st.integers(0, 3),
            "people": st.integers(0, 3),
            "sign": st.sampled_from([1, 1, 1, 1, -1]),
            "lines": st.lists(LINE, min_size=0, max_size=3),
            "state": st.sampled_from(["sale", "sale", "sale", "sale", "draft", "sent", "cancel"]),
            "bill": st.sampled_from(["", "", "all", "all", "credit", "some", "again", "down"]),
            "paid": st.sampled_from([None, None, -5, 0, 10]),
        }
    ),
)
ENTRY = st.tuples(
    st.sampled_from(["invoice", "credit_note", "entry", "advance"]),
    st.fixed_dictionaries(
        {
            "company": st.integers(0, 1),
            "who": SMALL,
            "days": st.sampled_from(DAYS),
            "currency": st.integers(0, 3),
            "people": st.integers(0, 3),
            "amount": st.sampled_from([50, 120.25, 700]),
            "parts": st.booleans(),
            "paid": st.sampled_from([None, None, -5, 0, 10, 725]),
        }
    ),
)
CHANGE = st.tuples(
    st.sampled_from(
        [
            "archive",
            "cancel_order",
            "change_contact",
            "change_date",
            "change_due_date",
            "change_invoice_people",
            "change_line",
            "change_people",
            "change_pricelist",
            "delete_invoice",
            "delete_line",
            "delete_order",
            "deliver",
            "draft_invoice",
            "make_company",
            "merge",
            "move_contact",
            "pay",
            "unpay",
        ]
    ),
    st.tuples(SMALL, SMALL),
)
LIVES = st.tuples(
    st.lists(st.one_of(ORDER, ORDER, ORDER, ENTRY), min_size=4, max_size=7),
    st.lists(st.one_of(*[CHANGE] * 5, ORDER, ENTRY), min_size=4, max_size=7),
)


class Life:
    """Does the steps of a life, each as the buttons do it, in two companies."""

    def __init__(self, scene):
        self.scene, self.env = scene, scene.env
        self.orders = self.env["sale.order"]
        self.moves = self.env["account.move"]
        self.contacts = self.env["res.partner"].union(*scene.contacts)

    def do(self, steps):
        for kind, values in steps:
            try:
                with self.env.cr.savepoint():
                    getattr(self, f"_{kind}")(*([values] if isinstance(values, dict) else values))
            except (UserError, ValidationError, psycopg2.errors.RestrictViolation):
                # what Odoo refuses does not happen
                self.orders, self.moves = self.orders.exists(), self.moves.exists()

    def _pick(self, records, number):
        return records[number % len(records)] if records else records

    def _at(self, company):
        return self.env(context={**self.env.context, "allowed_company_ids": company.ids})

    def _get_people(self, number):
        scene = self.scene
        return [
            (scene.omar, scene.north),
            (scene.omar, scene.north),
            (scene.sami, scene.south),
            (self.env["res.users"], scene.north),
        ][number]

    def _get_day(self, days):
        return self.scene.now.date() - timedelta(days=days)

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    def _order(self, values):
        scene = self.scene
        company = scene.companies[values["company"]]
        user, team = self._get_people(values["people"])
        lines = [self._prepare_line(line, values["sign"], company) for line in values["lines"]]
        order = self._at(company)["sale.order"].create(
            {
                "company_id": company.id,
                "partner_id": self._pick(self.contacts, values["who"]).id,
                "pricelist_id": scene.pricelists[values["currency"]].id,
                "user_id": user.id,
                "team_id": team.id,
                "order_line": [Command.create(line) for line in lines],
            }
        )
        self.orders |= order
        order.user_id = user
        if values["state"] == "sent":
            order.action_quotation_sent()
        if values["state"] in ("sale", "cancel"):
            order.action_confirm()
        order.date_order = datetime.combine(self._get_day(values["days"]), time(values["hour"], 30))
        if values["state"] == "cancel":
            order._action_cancel()
        if values["state"] == "sale" and values["bill"]:
            self._bill(order, values)

    def _prepare_line(self, line, sign, company):
        product = self.scene.products[line["product"]]
        quantity = sign * line["quantity"]
        values = {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "price_unit": line["price"],
            "discount": line["discount"],
            "tax_ids": self.scene.taxes[company].ids if line["tax"] else [],
        }
        if line["dozen"] and product.uom_id == self.scene.unit:
            values["product_uom_id"] = self.scene.dozen.id
        if not quantity and product.type == "service":
            values["qty_delivered"] = 2
        return values

    def _bill(self, order, values):
        if values["bill"] == "down":
            wizard = order.env["sale.advance.payment.inv"].create(
                {
                    "sale_order_ids": order.ids,
                    "advance_payment_method": "percentage",
                    "amount": 30,
                }
            )
            wizard.create_invoices()
            invoice = self._post(order.invoice_ids, values["days"])
            self._settle(invoice, values["paid"])
        invoice = self._post(order._create_invoices(final=True), values["days"])
        if values["bill"] in ("credit", "some", "again"):
            self._reverse(invoice, 0.5 if values["bill"] == "some" else None)
            if values["bill"] == "again":
                self._post(order._create_invoices(final=True), values["days"])
        else:
            self._settle(invoice, values["paid"])

    def _post(self, moves, days):
        self.moves |= moves
        for move in moves:
            move.invoice_date = self._get_day(days)
        moves.action_post()
        return moves

    def _reverse(self, invoice, quantity=None):
        wizard = (
            invoice.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        refund = invoice.browse(wizard.reverse_moves()["res_id"])
        if quantity is not None:
            refund.invoice_line_ids.filtered("product_id").quantity = quantity
        refund.action_post()
        self.moves |= refund

    def _settle(self, invoices, late):
        """Pay invoices some days after they were due."""
        if late is None:
            return
        for invoice in invoices.filtered(lambda move: move.amount_residual > 0):
            due = invoice.invoice_date_due or invoice.date
            payments = (
                invoice.env["account.payment.register"]
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create({"payment_date": due + timedelta(days=late)})
                ._create_payments()
            )
            self.moves |= payments.move_id

    def _invoice(self, values, move_type="out_invoice"):
        scene = self.scene
        company = scene.companies[values["company"]]
        user, team = self._get_people(values["people"])
        move = self._at(company)["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self._pick(self.contacts, values["who"]).id,
                "currency_id": scene.pricelists[values["currency"]].currency_id.id,
                "invoice_payment_term_id": scene.parts.id if values["parts"] else False,
                "invoice_user_id": user.id,
                "team_id": team.id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Anything", "price_unit": values["amount"], "tax_ids": []}
                    )
                ],
            }
        )
        self._post(move, values["days"])
        if move_type == "out_invoice":
            self._settle(move, values["paid"])

    def _credit_note(self, values):
        self._invoice(values, "out_refund")

    def _entry(self, values):
        """What a customer owed before, without an invoice."""
        company = self.scene.companies[values["company"]]
        receivable, income = self.scene.accounts[company]
        day = self._get_day(values["days"])
        move = self._at(company)["account.move"].create(
            {
                "move_type": "entry",
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": receivable.id,
                            "partner_id": self._pick(self.contacts, values["who"]).id,
                            "debit": values["amount"],
                            "date_maturity": day if values["parts"] else False,
                        }
                    ),
                    Command.create({"account_id": income.id, "credit": values["amount"]}),
                ],
            }
        )
        move.action_post()
        self.moves |= move

    def _advance(self, values):
        """Money that belongs to no invoice yet."""
        company = self.scene.companies[values["company"]]
        payment = self._at(company)["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self._pick(self.contacts, values["who"]).id,
                "amount": values["amount"],
                "date": self._get_day(values["days"]),
            }
        )
        payment.action_post()
        self.moves |= payment.move_id

    # ------------------------------------------------------------------
    # Changes
    # ------------------------------------------------------------------

    def _change_contact(self, one, other):
        self._pick(self.orders, one).partner_id = self._pick(self.contacts, other)

    def _change_date(self, one, other):
        order = self._pick(self.orders, one)
        order.date_order = datetime.combine(self._get_day(DAYS[2 * other]), time(22, 30))

    def _change_people(self, one, other):
        order = self._pick(self.orders, one)
        order.user_id, order.team_id = self._get_people(other % 4)

    def _change_invoice_people(self, one, other):
        move = self._pick(self.moves.filtered(lambda move: move.is_invoice()), one)
        move.invoice_user_id, move.team_id = self._get_people(other % 4)

    def _change_pricelist(self, one, other):
        self._pick(self.orders, one).pricelist_id = self.scene.pricelists[other % 4]

    def _change_line(self, one, other):
        line = self._pick(self.orders.order_line, one)
        line.write([{"price_unit": 33}, {"product_uom_qty": 7}, {"discount": 50}][other % 3])

    def _change_due_date(self, one, other):
        lines = self.moves.line_ids.filtered(lambda line: line.date_maturity)
        self._pick(lines, one).date_maturity = self._get_day(DAYS[other] - 2)

    def _cancel_order(self, one, other):
        self._pick(self.orders, one)._action_cancel()

    def _delete_order(self, one, other):
        order = self._pick(self.orders, one)
        if order.state == "sale":
            order._action_cancel()
        order.unlink()
        self.orders = self.orders.exists()

    def _delete_line(self, one, other):
        self._pick(
            self.orders.filtered(lambda order: order.state != "sale").order_line, one
        ).unlink()

    def _deliver(self, one, other):
        lines = self.orders.order_line.filtered(lambda line: line.product_id.type == "service")
        self._pick(lines, one).qty_delivered = other

    def _draft_invoice(self, one, other):
        move = self._pick(self.moves, one)
        move.button_draft()
        if other % 2:
            move.button_cancel()

    def _delete_invoice(self, one, other):
        move = self._pick(self.moves, one)
        move.button_draft()
        move.unlink()
        self.moves = self.moves.exists()

    def _pay(self, one, other):
        invoices = self.moves.filtered(lambda move: move.move_type == "out_invoice")
        self._settle(self._pick(invoices, one), DAYS[other] - 3)

    def _unpay(self, one, other):
        self._pick(self.moves, one).line_ids.remove_move_reconcile()

    def _archive(self, one, other):
        contact = self._pick(self.contacts, one)
        contact.active = not contact.active

    def _make_company(self, one, other):
        contact = self._pick(self.contacts, one)
        contact.is_company = not contact.is_company

    def _move_contact(self, one, other):
        contact = self._pick(self.contacts, one)
        parent = self._pick(self.contacts, other)
        contact.parent_id = parent if parent != contact and other % 4 else False

    def _merge(self, one, other):
        pair = self._pick(self.contacts, one) | self._pick(self.contacts, other)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge(pair.ids, pair[0], extra_checks=False)
        self.contacts = self.contacts.exists()
