from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..promise.common import MoneyCase


@tagged("post_install", "-at_install")
class TestDispute(MoneyCase):
    """A customer does not accept an invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("crm_suite.dispute_reason_price")
        cls.invoice = cls._invoice(300)

    def _open(self, action, user=None):
        return Form(
            self.env[action["res_model"]]
            .with_user(user or self.omar)
            .with_context(**action["context"])
        )

    def test_disputed_and_settled(self):
        invoice = self.invoice.with_user(self.omar)
        with self._open(invoice.action_dispute()) as form:
            self.assertEqual(form.invoice_names, invoice.name)
            form.reason_id = self.reason
            form.note = "We agreed on 250"
            form.user_id = self.nora
        form.record.action_confirm()
        self.assertTrue(invoice.is_disputed)
        self.assertEqual(invoice.disputed_on, self.today)
        self.assertEqual(invoice.disputed_by_id, self.omar)
        self.assertEqual(invoice.dispute_days, 0)
        self.assertIn(self.reason.name, invoice._get_reminder_holds()[invoice.id])
        self.assertEqual(self.invoice.activity_ids.user_id, self.nora)
        self.assertIn("We agreed on 250", self.invoice.message_ids[0].body)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.account_move_action_dispute"
        )
        disputed = (
            self.env["account.move"]
            .with_user(self.omar)
            .search([("disputed_on", "!=", False), ("is_disputed", "=", True)])
        )
        self.assertIn(invoice, disputed)
        self.assertTrue(action["help"])
        with self._open(invoice.action_settle_dispute()) as form:
            form.note = "He pays 280"
        form.record.action_confirm()
        self.assertFalse(invoice.is_disputed)
        self.assertEqual(invoice.dispute_settled_on, self.today)
        self.assertFalse(invoice._get_reminder_holds())
        self.assertFalse(self.invoice.activity_ids)
        self.assertIn("He pays 280", "".join(self.invoice.message_ids.mapped("body")))
        with self.assertRaises(UserError):
            invoice._settle_dispute()

    def test_who_may(self):
        for user in (self.omar, self.nora, self.alia, self.ada):
            self.invoice.with_user(user)._dispute(self.reason)
            self.invoice.with_user(user)._settle_dispute()
        for user in (self.sami, self.cora):
            with self.assertRaises(AccessError):
                self.invoice.with_user(user).action_dispute()
            with self.assertRaises(AccessError):
                self.invoice.with_user(user)._dispute(self.reason)
        self.haddad.reminder_user_id = self.sami
        self.invoice.with_user(self.sami)._dispute(self.reason)
        self.assertTrue(self.invoice.is_disputed)
        portal = self.env["res.users"].create(
            {
                "name": "Layla",
                "login": "layla.portal",
                "partner_id": self.layla.id,
                "group_ids": [self.env.ref("base.group_portal").id],
            }
        )
        with self.assertRaises(AccessError):
            self.invoice.with_user(portal).read(["dispute_note"])
        with self.assertRaises(AccessError):
            self.invoice.with_user(portal).action_dispute()

    def test_not_by_the_back_door(self):
        for user in (self.omar, self.ada):
            with self.assertRaises(AccessError):
                self.invoice.with_user(user).write({"is_disputed": True})
        wizard = self.env["crm.invoice.dispute"].with_user(self.sami)
        with self.assertRaises(AccessError):
            wizard.create(
                {"move_ids": self.invoice.ids, "reason_id": self.reason.id}
            ).action_confirm()
        with self.assertRaises(AccessError):
            wizard.new({"move_ids": self.invoice.ids}).read(["invoice_names"])
        forged = self._invoice(5, post=False, is_disputed=True, disputed_by_id=self.mona.id)
        self.assertFalse(forged.is_disputed or forged.disputed_by_id)
        forged = (
            self.env["account.move"]
            .with_context(default_is_disputed=True)
            .create({"move_type": "out_invoice", "partner_id": self.haddad.id})
        )
        self.assertFalse(forged.is_disputed)
        self.invoice._dispute(self.reason)
        self.assertFalse(self.invoice.copy().is_disputed)

    def test_bills_are_made_without_rights_on_invoices_to_customers(self):
        """As by buyers: Purchase lets them create bills, but they collect no payments."""
        group = self.env["res.groups"].create({"name": "Buyers"})
        models = ("account.move", "account.move.line", "account.journal", "account.account")
        self.env["ir.model.access"].create(
            [
                {
                    "name": model,
                    "model_id": self.env["ir.model"]._get_id(model),
                    "group_id": group.id,
                    **dict.fromkeys(("perm_read", "perm_write", "perm_create"), True),
                }
                for model in models
            ]
        )
        buyer = self._create_user("buyer", "base.group_user")
        buyer.group_ids += group
        bill = (
            self.env["account.move"]
            .with_user(buyer)
            .with_context(default_is_disputed=True, default_promise_id=1)
            .create({"move_type": "in_invoice", "partner_id": self.haddad.id})
        )
        self.assertFalse(bill.sudo().is_disputed or bill.sudo().promise_id)
        self.assertTrue(bill.env.context["default_is_disputed"], "the caller keeps his context")

    def test_only_posted_customer_invoices(self):
        draft = self._invoice(5, post=False)
        bill = self._invoice(5, move_type="in_invoice")
        refund = self._invoice(5, move_type="out_refund")
        for move in (draft, bill, refund):
            with self.assertRaises(UserError):
                move.with_user(self.ada).action_dispute()

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        self.ada.company_ids |= other
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.ada).with_context(
                allowed_company_ids=other.ids
            ).action_dispute()

    def test_a_text_is_a_text(self):
        self.invoice._dispute(self.reason, "<img src=x onerror=alert(1)>")
        self.assertNotIn("<img", self.invoice.message_ids[0].body)

    def test_reasons_are_the_managers(self):
        Reason = self.env["crm.dispute.reason"]
        self.assertTrue(Reason.with_user(self.omar).search([]))
        with self.assertRaises(AccessError):
            Reason.with_user(self.omar).create({"name": "Mine"})
        Reason.with_user(self.mona).create({"name": "Theirs"})
