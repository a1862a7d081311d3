from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import SQL

from .common import CONTACTS, LEADS, OPPORTUNITIES, SearchCase


class TestSearchUpkeep(SearchCase):
    def test_follows_every_field(self):
        for name, value in (
            ("name", "Zebra one"),
            ("contact_name", "زرافة"),
            ("partner_name", "Okapi"),
            ("email_from", "gnu@example.com"),
            ("phone", "+962 79 777 7777"),
            ("city", "Timbuktu"),
        ):
            self.lead.write({name: value})
            self.assertFinds(LEADS, self.lead, value)
        self.assertFindsNot(LEADS, self.lead, "canteen", "qimma", "0790001234")

    def test_follows_the_form(self):
        Lead = self.env["crm.lead"].with_user(self.omar).with_context(default_type="opportunity")
        with Form(Lead, view="crm.crm_lead_view_form") as form:
            form.name = "Zebra crossing"
            form.partner_id = self.noor
        self.assertFinds(OPPORTUNITIES, form.record, "zebra نور")
        with form:
            form.name = "Okapi crossing"
        self.assertFinds(OPPORTUNITIES, form.record, "okapi نور")

    def test_follows_a_mail(self):
        mail = (
            b"From: =?utf-8?b?2LPZhdin2KEg2KfZhNi52YTZig==?= <sama@stranger.example.com>\n"
            b"To: crm.suite.north@example.com\nSubject: Zebras\n"
            b"Message-Id: <z@stranger.example.com>\n"
            b"Content-Type: text/plain; charset=utf-8\n\nTen zebras please.\n"
        )
        lead = self.env["crm.lead"].browse(
            self.env["mail.thread"].message_process(
                "crm.lead", mail, custom_values={"team_id": self.north.id, "type": "lead"}
            )
        )
        self.assertFinds(LEADS, lead, "zebras سماء", "sama@stranger", user=self.mona)

    def test_follows_the_name_of_its_contact(self):
        when = self.deal.write_date
        self.env.cr.execute(
            "UPDATE crm_lead SET write_date = write_date - interval '3 days' WHERE id = %s",
            [self.deal.id],
        )
        self.env.invalidate_all()
        when = self.deal.write_date
        self.noor.name = "Zebra Trading"
        self.assertFinds(OPPORTUNITIES, self.deal, "zebra")
        self.deal.invalidate_recordset()
        self.assertEqual(self.deal.write_date, when, "the opportunity itself did not change")
        self.noor.ref = "Z-1"
        self.assertFinds(OPPORTUNITIES, self.deal, "Z-1")
        self.assertFindsNot(OPPORTUNITIES, self.deal, "N-4711")

    def test_follows_the_company_of_its_contact(self):
        deal = self._create_opportunity(name="Chairs")
        self.haddad.name = "Zebra Trading"
        self.assertFinds(OPPORTUNITIES, deal, "zebra")
        self.assertFinds(CONTACTS, self.layla, "zebra")

    def test_follows_another_contact(self):
        self.deal.partner_id = self.layla
        self.assertFinds(OPPORTUNITIES, self.deal, "layla")

    def test_follows_merged_contacts(self):
        twin = self.env["res.partner"].create(
            {"name": "Twin Ltd", "email": "info@noor.example.com"}
        )
        deal = self._create_opportunity(name="Chairs", partner_id=twin.id)
        self.env["base.partner.merge.automatic.wizard"]._merge((self.noor + twin).ids, self.noor)
        self.assertEqual(deal.partner_id, self.noor)
        self.assertFinds(OPPORTUNITIES, deal, "نور", "N-4711")

    def test_follows_merged_leads(self):
        twin = self.lead.copy({"name": "Zebra", "user_id": self.omar.id})
        (self.lead + twin).merge_opportunity()
        self.assertFinds(LEADS, (self.lead + twin).exists(), "احمد")

    def test_archived_contacts_and_leads(self):
        self.noor.active = False
        self.noor.name = "Zebra Trading"
        self.assertFinds(OPPORTUNITIES, self.deal, "zebra")
        self.deal.active = False
        self.noor.name = "Okapi Trading"
        found = self.deal.with_context(active_test=False).search(
            [("search_text", "ilike", "okapi")]
        )
        self.assertIn(self.deal, found)

    def test_hostile_texts(self):
        lead = self._create_opportunity(name="zebra " + "x" * 10000, partner_id=False)
        self.assertFinds(OPPORTUNITIES, lead, "zebra", "x" * 10000)
        lead.name = "\u202eزرافة\u0000 <b>".replace("\u0000", "")
        self.assertFinds(OPPORTUNITIES, lead, "زرافه", "<b>")
        self.assertFindsNot(OPPORTUNITIES, lead, "'; DROP TABLE crm_lead; --", "%%", "%s")

    def test_backfill_gives_the_same(self):
        for model in ("crm.lead", "res.partner"):
            records = self.env[model].with_context(active_test=False).search([], order="id")
            self.env.add_to_compute(records._fields["search_index"], records)
            before = records.mapped("search_index")
            self.assertTrue(all(before))
            table = SQL.identifier(records._table)
            self.env.cr.execute(SQL("UPDATE %s SET search_index = NULL", table))
            self.env.invalidate_all()
            self.env[model]._fill_search_index()
            self.assertEqual(records.mapped("search_index"), before)

    def test_many_records_cost_no_more_queries(self):
        def count(number):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["res.partner"].create(
                [
                    {"name": f"Contact {n}", "phone": "079 000 1234", "email": f"{n}@example.com"}
                    for n in range(number)
                ]
            )
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(2)
        self.assertEqual(count(40), count(10))

    def test_renaming_costs_no_query_per_lead(self):
        def count(number):
            contact = self.env["res.partner"].create({"name": "Contact"})
            self.env["crm.lead"].create(
                [{"name": f"Lead {n}", "partner_id": contact.id} for n in range(number)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            contact.name = "Renamed"
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(2)
        self.assertLessEqual(count(60), count(10) + 1)

    def test_user_of_a_contact(self):
        user = self._create_user("zora", "sales_team.group_sale_salesman")
        self.assertFinds(CONTACTS, user.partner_id, "zora@example")
        user.write(
            {"name": "Okapi", "group_ids": [Command.link(self.env.ref("base.group_user").id)]}
        )
        self.assertFinds(CONTACTS, user.partner_id, "okapi")
