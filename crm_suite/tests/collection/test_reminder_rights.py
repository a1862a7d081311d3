from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import CollectionCase


@tagged("post_install", "-at_install")
class TestReminderRights(CollectionCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._invoice(10)
        cls.nile_invoice = cls._invoice(10, partner=cls.nile, invoice_user_id=cls.omar.id)
        reminders = cls.Reminder._prepare_reminders(cls.haddad | cls.nile)
        cls.of_haddad = reminders.filtered(lambda reminder: reminder.partner_id == cls.haddad)
        cls.of_nile = reminders - cls.of_haddad
        cls.both = [("id", "in", reminders.ids)]

    def test_salespeople_reach_their_own_customers(self):
        for user, seen in (
            (self.omar, self.of_haddad),
            (self.sami, self.of_nile),
            (self.adel, self.of_haddad | self.of_nile),
            (self.alia, self.of_haddad | self.of_nile),
            (self.nora, self.of_haddad),  # omar is in her team
        ):
            with self.subTest(user.login):
                reminder = self.Reminder.with_user(user)
                self.assertEqual(reminder.search(self.both), seen)
                line = self.env["crm.payment.reminder.line"].with_user(user)
                domain = [("reminder_id", "in", (self.of_haddad | self.of_nile).ids)]
                self.assertEqual(line.search(domain).reminder_id, seen)
                self.assertEqual(reminder._prepare_reminders(self.haddad | self.nile), seen)
        with self.assertRaises(AccessError):
            self.Reminder.with_user(self.cora).search(self.both)

    def test_the_responsible_reaches_the_customer(self):
        self.nile.reminder_user_id = self.omar
        self.assertIn(self.of_nile, self.Reminder.with_user(self.omar).search(self.both))

    def test_nobody_makes_himself_responsible(self):
        for user in (self.omar, self.nora):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.nile.with_user(user).write({"reminder_user_id": user.id})
        self.nile.with_user(self.alia).write({"reminder_user_id": self.sami.id})

    def test_no_button_reaches_the_customers_of_others(self):
        for button in ("action_send", "action_cancel", "action_retry", "action_use_template"):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(self.of_nile.with_user(self.omar), button)()

    def test_reminders_go_to_contacts_of_the_customer_only(self):
        stranger = self.env["res.partner"].create({"name": "X", "email": "x@example.com"})
        with self.assertRaises(ValidationError):
            self.of_haddad.with_user(self.omar).write({"recipient_id": stranger.id})
        with self.assertRaises(ValidationError):
            self.haddad.write({"reminder_partner_id": stranger.id})
        self.of_haddad.with_user(self.omar).write({"recipient_id": self.layla.id})

    def test_reminders_are_not_created_by_hand(self):
        for user in (self.omar, self.adel, self.mona):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.Reminder.with_user(user).create(
                    {"partner_id": self.haddad.id, "company_id": self.company.id}
                )

    def test_other_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        guest = new_test_user(
            self.env,
            login="crm_suite_guest",
            groups="account.group_account_invoice",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.Reminder.with_user(guest).search(self.both))
        self.assertFalse(
            self.Reminder.with_user(guest).with_company(other)._prepare_reminders(self.haddad)
        )

    def test_contacts_are_created_without_these_rights(self):
        creator = new_test_user(
            self.env, login="crm_suite_creator", groups="base.group_partner_manager"
        )
        contact = self.env["res.partner"].with_user(creator).create({"name": "New"})
        self.assertEqual(contact.sudo().reminder_mode, "automatic")
        contact.write({"name": "Newer"})

    def test_pdf_of_an_invoice_in_the_preview(self):
        line = self.of_nile.line_ids
        url = line.with_user(self.sami).action_open_pdf()["url"]
        self.authenticate(self.sami.login, self.sami.login)
        self.assertEqual(self.url_open(url).status_code, 200, "though omar wrote the invoice")
        self.authenticate(self.omar.login, self.omar.login)
        self.assertEqual(self.url_open(url).status_code, 404)
        self.authenticate(self.cora.login, self.cora.login)
        self.assertIn(self.url_open(url).status_code, (403, 404))
