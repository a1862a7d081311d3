from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ...lib.contact_score import Rule, grade, score
from .common import ScoringCommon

RULES = st.lists(
    st.fixed_dictionaries(
        {
            "event": st.sampled_from(["click", "reply"]),
            "points": st.integers(-20, 20).filter(bool),
            "half_life": st.sampled_from([0, 1, 3, 7, 30]),
            "cap": st.sampled_from([0, 5, 15]),
            "repetition": st.sampled_from(["each", "day", "once", "limit"]),
            "most": st.integers(1, 4),
        }
    ),
    min_size=1,
    max_size=4,
)
# (contact, event, days ago)
EVENTS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["click", "reply"]), st.integers(0, 20)),
    max_size=20,
)


@tagged("post_install", "-at_install")
class TestHistory(ScoringCommon):
    """Whatever happened, and whatever the rules: the database counts as `lib` does."""

    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
    )
    @given(RULES, EVENTS, st.booleans())
    def test_random_histories(self, definitions, history, at_once):
        with self.env.cr.savepoint() as savepoint:
            people = list(self.reachable)
            rules = [self._make_rule(**values) for values in definitions]
            for person, kind, days in history:
                self._did(people[person], kind, days)
            if at_once:
                self._refresh()
            else:
                for partner in people:
                    self._refresh(partner)
            for number, partner in enumerate(people):
                expected = {}
                for rule, values in zip(rules, definitions, strict=True):
                    ages = [
                        days
                        for person, kind, days in history
                        if person == number and kind == values["event"]
                    ]
                    names = ("points", "half_life", "cap", "repetition", "most")
                    line = score(Rule(**{name: values[name] for name in names}), ages)
                    if line.value:
                        expected[rule] = (line.count, line.points, line.value)
                found = {
                    entry.rule_id: (entry.count, entry.points, round(entry.value * 10))
                    for entry in self._entry(partner)
                }
                self.assertEqual(found, expected)
                row = self.Score.search([("partner_id", "=", partner.id)])
                tenths = sum(value for _count, _points, value in expected.values())
                self.assertEqual(round(row.total * 10), tenths)
                if row:
                    bounds = (25, 15, 5), (40, 20, 5)
                    self.assertEqual(row.grade, grade(0, tenths / 10, *bounds))
            savepoint.rollback()
            self.env.invalidate_all(flush=False)
