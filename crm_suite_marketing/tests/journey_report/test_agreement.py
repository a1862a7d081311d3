import random
from datetime import datetime

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ..journey_engine.common import EngineCommon

START = datetime(2026, 3, 2, 9, 0)
GRAPHS = 14
MOST = 12
OPEN = ("waiting", "due", "claimed", "failed")


def draw_journey(chance, contact):
    """:return: nodes and ways of a small journey, in which nobody goes round without waiting"""
    kinds = ["wait", "wait", "branch", "condition", "goal", "jump", "exit", "tag", "until"]
    drawn = [chance.choice(kinds) for _number in range(chance.randint(1, 6))]
    filters = ["[]", repr([("name", "=", contact.name)]), repr([("name", "=", "Nobody")])]
    nodes, edges = {"start": {"trigger": "manual"}}, []
    ports = {
        "branch": ("yes", "no"),
        "condition": ("yes", "timeout"),
        "jump": ("enough",),
        "until": ("next", "missed"),
        "exit": (),
    }
    for place, kind in enumerate(drawn):
        values = {"kind": kind, "amount": chance.randint(1, 3)}
        values["unit"] = chance.choice(["hours", "days", "weeks"])
        if kind in ("branch", "condition"):
            values["domain"] = chance.choice(filters)
        if kind == "goal":
            values["domain"] = chance.choice(["[]", repr([("name", "=", "Nobody")])])
        if kind == "until":
            values["until_at"] = datetime(2026, 3, chance.randint(1, 28), 8)
        if kind == "wait" and chance.random() < 0.4:
            values |= {"has_hour": True, "at_hour": chance.choice([0.5, 9.0, 23.5])}
        if kind == "jump":
            values |= {"jump_uid": f"n{chance.randrange(len(drawn))}", "jump_most": 2}
        nodes[f"n{place}"] = values
        for port in ports.get(kind, ("next",)):
            # back only after a wait
            first = 0 if kind == "wait" else place + 1
            targets = [None, *(f"n{target}" for target in range(first, len(drawn)))]
            if target := chance.choice(targets):
                edges.append(f"n{place}.{port} > {target}")
    return nodes, ["start > n0", *edges]


@tagged("post_install", "-at_install")
class TestAgreement(EngineCommon):
    """What a simulation shows is what happens."""

    def _run(self, journey, contact):
        """Let the engine take him through, from due moment to due moment.

        :return: list of (key of the node, when he came, way out) of the first steps
        """
        with freeze_time(START):
            self._enrol(journey, contact)
        moment = START
        participant = self._participants(journey)
        for _turn in range(MOST):
            with freeze_time(moment):
                self._advance()
            self.env.invalidate_all()
            [step] = participant.step_ids.filtered(lambda one: one.state in OPEN) or [None]
            if step is None or not step.due_at or step.due_at <= moment:
                break
            moment = step.due_at
        return [
            (step.node_uid, step.entered_at, step.port)
            for step in participant.step_ids.sorted("id")
            if step.state not in OPEN
        ][:MOST], participant

    def _simulate(self, journey, contact):
        wizard = self.env["crm.journey.simulation"].create(
            {
                "journey_id": journey.id,
                "version_id": journey.live_version_id.id,
                "res_id": contact.id,
                "moment": START,
                "days": 3650,
            }
        )
        wizard.action_simulate()
        return [(line.node_id.uid, line.came_at, line.port or None) for line in wizard.line_ids]

    def test_random_journeys_go_as_they_are_simulated(self):
        self.env.company.partner_id.tz = "Europe/Brussels"
        self.amal.tz = "America/New_York"
        lengths = set()
        for seed in range(GRAPHS):
            chance = random.Random(seed)
            contact = chance.choice(self.amal + self.emre)
            nodes, edges = draw_journey(chance, contact)
            with self.subTest(seed=seed, nodes=nodes, edges=edges):
                journey = self._go_live(
                    self._make_journey(nodes, edges, exit_on_goal=chance.random() < 0.5)
                )
                happened, _participant = self._run(journey, contact)
                shown = self._simulate(journey, contact)
                # the way out of whoever leaves the journey at a node says nothing
                for (uid, came, port), (real_uid, real_came, real_port) in zip(
                    shown, happened, strict=False
                ):
                    self.assertEqual((uid, came), (real_uid, real_came))
                    if port:
                        self.assertEqual(port, real_port)
                lengths.add(len(happened))
                self.assertGreaterEqual(len(shown), len(happened))
                self.assertLessEqual(
                    min(len(shown), MOST) - len(happened), 1, "at most the step where he is"
                )
        self.assertGreater(max(lengths), 3)

    def test_the_end_is_the_same(self):
        journey = self._go_live(
            self._make_journey(
                {
                    "start": {"trigger": "manual"},
                    "w": {"kind": "wait", "amount": 3, "unit": "days"},
                    "g": {"kind": "goal", "domain": "[]"},
                },
                ["start > w", "w > g"],
            )
        )
        happened, participant = self._run(journey, self.amal)
        shown = self._simulate(journey, self.amal)
        self.assertEqual([one[:2] for one in shown], [one[:2] for one in happened])
        self.assertEqual(participant.exit_reason, "goal")
        self.assertEqual(participant.goal_at, fields.Datetime.add(START, days=3))
