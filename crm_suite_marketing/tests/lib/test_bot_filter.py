from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import bot_filter
from ...lib.bot_filter import Thresholds, Visit, classify

SENT = datetime(2026, 3, 1, 8)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
BOTS = (
    "Googlebot/2.1",
    "curl/8.5.0",
    "python-requests/2.31",
    "Mozilla/5.0 (compatible; Mimecast Link Checker)",
    "Mozilla/5.0 (Windows NT 10.0) ProofpointURLDefense",
    "BarracudaCentral",
    "Microsoft Office Existence Discovery",
    "Go-http-client/1.1",
    "HeadlessChrome/120",
)


def visit(key=1, kind="open", seconds=3600, agent=FIREFOX, **values):
    return Visit(key, kind, SENT + timedelta(seconds=seconds), agent=agent, **values)


def reason(*visits, key=1, **values):
    return tuple(classify(visits, SENT, **values)[key])


@tagged("post_install", "-at_install")
class TestBotFilter(BaseCase):
    """Persons and programs, and what tells them apart."""

    def test_a_person(self):
        self.assertEqual(reason(visit()), ("human", "reader"))
        self.assertEqual(reason(visit(kind="click", link=7)), ("human", "reader"))
        self.assertEqual(reason(visit(agent="Nokia")), ("unknown", "unknown"))

    def test_the_proxy_of_a_provider_loads_pictures_for_a_reader(self):
        self.assertEqual(reason(visit(agent=GMAIL)), ("human", "proxy"))
        self.assertEqual(reason(visit(agent=GMAIL, kind="click")), ("bot", "scanner"))

    def test_apple_loads_pictures_for_nobody(self):
        self.assertEqual(reason(visit(agent="Mozilla/5.0")), ("bot", "apple_privacy"))

    def test_who_names_himself(self):
        for agent in BOTS:
            self.assertEqual(reason(visit(agent=agent)), ("bot", "scanner"), agent)
        self.assertEqual(reason(visit(agent="")), ("bot", "no_agent"))
        self.assertEqual(reason(visit(is_prefetch=True)), ("bot", "prefetch"))
        self.assertEqual(reason(visit(method="HEAD")), ("bot", "head"))

    def test_time(self):
        self.assertEqual(reason(visit(seconds=-1)), ("bot", "before_delivery"))
        self.assertEqual(reason(visit(kind="click", seconds=2)), ("bot", "early"))
        self.assertEqual(reason(visit(kind="click", seconds=3)), ("human", "reader"))
        self.assertEqual(reason(visit(seconds=1)), ("human", "reader"))
        slow = Thresholds(click_seconds=60)
        self.assertEqual(reason(visit(kind="click", seconds=30), thresholds=slow), ("bot", "early"))

    def test_all_links_at_once(self):
        rush = [visit(key, "click", 100 + key, link=key) for key in (1, 2, 3)]
        for key in (1, 2, 3):
            self.assertEqual(reason(*rush, key=key), ("bot", "burst"))
        calm = [visit(key, "click", 100 * key, link=key) for key in (1, 2, 3)]
        self.assertEqual(reason(*calm), ("human", "reader"))
        same = [visit(key, "click", 100 + key, link=7) for key in (1, 2, 3)]
        self.assertEqual(reason(*same), ("human", "reader"))
        both = rush[:2]
        self.assertEqual(reason(*both), ("human", "reader"))
        self.assertEqual(reason(*both, link_count=2), ("bot", "burst"))

    def test_the_link_that_no_person_sees(self):
        trap = visit(2, "click", 50, is_trap=True, network="192.0.2.0/24")
        scanner = visit(1, "click", 5000, link=1, network="192.0.2.0/24")
        person = visit(3, "click", 50, link=1, network="198.51.100.0/24")
        self.assertEqual(reason(trap, scanner, person), ("bot", "trap_visitor"))
        self.assertEqual(reason(trap, scanner, person, key=2), ("bot", "trap"))
        self.assertEqual(reason(trap, scanner, person, key=3), ("human", "reader"))

    def test_who_asks_for_the_header_first(self):
        head = visit(2, "click", 50, method="HEAD", network="192.0.2.0/24", link=1)
        self.assertEqual(
            reason(head, visit(1, "click", 52, network="192.0.2.0/24", link=1)),
            ("bot", "head_visitor"),
        )
        self.assertEqual(
            reason(head, visit(1, "click", 90, network="192.0.2.0/24", link=1)),
            ("human", "reader"),
        )

    def test_what_odoo_noted_stays_unknown(self):
        self.assertEqual(reason(visit(is_adopted=True, agent="")), ("unknown", "adopted"))
        self.assertEqual(reason(visit(is_told=True, agent=" ")), ("unknown", "told"))
        self.assertEqual(reason(visit(is_told=True, agent="curl/8")), ("bot", "scanner"))


VISITS = st.lists(
    st.builds(
        visit,
        key=st.just(0),
        kind=st.sampled_from(["open", "click"]),
        seconds=st.integers(-5, 60),
        agent=st.sampled_from([FIREFOX, "curl/8", "", GMAIL, "Nokia"]),
        method=st.sampled_from(["GET", "HEAD"]),
        network=st.sampled_from(["a", "b"]),
        link=st.sampled_from([None, 1, 2, 3, 4]),
        is_trap=st.booleans(),
        is_prefetch=st.booleans(),
    ),
    max_size=12,
).map(lambda visits: [one._replace(key=key) for key, one in enumerate(visits)])


@tagged("post_install", "-at_install")
class TestOrder(BaseCase):
    @given(VISITS, st.randoms(), st.integers(0, 5))
    def test_order_does_not_matter(self, visits, random, link_count):
        expected = classify(visits, SENT, link_count)
        shuffled = list(visits)
        random.shuffle(shuffled)
        self.assertEqual(classify(shuffled, SENT, link_count), expected)

    @given(VISITS, st.integers(0, 5))
    def test_a_rush_is_what_a_slow_look_finds(self, visits, link_count):
        limits = Thresholds()
        enough = max(2, limits.burst_links)
        if link_count >= 2:
            enough = min(enough, link_count)
        clicks = [one for one in visits if one.kind == "click" and one.link is not None]
        expected = set()
        for first in clicks:
            near = [
                one
                for one in clicks
                if timedelta() <= one.date - first.date <= timedelta(seconds=limits.burst_seconds)
            ]
            if len({one.link for one in near}) >= enough:
                expected.update(one.key for one in near)
        self.assertEqual(bot_filter._find_rushed(visits, link_count, limits), expected)
