from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command

from ..common import CrmSuiteCase


class MoneyCase(CrmSuiteCase):
    """Haddad Trading is omar's customer and owes; of sami is Badr Supplies; ada keeps the books."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada = cls._create_user("ada", "account.group_account_invoice")
        cls.company.resource_calendar_id.tz = "UTC"
        for user in (cls.omar, cls.sami, cls.nora, cls.alia, cls.mona, cls.ada, cls.env.user):
            user.tz = "UTC"
        cls.today = fields.Date.today()
        cls.haddad.user_id = cls.omar
        cls.badr = cls.env["res.partner"].create(
            {
                "name": "Badr Supplies",
                "is_company": True,
                "email": "office@badr.example.com",
                "user_id": cls.sami.id,
            }
        )
        cls.euro = cls.env.ref("base.EUR")
        cls.dollar = cls.env.ref("base.USD")
        (cls.euro | cls.dollar).active = True
        cls.foreign = cls.euro if cls.company.currency_id != cls.euro else cls.dollar
        cls.env["res.currency.rate"].search([("currency_id", "=", cls.foreign.id)]).unlink()
        cls.env["res.currency.rate"].create(
            {
                "currency_id": cls.foreign.id,
                "company_id": cls.company.id,
                "name": cls.today - timedelta(days=400),
                "rate": 2.0,
            }
        )
        cls.bank = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )

    @classmethod
    def _invoice(cls, amount, days_overdue=10, partner=None, post=True, **values):
        """A posted invoice without taxes; of omar, for Haddad Trading."""
        date = cls.today - timedelta(days=days_overdue)
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.haddad).id,
                "invoice_date": date,
                "invoice_date_due": date,
                "invoice_payment_term_id": False,
                "invoice_user_id": cls.omar.id,
                "invoice_line_ids": [
                    Command.create({"name": "Desks", "price_unit": amount, "tax_ids": []})
                ],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _pay(cls, moves, amount=None, days_ago=0, currency=None):
        """Register a payment that is dated some days ago."""
        values = {"payment_date": cls.today - timedelta(days=days_ago), "group_payment": True}
        if amount is not None:
            values["amount"] = amount
        if currency:
            values["currency_id"] = currency.id
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({"journal_id": cls.bank.id, **values})
            ._create_payments()
        )

    @classmethod
    def _refund(cls, move, amount=None):
        """A posted credit note over a part of an invoice, matched with it."""
        refund = cls._invoice(
            amount or move.amount_total,
            days_overdue=0,
            partner=move.partner_id,
            move_type="out_refund",
            currency_id=move.currency_id.id,
        )
        lines = (refund | move).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        lines.reconcile()
        return refund

    @classmethod
    def _promise(cls, user=None, days=5, **values):
        """A promise of Layla, written down by omar."""
        return (
            cls.env["crm.payment.promise"]
            .with_user(user or cls.omar)
            .create(
                {
                    "partner_id": cls.haddad.id,
                    "contact_id": cls.layla.id,
                    "date": cls.today + timedelta(days=days),
                    **values,
                }
            )
        )

    @classmethod
    def _let_pass(cls, promise, days):
        """Days pass for a promise, and the job runs."""
        promise = promise.sudo()
        promise.write(
            {
                "date": promise.date - timedelta(days=days),
                "hold_until": promise.hold_until - timedelta(days=days),
            }
        )
        cls._run_settle()
        promise.invalidate_recordset()

    @classmethod
    def _run_settle(cls):
        with patch.object(cls.registry["ir.cron"], "_commit_progress", return_value=60):
            cls.env["crm.payment.promise"]._cron_settle()
