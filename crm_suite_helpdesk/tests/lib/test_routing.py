from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import routing
from ...lib.routing import Agent, Request, Terms, find_misfits, guess_language, route, take

NOW = 1000
METHODS = st.sampled_from([routing.ROUND_ROBIN, routing.LEAST_OPEN, routing.WEIGHTED])
SMALL_SET = st.frozensets(st.integers(1, 4), max_size=2)
LANGUAGES = st.frozensets(st.sampled_from(["ar", "en", "fr"]), max_size=2)


@st.composite
def agents(draw):
    count = draw(st.integers(0, 6))
    return [
        Agent(
            key=number,
            user=number * 10,
            weight=draw(st.integers(1, 5)),
            capacity=draw(st.integers(0, 4)),
            open_count=draw(st.integers(0, 5)),
            skills=draw(SMALL_SET),
            languages=draw(LANGUAGES),
            categories=draw(SMALL_SET),
            tags=draw(SMALL_SET),
            absence=draw(st.sampled_from([None, None, None, ("paused",)])),
            starts_at=draw(st.sampled_from([NOW, NOW, NOW + 60, None])),
        )
        for number in range(1, count + 1)
    ]


REQUESTS = st.builds(
    Request,
    skills=SMALL_SET,
    language=st.sampled_from(["", "ar", "en"]),
    categories=SMALL_SET,
    tags=SMALL_SET,
    favourites=st.lists(
        st.tuples(st.integers(1, 6).map(lambda n: n * 10), st.just("sticky")), max_size=2
    ).map(tuple),
    passed=st.frozensets(st.integers(1, 6).map(lambda n: n * 10), max_size=2),
)
TERMS = st.builds(
    Terms,
    method=METHODS,
    fit=st.sampled_from([routing.MUST, routing.PREFER]),
    off_hours=st.sampled_from([routing.WAIT, routing.AHEAD]),
)


def may(request, agent, terms):
    """The slow obvious oracle: whether this agent could get this ticket at some time soon."""
    fits = (
        request.skills <= agent.skills
        and (not request.language or not agent.languages or request.language in agent.languages)
        and (not agent.categories or bool(agent.categories & request.categories))
        and (not agent.tags or bool(agent.tags & request.tags))
    )
    return (
        agent.absence is None
        and agent.user not in request.passed
        and (agent.capacity == 0 or agent.open_count < agent.capacity)
        and agent.starts_at is not None
        and (fits or terms.fit == routing.PREFER)
    )


