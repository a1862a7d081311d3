from odoo.tests import HttpCase, tagged

from .common import ConsentCommon

AMAL = "amal@customer.example.com"


@tagged("post_install", "-at_install")
class TestSubscriptions(ConsentCommon, HttpCase):
    """Forms of websites (`/website_mass_mailing/subscribe`) write for visitors with the rights of
    the system. What a visitor says of an address proves nothing.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        visitor = cls.env.ref("base.public_user")
        cls.subscriptions = cls.env["mailing.subscription"].with_user(visitor).sudo()
        cls.contacts = cls.env["mailing.contact"].with_user(visitor).sudo()

    def _subscribe(self, address, mailing_list):
        """What core's controller does."""
        found = self.subscriptions.search(
            [("list_id", "=", mailing_list.id), ("contact_id.email", "=", address)], limit=1
        )
        if found.opt_out:
            found.opt_out = False
        elif not found:
            contact = self.contacts.create({"name": "x", "email": address})
            values = {"contact_id": contact.id, "list_id": mailing_list.id}
            found = self.subscriptions.create(values)
        return found

    def test_whoever_left_is_not_brought_back_by_a_visitor(self):
        """Core lets anybody subscribe him again (trap 8)."""
        readers = self.make_list("Readers", AMAL)
        readers._leave_by_identity(AMAL)
        for address in (AMAL, "AMAL@customer.example.com", f"Amal <{AMAL}>"):
            self._subscribe(address, readers)
            self.assertEqual(self.refusal(AMAL, mailing_lists=readers), "list")
        said = self.subscriptions.search([("contact_id.email_normalized", "=", AMAL)])
        self.assertEqual(said.mapped("opt_out"), [True])
        # by a link in his mailbox he is
        visitor = self.env.ref("base.public_user")
        readers.with_user(visitor).sudo()._update_subscription_from_email(AMAL, opt_out=False)
        self.assertIsNone(self.refusal(AMAL, mailing_lists=readers))

    def test_a_visitor_comes_into_public_lists_only(self):
        """Core takes the number of any list (trap 8)."""
        readers, hidden = self.make_list("Readers"), self.make_list("Hidden")
        hidden.is_public = False
        self.assertEqual(len(self._subscribe("new@customer.example.com", readers)), 1)
        self.assertFalse(self._subscribe("other@customer.example.com", hidden))
        with_salesperson = self.subscriptions.with_user(self.salesperson).sudo()
        contact = self.contacts.create({"name": "x", "email": "third@customer.example.com"})
        values = {"contact_id": contact.id, "list_id": hidden.id}
        self.assertFalse(with_salesperson.create(values))
        self.assertTrue(with_salesperson.with_user(self.marketer).create(values))

    def test_nobody_brings_him_back_but_himself(self):
        """Neither an import, nor what a marketing user writes into the list."""
        readers = self.make_list("Readers", AMAL)
        mailing = self._create_mailing(
            segment_id=False,
            mailing_model_id=self.env["ir.model"]._get_id("mailing.list"),
            contact_list_ids=readers.ids,
        )
        self.authenticate(None, None)
        self.url_open(self.link_to(AMAL, mailing, "one_click"), data={"x": "1"})
        contacts = self.env["mailing.contact"].with_user(self.marketer)
        readers.subscription_ids.with_user(self.marketer).write({"opt_out": False})
        contacts.create({"name": "again", "email": AMAL, "list_ids": readers.ids})
        self.assertEqual(self.refusal(AMAL, mailing_lists=readers), "list")
        path = self.link_to(AMAL, mailing)
        text = self.url_open(path).text
        self.assertRegex(text, rf'name="list_{readers.id}"')
        self.assertNotRegex(text, rf'name="list_{readers.id}"[^>]*checked')
        data = {"csrf_token": self.csrf(text), "action": "save", f"list_{readers.id}": "1"}
        self.url_open(f"{path}/save", data=data)
        self.assertIsNone(self.refusal(AMAL, mailing_lists=readers))
        said = self.entries_of(AMAL).filtered("mailing_list_id")
        self.assertEqual(said.mapped("state"), ["withdrawn", "granted"])
        # that was about the list
        self.assertFalse(self.row(AMAL))
        del data[f"list_{readers.id}"]
        self.url_open(f"{path}/save", data=data)
        self.assertEqual(self.refusal(AMAL, mailing_lists=readers), "list")
