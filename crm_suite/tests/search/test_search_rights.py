from odoo.exceptions import AccessError
from odoo.fields import Command

from .common import CONTACTS, LEADS, OPPORTUNITIES, SearchCase


class TestSearchRights(SearchCase):
    def test_own_documents(self):
        for user, sees in ((self.omar, True), (self.sami, False), (self.nora, True)):
            found = self._type(LEADS, "canteen", user=user)
            self.assertEqual(self.lead in found, sees, user.name)
        for user in (self.alia, self.mona):
            self.assertFinds(LEADS, self.lead, "canteen", user=user)

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other company"})
        contact, lead = self._create_in(other)
        for user in (self.omar, self.mona):
            self.assertFindsNot(CONTACTS, contact, "unicorn", user=user)
            self.assertFindsNot(OPPORTUNITIES, lead, "unicorn", user=user)
        self.mona.company_ids = [Command.link(other.id)]
        for model, record in (("res.partner", contact), ("crm.lead", lead)):
            found = (
                self.env[model].with_user(self.mona).with_context(allowed_company_ids=[other.id])
            )
            self.assertIn(record, found.search([("search_text", "ilike", "unicorn")]))

    def test_contact_of_another_company_tells_only_its_name(self):
        """A lead of all companies shows the name of its contact, and nothing else of it."""
        other = self.env["res.company"].create({"name": "Other company"})
        contact, lead = self._create_in(self.env["res.company"])
        self.assertFalse(lead.company_id)
        contact.company_id = other
        self.assertFinds(OPPORTUNITIES, lead, "unicorn", user=self.omar)
        self.assertFindsNot(OPPORTUNITIES, lead, "U-77", "99887766", user=self.omar)
        contact.company_id = False
        self.assertFinds(OPPORTUNITIES, lead, "U-77", "99887766", user=self.omar)

    def test_nobody_reads_or_writes_the_index(self):
        for user in (self.omar, self.mona, self.env.ref("base.user_admin")):
            for record in (self.lead, self.noor):
                record = record.with_user(user)
                self.assertNotIn("search_index", record.fields_get())
                with self.assertRaises(AccessError):
                    record.read(["search_index"])
                with self.assertRaises(AccessError):
                    record.write({"search_index": "zebra"})
                with self.assertRaises(AccessError):
                    record.create({"name": "Zebra", "search_index": "zebra"})
                with self.assertRaises(AccessError):
                    record.search([("search_index", "ilike", "a")])
                with self.assertRaises(AccessError):
                    record.search([], order="search_index")

    def test_writing_the_search_text_changes_nothing(self):
        self.lead.with_user(self.omar).write({"search_text": "zebra"})
        self.lead.flush_recordset()
        self.assertFindsNot(LEADS, self.lead, "zebra")
        self.assertFinds(LEADS, self.lead, "canteen")

    def test_import_cannot_set_it(self):
        result = (
            self.env["crm.lead"]
            .with_user(self.omar)
            .load(["name", "search_index"], [["Imported", "zebra"]])
        )
        self.assertFalse(result["ids"])

    def test_hidden_from_export(self):
        for model in ("crm.lead", "res.partner"):
            fields = self.env[model].with_user(self.mona).fields_get(attributes=["exportable"])
            self.assertFalse(fields["search_text"]["exportable"])

    def test_portal_users_find_their_own_contacts(self):
        portal = self._create_user("paula", "base.group_portal")
        Contact = self.env["res.partner"].with_user(portal)
        self.assertFalse(Contact.search([("search_text", "ilike", "haddad")]))
        self.assertEqual(Contact.search([("search_text", "ilike", "paula")]), portal.partner_id)
        self.assertNotIn("search_text", Contact.fields_get())

    def _create_in(self, company):
        contact = self.env["res.partner"].create(
            {"name": "Unicorn Ltd", "ref": "U-77", "vat": "99887766", "company_id": company.id}
        )
        lead = self._create_opportunity(
            name="Horn", partner_id=contact.id, company_id=company.id, team_id=False, user_id=False
        )
        return contact, lead
