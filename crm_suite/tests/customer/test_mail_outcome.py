from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from .common import CustomerCase

MAIL = "Delivery"


class TestMailOutcome(CustomerCase):
    """An e-mail may have an outcome and a next step; its text stays where it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls._create_opportunity()
        cls.mail = cls._say(
            cls.lead,
            "When can you deliver?",
            subject=MAIL,
            message_type="email",
            author_id=cls.layla.id,
            subtype_xmlid="mail.mt_comment",
        )
        cls.mail.date = "2024-05-01 10:00:00"

    def _open(self, message=None, user=None):
        Interaction = self.env["crm.interaction"].with_user(user or self.omar)
        action = Interaction.action_log_message((message or self.mail).id)
        record = Interaction.with_context(**action["context"])
        if action["res_id"]:
            record = record.browse(action["res_id"])
        return Form(record, view=self.env["ir.ui.view"].browse(action["views"][0][0]))

    def test_outcome_and_next_step(self):
        with self._open() as form:
            form.outcome_id = self.env.ref("crm_suite.outcome_quotation")
            form.next_step = "Send a quotation"
            form.next_step_date = "2040-01-05"
        record = form.record
        self.assertEqual(record.message_id, self.mail)
        self.assertEqual((record.channel, record.direction), ("email", "in"))
        self.assertEqual(str(record.date), "2024-05-01 10:00:00")
        self.assertEqual((record.partner_id, record.lead_id), (self.layla, self.lead))
        self.assertEqual(record.name, MAIL)
        self.assertFalse(record.note, "the text is not copied")
        self.assertEqual(self.lead.activity_ids.summary, "Send a quotation")

    def test_once(self):
        self._open().save()
        with self._open() as form:
            form.outcome_id = self.env.ref("crm_suite.outcome_reached")
        self.assertEqual(len(self.layla.interaction_ids), 1)
        self.assertTrue(form.record.outcome_id)
        with self.assertRaisesRegex(UserError, "logged already"):
            self.env["crm.interaction"].with_user(self.omar).create({"message_id": self.mail.id})

    def test_of_a_colleague(self):
        by_alia = self._open(user=self.alia).save()
        self.assertEqual(by_alia.user_id, self.alia)
        with self.assertRaisesRegex(UserError, "colleague"):
            self._open()

    def test_outgoing(self):
        answer = self._say(
            self.lead.with_user(self.omar),
            "In two weeks",
            message_type="comment",
            partner_ids=self.layla.ids,
            subtype_xmlid="mail.mt_comment",
        )
        record = self._open(answer).save()
        self.assertEqual((record.direction, record.partner_id), ("out", self.layla))

    def test_written_on_a_document_of_no_customer(self):
        """A mail in a channel or on a product: the contact is who wrote it."""
        message = self._say(
            self.desk.product_tmpl_id,
            "Is it oak?",
            message_type="email",
            author_id=self.karim.id,
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(self._open(message).save().partner_id, self.karim)

    def test_what_is_refused(self):
        Interaction = self.env["crm.interaction"].with_user(self.omar)
        note = self._say(self.lead, "Internal", subtype_xmlid="mail.mt_note")
        with self.assertRaisesRegex(UserError, "Only an e-mail"):
            Interaction.action_log_message(note.id)
        with self.assertRaisesRegex(UserError, "Only an e-mail"):
            Interaction.action_log_message(0)
        secret = self._create_opportunity(user_id=self.sami.id, team_id=self.south.id)
        message = self._say(
            secret,
            "Secret",
            message_type="email",
            author_id=self.karim.id,
            subtype_xmlid="mail.mt_comment",
        )
        with self.assertRaises(AccessError):
            Interaction.action_log_message(message.id)
        with self.assertRaises(AccessError):
            Interaction.create({"partner_id": self.karim.id, "message_id": message.id})
        with self.assertRaises(AccessError):
            self.env["crm.interaction"].with_user(self.cora).action_log_message(self.mail.id)
        other = self.env["res.partner"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "another customer"):
            Interaction.create(
                {"partner_id": other.id, "message_id": self.mail.id, "lead_id": False}
            )
        with self.assertRaises(AccessError):
            self._log().with_user(self.omar).message_id = self.mail

    def test_what_the_mail_says_cannot_be_chosen(self):
        record = (
            self.env["crm.interaction"]
            .with_user(self.omar)
            .create({"message_id": self.mail.id, "channel": "phone", "date": "2020-01-01 10:00:00"})
        )
        self.assertEqual(record.channel, "email")
        self.assertEqual(str(record.date), "2024-05-01 10:00:00")
        for name, value in (
            ("channel", "phone"),
            ("date", "2020-01-01 10:00:00"),
            ("direction", "out"),
        ):
            with self.assertRaises(AccessError):
                record[name] = value

    def test_the_mail_goes_and_the_outcome_stays(self):
        record = self._open().save()
        self.mail.unlink()
        self.assertTrue(record.exists())
        self.assertFalse(record.message_id)
