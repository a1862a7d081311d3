from datetime import datetime, timedelta

from odoo.fields import Command

from ..promise.common import MoneyCase


class PurchaseCase(MoneyCase):
    """Haddad Trading, customer of omar, buys desks and trainings; Badr Supplies is sami's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.noon = datetime.combine(cls.today, datetime.min.time()) + timedelta(hours=12)
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        (cls.desk | cls.training).supplier_taxes_id = False

    @classmethod
    def _order(cls, lines, days_ago=0, partner=None, user=None, confirm=True, **values):
        """An order of the given day.

        :param lines: pairs of a product and a quantity or the values of the line
        """
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.layla).id,
                "user_id": (user or cls.omar).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "tax_ids": [],
                            **(line if isinstance(line, dict) else {"product_uom_qty": line}),
                        }
                    )
                    for product, line in lines
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
            order.date_order = cls.noon - timedelta(days=days_ago)
        return order

    def _bought(self, user=None, partner=None, product=None, company=None):
        """The row of a customer and product, as a user sees it."""
        self.env.flush_all()
        # the cache knows no reader: it holds what the one before saw
        self.env.invalidate_all()
        Purchase = self.env["crm.product.purchase"].with_user(user or self.alia)
        if company:
            Purchase = Purchase.with_company(company)
        return Purchase.search(
            [
                ("partner_id", "=", (partner or self.haddad).id),
                ("product_id", "=", (product or self.desk).id),
            ]
        )

    def _invoice_order(self, order):
        invoice = order._create_invoices()
        invoice.invoice_date = self.today
        invoice.action_post()
        return invoice

    def _credit(self, invoice, quantity=None):
        """Credit an invoice, or a quantity of each of its lines, as its Credit Note button does."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        refund = self.env["account.move"].browse(wizard.reverse_moves()["res_id"])
        if quantity is not None:
            refund.invoice_line_ids.quantity = quantity
        refund.action_post()
        return refund
