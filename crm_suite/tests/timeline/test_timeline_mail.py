from unittest.mock import patch

from odoo.exceptions import AccessError

from .common import TimelineCase


class TestMessageIndex(TimelineCase):
    """Which messages are history of which customer follows the messages, documents and contacts."""

    def test_what_is_said_to_a_customer_is_taken_up(self):
        order = self._order()
        entry = self._entry(self._write_mail(order, "Your desks"))
        self.assertEqual((entry.model, entry.res_id), ("sale.order", order.id))
        self.assertEqual((entry.partner_id, entry.customer_id), (self.layla, self.haddad))
        self.assertEqual(entry.date, entry.message_id.date)
        self.assertIn(" your desks ", entry.search_index)

    def test_what_is_said_among_colleagues_is_not(self):
        order = self._order()
        for values in (
            {"subtype_xmlid": "mail.mt_note"},
            {"message_type": "notification"},
            {"message_type": "auto_comment"},
            {"is_internal": True},
            {"subtype_xmlid": None},
        ):
            message = self._write_mail(order, **values)
            self.assertFalse(self._entry(message), values)

    def test_vendor_bills_and_unknown_documents_are_not(self):
        bill = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.layla.id}
        )
        self.assertFalse(self._entry(self._write_mail(bill)))
        self.assertFalse(self._entry(self._write_mail(self.desk.product_tmpl_id)))
        self.assertFalse(self._rows(sources=["mail"]))

    def test_a_text_message_is_sent_whatever_its_subtype(self):
        message = self._write_mail(
            self.layla, message_type="sms", subtype_xmlid="mail.mt_note", subject=False
        )
        self.assertTrue(self._entry(message))
        [row] = self._rows(sources=["mail"])
        self.assertEqual((row["label"], row["title"]), ("Text Message", self.layla.display_name))

    def test_edited_and_deleted_messages(self):
        message = self._write_mail(self._order())
        message.body = "<p>About the armchair</p>"
        self.assertIn("armchair", self._entry(message).search_index)
        message.subtype_id = self.env.ref("mail.mt_note")
        self.assertFalse(self._entry(message))
        message.subtype_id = self.env.ref("mail.mt_comment")
        self.assertTrue(self._entry(message))
        message.unlink()
        self.assertFalse(self._rows(sources=["mail"]))

    def test_mails_follow_a_document_to_another_contact(self):
        other = self.env["res.partner"].create({"name": "Other"})
        lead = self._create_opportunity()
        entry = self._entry(self._write_mail(lead))
        lead.partner_id = other
        self.env.flush_all()
        entry.invalidate_recordset()
        self.assertEqual((entry.partner_id, entry.customer_id), (other, other))
        self.assertFalse(self._rows(sources=["mail"]))
        self.assertEqual(len(self._rows(record=other, sources=["mail"])), 1)

    def test_mails_follow_a_contact_to_another_customer(self):
        karim_mail = self._entry(self._write_mail(self.karim))
        order_mail = self._entry(self._write_mail(self._order(partner=self.karim)))
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        self.karim.parent_id = other
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(karim_mail.customer_id, other)
        self.assertEqual(order_mail.customer_id, other)
        self.assertFalse(self._rows(sources=["mail", "order"]))
        self.assertEqual(len(self._rows(record=other, sources=["mail", "order"])), 3 - 1 + 1)

    def test_merged_contacts_bring_their_mails(self):
        twin = self.env["res.partner"].create({"name": "Layla H."})
        self._write_mail(twin, "On the twin")
        self._write_mail(self._order(partner=twin), "On the order of the twin")
        self.env.flush_all()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((twin + self.layla).ids, self.layla)
        self.env.flush_all()
        self.assertEqual(
            sorted(self._titles(self._rows(sources=["mail"]))),
            ["On the order of the twin", "On the twin"],
        )

    def test_merged_leads_bring_their_mails(self):
        kept, gone = self._create_opportunity(), self._create_opportunity(name="Again")
        self._write_mail(gone, "On the one that goes")
        (kept + gone).merge_opportunity()
        [row] = self._rows(sources=["mail"])
        self.assertIn("On the one that goes", row["title"])
        self.assertEqual((row["res_model"], row["res_id"]), ("crm.lead", (kept + gone).exists().id))

    def test_a_thread_that_moves_takes_its_mails_along(self):
        lead = self._create_opportunity()
        message = self._write_mail(lead)
        other = self.env["res.partner"].create({"name": "Other"})
        lead.message_change_thread(other)
        self.assertEqual(self._entry(message).customer_id, other)

    def test_deleted_documents_and_contacts_leave_nothing(self):
        lead = self._create_opportunity(partner_id=False)
        message = self._write_mail(lead)
        self.assertTrue(self._entry(message))
        lead.unlink()
        self.assertFalse(self._entry(message).exists())

    def test_customers_answer_by_mail(self):
        order = self._order()
        question = self._write_mail(order, "When?", message_type="notification")
        self.env["mail.thread"].message_process(
            "sale.order",
            f"""From: Layla <layla@haddad.example.com>
To: catchall@example.com
Subject: Re: {order.name}
Message-Id: <answer-of-layla@haddad.example.com>
In-Reply-To: {question.message_id}
Content-Type: text/plain; charset=utf-8

Please send it on Monday.
""",
        )
        [row] = self._rows(sources=["mail"])
        self.assertEqual((row["author"], row["res_id"]), ("Layla Haddad", order.id))
        self.assertIn("Monday", row["preview"])
        self.assertEqual(len(self._rows(search="monday")), 1)

    def test_messages_that_were_there_before(self):
        """As after an installation: the index is made from what is in the database."""
        lead = self._create_opportunity(partner_id=False)
        messages = (
            self._write_mail(lead)
            + self._write_mail(self._order())
            + self._write_mail(self.layla, "To Layla")
        )
        note = self._write_mail(lead, subtype_xmlid="mail.mt_note")
        self.env.flush_all()
        entries = self.env["crm.timeline.message"].search([("message_id", "in", messages.ids)])
        known = entries.read(["message_id", "date", "partner_id", "customer_id", "search_index"])
        entries.unlink()
        for model in self.env["crm.timeline"]._get_documents():
            self.env["crm.timeline.message"]._fill(model)
        entries = self.env["crm.timeline.message"].search([("message_id", "in", messages.ids)])
        again = entries.read(["message_id", "date", "partner_id", "customer_id", "search_index"])

        def strip(rows):
            return [{name: value for name, value in row.items() if name != "id"} for row in rows]

        self.assertCountEqual(strip(again), strip(known))
        self.assertFalse(self._entry(note))

    def test_nobody_reads_the_index_itself(self):
        self._write_mail(self.layla)
        for user in (self.mona, self.cora, self.env.ref("base.user_admin"), self.pia):
            with self.assertRaises(AccessError):
                self.env["crm.timeline.message"].with_user(user).search([])

    def test_what_a_message_costs(self):
        """A message is read back and taken up; a log costs nothing."""
        order = self._order()
        entries = type(self.env["crm.timeline.message"])

        def count(write):
            self.env.flush_all()
            before = self.cr.sql_log_count
            write()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        for write, cost in (
            (lambda: self._write_mail(order), 2),
            (lambda: order._message_log(body="A log"), 0),
        ):
            count(write)
            with patch.object(entries, "_add_messages", lambda *args: None):
                without = count(write)
            with self.subTest(cost=cost):
                self.assertLessEqual(count(write), without + cost)
        self.assertEqual(len(self._rows(sources=["mail"])), 2)


