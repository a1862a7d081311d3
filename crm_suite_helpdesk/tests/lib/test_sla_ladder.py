from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_suite.lib.working_time import AlwaysOpen, WorkingTime

from ...lib import sla_clock, sla_ladder
from ...lib.sla_ladder import Step

SPANS = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=6)
END = 400


RULES = st.one_of(
    st.tuples(st.just("share"), st.integers(1, 150), st.just(0), st.just(0), st.booleans()),
    st.tuples(st.just("before"), st.integers(0, 40), st.just(0), st.just(0), st.booleans()),
    st.tuples(
        st.just("after"), st.integers(0, 40), st.integers(0, 20), st.integers(0, 3), st.booleans()
    ),
)
LADDERS = st.lists(RULES, max_size=4)
UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def make_ladder(rules, waits=False):
    return tuple(
        Step(rule, kind, amount, every, times, only_open and waits)
        for rule, (kind, amount, every, times, only_open) in enumerate(rules)
    )


class Server:
    """A server that looks after one clock whenever it is told to, and keeps what it did."""

    def __init__(self, budget, hours, ladder, open_hours=None):
        self.clock = sla_clock.start(budget, 0, hours)
        self.hours, self.ladder = hours, ladder
        self.open_hours = open_hours or AlwaysOpen()
        self.handled, self.handled_budget = 0, budget
        self.next_at = self.look()
        self.done, self.told, self.ticks = [], set(), 0

    def look(self):
        if self.handled_budget != self.clock.budget:
            self.handled, self.handled_budget = 0, self.clock.budget
        return sla_ladder.next_at(self.clock, self.ladder, self.handled, self.hours)

    def tick(self, now):
        """What the tick does: nothing, unless something is due."""
        if self.next_at is None or self.next_at >= now:
            return
        self.ticks += 1
        plan = sla_ladder.plan(
            self.clock, self.ladder, self.handled, now, self.hours, self.open_hours, self.told
        )
        self.clock, self.handled, self.next_at = plan.clock, plan.handled, plan.next_at
        for due in plan.acting:
            self.done.append((now, due))
            self.told.add((due.step.rule, due.occurrence))

    def change(self, transition, at, *values):
        self.clock, _segment = getattr(sla_clock, transition)(self.clock, at, self.hours, *values)
        self.next_at = self.look()


def all_thresholds(ladder, budget, counted):
    """The obvious list of (threshold, rule, occurrence) that a clock passes."""
    found = []
    for step in ladder:
        for occurrence in range(counted + 1):
            if occurrence and not step.every:
                break
            if step.times and occurrence > step.times:
                break
            if step.kind == sla_ladder.SHARE:
                first = budget * step.amount // 100
            else:
                first = budget + (step.amount if step.kind == "after" else -step.amount)
            threshold = max(1, first) + occurrence * step.every
            if threshold <= counted:
                found.append((threshold, step.rule, occurrence))
    return sorted(found)


