from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_suite.lib.working_time import AlwaysOpen, WorkingTime

from ...lib import sla_clock

SPANS = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=6)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 25),
        st.sampled_from(
            ["pause", "wait", "resume", "stop", "cancel", "retarget", "adjust", "revive"]
        ),
        st.integers(1, 60),
        st.integers(0, 1),
    ),
    max_size=8,
)


class SlowClock:
    """A clock that ticks every second: the obvious thing that the fast one has to agree with."""

    def __init__(self, budget, at, hours, elapsed=0):
        self.budget, self.at, self.hours, self.elapsed = budget, at, hours, elapsed
        self.state, self.breached_at, self.cancelled = "running", None, None
        self._over()

    def advance(self, at):
        for second in range(self.at, at):
            if self.state == "running":
                # Still unanswered after the second in which the budget ran out
                if self.elapsed >= self.budget and self.breached_at is None:
                    self.breached_at = second
                if self.hours.worked(second, second + 1):
                    self.elapsed += 1
        self.at = at

    def do(self, step, budget, hours):
        live = self.state in ("running", "paused")
        if step in ("pause", "wait") and self.state == "running":
            self.state = "paused"
        elif step == "resume" and self.state == "paused":
            self.state = "running"
        elif step in ("stop", "cancel") and live:
            self.state = "stopped" if step == "stop" else "cancelled"
            self.cancelled = self.at if step == "cancel" else None
        elif step == "retarget" and live:
            self.budget, self.hours = budget, hours
            self._over()
        elif step == "adjust" and live:
            self.elapsed += budget - 30
            self._over()
        elif step == "revive" and self.state == "cancelled":
            now, self.at, self.state = self.at, self.cancelled, "running"
            self.advance(now)

    def _over(self):
        if self.elapsed > self.budget and self.breached_at is None:
            self.breached_at = self.at


def play(clock, hours, steps, calendars, at=0, slow=None):
    """Let things happen to a clock; returns it with its segments and the end."""
    segments = []
    for wait, step, budget, calendar in steps:
        at += wait
        if slow:
            slow.advance(at)
            slow.do(step, budget, calendars[calendar])
        if step == "retarget":
            live = sla_clock.is_live(clock)
            clock, segment = sla_clock.retarget(clock, at, hours, calendars[calendar], budget)
            hours = calendars[calendar] if live else hours
        elif step == "adjust":
            live = sla_clock.is_live(clock)
            clock, segment = sla_clock.adjust(clock, at, hours, budget - 30)
            if live:
                segments.append(sla_clock.Segment("adjusted", 0, 0, budget - 30))
        elif step == "revive":
            clock, segment = sla_clock.revive(clock, hours), None
        elif step in ("pause", "wait"):
            clock, segment = sla_clock.pause(clock, at, hours, step)
        else:
            clock, segment = getattr(sla_clock, step)(clock, at, hours)
        if segment:
            # What was adjusted is written after the span in which that happened
            segments.insert(len(segments) - (step == "adjust"), segment)
    return clock, hours, segments, at


