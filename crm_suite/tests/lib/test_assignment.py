from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib.assignment import (
    Area,
    Candidate,
    choose,
    cover,
    normalize_zip,
    speaks,
    split_prefixes,
)

CANDIDATES = st.lists(
    st.builds(
        Candidate,
        key=st.integers(1, 50),
        open_count=st.integers(0, 5),
        capacity=st.integers(1, 3),
        limit=st.integers(0, 6),
        last_at=st.integers(0, 3),
    ),
    max_size=6,
    unique_by=lambda candidate: candidate.key,
)


def better(one, other, preferred, at_work):
    """The slow, obvious comparison."""
    for this, that in (
        (one.key in preferred, other.key in preferred),
        (one.key in at_work, other.key in at_work),
    ):
        if this != that:
            return this
    left, right = one.open_count * other.capacity, other.open_count * one.capacity
    if left != right:
        return left < right
    return (one.last_at, one.key) < (other.last_at, other.key)


@tagged("post_install", "-at_install")
class TestAssignmentLib(BaseCase):
    def test_zip_codes(self):
        self.assertEqual(normalize_zip("١٢٣ ٤٥"), "12345")
        self.assertEqual(normalize_zip("sw1a-1aa"), "SW1A1AA")
        self.assertEqual(normalize_zip(False), "")
        self.assertEqual(split_prefixes("10, 11؛ ١٢،10\n"), ("10", "11", "12"))
        self.assertEqual(split_prefixes("—"), ())

    def test_places(self):
        kuwait, iraq = 1, 2
        area = Area(frozenset({kuwait}), {iraq: {20, 21}})
        for place, expected in [
            ((kuwait, None, None), True),
            ((iraq, 20, None), True),
            ((iraq, 22, None), False),
            ((iraq, None, None), None),
            ((3, None, None), False),
            ((None, None, "123"), None),
        ]:
            self.assertIs(area.covers(*place), expected, place)
        north = Area(frozenset({kuwait}), {}, ("1", "20"))
        for place, expected in [
            ((kuwait, None, "201"), True),
            ((kuwait, None, "211"), False),
            ((kuwait, None, None), None),
            ((iraq, None, "1"), False),
        ]:
            self.assertIs(north.covers(*place), expected, place)
        self.assertIs(cover([area, north], (None, None, None)), None)
        self.assertIs(cover([area, north], (kuwait, None, None)), True)
        self.assertIs(cover([], (None, None, None)), True)

    def test_languages(self):
        self.assertTrue(speaks(["ar_001"], "ar_SY"))
        self.assertTrue(speaks([], "fr_FR"))
        self.assertTrue(speaks(["en_US"], False))
        self.assertFalse(speaks(["en_US"], "fr_FR"))

    @given(CANDIDATES, st.sets(st.integers(1, 50)), st.sets(st.integers(1, 50)))
    def test_nobody_would_have_been_better(self, candidates, preferred, at_work):
        chosen = choose(candidates, preferred, at_work)
        free = [c for c in candidates if not c.limit or c.open_count < c.limit]
        self.assertEqual(chosen is None, not free)
        for other in free:
            if other is not chosen:
                self.assertTrue(better(chosen, other, preferred, at_work))

    @given(st.integers(1, 5), st.integers(1, 40))
    def test_equals_take_turns(self, people, leads):
        candidates = [Candidate(key=key) for key in range(people)]
        for instant in range(leads):
            choose(candidates).take(instant + 1)
        counts = [candidate.open_count for candidate in candidates]
        self.assertEqual(sum(counts), leads)
        self.assertLessEqual(max(counts) - min(counts), 1)
