import base64
import copy
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..journey.common import JourneyCommon

NODES = {
    "start": {"kind": "trigger", "trigger": "manual", "name": "In"},
    "ask": {"kind": "branch", "name": "Ask", "domain": "[('city', '=', 'Cairo')]"},
    "mail": {"kind": "mail", "name": "Hello"},
    "test": {"kind": "split", "name": "Split"},
}
EDGES = ["start > ask", "ask.yes > mail", "mail > test"]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["res.partner", "start", "base.group_system", "yes", "2024-02-30", "[]"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "xml_id", "uid", "en_US", "model", "field"])
            | st.text(max_size=5),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


def find_places(value, path=()):
    """:return: all ways into the data"""
    places = [path] if path else []
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in items:
            places += find_places(one, (*path, key))
    return places


def put(data, path, value):
    data = copy.deepcopy(data)
    *way, last = path
    inner = data
    for key in way:
        inner = inner[key]
    inner[last] = value
    return data


@tagged("post_install", "-at_install")
class TestHostileFiles(JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        journey = cls._make_journey(NODES, EDGES)
        nodes = {node.uid: node for node in journey.draft_version_id.node_ids}
        nodes["test"].arm_ids = [(0, 0, {"port": "a", "name": "A", "weight": 1})]
        nodes["mail"]._import_message(
            {"subject": "Hi", "body_arch": "<p>One</p>", "body_html": "<p>One</p>"}
        )
        cls.env.flush_all()
        data = journey._export_journey() | {"format": "crm_suite.journey", "number": 1}
        cls.data = json.loads(json.dumps(data))
        cls.places = find_places(cls.data)
        cls.at = {node["uid"]: at for at, node in enumerate(cls.data["nodes"])}

    def upload(self, content):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        wizard = (
            self.env["crm.journey.import"]
            .with_user(self.marketer)
            .create({"file": base64.b64encode(content)})
        )
        wizard.action_import()
        return wizard

    def count(self):
        counts = [
            self.env[model].sudo().with_context(active_test=False).search_count([])
            for model in ("crm.journey", "crm.journey.node", "mailing.mailing")
        ]
        return counts

    def assert_refused(self, content, words=""):
        before = self.count()
        with self.assertRaisesRegex(UserError, words), mute_logger("odoo.sql_db"):
            self.upload(content)
        self.assertEqual(self.count(), before)

    def test_no_files_of_journeys(self):
        for content in (
            b"\xff\xfe\x00",
            b"{",
            b"[]",
            b"null",
            b"12",
            b'"text"',
            b"{}",
            b"<xml/>",
            b'{"format": "crm_suite.journey"}',
            b'{"format": "crm_suite.journey", "number": 2}',
            b'{"format": "crm_suite.journey", "number": true}',
            b'{"format": ["crm_suite.journey"], "number": 1}',
            b'{"format": "crm_suite.journey", "number": 1}',
            b'{"a": NaN}',
            b'{"a": 1e999}',
            b"9" * 10000,
            b"[" * 100000,
            b'{"a":' * 100000,
            b" " * 5_000_001,
        ):
            with self.subTest(content=content[:30]):
                self.assert_refused(content)

    def test_what_is_not_known_or_does_not_fit(self):
        ask, mail = ("nodes", self.at["ask"]), ("nodes", self.at["mail"])
        for path, value, words in (
            (("state",), "running", "unknown"),
            (("journey", "state"), "running", "unknown"),
            (("journey", "user_id"), 2, "unknown"),
            (("journey", "settings", "user_id"), 2, "unknown setting"),
            (("journey", "settings", "state"), "running", "unknown setting"),
            (("journey", "settings", "reentry"), "always", "does not fit"),
            (("journey", "settings", "sequence"), True, "does not fit"),
            (("journey", "settings", "reentry_amount"), -1, ""),
            (("journey", "model"), "res.users", ""),
            (("journey", "model"), "no.model", "not known"),
            (("journey", "model"), "ir.config_parameter", "not known"),
            (("journey", "name"), {}, "does not fit"),
            (("journey", "name"), {"../etc": "x"}, "does not fit"),
            (("journey", "name"), {"en_US": "a\0b"}, "does not fit"),
            (("journey", "name"), {"en_US": "\ud800"}, "does not fit"),
            ((*ask, "kind"), "python", "does not fit"),
            ((*ask, "uid"), "start", "twice"),
            ((*ask, "uid"), "../start", "does not fit"),
            ((*ask, "x"), 10**12, "does not fit"),
            ((*ask, "settings", "server_action_id"), {"name": "x"}, "unknown setting"),
            ((*ask, "settings", "mailing_id"), 1, "unknown setting"),
            ((*ask, "settings", "create_uid"), 1, "unknown setting"),
            ((*ask, "settings", "version_id"), 1, "unknown setting"),
            ((*ask, "settings", "hook_secret"), "x", "unknown setting"),
            ((*ask, "settings", "amount"), "1", "does not fit"),
            ((*ask, "settings", "amount"), 10**10, "does not fit"),
            ((*ask, "settings", "ab_confidence"), 2, ""),
            ((*ask, "settings", "activity_days"), -5, ""),
            ((*ask, "settings", "segment_id"), 1, "does not fit"),
            ((*ask, "settings", "list_ids"), [1], "does not fit"),
            ((*ask, "settings", "domain"), "[(1, '=', 1)]", "filter"),
            ((*ask, "settings", "domain"), [["city", "=", {"a": 1}]], "filter"),
            ((*ask, "settings", "domain"), [["city", "="]], "filter"),
            ((*ask, "settings", "until_at"), "2024-02-30 00:00:00", "does not fit"),
            ((*ask, "settings", "until_at"), "0001-01-01 00:00:00", "does not fit"),
            ((*ask, "texts", "domain"), {"en_US": "x"}, "unknown setting"),
            ((*mail, "message", "mailing_domain"), "[]", "unknown part"),
            ((*mail, "message", "subject"), ["x"], "does not fit"),
            ((*mail, "message", "subject"), True, "unknown part"),
            ((*mail, "message", "at_usual_hour"), "yes", "unknown part"),
            (("nodes",), [{"uid": "a", "kind": "wait"}] * 201, "too much"),
            (("edges",), [{"source": "x", "port": "next", "target": "y"}], "does not fit"),
            (("edges",), 2 * [{"source": "ask", "port": "no", "target": "mail"}], "twice"),
        ):
            with self.subTest(path=path, value=str(value)[:40]):
                self.assert_refused(put(self.data, path, value), words)

    def test_filters_that_cannot_be_asked_match_nobody(self):
        path = ("nodes", self.at["ask"], "settings", "domain")
        for domain in (
            [["no_field", "=", 1]],
            [["city", "no operator", 1]],
            ["&"],
            [["user_ids.password", "=", "x"]],
            [["id", "=", 5]],
            [["category_id", "in", [{"xml_id": "base.user_admin"}]]],
        ):
            with self.subTest(domain=domain):
                wizard = self.upload(put(self.data, path, domain))
                nodes = wizard.journey_id.draft_version_id.node_ids
                self.assertIn("[(0, '=', 1)]", nodes.mapped("domain"))
                self.assertIn("matches nobody", wizard.missing)

    def test_references_of_another_kind(self):
        at = self.at["ask"]
        for name, reference in (
            ("segment_id", {"xml_id": "base.user_admin"}),
            ("segment_id", {"xml_id": "no dot"}),
            ("segment_id", {"name": "Nowhere"}),
            ("assigned_user_id", {"xml_id": "base.user_admin"}),
            ("date_field_id", {"model": "res.users", "field": "login_date"}),
            ("date_field_id", {"model": "no.model", "field": "x"}),
        ):
            with self.subTest(name=name, reference=reference):
                wizard = self.upload(put(self.data, ("nodes", at, "settings", name), reference))
                nodes = wizard.journey_id.draft_version_id.node_ids
                self.assertFalse(nodes[name])
                self.assertTrue(wizard.missing)

    def test_fields_that_decide_about_rights_are_not_written(self):
        reference = {"model": "res.partner", "field": "user_ids"}
        path = ("nodes", self.at["ask"], "settings", "update_field_id")
        self.assert_refused(put(self.data, path, reference))

    def test_scripts_and_code_stay_outside(self):
        body = (
            '<div onclick="evil()"><script>evil()</script><p t-out="object.env">A</p>'
            '<img src="x" onerror="evil()"/><a href="javascript:evil()">B</a><t t-out="1+1"/>'
            '<iframe src="//evil"></iframe>{{ object.env }}{{{{ object }} evil() }}</div>'
        )
        message = {"subject": "Hi {{ object.env.cr }}", "body_arch": body, "body_html": body}
        wizard = self.upload(put(self.data, ("nodes", self.at["mail"], "message"), message))
        mailing = wizard.journey_id.draft_version_id.node_ids.mailing_id
        self.assertEqual(mailing.subject.strip(), "Hi")
        for text in (mailing.body_arch, mailing.body_html):
            self.assertNotRegex(text, r"script|onclick|onerror|iframe|t-out|\{\{ *object")
            self.assertIn("A</p>", text)
        self.assertIn("code", wizard.missing)

    def test_context_of_a_program_decides_nothing(self):
        wizard = (
            self.env["crm.journey.import"]
            .with_user(self.marketer)
            .with_context(
                default_state="running", default_user_id=self.env.ref("base.user_root").id
            )
            .create({"file": base64.b64encode(json.dumps(self.data).encode())})
        )
        wizard.action_import()
        self.assertEqual(
            (wizard.journey_id.state, wizard.journey_id.user_id), ("draft", self.marketer)
        )

    def test_people_who_do_not_market_import_nothing(self):
        with self.assertRaises(AccessError):
            self.env["crm.journey.import"].with_user(self.salesperson).create({"file": b"e30="})
        with self.assertRaises(AccessError):
            self.env["crm.journey"].with_user(self.salesperson)._import_file(b"e30=")

    @settings(
        max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(st.data())
    def test_whatever_stands_wherever(self, draw):
        path = draw.draw(st.sampled_from(self.places))
        value = draw.draw(ANYTHING)
        before = self.count()
        savepoint = self.env.cr.savepoint()
        try:
            with mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_model"):
                self.upload(put(self.data, path, value))
        except UserError:
            self.assertEqual(self.count(), before)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
