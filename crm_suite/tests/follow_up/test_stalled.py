from datetime import timedelta

from odoo.tests import Form, tagged

from .common import MONDAY, FollowUpCase


@tagged("post_install", "-at_install")
class TestStalled(FollowUpCase):
    """Opportunities on which nothing happens, or nothing is planned, show it."""

    def assertAttention(self, deal, state):
        """What the form says is what the filter finds."""
        self.assertEqual(deal.attention, state)
        for other in ("no_step", "stalled", "escalated", "snoozed", False):
            found = self.env["crm.lead"].search([("attention", "=", other)])
            self.assertEqual(deal in found, other == state, other)

    def test_without_a_next_step(self):
        deal = self.create_deal()
        self.assertAttention(deal, "no_step")
        self.travel(days=2, hours=23)
        self.assertAttention(deal, "no_step")
        self.travel(hours=1)
        self.assertAttention(deal, "stalled")
        self.assertEqual(deal.stalled_since, MONDAY + timedelta(days=3))
        self.assertIn("no next step", deal.attention_text)

    def test_with_a_next_step_silence_counts(self):
        deal = self.create_deal()
        self.plan(deal)
        self.assertAttention(deal, False)
        self.travel(days=14)
        self.assertAttention(deal, "stalled")
        self.assertEqual(deal.attention_text, "Nothing was logged for 14 days.")

    def test_the_next_step_is_shown(self):
        deal = self.create_deal()
        self.assertFalse(deal.has_next_step)
        self.plan(deal, date_deadline=MONDAY.date() + timedelta(days=9))
        self.assertEqual(deal.next_step, "Call about the offer")
        self.assertEqual(deal.next_step_date, MONDAY.date() + timedelta(days=9))
        self.meet(deal, MONDAY + timedelta(days=4))
        self.assertEqual(deal.next_step, "Demonstration")
        self.assertEqual(deal.next_step_date, MONDAY.date() + timedelta(days=4))
        self.assertIn(deal, self.env["crm.lead"].search([("has_next_step", "=", True)]))
        self.travel(days=5)
        self.assertEqual(deal.next_step, "Call about the offer", "the meeting is over")

    def test_a_meeting_ahead_is_a_next_step_and_a_meeting_held_a_touch(self):
        deal = self.create_deal()
        meeting = self.meet(deal, MONDAY + timedelta(days=20))
        self.travel(days=19)
        self.assertAttention(deal, False)
        self.travel(days=3)  # 22: two days after the meeting
        self.assertAttention(deal, "no_step")
        self.travel(days=1)
        self.assertAttention(deal, "stalled")
        meeting.unlink()
        self.assertEqual(deal.stalled_since, MONDAY + timedelta(days=3))

    def test_whatever_happens_ends_the_stall(self):
        def customer_writes(deal):
            self._say(
                deal,
                "Well?",
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                author_id=self.layla.id,
            )

        def employee_writes(deal):
            self._say(
                deal.with_user(self.omar),
                "Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )

        def stage_moves(deal):
            deal.with_user(self.omar).stage_id = self.next_stage

        def talks_on_the_order(deal):
            order = self.env["sale.order"].create(
                {"partner_id": self.layla.id, "opportunity_id": deal.id}
            )
            self._say(order, "Hello", message_type="comment", subtype_xmlid="mail.mt_comment")

        def done(deal):
            deal.activity_ids.with_user(self.omar).action_feedback()

        for happens in (
            self.log,
            customer_writes,
            employee_writes,
            stage_moves,
            talks_on_the_order,
            done,
        ):
            deal = self.create_deal()
            self.plan(deal)
            self.travel(days=15)
            self.assertEqual(deal.attention, "stalled")
            happens(deal)
            self.env.invalidate_all()
            self.assertIn(deal.attention, (False, "no_step"), happens)
            self.assertEqual(deal.last_touch_at, self.env.cr.now(), happens)

    def test_what_is_no_sign_of_life(self):
        deal = self.create_deal()
        self.plan(deal)
        self.travel(days=15)
        self._say(deal, "A note of the system")
        self._say(deal.with_user(self.omar), "For us", message_type="comment")
        deal.with_user(self.omar).priority = "2"
        deal.with_user(self.omar).stage_id = self.new_stage
        self.assertAttention(deal, "stalled")

    def test_an_old_call_is_an_old_touch(self):
        deal = self.create_deal()
        self.plan(deal)
        self.travel(days=20)
        self.log(deal, date=MONDAY + timedelta(days=2))
        self.assertAttention(deal, "stalled")
        self.assertEqual(deal.last_touch_at, MONDAY + timedelta(days=2))

    def test_taking_back_what_was_logged(self):
        deal = self.create_deal()
        self.plan(deal)
        self.travel(days=20)
        call = self.log(deal)
        self.assertEqual(deal.last_touch_at, self.env.cr.now())
        call.with_user(self.omar).unlink()
        self.assertEqual(deal.last_touch_at, MONDAY)

    def test_days_of_the_team_and_of_the_stage(self):
        deal = self.create_deal()
        self.plan(deal)
        self.north.stall_days = 5
        self.travel(days=6)
        self.assertAttention(deal, "stalled")
        self.new_stage.rotting_threshold_days = 10
        self.assertAttention(deal, False)
        self.travel(days=4)
        self.assertAttention(deal, "stalled")
        self.north.stall_watch = False
        self.assertAttention(deal, False)

    def test_only_open_opportunities(self):
        lead, lost, won = self.create_lead(), self.create_deal(), self.create_deal()
        lost.action_set_lost()
        won.action_set_won()
        self.travel(days=40)
        for record in lead | lost | won:
            self.assertFalse(record.attention)

    def test_a_new_opportunity_on_the_screen(self):
        with Form(self.env["crm.lead"].with_context(default_type="opportunity")) as form:
            form.name = "Desks"
            self.assertFalse(form.attention)
        self.assertEqual(form.record.attention, "no_step")

    def test_merged_opportunities_have_the_last_touch_of_all(self):
        first, second = self.create_deal(), self.create_deal()
        self.travel(days=5)
        self.log(second)
        merged = (first | second).merge_opportunity()
        self.assertEqual(merged.last_touch_at, MONDAY + timedelta(days=5))

    def test_what_is_measured_is_written_with_the_lead(self):
        values = [
            {"name": str(n), "type": "opportunity", "team_id": self.north.id} for n in range(50)
        ]
        Lead = self.env["crm.lead"]
        Lead.create(values)
        self.env.flush_all()
        leads = Lead.create(values)
        self.env.cr.execute(
            "SELECT COUNT(*) FROM crm_lead WHERE id IN %s AND last_touch_at = %s",
            [tuple(leads.ids), MONDAY],
        )
        self.assertEqual(self.env.cr.fetchone()[0], 50)

    def test_the_list_costs_the_same_for_any_number(self):
        names = ["attention", "attention_text", "next_step", "next_step_date"]

        def count(deals):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            deals.with_user(self.omar).read(names)
            return self.env.cr.sql_log_count - before

        few = self.env["crm.lead"].union(*(self.create_deal() for _n in range(3)))
        many = self.env["crm.lead"].union(*(self.create_deal() for _n in range(30)))
        for deal in few | many:
            self.plan(deal)
        count(few)
        self.assertEqual(count(few), count(many))
