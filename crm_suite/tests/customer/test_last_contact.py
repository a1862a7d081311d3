from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError

from .common import CustomerCase


class TestLastContact(CustomerCase):
    """When we were last in touch with a customer, and on a lead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.partner"].create({"name": "Other"})
        cls.everybody = cls.haddad + cls.layla + cls.karim + cls.other

    def _search(self, *condition, model="res.partner", records=None, **options):
        records = self.everybody if records is None else records
        return (
            self.env[model]
            .with_user(self.alia)
            .search([("id", "in", records.ids), ("last_contact_at", *condition)], **options)
        )

    def test_of_the_whole_customer(self):
        self._log(date="2024-01-01 10:00:00")
        self._log(partner=self.karim, date="2024-02-01 10:00:00")
        self._meet(self.layla, days=3)
        contacts = self.everybody.with_user(self.alia)
        self.assertEqual(
            [str(date) for date in contacts.mapped("last_contact_at")],
            ["2024-02-01 10:00:00"] * 3 + ["False"],
            "what is planned is no contact",
        )

    def test_only_what_the_reader_may_see(self):
        self._log(user=self.sami, date="2024-02-01 10:00:00")
        self.assertFalse(self.layla.with_user(self.omar).last_contact_at)
        self.assertTrue(self.layla.with_user(self.sami).last_contact_at)
        with self.assertRaises(AccessError):
            self.layla.with_user(self.cora).read(["last_contact_at"])
        found = self.env["res.partner"].with_user(self.omar)
        self.assertFalse(
            found.search([("id", "=", self.layla.id), ("last_contact_at", "!=", False)])
        )

    def test_search(self):
        self._log(date="2024-01-01 10:00:00")
        self._log(date="2024-02-01 10:00:00")
        customer = self.haddad + self.layla + self.karim
        none = self.everybody.browse()
        for operator, value, expected in (
            ("<", "2024-03-01", customer),
            ("<", "2024-01-15", none),
            ("<=", "2024-02-01 10:00:00", customer),
            (">=", "2024-03-01", none),
            (">", "2024-01-15", customer),
            ("=", "2024-02-01 10:00:00", customer),
            ("=", "2024-01-01 10:00:00", none),
            ("=", False, self.other),
            ("!=", False, customer),
        ):
            self.assertEqual(set(self._search(operator, value)), set(expected), (operator, value))

    def test_sort(self):
        self._log(date="2024-01-01 10:00:00")
        self._log(partner=self.other, date="2024-02-01 10:00:00")
        Partner = self.env["res.partner"].with_user(self.alia)
        domain = [("id", "in", (self.layla + self.other).ids)]
        for order, expected in (
            ("last_contact_at desc", self.other + self.layla),
            ("last_contact_at, id", self.layla + self.other),
        ):
            self.assertEqual(Partner.search(domain, order=order), expected)
        self.assertTrue(Partner.fields_get(["last_contact_at"])["last_contact_at"]["sortable"])

    def test_mails_count(self):
        """Those on documents that the reader may read, whoever of the customer wrote them."""
        order = self.env["sale.order"].create(
            {"partner_id": self.layla.id, "user_id": self.sami.id}
        )
        self._log(date="2024-01-01 10:00:00")
        mail = self._say(
            order,
            "When?",
            message_type="email",
            author_id=self.layla.id,
            subtype_xmlid="mail.mt_comment",
        )
        mail.date = "2024-05-01 10:00:00"
        self._say(order, "Internal", subtype_xmlid="mail.mt_note")
        self.env.flush_all()
        self.assertEqual(
            str(self.haddad.with_user(self.sami).last_contact_at), "2024-05-01 10:00:00"
        )
        self.assertEqual(
            str(self.haddad.with_user(self.omar).last_contact_at),
            "2024-01-01 10:00:00",
            "the order of a colleague tells nothing",
        )
        self.assertEqual(set(self._search(">", "2024-04-01")), set(self.everybody - self.other))
        self.assertFalse(self._search(">", "2024-05-02"))

    def test_of_a_lead(self):
        lead, quiet = (self._create_opportunity() for _number in range(2))
        self._log(lead_id=lead.id, date="2024-02-01 10:00:00")
        self._say(lead, "A note", subtype_xmlid="mail.mt_note")
        self.assertEqual(str(lead.with_user(self.omar).last_contact_at), "2024-02-01 10:00:00")
        leads = {"model": "crm.lead", "records": lead + quiet}
        self.assertEqual(self._search("<", "2024-03-01", **leads), lead)
        self.assertEqual(self._search("=", False, **leads), quiet)
        self._say(quiet, "Hello", message_type="comment", subtype_xmlid="mail.mt_comment")
        self.assertGreater(
            quiet.with_user(self.omar).last_contact_at, fields.Datetime.now() - timedelta(hours=1)
        )
        self.assertEqual(
            self._search("!=", False, order="last_contact_at desc", **leads), quiet + lead
        )

    def test_queries_do_not_grow_with_the_records(self):
        def count_queries(number):
            partners = self.env["res.partner"].create(
                [{"name": f"Contact {number} {index}"} for index in range(number)]
            )
            for partner in partners:
                self._log(partner=partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            partners.mapped("last_contact_at")
            return self.cr.sql_log_count - before

        count_queries(1)
        self.assertEqual(count_queries(2), count_queries(20))
