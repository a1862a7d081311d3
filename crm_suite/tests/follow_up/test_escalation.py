from datetime import timedelta

import psycopg2

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MONDAY, FollowUpCase


@tagged("post_install", "-at_install")
class TestEscalation(FollowUpCase):
    """A stalled opportunity is told to the salesperson first, to the leader days later."""

    def told(self, deal):
        return [
            (entry.user_id, entry.days)
            for entry in self.env["crm.escalation"].search(
                [("lead_id", "=", deal.id)], order="date, id"
            )
        ]

    def test_a_team_comes_with_a_ladder(self):
        levels = self.south.escalation_level_ids
        self.assertEqual(
            levels.mapped(lambda level: (level.days, level.recipient)),
            [(0, "salesperson"), (5, "leader")],
        )

    def test_owner_first_then_leader(self):
        deal = self.create_deal()
        self.escalate()
        self.assertFalse(self.told(deal), "it has not stalled")
        self.travel(days=3)
        self.escalate()
        self.assertEqual(self.told(deal), [(self.omar, 0)])
        self.assertEqual(self.reminders(deal).user_id, self.omar)
        self.assertIn("no next step", self.reminders(deal).summary)
        self.assertEqual(deal.attention, "stalled", "a reminder is no next step")
        self.travel(days=4, hours=23)
        self.escalate()
        self.assertEqual(len(self.told(deal)), 1)
        self.travel(hours=1)
        self.escalate()
        self.assertEqual(self.told(deal), [(self.omar, 0), (self.nora, 5)])
        self.assertEqual(deal.attention, "escalated")
        self.assertEqual(
            self.env["crm.lead"].search([("attention", "=", "escalated")]) & deal, deal
        )

    def test_running_it_again_tells_nobody_again(self):
        deal = self.create_deal()
        self.travel(days=3)
        self.escalate()
        self.reminders(deal).unlink()
        for _run in range(3):
            self.escalate()
        self.assertEqual(len(self.told(deal)), 1)
        self.assertFalse(self.reminders(deal))

    @mute_logger("odoo.sql_db")
    def test_two_workers_cannot_tell_twice(self):
        deal = self.create_deal()
        self.travel(days=3)
        self.escalate()
        entry = self.env["crm.escalation"].search([("lead_id", "=", deal.id)])
        with self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self.env["crm.escalation"].create(
                {
                    "lead_id": deal.id,
                    "level_id": entry.level_id.id,
                    "base_at": entry.base_at,
                    "date": entry.date,
                }
            )

    def test_a_cron_that_slept_tells_the_salesperson_first(self):
        deal = self.create_deal()
        self.travel(days=40)
        self.escalate()
        self.assertEqual(self.told(deal), [(self.omar, 0)])
        self.travel(days=4)
        self.escalate()
        self.assertEqual(self.told(deal), [(self.omar, 0)], "he has his time to act")
        self.travel(days=1)
        self.escalate()
        self.assertEqual(self.told(deal), [(self.omar, 0), (self.nora, 5)])

    def test_the_ladder_begins_anew(self):
        deal = self.create_deal()
        self.travel(days=3)
        self.escalate()
        self.travel(days=6)
        self.escalate()
        self.assertEqual(deal.attention, "escalated")
        self.assertEqual(len(self.reminders(deal)), 2)
        self.log(deal)
        self.assertEqual(deal.attention, "no_step")
        self.escalate()
        self.assertFalse(self.reminders(deal), "the reminders of a stall go with it")
        self.travel(days=3)
        self.escalate()
        self.assertEqual(self.told(deal), [(self.omar, 0), (self.nora, 5), (self.omar, 0)])
        self.assertEqual(deal.attention, "stalled", "the leader does not know of this one yet")

    def test_without_a_salesperson_the_leader_is_told(self):
        deal = self.create_deal(user_id=False)
        self.travel(days=3)
        self.escalate()
        self.assertEqual(self.told(deal), [(self.nora, 0)])

    def test_a_salesperson_who_has_left_keeps_nobody_from_knowing(self):
        deal = self.create_deal()
        self.omar.active = False
        self.travel(days=3)
        self.escalate()
        self.assertEqual(self.told(deal), [(self.nora, 0)])

    def test_a_level_at_which_nobody_is_there_is_passed_over(self):
        self.north.user_id = False
        self.north.escalation_level_ids = [
            Command.create({"days": 8, "recipient": "user", "user_id": self.mona.id})
        ]
        deal = self.create_deal()
        self.travel(days=3)
        self.escalate()
        self.travel(days=6)
        self.escalate()
        self.assertEqual(self.told(deal), [(self.omar, 0)])
        self.travel(days=2)
        self.escalate()
        self.escalate()
        self.assertEqual(self.told(deal), [(self.omar, 0), (self.mona, 8)])
        # nor does the first one have to be there
        other = self.create_deal(user_id=False)
        self.travel(days=40)
        self.escalate()
        self.assertEqual(self.told(other), [(self.mona, 8)])

    def test_nobody_is_told_of_what_he_may_not_see(self):
        self.south.escalation_level_ids = [
            Command.clear(),
            Command.create({"days": 0, "recipient": "user", "user_id": self.omar.id}),
        ]
        deal = self.create_deal(team_id=self.south.id, user_id=self.sami.id)
        self.travel(days=3)
        self.escalate()
        self.assertFalse(self.told(deal))
        deal.user_id = self.omar
        deal.team_id = self.south
        self.escalate()
        self.assertEqual(self.told(deal), [(self.omar, 0)])

    def test_a_notification_instead_of_an_activity(self):
        self.north.escalation_level_ids = [
            Command.clear(),
            Command.create(
                {"days": 0, "recipient": "user", "user_id": self.alia.id, "kind": "notification"}
            ),
        ]
        deal = self.create_deal()
        self.travel(days=3)
        self.escalate()
        self.assertEqual(self.told(deal), [(self.alia, 0)])
        self.assertFalse(self.reminders(deal))
        message = self.env["mail.message"].search(
            [("model", "=", "crm.lead"), ("res_id", "=", deal.id)], limit=1
        )
        self.assertEqual(message.message_type, "user_notification")
        self.assertIn(self.alia.partner_id, message.notified_partner_ids)

    def test_nobody_is_told_of_stalls_from_before_the_installation(self):
        deal = self.create_deal()
        self.env["ir.config_parameter"].set_param(
            "crm_suite.follow_up_since", "2026-03-20 00:00:00"
        )
        self.travel(days=30)
        self.escalate()
        self.assertEqual(deal.attention, "stalled")
        self.assertFalse(self.told(deal))

    def test_won_deals_leave_no_reminder(self):
        deal = self.create_deal()
        self.travel(days=3)
        self.escalate()
        deal.action_set_won()
        self.escalate()
        self.assertFalse(self.reminders(deal))

    def test_levels_must_be_complete(self):
        Level = self.env["crm.escalation.level"]
        for values in (
            {"days": -1},
            {"days": 999},
            {"recipient": "user"},
            {"kind": "activity", "activity_type_id": False},
        ):
            with self.assertRaises(ValidationError):
                Level.create({"team_id": self.north.id, "days": 30, **values})

    def test_digest_counts_what_stalled(self):
        self.create_deal()
        self.travel(days=3, hours=1)
        digest = self.env["digest.digest"].create(
            {"name": "Mine", "kpi_crm_stalled": True, "company_id": self.company.id}
        )

        def value(user, start, end):
            reader = digest.with_user(user).with_context(start_datetime=start, end_datetime=end)
            reader.invalidate_recordset()
            return reader.kpi_crm_stalled_value

        day = timedelta(days=1)
        begin = MONDAY + 3 * day - timedelta(hours=1)
        self.assertGreaterEqual(value(self.alia, begin, begin + day), 1)
        self.assertEqual(value(self.omar, begin, begin + day), 1)
        self.assertEqual(value(self.sami, begin, begin + day), 0)
        self.assertEqual(value(self.omar, begin - day, begin), 0)
