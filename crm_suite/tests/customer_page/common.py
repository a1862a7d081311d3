from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from ..common import CrmSuiteCase


class CustomerPageCase(CrmSuiteCase):
    """Haddad Trading with documents of omar and of sami, and figures."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._get_local_today()
        cls.alia.group_ids += cls.env.ref("account.group_account_invoice")
        (cls.haddad | cls.layla).user_id = cls.omar

    @classmethod
    def _fill_metric(cls, partner=None, company=None, **values):
        """What the nightly pass would have computed, by hand: it has tests of its own."""
        values = {
            "partner_id": (partner or cls.haddad).id,
            "company_id": (company or cls.company).id,
            "first_order_date": cls.today - timedelta(400),
            "last_order_date": cls.today - timedelta(90),
            "order_count": 12,
            "recent_revenue": 5500,
            "earlier_revenue": 5000,
            "average_order_value": 900,
            "expected_order_date": cls.today - timedelta(3),
            "recency_score": 2,
            "frequency_score": 4,
            "monetary_score": 5,
            "rfm_cell": "at_risk",
            "value_tier": "a",
            "churn_risk": 0.7,
            "lifetime_value": 10500,
            "projected_lifetime_value": 14000,
            "open_balance": 800,
            "overdue_balance": 300,
            **values,
        }
        # sudo: only the nightly pass writes figures
        return cls.env["crm.customer.metric"].sudo().create(values)

    @classmethod
    def _order(cls, user, quantity=1, partner=None, confirm=False, **values):
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.layla).id,
                "user_id": user.id,
                "order_line": [
                    Command.create({"product_id": cls.desk.id, "product_uom_qty": quantity})
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def _invoice(cls, user, amount, days_late=10, **values):
        due = cls.today - timedelta(days_late)
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.layla.id,
                "invoice_user_id": user.id,
                "invoice_date": due - timedelta(30),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Desk", "quantity": 1, "price_unit": amount, "tax_ids": []}
                    )
                ],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    def _get_page(self, user=None, partner=None, **context):
        self.env.flush_all()
        self.env.invalidate_all()
        pages = self.env["crm.customer.page"].with_user(user or self.alia)
        return pages.with_context(**context).get_page((partner or self.haddad).id)

    def _get_blocks(self, user=None, partner=None, **context):
        return self._get_page(user, partner, **context)["blocks"]

    def _get_tiles(self, user=None, partner=None, **context):
        documents = self._get_blocks(user, partner, **context)["documents"]
        return {tile["key"]: tile for tile in documents["tiles"]}

    def _count(self, user=None, **kwargs):
        return {key: tile["count"] for key, tile in self._get_tiles(user, **kwargs).items()}

    @classmethod
    def _yesterday(cls):
        return fields.Date.to_string(cls.today - timedelta(1))
