import json

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib import pack_diff, pack_format
from ...lib.pack_format import PackError
from ...lib.pack_record import Attribute, normalise, references

NESTED = (
    Attribute("value", "text", required=True),
    Attribute("label", "translated"),
    Attribute("active", "boolean"),
)
ATTRIBUTES = (
    Attribute("model", "model", required=True),
    Attribute("label", "translated", required=True),
    Attribute("note", "text"),
    Attribute("count", "integer"),
    Attribute("share", "number"),
    Attribute("active", "boolean"),
    Attribute("kind", "choice", choices=("one", "two")),
    Attribute("names", "names"),
    Attribute("groups", "group_names"),
    Attribute("tab", "reference", kinds=("tab",)),
    Attribute("tags", "references"),
    Attribute("condition", "domain"),
    Attribute("value", "value"),
    Attribute("options", "records", attributes=NESTED, identity=("value",)),
)

texts = st.text(
    st.characters(
        exclude_categories=["Cc", "Cs"], exclude_characters="\u202a\u202b\u202c\u202d\u202e"
    ),
    min_size=1,
    max_size=12,
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
keys = st.builds("tab:{}".format, st.from_regex(r"[A-Za-z ]{1,8}", fullmatch=True))
terms = st.builds(
    lambda source, others: {**others, "en_US": source},
    texts,
    st.dictionaries(st.sampled_from(["ar", "ar_001", "de_DE"]), texts),
)
constants = st.none() | st.booleans() | st.integers(-(2**31) + 1, 2**31 - 1) | texts
operands = constants | st.fixed_dictionaries({"ref": keys}) | st.lists(constants, max_size=3)
conditions = st.tuples(names, st.sampled_from(["=", "!=", "in", "<"]), operands).map(list)
values_of_records = st.fixed_dictionaries(
    {"model": names, "label": terms},
    optional={
        "note": texts,
        "count": st.integers(-1000, 1000),
        "share": st.floats(-1e6, 1e6, allow_nan=False),
        "active": st.booleans(),
        "kind": st.sampled_from(["one", "two"]),
        "names": st.lists(names, max_size=3),
        "groups": st.lists(st.builds("{}.{}".format, names, names), max_size=3),
        "tab": keys,
        "tags": st.lists(keys, max_size=3),
        "condition": st.lists(conditions | st.sampled_from("&|!"), max_size=4),
        "value": operands,
        "options": st.lists(
            st.fixed_dictionaries({"value": texts}, optional={"label": terms}),
            max_size=3,
            unique_by=lambda option: option["value"],
        ),
    },
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([each.name for each in ATTRIBUTES]) | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def document(records=(), **values):
    return {
        "format": "crm-suite-pack",
        "format_version": 1,
        "key": "tests",
        "version": "1.0",
        "name": {"en_US": "Tests"},
        "records": list(records),
        **values,
    }


def record(values=None, key="tab:One", **more):
    return {"kind": key.partition(":")[0], "key": key, "values": values or {}, **more}


@tagged("post_install", "-at_install")
class TestPackFormat(BaseCase):
    def assertRefused(self, data, code, **options):
        if isinstance(data, dict):
            data = json.dumps(data).encode()
        with self.assertRaises(PackError) as caught:
            pack_format.read(data, **options)
        self.assertEqual(caught.exception.code, code)

    @given(st.lists(values_of_records, max_size=3))
    def test_what_is_written_is_read(self, values_list):
        records = [
            record(normalise(values, ATTRIBUTES)[0], f"tab:{number}")
            for number, values in enumerate(values_list)
        ]
        made = document(records)
        read = pack_format.read(pack_format.dump(made))
        self.assertEqual(read.pop("checksum"), pack_format.checksum(made))
        self.assertEqual(read, made)
        self.assertEqual(pack_format.dump(read), pack_format.dump(made))

    @given(values_of_records)
    def test_what_is_right_has_one_spelling(self, values):
        once, problems = normalise(values, ATTRIBUTES)
        self.assertEqual(problems, [])
        self.assertEqual(normalise(once, ATTRIBUTES), (once, []))
        self.assertEqual(normalise(json.loads(json.dumps(once)), ATTRIBUTES), (once, []))
        self.assertEqual(set(once), set(values))
        for key in references(once, ATTRIBUTES):
            self.assertTrue(key.startswith("tab:"))

    @given(anything)
    def test_nothing_that_is_wrong_gets_through(self, values):
        """Whatever a file says, only known attributes with values of their type are left."""
        once, _problems = normalise(values if isinstance(values, dict) else {}, ATTRIBUTES)
        self.assertLessEqual(set(once), {each.name for each in ATTRIBUTES})
        again, problems = normalise(
            {**once, "model": once.get("model") or "m", "label": once.get("label") or "x"},
            ATTRIBUTES,
        )
        self.assertEqual(problems, [])
        self.assertEqual(
            {name: again[name] for name in once if once[name]},
            {name: value for name, value in once.items() if value},
        )

    @given(st.binary(max_size=60) | anything.map(lambda each: json.dumps(each).encode()))
    def test_no_file_breaks_the_reader(self, data):
        with self.assertRaises(PackError):
            pack_format.read(data)

    def test_files_that_are_no_packs(self):
        good = document([record()])
        sealed = json.loads(pack_format.dump(good))
        pack_format.read(json.dumps(sealed).encode())
        self.assertRefused({**sealed, "version": "1.1"}, "checksum")
        self.assertRefused(good, "checksum")
        self.assertRefused({**sealed, "checksum": ["x"]}, "checksum")
        self.assertRefused(b" " * (pack_format.MAX_BYTES + 1), "too_big")
        self.assertRefused(b"[" * 100_000, "too_deep")
        self.assertRefused(b'{"a":' * 100_000, "too_deep")
        self.assertRefused(b"\xff\xfe", "not_json")
        self.assertRefused(b"{", "not_json")
        self.assertRefused(b'{"a": NaN}', "not_json")
        self.assertRefused(b"9" * 10_000, "not_json")
        self.assertRefused(b'{"a": 1, "a": 2}', "duplicate")
        self.assertRefused(b"[]", "not_a_pack")
        self.assertRefused({"format": "other"}, "not_a_pack")

    def test_envelopes(self):
        for changes, code in (
            ({"format_version": 2}, "newer_format"),
            ({"format_version": True}, "envelope"),
            ({"key": "../../etc"}, "envelope"),
            ({"version": "one"}, "envelope"),
            ({"name": {"ar": "اختبار"}}, "envelope"),
            ({"name": 5}, "envelope"),
            ({"made_with": {"crm_suite": 1}}, "envelope"),
            ({"languages": ["; DROP TABLE"]}, "envelope"),
            ({"code": "import os"}, "envelope"),
            ({"records": {}}, "envelope"),
            ({"records": [record()] * 2}, "duplicate"),
            ({"records": [{}]}, "record"),
            ({"records": [{**record(), "arch": "<form/>"}]}, "record"),
            ({"records": [record(key="tab:\x00")]}, "record"),
            ({"records": [record(external_id="base.group_system; x")]}, "record"),
            ({"records": [record(key=f"tab:{n}") for n in range(2_001)]}, "too_many"),
        ):
            with self.subTest(changes=str(changes)[:60]):
                self.assertRefused({**document(), **changes}, code, is_sealed=False)

    def test_values_that_are_refused(self):
        good = {"model": "m", "label": "x"}
        for values, problem in (
            ({"compute": "x"}, ("unknown", "compute")),
            ({"count": True}, ("type", "count")),
            ({"count": 2**40}, ("type", "count")),
            ({"share": float("inf")}, ("type", "share")),
            ({"active": 1}, ("type", "active")),
            ({"kind": "three"}, ("choice", "kind")),
            ({"kind": ["one"]}, ("choice", "kind")),
            ({"label": {"ar": "x"}}, ("missing", "label.en_US")),
            ({"label": {"en_US": "a" * 3_000}}, ("long", "label.en_US")),
            ({"note": "a\u202eb"}, ("characters", "note")),
            ({"note": "a\x00b"}, ("characters", "note")),
            ({"model": "res users"}, ("type", "model")),
            ({"names": ["x; drop"]}, ("type", "names")),
            ({"groups": ["group_system"]}, ("type", "groups")),
            ({"tab": "stage:New"}, ("reference", "tab")),
            ({"tab": 7}, ("reference", "tab")),
            ({"tags": ["tab:x"] * 1_001}, ("many", "tags")),
            ({"condition": "[('id', '=', 1)]"}, ("domain", "condition")),
            ({"condition": [["id", "=like ' or", 1]]}, ("domain", "condition")),
            ({"condition": [["__class__.mro()", "=", 1]]}, ("domain", "condition")),
            ({"condition": [["id", "in", [[1]]]]}, ("type", "condition")),
            ({"value": {"ref": "tab:x", "code": "x"}}, ("reference", "value")),
            ({"options": [{"value": "a"}, {"value": "a"}]}, ("twice", "options.2")),
            ({"options": [{"value": "a", "onclick": "x"}]}, ("unknown", "options.1.onclick")),
            ({"options": [{"value": ""}]}, ("missing", "options.1.value")),
        ):
            with self.subTest(values=str(values)[:60]):
                _once, problems = normalise({**good, **values}, ATTRIBUTES)
                self.assertIn(problem, problems)

    def test_versions(self):
        ordered = ["", "0.9", "1", "1.0.1", "1.2", "1.10", "19.0.1.1.0"]
        self.assertEqual(sorted(ordered, key=pack_format.version_key), ordered)
        self.assertEqual(pack_format.version_key("1.0"), pack_format.version_key("1"))

    def test_parts_of_several_add_ons_are_one_pack(self):
        first = document([record(key="tab:A")], languages=["ar"], made_with={"a": "1"})
        second = document([record(key="tab:B")], version="1.2", made_with={"b": "2"})
        whole = pack_format.merge_parts([first, second])
        self.assertEqual([each["key"] for each in whole["records"]], ["tab:A", "tab:B"])
        self.assertEqual((whole["version"], whole["made_with"]), ("1.2", {"a": "1", "b": "2"}))


@tagged("post_install", "-at_install")
class TestPackDiff(BaseCase):
    def _judge(self, old, new, base=None, given=None):
        return pack_diff.judge(old, new, ATTRIBUTES, base, given)

    @given(values_of_records, values_of_records)
    def test_there_and_back(self, one, other):
        """What is taken over differs in nothing; what differs is told in both directions."""
        old = normalise(one, ATTRIBUTES)[0]
        new = normalise(other, ATTRIBUTES)[0]
        self.assertEqual(self._judge(old, old), ("unchanged", []))
        self.assertEqual(self._judge(None, new)[0], "new")
        action, changes = self._judge(old, new)
        self.assertEqual(bool(changes), action == "changed")
        taken = {**old, **new}
        self.assertFalse(
            [change for change in pack_diff.compare(taken, new, ATTRIBUTES) if not change.language]
        )
        for change in changes:
            self.assertNotEqual(change.old, change.new)

    def test_three_states(self):
        base = {"model": "m", "label": {"en_US": "A"}, "count": 1, "note": "n"}
        ours = {**base, "count": 2}
        theirs = {**base, "note": "m"}
        self.assertEqual(self._judge(base, theirs, base)[0], "changed")
        self.assertEqual(self._judge(ours, base, base)[0], "kept")
        self.assertEqual(self._judge(ours, theirs, base)[0], "changed")
        self.assertEqual(self._judge(ours, {**base, "count": 3}, base)[0], "conflict")
        self.assertEqual(self._judge(ours, ours, base)[0], "unchanged")
        self.assertEqual(pack_diff.merge(theirs, ATTRIBUTES, base), {"note": "m"})
        self.assertEqual(pack_diff.merge(theirs, ATTRIBUTES), theirs)

    def test_how_things_are_written_is_no_change(self):
        """The database may keep something in its own spelling, as formatted text."""
        given = {"model": "m", "label": {"en_US": "A"}, "note": "<p>a"}
        base = {**given, "note": "<p>a</p>"}
        self.assertEqual(self._judge(base, given, base, given), ("unchanged", []))
        self.assertEqual(self._judge(base, {**given, "note": "b"}, base, given)[0], "changed")

    def test_nested_records(self):
        old = {"options": [{"value": "a", "active": True}, {"value": "b"}]}
        new = {"options": [{"value": "c"}, {"value": "a", "active": False}]}
        changes = pack_diff.compare(old, new, ATTRIBUTES)
        self.assertEqual(
            {change.path for change in changes},
            {("options", "c"), ("options", "a", "active"), ("options", "b")},
        )

    def test_languages(self):
        old = {"label": {"en_US": "A", "ar": "أ"}}
        self.assertEqual(pack_diff.compare(old, {"label": {"en_US": "A"}}, ATTRIBUTES), [])
        (change,) = pack_diff.compare(old, {"label": {"en_US": "A", "ar": "ب"}}, ATTRIBUTES)
        self.assertEqual((change.old, change.new, change.language), ("أ", "ب", "ar"))
