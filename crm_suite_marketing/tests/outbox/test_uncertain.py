from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import OutboxCommon


@tagged("post_install", "-at_install")
class TestUncertain(OutboxCommon):
    """What nobody knows the fate of is decided by a person, or by a policy that one has set."""

    def setUp(self):
        super().setUp()
        self.mailing = self._create_mailing()
        self._launch(self.mailing)
        self.row, *others = self._rows(self.mailing, "planned")
        self._set_state(self.row, "uncertain", message_id="<crm-x@y>", attempt=1)
        self._set_sent_at(timedelta(hours=5))
        for other in others:
            self._set_state(other, "sent")
        self._run_core_queue()

    def _set_sent_at(self, ago):
        self._set_state(self.row, "uncertain", sent_at=fields.Datetime.now() - ago)

    def _run_policy(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_suite_marketing.ir_cron_decide_uncertain"
            ).sudo().method_direct_trigger()

    def test_it_does_not_keep_the_mailing_open(self):
        self.assertEqual(self.mailing.state, "done")
        self.assertEqual(self.mailing.uncertain_count, 1)
        action = self.mailing.action_view_uncertain()
        self.assertEqual(self.env["crm.outbox"].search(action["domain"]), self.row)
        self._assert_reconciles(self.mailing)

    def test_a_person_marks_it_as_sent(self):
        self.row.with_user(self.marketer).action_mark_sent()
        self.assertEqual(self.row.state, "sent")
        self.assertIn("marketer", self.row.detail)
        self.assertEqual(self.row.trace_id.trace_status, "sent")
        with self.assertRaises(UserError):
            self.row.with_user(self.marketer).action_send_again()

    def test_a_person_has_it_sent_again(self):
        self.row.with_user(self.marketer).action_send_again()
        self.assertEqual(self.row.state, "planned")
        self.assertEqual(self.row.message_id, "<crm-x@y>")
        self.assertEqual(self.mailing.state, "sending")
        self.assertEqual(self.row.trace_id.trace_status, "outgoing")

    def test_what_comes_back_from_the_archive_is_not_sent_unasked(self):
        self.mailing.uncertain_policy = "resend"
        self._set_sent_at(timedelta(days=2))
        self.mailing.active = False
        self._run_policy()
        self.assertEqual(self.row.state, "uncertain")
        with self.assertRaises(UserError):
            self.row.with_user(self.marketer).action_send_again()
        self._set_sent_at(timedelta(days=300))
        self.mailing.active = True
        self._run_policy()
        self.assertEqual(self.row.state, "uncertain")
        self.assertEqual(self.mailing.activity_ids.mapped("user_id"), self.marketer, "he is asked")

    def test_who_may_only_read_decides_nothing(self):
        for name in ("action_mark_sent", "action_send_again"):
            with self.assertRaises(AccessError):
                getattr(self.row.with_user(self.user_marketing), name)()

    def test_what_was_opened_has_gone(self):
        self.row.trace_id.set_opened()
        self.assertEqual(self.row.state, "sent")
        with self.assertRaises(UserError):
            self.row.with_user(self.marketer).action_send_again()
        self.assertEqual(self.row.trace_id.trace_status, "open")

    def test_by_default_the_responsible_is_asked_once(self):
        self._run_policy()
        self._run_policy()
        self.assertEqual(self.row.state, "uncertain")
        self.assertEqual(self.mailing.activity_ids.mapped("user_id"), self.marketer)
        self.assertEqual(len(self.mailing.activity_ids), 1)

    def test_the_company_has_it_sent_again(self):
        self.marketer.company_id.write({"uncertain_policy": "resend", "uncertain_hours": 6})
        self._run_policy()
        self.assertEqual(self.row.state, "uncertain")
        self._set_sent_at(timedelta(hours=7))
        self._run_policy()
        self.assertEqual(self.row.state, "planned")
        self.assertEqual(self.mailing.state, "sending")

    def test_a_mailing_says_otherwise(self):
        self.marketer.company_id.write({"uncertain_policy": "resend", "uncertain_hours": 1})
        self.mailing.uncertain_policy = "leave"
        self._run_policy()
        self.assertEqual(self.row.state, "uncertain")
        self.assertFalse(self.mailing.activity_ids)

    def test_it_is_sent_again_once_only(self):
        """However often a server has put it off; then a person is asked."""
        self.mailing.write({"uncertain_policy": "resend", "uncertain_hours": 1})
        self._set_state(self.row, "uncertain", attempt=5)
        self._run_policy()
        self.assertEqual((self.row.state, self.row.resent), ("planned", 1))
        self.assertFalse(self.mailing.activity_ids)
        self._set_state(self.row, "uncertain")
        self._set_sent_at(timedelta(hours=5))
        self._run_policy()
        self.assertEqual(self.row.state, "uncertain")
        self.assertEqual(self.mailing.activity_ids.mapped("user_id"), self.marketer)

    def test_whoever_opens_the_first_copy_gets_no_second(self):
        self.row.with_user(self.marketer).action_send_again()
        self._set_state(self.row, "claimed", worker="7")
        self.row.trace_id.set_opened()
        self.assertEqual((self.row.state, self.row.worker), ("sent", False))
        self.assertEqual(self.row.trace_id.trace_status, "open")
        self.assertEqual(self._run_workers(), [])

    def test_an_opening_settles_nothing_that_never_went(self):
        fresh = self._create_mailing()
        self._launch(fresh)
        row = self._rows(fresh, "planned")[0]
        row.trace_id.set_opened()
        self.assertEqual(row.state, "planned")
