from odoo.tools import SQL

from ...models.search import res_partner
from .common import CONTACTS, LEADS, OPPORTUNITIES, SearchCase


class TestSearchBox(SearchCase):
    def test_leads(self):
        self.assertFinds(
            LEADS,
            self.lead,
            "canteen",
            "CREME brulee",
            "احمد",
            "الحسيني أحمد",
            "موسسه القمه",
            "ahmad_h@qimma.example.com",
            "qimma",
            "عمان",
            "الحسيني canteen",
            "ca",
        )
        self.assertFindsNot(LEADS, self.lead, "zebra", "أحمد zebra", "ahmadXh", "nt")

    def test_opportunities_by_their_customer(self):
        self.assertFinds(
            OPPORTUNITIES,
            self.deal,
            "reading",
            "شركه النور",
            "info@noor.example.com",
            "N-4711",
            "300012345600003",
        )

    def test_contacts(self):
        self.assertFinds(
            CONTACTS,
            self.noor,
            "نور تجارة",
            "n-4711",
            "N4711",
            "300012345600003",
            "رياض",
            "info@no",
        )
        self.assertFinds(CONTACTS, self.layla, "haddad layla", "layla@haddad")

    def test_telephone_numbers(self):
        for number in (
            "0790001234",
            "+962 79 000 1234",
            "00962790001234",
            "٠٧٩ ٠٠٠ ١٢٣٤",
            "0001234",
        ):
            self.assertFinds(LEADS, self.lead, number)
        for number in ("011 555 0101", "00966 11 555 0101", "+966115550101", "5550101"):
            self.assertFinds(CONTACTS, self.noor, number)
            self.assertFinds(OPPORTUNITIES, self.deal, "5550101")

    def test_wildcards_are_letters(self):
        self.assertFinds(OPPORTUNITIES, self.deal, "100%")
        self.assertFindsNot(OPPORTUNITIES, self.deal, "read%room", "1_0", "\\")
        self.assertFinds(LEADS, self.lead, "ahmad_h")

    def test_nothing_typed_finds_everything(self):
        for nothing in ("", "  ", '"', "\u200f"):
            self.assertFinds(LEADS, self.lead, nothing)

    def test_finds_what_core_finds(self):
        """Every word of a record that the search box of core looks into."""
        fields = ["name", "partner_name", "contact_name", "email_from"]
        for lead in self.env["crm.lead"].search([], limit=50, order="id desc"):
            typed = [lead[name] for name in fields] + lead.partner_id.mapped("complete_name")
            for text in filter(None, typed):
                view = LEADS if lead.type == "lead" else OPPORTUNITIES
                self.assertFinds(view, lead, text, text.upper(), user=self.mona)

    def test_other_operators(self):
        Lead = self.env["crm.lead"]
        self.assertIn(self.lead, Lead.search([("search_text", "like", "احمد")]))
        self.assertIn(self.lead, Lead.search([("search_text", "=", "أحمد الحسيني")]))
        self.assertNotIn(self.lead, Lead.search([("search_text", "=", "أحمد الحسين")]))
        self.assertNotIn(self.lead, Lead.search([("search_text", "not ilike", "احمد")]))
        self.assertIn(self.deal, Lead.search([("search_text", "not ilike", "احمد")]))
        self.assertIn(self.lead, Lead.search([("search_text", "!=", False)]))
        self.assertEqual(
            Lead.search([("id", "in", (self.lead + self.deal).ids), ("search_text", "!=", "احمد")]),
            self.deal,
        )

    def test_in_python_as_in_the_database(self):
        leads = self.lead + self.deal
        for typed in ("احمد", "0790001234", "نور", "ca", '"for the"', "", "100%", "read%room"):
            domain = [("search_text", "ilike", typed)]
            found = leads.with_user(self.omar)
            self.assertEqual(
                found.filtered_domain(domain),
                found.search([("id", "in", leads.ids), *domain]) & found,
                typed,
            )

    def test_through_relations(self):
        line = self.deal.line_ids.create({"lead_id": self.deal.id, "product_id": self.desk.id})
        Line = self.env["crm.opportunity.line"]
        self.assertIn(line, Line.search([("lead_id.search_text", "ilike", "شركه النور")]))
        self.assertIn(self.deal, self.deal.search([("partner_id", "ilike", "شركه النور")]))

    def test_contact_is_chosen_by_the_same_text(self):
        def choose(typed):
            found = self.env["res.partner"].with_user(self.omar).name_search(typed, limit=None)
            return self.env["res.partner"].browse(id_ for id_, _name in found)

        for typed in ("نور شركه", "N4711", "0115550101", "info@noor", "300012345600003"):
            self.assertIn(self.noor, choose(typed), typed)
        self.assertIn(self.layla, choose("layla haddad"))
        self.assertNotIn(self.noor, choose("الرياض"), "a customer is not chosen by a town")
        self.assertIn(
            self.noor, self.env["res.partner"].search([("display_name", "=", self.noor.name)])
        )
        self.assertNotIn(
            self.noor, self.env["res.partner"].search([("display_name", "not ilike", "نور شركه")])
        )

    def test_index_serves_long_and_short_words(self):
        for model, index in (
            ("crm.lead", "crm_lead_search_index_idx"),
            ("res.partner", "res_partner_search_index_idx"),
        ):
            for typed in ("ahmad", "احمد", "ab", "عل", "0790001234", "079 000", '"oak desk"'):
                Model = self.env[model].with_context(active_test=False)
                query = Model._search([("search_text", "ilike", typed)])
                self.env.cr.execute(SQL("SET LOCAL enable_seqscan = off"))
                rows = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
                plan = "\n".join(row for [row] in rows)
                self.assertIn(index, plan, f"{model} {typed}\n{plan}")

    def test_contacts_in_the_order_of_their_names(self):
        """Whatever way PostgreSQL is led, the pages are those of the order."""
        contacts = self.env["res.partner"].create(
            [
                {"name": f"{letter} موزّع {number % 7}"}
                for letter in ("Alpha", "alpha", "ألفا", "ياء")
                for number in range(10)
            ]
        )
        Contact = self.env["res.partner"]
        for early in (0, 1000000):
            self.patch(res_partner, "FIRST_NAMES", early)
            found = Contact.search([("search_text", "ilike", "موزع")], limit=25)
            found += Contact.search([("search_text", "ilike", "موزع")], limit=25, offset=25)
            self.assertEqual(found.ids, Contact.search([("id", "in", contacts.ids)]).ids)
            chosen = [id_ for id_, _name in Contact.name_search("موزع", limit=8)]
            self.assertEqual(chosen, found[:8].ids)
