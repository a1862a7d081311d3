from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from unittest.mock import patch

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...models.journey.choices import OPEN_STEPS
from ...models.journey.outcome import Outcome
from ...models.journey_engine import queries, worker
from .common import EngineCommon

KINDS = ("wait", "until", "condition", "branch", "split", "jump", "goal", "exit", "tag", "ab")
PORTS = {
    "wait": ("next",),
    "until": ("next", "missed"),
    "condition": ("yes", "timeout"),
    "branch": ("yes", "no"),
    "split": ("a", "b"),
    "ab": ("a", "b"),
    "jump": ("enough",),
    "goal": ("next",),
    "exit": (),
    "tag": ("next",),
}
PEOPLE = 5


@st.composite
def graphs(draw):
    """Nodes of any kind, ways from anywhere to anywhere."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=6))
    uids = [f"n{place}" for place in range(len(kinds))]
    nodes, edges = {"start": {}}, [f"start > {uids[0]}"]
    for uid, kind in zip(uids, kinds, strict=True):
        nodes[uid] = {"kind": kind, "amount": draw(st.integers(0, 3)), "unit": "hours"}
        if kind in ("condition", "branch", "goal"):
            city = draw(st.sampled_from(("Gent", "Brugge")))
            nodes[uid]["domain"] = f"[('city', '=', '{city}')]"
        if kind == "jump":
            nodes[uid] |= {"jump_uid": draw(st.sampled_from(uids)), "jump_most": 2}
        for port in PORTS[kind]:
            target = draw(st.sampled_from([*uids, None]))
            if target:
                edges.append(f"{uid}.{port} > {target}")
    return nodes, edges


PERSON = st.integers(0, PEOPLE - 1)
EVENTS = st.one_of(
    st.tuples(st.just("time"), st.integers(1, 300)),
    st.tuples(st.just("enrol"), st.lists(PERSON, min_size=1)),
    st.tuples(st.just("move"), PERSON, st.sampled_from(("Gent", "Brugge"))),
    st.tuples(st.just("delete"), PERSON),
    st.tuples(st.just("exit"), PERSON),
    st.tuples(st.just("die"), st.integers(1, 3)),
    st.tuples(st.just("pause")),
    st.tuples(st.just("resume")),
    st.tuples(st.just("retry")),
    st.tuples(st.just("stale")),
)


@tagged("post_install", "-at_install")
class TestHistories(EngineCommon):
    """Whatever the graph is and whatever happens: nobody is lost, nobody is in two places, nothing
    is done twice, and whoever looks again changes nothing.
    """

    def answer(self, node, steps):
        """Some fail now, some for good, some later: it depends on who it is only."""
        fates = {}
        for step in steps:
            kind = (step["res_id"] + step["attempt"]) % 5
            if kind == 1:
                fates[step["id"]] = Outcome(state="retry", reason="busy")
            elif kind == 2:
                fates[step["id"]] = Outcome(state="failed", reason="broken")
            elif kind == 3:
                later = fields.Datetime.now() + timedelta(hours=1)
                fates[step["id"]] = Outcome(state="put_off", due_at=later)
            if kind not in (1, 2, 3):
                self.done[step["id"]] += 1
        if any(step["res_id"] % 7 == 3 for step in steps) and len(steps) > 1:
            self.done.subtract(step["id"] for step in steps if step["id"] not in fates)
            raise ValueError("not together")
        return fates

    @settings(
        max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(
        graphs(),
        st.lists(EVENTS, min_size=3, max_size=14),
        st.sampled_from(("never", "ended", "period")),
        st.booleans(),
    )
    def test_any_history(self, graph, events, reentry, leaves):
        with (
            self.env.cr.savepoint() as point,
            patch.object(worker, "LOOP_PASSES", 3),
            mute_logger("odoo.addons.crm_suite_marketing.models.journey_engine.worker"),
        ):
            self.begin(graph, reentry=reentry, exit_on_goal=leaves, reentry_unit="hours")
            for event in [("enrol", range(PEOPLE)), *events]:
                with freeze_time(self.now):
                    getattr(self, f"on_{event[0]}")(*event[1:])
                    self.check()
                    self.env["crm.journey.step"]._advance("one", is_thorough=True)
                    self.check()
                    before = self.read_rows()
                    for name in ("two", "one"):
                        self.env["crm.journey.step"]._advance(name, is_thorough=True)
                    self.assertEqual(
                        self.read_rows(), before, "whoever looks again changes nothing"
                    )
            point.rollback()
        self.env.invalidate_all()

    def begin(self, graph, **values):
        nodes, edges = graph
        self.now, self.done = fields.Datetime.now(), Counter()
        arms = [Command.create({"port": port, "name": port, "weight": 50}) for port in "ab"]
        until = self.now + timedelta(hours=3)
        nodes = {
            uid: node
            | ({"arm_ids": arms} if node.get("kind") in ("split", "ab") else {})
            | ({"until_at": until} if node.get("kind") == "until" else {})
            for uid, node in nodes.items()
        }
        self.people = self.env["res.partner"].create(
            [{"name": f"Person {n}", "city": "Aalst"} for n in range(PEOPLE)]
        )
        self.journey = self._go_live(self._make_journey(nodes, edges, **values))
        version = self.journey.live_version_id
        self.ways = {
            (edge.source_id.uid, edge.port): edge.target_id.uid for edge in version.edge_ids
        }
        for node in version.node_ids.filtered(lambda node: node.kind == "jump"):
            self.ways[node.uid, "next"] = node.jump_uid
        self.known = set()

    # ------------------------------------------------------------------
    # What happens
    # ------------------------------------------------------------------

    def on_time(self, minutes):
        self.now += timedelta(minutes=minutes)

    def on_enrol(self, places):
        people = self.people.exists()
        self._enrol(self.journey, people.filtered(lambda one: int(one.name[-1]) in places))

    def get_person(self, place):
        return self.people.exists().filtered(lambda one: int(one.name[-1]) == place)

    def on_move(self, place, city):
        self.get_person(place).city = city

    def on_delete(self, place):
        self.get_person(place).unlink()

    def on_exit(self, place):
        theirs = self._participants(self.journey).filtered(
            lambda one: one.partner_id == self.get_person(place)
        )
        self.env["crm.journey.participant"]._exit(theirs.ids, "by_hand")

    def on_die(self, most):
        """A worker takes some and is never heard of again."""
        for node in self.journey.live_version_id.node_ids.filtered(lambda one: one.kind == "tag"):
            later = self.now + timedelta(minutes=15)
            chunk = self.env.execute_query(queries.make_chunk(node.id, "due", self.now, most))
            ids = [id_ for [id_] in chunk]
            self.env.cr.execute(queries.make_claim("dead", ids, later))
        self.env.invalidate_all()

    def on_pause(self):
        self.journey.sudo().state = "paused"

    def on_resume(self):
        self.journey.sudo().state = "running"

    def on_retry(self):
        self.env.cr.execute(
            SQL(
                "UPDATE crm_journey_step SET state = 'due', due_at = %s"
                " WHERE state = 'failed' AND journey_id = %s",
                self.now,
                self.journey.id,
            )
        )
        self.env.invalidate_all()

    def on_stale(self):
        """Somebody ends what has been ended long ago, and takes out who has left."""
        steps = self.env["crm.journey.step"].search([("journey_id", "=", self.journey.id)])
        closed = steps.filtered(lambda step: step.state not in OPEN_STEPS)
        self.assertFalse(self.env["crm.journey.step"]._finish(closed.ids))
        over = self._participants(self.journey).filtered(lambda one: one.state != "running")
        self.assertFalse(self.env["crm.journey.participant"]._exit(over.ids, "stopped"))

    # ------------------------------------------------------------------
    # What is always so
    # ------------------------------------------------------------------

    def read_rows(self):
        self.env.flush_all()
        state = []
        for query in (
            """SELECT id, res_id, rotation, state, exit_reason, exited_at, goal_at, goal_uid
                 FROM crm_journey_participant WHERE journey_id = %s ORDER BY id""",
            """SELECT participant_id, node_uid, id, pass_number, state, port, due_at, done_at,
                      attempt, reason
                 FROM crm_journey_step WHERE journey_id = %s ORDER BY participant_id, id""",
        ):
            self.env.cr.execute(query, [self.journey.id])
            state.append(self.env.cr.fetchall())
        return state

    def check(self):
        participants, steps = self.read_rows()
        ids = {row[0] for row in participants}
        self.assertLessEqual(self.known, ids, "nobody is lost")
        self.known = ids
        running = Counter(row[1] for row in participants if row[3] == "running")
        self.assertLessEqual(max(running.values(), default=0), 1, "nobody is in it twice")
        paths = defaultdict(list)
        for row in steps:
            paths[row[0]].append(row)
        for id_, _res, _rotation, state, reason, exited_at, *_goal in participants:
            path = paths[id_]
            still = [step for step in path if step[4] in OPEN_STEPS]
            self.assertEqual(len(still), int(state == "running"), (state, path))
            self.assertEqual(bool(reason), state != "running")
            self.assertEqual(bool(exited_at), state != "running")
            self.assertEqual(still, path[-1:] if still else [])
            passes = Counter()
            for step in path:
                passes[step[1]] += 1
                self.assertEqual(step[3], passes[step[1]], "passes are counted one by one")
            for here, there in pairwise(path):
                self.assertEqual(self.ways.get((here[1], here[5])), there[1], "no node is skipped")
            if reason == "end":
                self.assertIsNone(self.ways.get((path[-1][1], path[-1][5])))
        twice = [id_ for id_, count in self.done.items() if count > 1]
        self.assertFalse(twice, "nothing is done twice")
