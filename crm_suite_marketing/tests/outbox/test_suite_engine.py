from odoo.tests import tagged

from ..consent.test_mailing_consent import AMAL, BASIL, EMRE
from .common import OutboxCommon


@tagged("post_install", "-at_install")
class TestSuiteEngine(OutboxCommon):
    """What holds for mailings that core sends holds for ours, from the button to the mail."""

    def _run_queue(self):
        self._run_core_queue()
        return self._run_workers()

    def test_members_get_one_mail_each(self):
        mailing = self._create_mailing()
        self.assertEqual(self._send(mailing), [AMAL, BASIL, EMRE])
        self.assertEqual(mailing.state, "done")
        self.assertEqual((mailing.sent, mailing.canceled, mailing.expected), (3, 3, 6))
        self._assert_reconciles(mailing)
        self.assertEqual(self._run_queue(), [])

    def test_whoever_leaves_before_it_goes_gets_nothing(self):
        mailing = self._create_mailing(purpose_id=self.news.id)
        mailing.action_launch()
        self.say(AMAL, "withdrawn", self.news)
        self._run_core_queue()
        self.say(EMRE, "withdrawn", self.news)
        self.assertEqual(self._run_workers(), [BASIL])
        self.assertEqual(self._results(mailing)["Emre"], "withdrawn")
        self.assertEqual(mailing.state, "done")
        self._assert_reconciles(mailing)

    def test_what_is_paused_waits(self):
        mailing = self._create_mailing()
        mailing.action_launch()
        self._run_core_queue()
        mailing.action_pause()
        self.assertEqual(self._run_workers(), [])
        mailing._resume()
        self.assertEqual(self._run_workers(), [AMAL, BASIL, EMRE])

    def test_what_was_cancelled_does_not_go(self):
        mailing = self._create_mailing()
        mailing.action_launch()
        self._run_core_queue()
        mailing.action_cancel_rest()
        self.assertEqual(self._run_queue(), [])
        self.assertEqual(mailing.state, "done")

    def test_those_it_missed_get_it_and_nobody_twice(self):
        mailing = self._create_mailing()
        self._send(mailing)
        self.faris.category_id = self.tag
        mailing._send_missed()
        self.assertEqual(self._run_workers(), [self.faris.email])

    def test_an_uncertain_one_is_sent_again_with_the_same_message_id(self):
        mailing = self._create_mailing()
        self._send(mailing)
        row = self._rows(mailing, "sent")[0]
        message_id = row.message_id
        self._set_state(row, "uncertain")
        row.with_user(self.marketer).action_send_again()
        self.assertEqual(self._run_workers(), [row.identity])
        self.assertEqual((row.state, row.message_id), ("sent", message_id))
        self.assertIn(message_id, self._mails[0]["message_id"])
