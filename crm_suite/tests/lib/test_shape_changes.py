from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib.shape_changes import MOST, MOST_OPTIONS, BadShape, read_changes

FIELD = {"key": "f1", "kind": "char", "labels": {"en_US": "Segment"}, "anchor": "phone"}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
named = ["key", "kind", "labels", "anchor", "position", "tab", "options", "field_id", "outlet"]
entries = st.dictionaries(st.sampled_from(named), anything)


@tagged("post_install", "-at_install")
class TestShapeChanges(BaseCase):
    """What the shape mode sends is read key by key; what it never sends is refused."""

    def _assert_refused(self, **changes):
        with self.assertRaises(BadShape, msg=changes):
            read_changes(changes)

    def test_entries_are_completed(self):
        changes = read_changes({"fields": [FIELD]})
        self.assertEqual(changes["tabs"], [])
        field = changes["fields"][0]
        self.assertEqual((field["position"], field["tab"]), ("after", None))
        self.assertEqual((field["required"], field["options"]), ("never", []))

    def test_texts_are_stripped_and_empty_ones_left_out(self):
        labels = {"en_US": " Segment ", "ar_001": " ", "fr_FR": False}
        field = read_changes({"fields": [{**FIELD, "labels": labels}]})["fields"][0]
        self.assertEqual(field["labels"], {"en_US": "Segment"})

    def test_unknown_keys_are_refused(self):
        for name in ("groups", "compute", "arch", "field_id", "state", "technical_name"):
            self._assert_refused(fields=[{**FIELD, name: "x"}])
        self._assert_refused(views=[])

    def test_a_label_is_needed(self):
        for labels in ({}, None, {"en_US": "  "}, "Segment"):
            self._assert_refused(fields=[{**FIELD, "labels": labels}])

    def test_languages_and_names_are_no_expressions(self):
        self._assert_refused(fields=[{**FIELD, "labels": {"en_US'; --": "x"}}])
        for anchor in ("phone' or '1", "//field", "<page/>", "a b", "é"):
            self._assert_refused(fields=[{**FIELD, "anchor": anchor}])

    def test_a_place_makes_sense(self):
        self._assert_refused(fields=[{**FIELD, "tab": 3}])
        self._assert_refused(fields=[{**FIELD, "position": "inside", "tab": 3}])
        self._assert_refused(fields=[{**FIELD, "position": "within"}])
        self._assert_refused(moves=[{"field_id": 1, "position": "inside"}])
        self._assert_refused(moves=[{"field_id": 1, "position": "inside", "tab": "t1"}])
        place = {"field_id": 1, "position": "inside", "tab": "t1"}
        tab = {"key": "t1", "labels": {"en_US": "More"}}
        self.assertEqual(read_changes({"tabs": [tab], "moves": [place]})["moves"][0]["tab"], "t1")

    def test_keys_are_unique(self):
        self._assert_refused(fields=[FIELD, FIELD])

    def test_booleans_are_no_ids(self):
        self._assert_refused(moves=[{"field_id": True, "anchor": "phone"}])
        self._assert_refused(fields=[{**FIELD, "comodel_id": True}])
        self._assert_refused(fields=[{**FIELD, "group_ids": [1, True]}])

    def test_there_is_an_end_to_everything(self):
        fields = [{**FIELD, "key": f"f{index}"} for index in range(MOST["fields"])]
        self.assertEqual(len(read_changes({"fields": fields})["fields"]), MOST["fields"])
        self._assert_refused(fields=[*fields, {**FIELD, "key": "last"}])
        option = {"labels": {"en_US": "A"}}
        self._assert_refused(fields=[{**FIELD, "options": [option] * (MOST_OPTIONS + 1)}])
        self._assert_refused(fields=[{**FIELD, "labels": {"en_US": "x" * 1001}}])
        self._assert_refused(fields=[{**FIELD, "condition": "x" * 10_001}])

    @given(st.dictionaries(st.sampled_from([*MOST, "views"]), st.lists(entries) | anything))
    def test_nothing_else_is_raised(self, changes):
        try:
            read = read_changes(changes)
        except BadShape:
            return
        self.assertEqual(set(read), set(MOST))
        self.assertEqual(read_changes(read), read)

    @given(anything)
    def test_any_thing_can_come(self, changes):
        try:
            read_changes(changes)
        except BadShape:
            return