@tagged("post_install", "-at_install")
class TestRouting(BaseCase):
    @given(REQUESTS, agents(), TERMS)
    @settings(max_examples=300, deadline=None)
    def test_whoever_gets_it_can_and_everybody_else_is_accounted_for(self, request, group, terms):
        able = [agent for agent in group if may(request, agent, terms)]
        here = [agent for agent in able if agent.starts_at <= NOW]
        outcome = route(request, group, terms, NOW)
        if here:
            self.assertIn(outcome.agent, here)
        elif able and terms.off_hours == routing.AHEAD:
            self.assertIn(outcome.agent, able)
        else:
            self.assertIsNone(outcome.agent)
            self.assertEqual(outcome.state, "later" if able else "nobody")
            self.assertEqual(outcome.wake_at, min((a.starts_at for a in able), default=None))
            self.assertEqual(len(outcome.left_out), len(group))
        told = {user for user, *_obstacle in outcome.left_out}
        self.assertEqual(len(told), len(outcome.left_out), "one reason each")
        self.assertFalse(told & {agent.user for agent in here})
        self.assertTrue({agent.user for agent in group if agent not in able} <= told)
        if outcome.agent:
            self.assertTrue(outcome.reasons)
            favourites = [user for user, _why in request.favourites]
            present = {agent.user for agent in here or able}
            wanted = [user for user in favourites if user in present]
            if wanted:
                self.assertEqual(outcome.agent.user, wanted[0])
            else:
                fewest = min(len(find_misfits(request, agent)) for agent in here or able)
                self.assertEqual(len(find_misfits(request, outcome.agent)), fewest)

    @given(agents(), METHODS, st.integers(0, 60))
    @settings(deadline=None)
    def test_no_limit_is_ever_exceeded(self, group, method, count):
        before = {agent.key: agent.open_count for agent in group}
        terms = Terms(method)
        for number in range(count):
            outcome = route(Request(), group, terms, NOW)
            if outcome.agent:
                take(outcome.agent, outcome.group, method, number)
        for agent in group:
            if agent.capacity:
                self.assertLessEqual(agent.open_count, max(agent.capacity, before[agent.key]))

    @given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 120))
    @settings(deadline=None)
    def test_weights_are_kept_to_less_than_a_round(self, weights, count):
        group = [Agent(key=n, user=n, weight=w, starts_at=NOW) for n, w in enumerate(weights, 1)]
        got = Counter()
        for number in range(count):
            outcome = route(Request(), group, Terms(routing.WEIGHTED), NOW)
            take(outcome.agent, outcome.group, routing.WEIGHTED, number)
            got[outcome.agent.key] += 1
        total = sum(weights)
        self.assertEqual(sum(agent.credit for agent in group), 0)
        for agent in group:
            share = count * agent.weight / total
            self.assertLess(abs(got[agent.key] - share), len(group))
        if count % total == 0:
            self.assertEqual(
                [got[n] for n in range(1, len(weights) + 1)],
                [count // total * weight for weight in weights],
            )

    @given(st.integers(1, 6), st.integers(1, 50))
    def test_in_turn_means_that_nobody_gets_two_before_all_have_one(self, size, count):
        group = [Agent(key=n, user=n, starts_at=NOW, open_count=n * 3) for n in range(size)]
        for number in range(1, count + 1):
            outcome = route(Request(), group, Terms(routing.ROUND_ROBIN), NOW)
            take(outcome.agent, outcome.group, routing.ROUND_ROBIN, number)
        got = [agent.open_count - agent.key * 3 for agent in group]
        self.assertLessEqual(max(got) - min(got), 1)

    @given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(1, 40))
    def test_fewest_open_tickets(self, loads, count):
        group = [
            Agent(key=n, user=n, starts_at=NOW, open_count=load) for n, load in enumerate(loads)
        ]
        for number in range(count):
            least = min(agent.open_count for agent in group)
            outcome = route(Request(), group, Terms(routing.LEAST_OPEN), NOW)
            self.assertEqual(outcome.agent.open_count, least)
            take(outcome.agent, outcome.group, routing.LEAST_OPEN, number)

    def test_who_comes_nearest(self):
        near = Agent(1, 1, skills=frozenset({1}), starts_at=NOW, open_count=9)
        far = replace(near, key=2, user=2, skills=frozenset(), languages=frozenset({"en"}))
        request = Request(skills=frozenset({1}), language="ar")
        far.open_count = 0
        self.assertEqual(route(request, [near, far], Terms(fit="prefer"), NOW).agent, near)
        outcome = route(request, [far], Terms(fit="prefer"), NOW)
        self.assertEqual(outcome.agent, far)
        self.assertIn(("although", "lacks_skills", 1), outcome.reasons)
        self.assertIsNone(route(request, [far], Terms(), NOW).agent)

    def test_languages(self):
        for text, known, language in (
            ("مرحبا، الشاشة لا تعمل", "en_US", "ar"),
            ("Hello, the screen is broken", "en_US", "en"),
            ("Hello from شركة", "en_US", "en"),
            ("", "ar_001", "ar"),
            ("٤٢ 42 !!", "", ""),
            ("é" * 5000, "fr_FR", "fr"),
            ("\x00\ud800", "", ""),
        ):
            self.assertEqual(guess_language(text, known), language, text)
