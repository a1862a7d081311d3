from odoo import fields
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.mail.tests.common import MailCase

from ..common import CrmSuiteCase

STRIP = ["quoted_amount", "ordered_amount", "delivered_amount", "invoiced_amount", "paid_amount"]


@tagged("post_install", "-at_install")
class SalesStripCase(CrmSuiteCase, AccountTestInvoicingCommon, MailCase):
    """Opportunities whose orders are invoiced and paid, and what their strip tells."""

    @classmethod
    def get_default_groups(cls):
        return (
            super().get_default_groups()
            | cls.env.ref("sales_team.group_sale_manager")
            | cls.env.ref("base.group_system")
        )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._create_user("seller", "sales_team.group_sale_salesman_all_leads")
        cls.today = fields.Date.today()

    def _strip(self, lead, user=None):
        self.env.flush_all()
        lead.invalidate_recordset()
        lead = lead.with_user(user or self.seller)
        return [round(lead[name], 2) for name in STRIP]

    def _order(self, lead, confirm=True):
        order = self.env["sale.order"].browse(lead.action_new_quotation()["res_id"])
        if confirm:
            order.action_confirm()
        return order

    def _invoice(self, order, date=None):
        invoice = order._create_invoices()
        invoice.invoice_date = date or self.today
        invoice.action_post()
        return invoice

    def _pay(self, invoice, amount=None):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": invoice.invoice_date})
        )
        if amount:
            wizard.write({"amount": amount, "payment_difference_handling": "open"})
        wizard.action_create_payments()

    def _refund(self, invoice, quantity=None):
        """Credit the invoice: all of it and reconciled, or a quantity of its only line."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": self.today})
        )
        if quantity is None:
            wizard.reverse_moves(is_modify=False)
            refund = wizard.new_move_ids
            if refund.state == "draft":
                refund.action_post()
            (invoice | refund).line_ids.filtered(
                lambda line: line.account_type == "asset_receivable" and not line.reconciled
            ).reconcile()
            return refund
        refund = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        refund.invoice_line_ids.quantity = quantity
        refund.action_post()
        return refund
