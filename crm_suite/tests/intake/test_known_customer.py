from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import IntakeCase


@tagged("post_install", "-at_install")
class TestKnownCustomer(IntakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deal = cls._create_opportunity(name="Office")

    def _from_layla(self, **values):
        return self._receive(
            self._mail(sender="Layla <LAYLA@haddad.example.com>", subject="And chairs", **values)
        )

    def test_a_mail_of_a_known_customer_joins_the_open_opportunity(self):
        before = self.deal.read(["name", "stage_id", "email_from", "phone", "user_id"])
        lead = self._from_layla()
        self.assertEqual(lead, self.deal)
        note, mail = self.deal.message_ids[:2]
        self.assertEqual(mail.message_type, "email")
        self.assertEqual(mail.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertEqual(mail.author_id, self.layla)
        self.assertEqual(mail.subject, "And chairs")
        self.assertIn("contact of this record", note.body)
        self.assertTrue(note.is_internal)
        self.assertEqual(
            self.deal.read(["name", "stage_id", "email_from", "phone", "user_id"]), before
        )

    def test_the_salesperson_is_told_and_nobody_outside(self):
        sender = self.env["res.partner"].create({"name": "Eve", "email": "eve@example.org"})
        self.deal.message_subscribe((self.omar.partner_id + sender).ids)
        self._from_layla()
        mail = self.deal.message_ids.filtered(lambda message: message.message_type == "email")[:1]
        self.assertEqual(mail.notified_partner_ids, self.omar.partner_id)
        self.assertFalse(
            self.env["mail.mail"].search([("email_to", "ilike", "layla@haddad.example.com")])
        )
        self.assertFalse(self.env["mail.mail"].search([("recipient_ids", "in", self.layla.ids)]))

    def test_attachments_come_along(self):
        lead = self._from_layla(
            type='multipart/mixed; boundary="x"',
            body="--x\nContent-Type: text/plain\n\nSee the plan\n--x\n"
            'Content-Type: text/csv; name="plan.csv"\n'
            'Content-Disposition: attachment; filename="plan.csv"\n\na,b\n--x--\n',
        )
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", lead.id), ("name", "=", "plan.csv")]
        )
        self.assertEqual(attachment.raw.strip(), b"a,b")

    def test_a_lead_of_a_stranger_is_found_by_his_address(self):
        first = self._receive(self._mail())
        second = self._receive(self._mail(subject="Something else"))
        self.assertEqual(second, first)
        self.assertIn("address of its sender", first.message_ids[0].body)

    def test_what_is_won_lost_or_archived_is_closed(self):
        for close in (
            lambda lead: lead.action_set_won(),
            lambda lead: lead.action_set_lost(),
            lambda lead: lead.action_archive(),
        ):
            deal = self._create_opportunity()
            (self.deal + deal).action_archive()
            deal.action_unarchive()
            close(deal)
            lead = self._from_layla()
            self.assertNotIn(lead, self.deal + deal)
            self.assertEqual(lead.partner_id, self.layla)
            lead.unlink()

    def test_the_one_written_on_last_is_joined(self):
        other = self._create_opportunity(name="Older, but alive")
        self.env.cr.execute(
            "UPDATE mail_message SET create_date = create_date - interval '3 days' "
            "WHERE model = 'crm.lead' AND res_id = %s",
            [self.deal.id],
        )
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - interval '4 days' WHERE id = ANY(%s)",
            [(self.deal + other).ids],
        )
        self._say(other, "I called her")
        self.assertEqual(self._from_layla(), other)

    def test_own_team_before_other_teams(self):
        southern = self._create_opportunity(team_id=self.south.id, user_id=self.sami.id)
        self.assertEqual(self._from_layla(to=self.south_address), southern)
        southern.action_set_lost()
        self.assertEqual(self._from_layla(to=self.south_address), self.deal)

    def test_a_team_can_leave_old_ones_alone_or_never_join(self):
        days = timedelta(days=self.north.join_mail_days + 1)
        old = fields.Datetime.now() - days
        self.env.cr.execute(
            "UPDATE mail_message SET create_date = %s WHERE model = 'crm.lead' AND res_id = %s",
            [old, self.deal.id],
        )
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s", [old, self.deal.id]
        )
        self.env.invalidate_all()
        self.assertNotEqual(self._from_layla(), self.deal)
        self.env["crm.lead"].search([("id", "!=", self.deal.id)]).action_archive()
        self.north.join_mail_days = 0
        self.assertEqual(self._from_layla(), self.deal)
        self.north.join_mails = False
        self.assertNotEqual(self._from_layla(), self.deal)

    def test_a_colleague_of_the_contact_joins_only_what_is_certain(self):
        self.env["res.partner"].create(
            {"name": "Rami", "parent_id": self.haddad.id, "email": "rami@haddad.example.com"}
        )
        sender = "Rami <rami@haddad.example.com>"
        self.assertEqual(self._receive(self._mail(sender=sender)), self.deal)
        self.assertIn("company of its sender", self.deal.message_ids[0].body)
        self._create_opportunity(name="Another")
        lead = self._receive(self._mail(sender=sender))
        self.assertEqual(lead.name, "20 desks")
        # same domain, but nobody whom we know
        stranger = self._receive(self._mail(sender="new@haddad.example.com"))
        self.assertFalse(stranger.partner_id)

    def test_several_contacts_with_one_address(self):
        twin = self.env["res.partner"].create(
            {"name": "Layla, private", "email": "layla@haddad.example.com"}
        )
        self.deal.partner_id = twin
        self.deal.email_from = False
        self.assertEqual(self._from_layla(), self.deal)
        self.deal.action_set_lost()
        self.assertIn(self._from_layla().partner_id, twin + self.layla)

    def test_another_company_stays_apart(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.user.company_ids += other
        team = self.env["crm.team"].create(
            {
                "name": "Elsewhere",
                "company_id": other.id,
                "alias_name": "crm.suite.elsewhere",
                "alias_domain_id": self.north.alias_domain_id.id,
            }
        )
        self.deal.company_id = self.company
        self.layla.company_id = self.company
        lead = self._from_layla(to="crm.suite.elsewhere@crm.example.com")
        self.assertNotEqual(lead, self.deal)
        self.assertRecordValues(
            lead, [{"team_id": team.id, "company_id": other.id, "partner_id": False}]
        )

    def test_a_sender_who_is_proven_forged_joins_nothing(self):
        lead = self._from_layla(headers="Authentication-Results: mx.example.com; dmarc=fail")
        self.assertNotEqual(lead, self.deal)
        self.assertFalse(lead.partner_id)
        self.assertIn("not verified", "".join(lead.message_ids.mapped("body")))
        # and it does not catch what the customer writes himself
        self.assertEqual(self._from_layla(), self.deal)

    def test_answers_still_find_their_thread(self):
        other = self._create_opportunity(name="Asked")
        question = self._say(other, "Which colour?", message_type="comment")
        self._say(self.deal, "Later")
        lead = self._from_layla(headers=f"In-Reply-To: {question.message_id}")
        self.assertEqual(lead, other)
        self.assertNotIn("answers nothing", other.message_ids[0].body)

    def test_once_however_often_it_arrives(self):
        raw = self._mail(to=f"{self.south_address}, {self.address}")
        lead = self._receive(raw)
        self.assertEqual(lead.team_id, self.south)
        self.assertFalse(self._receive(raw))
        found = self.env["crm.lead"].search([("email_normalized", "=", "sara.klein@example.org")])
        self.assertEqual(found, lead)

    def test_a_colleague_forwards_a_customers_mail(self):
        body = """Please take care of this.

---------- Forwarded message ---------
From: Karim Aziz <karim@aziz.example.org>
Date: Mon, 3 Jun 2024 at 10:00
Subject: Offer
To: <omar@example.com>

Please send an offer.

Best regards
Karim Aziz
Purchasing Manager, Aziz Trading
Mobile: +49 30 7654321
"""
        lead = self._receive(
            self._mail(sender="Omar <omar@example.com>", subject="Fwd: Offer", body=body)
        )
        self.assertRecordValues(
            lead,
            [
                {
                    "name": "Offer",
                    "partner_id": False,
                    "contact_name": "Karim Aziz",
                    "email_from": "karim@aziz.example.org",
                    "partner_name": "Aziz Trading",
                    "function": "Purchasing Manager",
                    "phone": "+49 30 7654321",
                }
            ],
        )
        self.assertIn("Forwarded by Omar", "".join(lead.message_ids.mapped("body")))

    def test_a_forwarded_mail_of_a_known_contact_is_linked_not_joined(self):
        body = "FYI\n\nFrom: Layla <layla@haddad.example.com>\nSent: Monday\nSubject: x\n\nHello"
        lead = self._receive(
            self._mail(sender="Omar <omar@example.com>", subject="FW: chairs", body=body)
        )
        self.assertNotEqual(lead, self.deal)
        self.assertEqual(lead.partner_id, self.layla)

    def test_a_colleague_is_no_customer(self):
        lead = self._receive(self._mail(sender="Omar <omar@example.com>", subject="Fair: Mr X"))
        self.assertRecordValues(lead, [{"partner_id": False, "email_from": False}])
        self.assertIn("Written by Omar", "".join(lead.message_ids.mapped("body")))

    def test_a_team_that_was_archived_gets_nothing(self):
        self.south.active = False
        lead = self._receive(self._mail(to=self.south_address))
        self.assertTrue(lead)
        self.assertNotEqual(lead.team_id, self.south)

    def test_signature(self):
        lead = self._receive(
            self._mail(
                sender="sara@klein.example.org",
                body="Offer please\n\nKind regards\nSara Klein\nBuyer | Klein Möbel GmbH\n"
                "Tel: +49 30 1234567",
            )
        )
        self.assertRecordValues(
            lead,
            [
                {
                    "contact_name": "Sara Klein",
                    "partner_name": "Klein Möbel GmbH",
                    "function": "Buyer",
                    "phone": "+49 30 1234567",
                }
            ],
        )

    def test_huge_subject_and_many_recipients(self):
        crowd = ", ".join(f"p{number}@example.net" for number in range(3000))
        lead = self._receive(self._mail(subject="very " * 2000, to=f"{crowd}, {self.address}"))
        self.assertEqual(len(lead.name), 255)
        self.assertEqual(lead.team_id, self.north)
        mail = lead.message_ids.filtered(lambda message: message.message_type == "email")
        self.assertGreater(len(mail.subject), 9000)