@tagged("post_install", "-at_install")
class TestSlaLadder(BaseCase):
    @UNHURRIED
    @given(SPANS, st.integers(1, 60), LADDERS)
    def test_who_ticks_every_second_misses_nothing(self, spans, budget, rules):
        hours, ladder = WorkingTime(spans), make_ladder(rules)
        server = Server(budget, hours, ladder)
        seen, counted = [], 0
        for now in range(1, END):
            server.tick(now)
            counted += hours.worked(now - 2, now - 1) if now > 1 else 0
            passed = [t for t in all_thresholds(ladder, budget, counted) if t not in seen]
            seen += passed
            self.assertEqual(
                sorted((d.threshold, d.step.rule, d.occurrence) for at, d in server.done),
                sorted(seen),
                f"at {now}",
            )
        for at, due in server.done:
            self.assertEqual(at, due.due_at + 1, "in the second after it was due")
        late = server.clock.breached_at
        self.assertEqual(late is not None, hours.add(0, budget) is not None)

    @UNHURRIED
    @given(
        SPANS,
        SPANS,
        st.integers(1, 60),
        LADDERS,
        st.lists(st.integers(1, 60), max_size=12),
    )
    def test_whoever_comes_late_does_the_highest_and_nothing_twice(
        self, spans, openings, budget, rules, waits
    ):
        hours, open_hours = WorkingTime(spans), WorkingTime(openings)
        ladder = make_ladder(rules, waits=True)
        server = Server(budget, hours, ladder, open_hours)
        now = 0
        for wait in waits:
            now += wait
            before = len(server.done)
            server.tick(now)
            acted = [due for _at, due in server.done[before:]]
            self.assertLessEqual(len({due.threshold for due in acted}), 1)
            for due in acted:
                self.assertLess(due.due_at, now)
                never = open_hours.add(now, 1) is None
                in_time = now - due.due_at <= sla_ladder.GRACE
                was_open = open_hours.worked(due.due_at - 1, due.due_at + 1) > 0
                is_open = open_hours.worked(now, now + 1) > 0
                allowed = never or is_open or (was_open and in_time)
                self.assertTrue(allowed or not due.step.only_open)
        keys = [(due.step.rule, due.occurrence) for _at, due in server.done]
        self.assertEqual(len(keys), len(set(keys)), "nothing twice")
        # In the end all comes to the highest step, whatever was overtaken
        for _late in range(50):
            now = max(now, (server.next_at or now)) + 1
            server.tick(now)
            if server.next_at is None:
                break
        counted = hours.worked(0, now - 1)
        passed = all_thresholds(ladder, budget, counted)
        if passed:
            self.assertEqual(server.handled, passed[-1][0], "nothing is lost")

    @UNHURRIED
    @given(SPANS, st.integers(1, 60), LADDERS, st.integers(0, 200), st.integers(0, 200))
    def test_a_pause_hides_no_step_after_the_deadline(self, spans, budget, rules, pause, wait):
        hours, ladder = WorkingTime(spans), make_ladder(rules)
        server = Server(budget, hours, ladder)
        server.change("pause", pause)
        for now in (pause + wait + 1, pause + wait + 2):
            server.tick(now)
        passed = [t for t in all_thresholds(ladder, budget, hours.worked(0, pause))]
        late = [threshold for threshold, _rule, _occurrence in passed if threshold >= budget]
        self.assertEqual([due.threshold for _at, due in server.done[:1]], late[-1:])
        self.assertTrue(all(due.threshold >= budget for _at, due in server.done))
        server.change("resume", pause + wait + 2)
        server.tick(pause + wait + 3)
        self.assertEqual(server.handled, passed[-1][0] if passed else 0, "warnings come then")

    def test_a_budget_that_grows_is_warned_of_again(self):
        ladder = (Step(1, sla_ladder.SHARE, 75), Step(2, sla_ladder.AFTER, 0))
        server = Server(80, AlwaysOpen(), ladder)
        server.tick(61)
        server.change("retarget", 70, AlwaysOpen(), 100)
        for now in range(70, 110):
            server.tick(now)
        self.assertEqual(
            [(at, due.step.rule) for at, due in server.done], [(61, 1), (76, 1), (101, 2)]
        )

    def test_a_budget_that_changes_a_little_warns_nobody_twice(self):
        ladder = (Step(1, sla_ladder.SHARE, 75),)
        server = Server(80, AlwaysOpen(), ladder)
        server.tick(61)
        server.change("retarget", 70, AlwaysOpen(), 82)
        for now in range(70, 82):
            server.tick(now)
        self.assertEqual(len(server.done), 1)
        self.assertIsNotNone(server.clock.deadline)

    def test_a_budget_that_is_spent_already_calls_for_the_breach(self):
        ladder = (Step(1, sla_ladder.SHARE, 75), Step(2, sla_ladder.AFTER, 0))
        server = Server(80, AlwaysOpen(), ladder)
        server.tick(61)
        server.change("retarget", 70, AlwaysOpen(), 40)
        server.tick(71)
        self.assertEqual([due.step.rule for _at, due in server.done], [1, 2])
        self.assertEqual(server.clock.breached_at, 70)

    def test_what_is_due_at_closing_time_is_done_that_day(self):
        hours = WorkingTime([(0, 1000), (50_000, 60_000)])
        ladder = (Step(1, sla_ladder.AFTER, 0, only_open=True),)
        for late, expected in ((1, 1001), (sla_ladder.GRACE + 1, 50_001)):
            server = Server(1000, AlwaysOpen(), ladder, hours)
            server.tick(1000 + late)
            while not server.done:
                server.tick(server.next_at + 1)
            self.assertEqual(server.done[0][0], expected)
            self.assertEqual(server.clock.breached_at, 1000, "whenever it is noticed")

    def test_nothing_is_done_for_clocks_that_ended(self):
        ladder = (Step(1, sla_ladder.AFTER, 0, every=10),)
        for transition in ("stop", "cancel"):
            server = Server(80, AlwaysOpen(), ladder)
            server.change(transition, 100)
            self.assertIsNone(server.next_at)
            plan = sla_ladder.plan(server.clock, ladder, 0, 200, AlwaysOpen(), AlwaysOpen())
            self.assertEqual((plan.acting, plan.overtaken, plan.next_at), ((), (), None))

    def test_a_step_before_the_beginning_comes_at_the_beginning(self):
        self.assertEqual(Step(1, sla_ladder.BEFORE, 100).threshold(60), 1)
        self.assertEqual(replace(Step(1, sla_ladder.BEFORE, 0)).threshold(60), 60)
