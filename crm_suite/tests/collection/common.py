from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from ..common import CrmSuiteCase


class CollectionCase(CrmSuiteCase):
    """The scene of payment reminders.

    Haddad Trading is omar's customer, Nile Stores (Arabic) is sami's. `adel` keeps the invoices
    and has no right on sales. The levels are those of the installation: 5, 20 and 35 days.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.adel = cls._create_user("adel", "account.group_account_invoice")
        cls.haddad.user_id = cls.omar
        cls.nile = cls.env["res.partner"].create(
            {
                "name": "متاجر النيل",
                "is_company": True,
                "email": "office@nile.example.com",
                "user_id": cls.sami.id,
            }
        )
        cls.level_1, cls.level_2, cls.level_3 = (
            cls.env.ref(f"crm_suite.crm_payment_reminder_level_{n}") for n in (1, 2, 3)
        )
        cls.Reminder = cls.env["crm.payment.reminder"]

    @classmethod
    def _invoice(cls, days=10, amount=100.0, partner=None, move_type="out_invoice", **values):
        """Post an invoice that is so many days late."""
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": (partner or cls.haddad).id,
                "invoice_date": cls.today - timedelta(days=days + 1),
                "invoice_date_due": cls.today - timedelta(days=days),
                "invoice_line_ids": [
                    Command.create({"name": "Desk", "price_unit": amount, "tax_ids": []})
                ],
                **values,
            }
        )
        move.action_post()
        return move

    @classmethod
    def _pay(cls, moves, amount=None):
        wizard = (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({"group_payment": True, **({"amount": amount} if amount else {})})
        )
        return wizard._create_payments()

    def _prepare(self, partners=None, user=None):
        reminder = self.Reminder.with_user(user) if user else self.Reminder
        return reminder._prepare_reminders(self.haddad if partners is None else partners)

    def _send(self, reminders):
        """Send as the scheduled job does; returns the mails that went out."""
        with self.mock_mail_gateway():
            reminders.action_send()
            reminders.sudo()._send_queued()
            return list(self._mails)

    def _make_sent(self, reminders, days_ago=0):
        """Send, and let it be some days ago."""
        self._send(reminders)
        self.assertEqual(set(reminders.mapped("state")), {"sent"})
        reminders.sudo().write({"date": self.today - timedelta(days=days_ago)})