@tagged("post_install", "-at_install")
class TestSlaClock(BaseCase):
    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(SPANS, SPANS, st.integers(1, 60), st.integers(0, 70), STEPS)
    def test_agrees_with_a_clock_that_ticks(self, spans, other, budget, carried, steps):
        calendars = [WorkingTime(spans), WorkingTime(other)]
        slow = SlowClock(budget, 0, calendars[0], carried)
        clock = sla_clock.start(budget, 0, calendars[0], carried)
        clock, hours, _segments, at = play(clock, calendars[0], steps, calendars, slow=slow)
        clock = sla_clock.settle(clock, at)
        self.assertEqual(clock.state, slow.state)
        self.assertEqual(sla_clock.elapsed_at(clock, at, hours), slow.elapsed)
        self.assertEqual(clock.breached_at is None, slow.breached_at is None)
        if clock.breached_at is not None:
            # Closed time passes between the last second of the budget and the next of work;
            # nothing tells the two ends of it apart but the instant by the wall
            self.assertLessEqual(clock.breached_at, slow.breached_at)

    @given(SPANS, SPANS, st.integers(1, 60), st.integers(0, 70), STEPS)
    def test_is_the_sum_of_its_segments(self, spans, other, budget, carried, steps):
        calendars = [WorkingTime(spans), WorkingTime(other)]
        clock = sla_clock.start(budget, 0, calendars[0], carried)
        clock, _hours, segments, _at = play(clock, calendars[0], steps, calendars)
        ledger = sla_clock.replay(0, carried, [(*segment[:4], None) for segment in segments])
        self.assertEqual((ledger.elapsed, ledger.since), (clock.elapsed, clock.since))
        self.assertTrue(ledger.whole, "the ledger has no holes")
        spans = [segment for segment in segments if segment.state != sla_clock.ADJUSTED]
        self.assertTrue(all(segment.end > segment.start for segment in spans))
        self.assertTrue(all(s.worked == 0 for s in segments if s.state == sla_clock.PAUSED))

    @given(SPANS, st.integers(1, 60), st.integers(0, 100))
    def test_spends_exactly_its_budget_at_the_deadline(self, spans, budget, at):
        hours = WorkingTime(spans)
        clock = sla_clock.start(budget, at, hours)
        if clock.deadline is not None:
            self.assertEqual(sla_clock.elapsed_at(clock, clock.deadline, hours), budget)
            self.assertLess(sla_clock.elapsed_at(clock, clock.deadline - 1, hours), budget)
            in_time, _segment = sla_clock.stop(clock, clock.deadline, hours)
            late, _segment = sla_clock.stop(clock, clock.deadline + 1, hours)
            self.assertTrue(in_time.met)
            self.assertFalse(late.met)
            self.assertEqual(late.breached_at, clock.deadline, "late is since the deadline")

    def test_is_met_by_elapsed_time_when_stopped_from_a_pause(self):
        hours = AlwaysOpen()
        clock = sla_clock.start(100, 0, hours)
        clock, _segment = sla_clock.pause(clock, 60, hours)
        self.assertIsNone(clock.deadline)
        clock, _segment = sla_clock.stop(clock, 10_000, hours)
        self.assertTrue(clock.met)
        self.assertEqual(clock.elapsed, 60)

    def test_keeps_what_was_spent_when_the_promise_changes(self):
        hours = AlwaysOpen()
        clock = sla_clock.start(100, 0, hours)
        clock, _segment = sla_clock.retarget(clock, 30, hours, hours, 50)
        self.assertEqual((clock.elapsed, clock.deadline), (30, 50))

    def test_breaks_a_shorter_promise_now_and_not_in_the_past(self):
        hours = AlwaysOpen()
        clock = sla_clock.start(100, 0, hours)
        clock, _segment = sla_clock.retarget(clock, 80, hours, hours, 50)
        self.assertEqual(clock.breached_at, 80)

    def test_never_takes_a_breach_back(self):
        hours = AlwaysOpen()
        clock = sla_clock.start(10, 0, hours)
        clock, _segment = sla_clock.retarget(clock, 30, hours, hours, 1000)
        self.assertEqual(clock.breached_at, 10)
        clock, _segment = sla_clock.stop(clock, 40, hours)
        self.assertFalse(clock.met)

    @given(SPANS, SPANS, st.integers(1, 60), st.integers(0, 120), st.integers(0, 120))
    def test_follows_changed_hours_whenever_it_is_asked(self, spans, other, budget, changed, at):
        hours, new_hours = WorkingTime(spans), WorkingTime(other)
        clock = sla_clock.start(budget, 0, hours)
        followed = sla_clock.settle(sla_clock.follow(clock, changed, new_hours), max(at, changed))
        broken_before = clock.deadline is not None and clock.deadline < changed
        due = clock.deadline if broken_before else new_hours.add(0, budget)
        if due is not None and not broken_before:
            due = max(due, changed)
        late = due is not None and due < max(at, changed)
        self.assertEqual(followed.breached_at, due if late else None)

    def test_pauses_twice_or_after_the_end_are_nothing(self):
        hours = AlwaysOpen()
        paused, _segment = sla_clock.pause(sla_clock.start(10, 0, hours), 5, hours)
        self.assertEqual(sla_clock.pause(paused, 7, hours), (paused, None))
        stopped, _segment = sla_clock.stop(paused, 8, hours)
        for happen in (sla_clock.pause, sla_clock.resume, sla_clock.stop, sla_clock.cancel):
            self.assertEqual(happen(stopped, 9, hours), (stopped, None))

    def test_stands_as_its_instants_say(self):
        for now, standing in ((9, "on_track"), (10, "at_risk"), (20, "at_risk"), (21, "overdue")):
            self.assertEqual(sla_clock.standing(now, 20, 10), standing)
        self.assertEqual(sla_clock.standing(9, None, False), "on_track")

    def test_is_at_risk_when_three_quarters_are_spent(self):
        self.assertEqual(sla_clock.start(100, 1000, AlwaysOpen()).risk_at, 1075)
