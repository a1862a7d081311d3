from datetime import date, timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import MONDAY, FollowUpCase


@tagged("post_install", "-at_install")
class TestSnooze(FollowUpCase):
    """An opportunity may wait, with a reason and until a date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget = cls.env.ref("crm_suite.snooze_reason_budget")

    def snooze(self, deal, days=10, user=None, **values):
        return (
            self.env["crm.snooze"]
            .with_user(user or self.omar)
            .create(
                {
                    "lead_id": deal.id,
                    "until": self.env.cr.now().date() + timedelta(days=days),
                    "reason_id": self.budget.id,
                    **values,
                }
            )
        )

    def test_on_the_screen(self):
        deal = self.create_deal()
        action = deal.with_user(self.omar).action_snooze()
        with Form(
            self.env["crm.snooze"].with_user(self.omar).with_context(**action["context"]),
            view="crm_suite.crm_snooze_view_form_dialog",
        ) as form:
            form.until = date(2026, 3, 12)
            form.reason_id = self.budget
            form.note = "Board meets on the 11th"
        self.assertEqual(deal.attention, "snoozed")
        for part in ("Waiting for the budget", "Board meets on the 11th", "Omar"):
            self.assertIn(part, deal.snooze_text)
            self.assertIn(part, deal.message_ids[0].body)

    def test_a_snoozed_deal_is_left_alone_until_its_date(self):
        deal = self.create_deal()
        self.travel(days=4)
        self.assertEqual(deal.attention, "stalled")
        self.snooze(deal, days=10)
        self.assertEqual(deal.attention, "snoozed")
        self.assertIn(deal, self.env["crm.lead"].search([("attention", "=", "snoozed")]))
        self.escalate()
        self.assertFalse(deal.escalation_ids)
        self.travel(MONDAY.replace(hour=0) + timedelta(days=14))
        self.assertEqual(deal.attention, "stalled", "nothing has happened since")
        self.escalate()
        self.assertEqual(deal.escalation_ids.user_id, self.omar)
        self.travel(days=5)
        self.escalate()
        self.assertEqual(len(deal.escalation_ids), 2)

    def test_after_a_snooze_the_ladder_begins_anew(self):
        deal = self.create_deal()
        self.travel(days=3)
        self.escalate()
        self.travel(days=6)
        self.escalate()
        self.assertEqual(deal.attention, "escalated")
        self.snooze(deal, days=2)
        self.escalate()
        self.assertFalse(self.reminders(deal))
        self.travel(days=2)
        self.assertEqual(deal.attention, "stalled")
        self.escalate()
        self.assertEqual(len(deal.escalation_ids), 3)

    def test_the_day_begins_where_the_user_is(self):
        self.omar.tz = "Asia/Riyadh"
        deal = self.create_deal()
        self.snooze(deal.with_context(tz="Asia/Riyadh"), days=1)
        self.assertEqual(deal.snoozed_until, MONDAY.replace(hour=21), "midnight in Riyadh")

    def test_wake_up(self):
        deal = self.create_deal()
        snooze = self.snooze(deal)
        self.travel(days=1)
        deal.with_user(self.omar).action_wake()
        self.assertEqual(deal.attention, "no_step")
        self.assertEqual(snooze.ended_at, self.env.cr.now())
        self.assertEqual(snooze.ended_by_id, self.omar)

    def test_history_is_kept(self):
        deal = self.create_deal()
        for _time in range(3):
            self.snooze(deal)
        self.env.invalidate_all()
        self.assertEqual(deal.snooze_count, 3)
        self.assertEqual(len(deal.snooze_ids), 3)
        self.assertEqual(deal.snooze_id, deal.snooze_ids[0])
        self.assertEqual(len(deal.snooze_ids.filtered("ended_at")), 2)
        self.assertIn(deal, self.env["crm.lead"].search([("snooze_count", ">=", 3)]))
        with self.assertRaises(AccessError):
            deal.snooze_ids[0].with_user(self.omar).note = "Something else"
        with self.assertRaises(AccessError):
            deal.snooze_ids.with_user(self.mona).unlink()

    def test_a_snooze_needs_a_day_in_reach(self):
        deal = self.create_deal()
        for days in (-5, 0, 61):
            with self.assertRaises(ValidationError):
                self.snooze(deal, days=days)
        self.north.snooze_max_days = 90
        self.snooze(deal, days=61)

    def test_a_snooze_needs_a_reason(self):
        deal = self.create_deal()
        other = self.env.ref("crm_suite.snooze_reason_other")
        with self.assertRaises(ValidationError):
            self.snooze(deal, reason_id=other.id, note="  ")
        self.snooze(deal, reason_id=other.id, note="They move house")

    def test_only_open_opportunities(self):
        won, lead = self.create_deal(), self.create_lead()
        won.action_set_won()
        for record in won | lead:
            with self.assertRaises(ValidationError):
                self.snooze(record)

    def test_nobody_snoozes_for_somebody_else(self):
        deal = self.create_deal()
        snooze = self.snooze(
            deal, user_id=self.nora.id, until_at="2050-01-01 00:00:00", days=1, ended_by_id=1
        )
        self.assertEqual(snooze.user_id, self.omar)
        self.assertEqual(snooze.until_at, MONDAY.replace(hour=0) + timedelta(days=1))
        self.assertFalse(snooze.ended_by_id)

    def test_nobody_snoozes_what_is_not_his(self):
        deal = self.create_deal()
        with self.assertRaises(AccessError):
            self.snooze(deal, user=self.sami)
        with self.assertRaises(AccessError):
            deal.with_user(self.sami).action_wake()
        with self.assertRaises(AccessError):
            deal.with_user(self.sami).action_snooze()