class TestLeadWithoutContact(TimelineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls._create_opportunity(
            partner_id=False, type="lead", email_from="x@new.example.com"
        )

    def test_it_has_a_history_of_its_own(self):
        self._write_mail(self.lead, "First answer")
        self._log(name="Called", partner=self.env["res.partner"], lead_id=self.lead.id)
        meeting = self._meet(opportunity_id=self.lead.id, name="Talk on the lead")
        self.lead.convert_opportunity(self.env["res.partner"])
        other = self._create_opportunity(partner_id=False)
        self._write_mail(other, "Not this one")
        rows = self._read_all(record=self.lead)
        self.assertEqual(
            sorted(self._titles(rows)),
            sorted(["First answer", "Called", meeting.name, self.lead.name, self.lead.name]),
        )
        self.assertFalse(self._rows(record=self.lead, search="not this"))
        self.assertEqual(
            self._titles(self._rows(record=self.lead, search="ANSWER")), ["First answer"]
        )
        self.assertNotIn("invoice", self._get_sources(record=self.lead))

    def test_private_meetings_leave_no_trace(self):
        self._meet(opportunity_id=self.lead.id, name="Secret", privacy="private")
        self.assertFalse(self._rows(record=self.lead, sources=["meeting"]))
        self.omar.with_user(self.omar).calendar_default_privacy = "private"
        self._meet(opportunity_id=self.lead.id, name="Secret")
        self.assertFalse(self._rows(record=self.lead, sources=["meeting"]))

    def test_with_a_contact_it_joins_the_history_of_the_customer(self):
        self._write_mail(self.lead, "First answer")
        self._log(name="Called", partner=self.env["res.partner"], lead_id=self.lead.id)
        self._meet(opportunity_id=self.lead.id, name="Talk on the lead")
        self.lead.partner_id = self.karim
        for record in (self.lead, self.haddad):
            titles = self._titles(self._read_all(record=record))
            for title in ("First answer", "Called", "Talk on the lead", self.lead.name):
                self.assertEqual(titles.count(title), 1, title)

    def test_only_for_those_who_may_read_the_lead(self):
        self._write_mail(self.lead, "First answer")
        self.assertEqual(len(self._rows(self.omar, self.lead, sources=["mail"])), 1)
        with self.assertRaises(AccessError):
            self._rows(self.sami, self.lead)
        self.lead.user_id = self.sami
        with self.assertRaises(AccessError):
            self._rows(self.omar, self.lead)

    def test_documents_lead_to_the_history_of_their_customer(self):
        self._log(name="Called")
        order, invoice = self._order(), self._invoice()
        lead = self._create_opportunity()
        for record in (order, invoice, lead, self.karim):
            self.assertIn("Called", self._titles(self._rows(record=record)))
            self.assertIn("invoice", self._get_sources(record=record))

    def test_a_document_of_a_hidden_contact(self):
        order = self._order(user=self.berta, company_id=self.berlin.id)
        self.assertTrue(self._rows(self.berta, order))
        foreigner = self.env["res.partner"].create({"name": "Of Berlin"})
        lead = self._create_opportunity(partner_id=foreigner.id, user_id=self.alia.id)
        foreigner.company_id = self.berlin
        self.assertTrue(lead.with_user(self.alia).has_access("read"))
        with self.assertRaises(AccessError):
            self._rows(self.alia, lead)
