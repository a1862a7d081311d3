from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CollectionCase


@tagged("post_install", "-at_install")
class TestCustomerTakeover(CollectionCase):
    """Whose customer it is decides who sees what he owes: Nile Stores are sami's."""

    def test_no_salesperson_takes_the_customer_of_a_colleague(self):
        self._invoice(partner=self.nile)
        for values in (
            {"user_id": self.omar.id},
            {"user_id": False},
            {"parent_id": self.haddad.id, "is_company": False},
            {"parent_id": self.haddad.id},
            {"is_company": False},
            {"commercial_partner_id": self.haddad.id},
        ):
            for user in (self.omar, self.nora):
                with self.subTest(values, user=user.login), self.assertRaises(AccessError):
                    self.nile.with_user(user).write(values)
        receivables = self.env["crm.receivable.report"].with_user(self.omar)
        self.assertFalse(receivables.search([("partner_id", "=", self.nile.id)]))

    def test_nor_decides_how_he_is_reminded(self):
        contact = self.env["res.partner"].create({"name": "Omar's", "parent_id": self.nile.id})
        for values in (
            {"reminder_mode": "none", "reminder_none_reason": "Because"},
            {"reminder_partner_id": contact.id},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                self.nile.with_user(self.omar).write(values)
            for user in (self.sami, self.alia):
                self.nile.with_user(user).write(values)
                self.nile.write(dict.fromkeys(values, False) | {"reminder_mode": "manual"})

    def test_who_hands_customers_over(self):
        self.nile.with_user(self.sami).user_id = self.omar
        self.nile.with_user(self.nora).user_id = self.nora  # omar is in her team
        self.nile.with_user(self.alia).user_id = self.sami
        reception = self._create_user("reception", "base.group_user,base.group_partner_manager")
        self.nile.with_user(reception).user_id = self.omar

    def test_everything_else_stays_as_in_odoo(self):
        nile, nobodys = self.nile.with_user(self.omar), self.layla.copy({"parent_id": False})
        nile.write({"phone": "+962 6 555 0199", "user_id": self.sami.id, "is_company": True})
        contact = (
            self.env["res.partner"]
            .with_user(self.omar)
            .create({"name": "Buyer", "parent_id": self.nile.id})
        )
        contact.write({"parent_id": self.haddad.id, "user_id": self.omar.id})
        nobodys.with_user(self.omar).user_id = self.omar

    def test_no_default_makes_anybody_responsible(self):
        partners = self.env["res.partner"].with_user(self.omar)
        with self.assertRaises(AccessError):
            partners.with_context(default_reminder_user_id=self.omar.id).create({"name": "New"})
