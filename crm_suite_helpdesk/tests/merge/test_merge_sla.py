from datetime import datetime

from odoo.tests import tagged

from ..common import MONDAY
from .common import MergeCommon


@tagged("post_install", "-at_install")
class TestMergeSla(MergeCommon):
    """What becomes of the promises."""

    def setUp(self):
        super().setUp()
        # One that is never merged shows how it would have been
        self.twin = self.create_ticket(name="Twin", partner_id=self.colleague.id)
        self.travel(hours=1)
        self.young = self.create_ticket(name="Young")

    def deadlines(self, ticket):
        return {
            clock.metric: (clock.state, clock.deadline, clock.elapsed_s)
            for clock in ticket.sla_clock_ids.sorted("id")
        }

    def test_the_survivor_keeps_its_own_and_the_source_has_none(self):
        before = self.deadlines(self.young)
        self.absorb(self.young, self.source)
        self.assertEqual(self.deadlines(self.young), before)
        self.assertEqual(set(self.source.sla_clock_ids.mapped("state")), {"cancelled"})
        self.assertEqual(set(self.source.sla_clock_ids.mapped("since_cause")), {"merge"})

    def test_undone_it_is_as_if_it_had_never_been(self):
        self.absorb(self.young, self.source)
        self.travel(hours=30)
        self.undo(self.source)
        self.assertEqual(
            {k: v[:2] for k, v in self.deadlines(self.source).items()},
            {k: v[:2] for k, v in self.deadlines(self.twin).items()},
        )

    def test_counted_from_the_oldest_start(self):
        own = self.clock(self.young, "resolution").deadline
        first = self.clock(self.source, "resolution").deadline
        self.assertLess(first, own)
        self.absorb(self.young, self.source, takes_start=True)
        self.assertEqual(self.clock(self.young, "resolution").deadline, first)
        self.travel(hours=2)
        self.undo(self.source)
        self.assertEqual(self.clock(self.young, "resolution").deadline, own)

    def test_the_oldest_of_several(self):
        own = self.clock(self.young, "resolution").deadline
        self.travel(MONDAY.replace(hour=11))
        middle = self.create_ticket(name="Middle")
        self.travel(hours=1)
        last = self.create_ticket(name="Last")
        self.absorb(last, self.young, takes_start=True)
        self.absorb(last, middle, takes_start=True)
        self.assertEqual(self.clock(last, "resolution").deadline, own, "still the oldest")
        self.undo(self.young)
        middle_deadline = datetime(2026, 3, 3, 11)
        self.assertEqual(self.clock(last, "resolution").deadline, middle_deadline)
        self.undo(middle)
        self.assertEqual(self.clock(last, "resolution").deadline, datetime(2026, 3, 3, 12))

    def test_an_unanswered_customer_still_waits(self):
        self.reply(self.young)
        self.travel(hours=1)
        self.customer_writes(self.source, self.colleague_user)
        asked_at = self.source.unanswered_since
        self.travel(hours=1)
        self.absorb(self.young, self.source)
        self.assertEqual(self.young.unanswered_since, asked_at)
        self.assertEqual(self.young.waiting_on, "us")
        self.undo(self.source)
        self.assertFalse(self.young.unanswered_since)
        self.assertEqual(self.source.unanswered_since, asked_at)
