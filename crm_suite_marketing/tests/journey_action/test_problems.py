from markupsafe import Markup

from odoo import Command
from odoo.tests import tagged

from .common import ActionCommon


@tagged("post_install", "-at_install")
class TestProblems(ActionCommon):
    """What is wrong is said before the launch, in words."""

    def _assert_problem(self, node, words):
        problems = node._find_setting_problems()
        self.assertTrue(any(words in text for text in problems), problems)

    def test_what_is_missing(self):
        for kind, words in (
            ("mail", "no message"),
            ("sms", "no message"),
            ("webhook", "no message"),
            ("activity", "kind of activity"),
            ("update", "field"),
            ("tag", "tags"),
            ("list", "mailing lists"),
            ("segment", "segment"),
            ("server_action", "server action"),
        ):
            with self.subTest(kind):
                self._assert_problem(self._make_node(kind), words)

    def test_kinds_without_settings_have_no_problem_of_ours(self):
        self.assertFalse(self._make_node("exit")._find_setting_problems())

    def test_a_good_message(self):
        self.assertFalse(self._make_message()._find_setting_problems())

    def test_a_message_without_text(self):
        node = self._make_node("mail")
        node.action_write_message()
        self.assertTrue(node._find_setting_problems())

    def test_a_button_that_leads_nowhere(self):
        """Nobody could click on it, whatever the journey waits for."""
        node = self._make_message()
        node.mailing_id.body_html += Markup('<p><a href="#">Yes</a></p>')
        self.assertFalse(node._find_setting_problems())
        [told] = [one for one in node.version_id.find_problems() if one["uid"] == node.uid]
        self.assertIn("A link leads nowhere", told["text"])
        self.assertTrue(told["is_warning"])
        node.mailing_id.body_html = node.mailing_id.body_html.replace("#", "https://example.com")
        self.assertFalse(node._find_setting_warnings())

    def test_a_text_message_without_text(self):
        node = self._make_node("sms")
        node.action_write_message()
        self._assert_problem(node, "no text")

    def test_a_webhook_that_is_archived(self):
        hook = self.env["crm.webhook"].create(
            {"name": "Messenger", "url": "https://hooks.example.com/x"}
        )
        node = self._make_message("webhook", "Hello", {"webhook_id": hook.id})
        self.assertFalse(node._find_setting_problems())
        hook.active = False
        self._assert_problem(node, "Messenger")

    def test_a_purpose_of_another_channel(self):
        node = self._make_message("sms", "Hello")
        self.assertFalse(node._find_setting_problems())
        node.journey_id.sudo()._get_messages().purpose_id = False
        self.env.cr.execute(
            "UPDATE crm_journey SET purpose_id = %s WHERE id = %s",
            [self.news.id, node.journey_id.id],
        )
        self.env.invalidate_all()
        self._assert_problem(node, "not sent by this channel")

    def test_users_and_lists_that_are_archived(self):
        letter = self.env["mailing.list"].create({"name": "Letter"})
        node = self._make_node("list", list_ids=[Command.set(letter.ids)])
        self.assertFalse(node._find_setting_problems())
        letter.active = False
        self._assert_problem(node, "Letter")
        todo = self.env.ref("mail.mail_activity_data_todo")
        node = self._make_node(
            "activity",
            activity_type_id=todo.id,
            assignment="user",
            assigned_user_id=self.salesperson.id,
        )
        self.assertFalse(node._find_setting_problems())
        self.salesperson.active = False
        self._assert_problem(node, "salesperson")

    def test_merge_fields_that_are_not_there(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        node = self._make_node("activity", activity_type_id=todo.id, title="[[no_such_field]]")
        self._assert_problem(node, "no_such_field")

    def test_a_responsible_who_may_not_create_leads(self):
        self._assert_problem(self._make_node("lead"), "may not create leads")
