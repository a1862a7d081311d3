from odoo.addons.mail.tests.common import MailCase

from ..collection.common import CollectionCase


class TestReminderOnTimeline(CollectionCase, MailCase):
    """A reminder shows once; what the customer answers is an e-mail of his."""

    def _rows(self, user=None, **options):
        timeline = self.env["crm.timeline"].with_user(user or self.adel)
        return timeline.get_page("res.partner", self.haddad.id, **options)["rows"]

    def test_a_reminder_and_its_answer(self):
        self._invoice()
        reminder = self._prepare()
        self._send(reminder)
        kinds = [row["source"] for row in self._rows(sources=["mail", "reminder"])]
        self.assertEqual(kinds, ["reminder"])
        self._say(
            reminder,
            "We pay on Sunday",
            subject=f"Re: {reminder.display_name}",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.haddad.id,
        )
        [row] = self._rows(sources=["mail"])
        self.assertEqual(
            (row["title"], row["author"]), (f"Re: {reminder.display_name}", self.haddad.name)
        )
        self.assertEqual((row["res_model"], row["res_id"]), (reminder._name, reminder.id))
        self.assertEqual(len(self._rows(search="sunday")), 1)
        self.assertFalse(self._rows(self.sami, search="sunday"))

    def test_a_text_message_of_a_reminder_is_not_told_twice(self):
        self._invoice()
        reminder = self._prepare()
        self._send(reminder)
        self._say(reminder, "Please pay", message_type="sms", subtype_xmlid="mail.mt_note")
        self.assertFalse(self._rows(sources=["mail"]))
