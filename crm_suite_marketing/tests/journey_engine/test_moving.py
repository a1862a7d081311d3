from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import RecordCapturer, tagged
from odoo.tools import mute_logger

from ...models.journey.outcome import Outcome
from ...models.journey_engine import worker
from .common import EngineCommon

ACTION = {"start": {}, "a": {"kind": "tag"}, "w": {"kind": "wait", "amount": 9}}
ACTION_WAYS = ["start > a", "a > w"]


@tagged("post_install", "-at_install")
class TestMoving(EngineCommon):
    def _run(self, nodes, edges, records, **values):
        journey = self._go_live(self._make_journey(nodes, edges, **values))
        self._enrol(journey, records)
        self.began = fields.Datetime.now()
        return journey

    def _advance_after(self, **time):
        with freeze_time(self.began + timedelta(**time)):
            self._advance()

    def _capture_triggers(self, cron):
        return RecordCapturer(self.env["ir.cron.trigger"], [("cron_id", "=", cron.id)])

    # ------------------------------------------------------------------
    # Time
    # ------------------------------------------------------------------

    def test_a_wait_is_over_when_it_is_over(self):
        nodes = {"start": {}, "w": {"kind": "wait", "amount": 2, "unit": "days"}}
        journey = self._run(nodes, ["start > w"], self.amal)
        self._advance()
        self._advance_after(days=1, hours=22)
        self.assertEqual(self._where(journey), {self.amal.id: "w"})
        self._advance_after(days=2, hours=2)
        self.assertEqual(self._where(journey), {self.amal.id: "end"})

    def test_a_wait_ends_at_an_hour_of_the_clock_of_the_participant(self):
        self.amal.tz = "Asia/Tokyo"
        self.env.company.partner_id.tz = "America/New_York"
        self.emre.tz = False
        nodes = {
            "start": {},
            "w": {"kind": "wait", "amount": 0, "has_hour": True, "at_hour": 9.5},
        }
        with freeze_time("2026-03-02 12:00:00"):
            journey = self._run(nodes, ["start > w"], self.amal + self.emre)
            self._advance()
        steps = {one.res_id: one.step_ids for one in self._participants(journey)}
        self.assertEqual(str(steps[self.amal.id].due_at), "2026-03-03 00:30:00")
        self.assertFalse(steps[self.amal.id].reason)
        self.assertEqual(str(steps[self.emre.id].due_at), "2026-03-02 14:30:00")
        self.assertEqual(steps[self.emre.id].reason, "company_zone")

    def test_a_date_that_is_over_or_missing_is_missed(self):
        field = self.env["ir.model.fields"]._get("crm.lead", "date_deadline")
        nodes = {
            "start": {},
            "u": {
                "kind": "until",
                "until_kind": "field",
                "date_field_id": field.id,
                "amount": 3,
                "unit": "days",
                "side": "before",
            },
            "m": {"kind": "wait", "amount": 99},
        }
        today = fields.Date.today()
        leads = self.env["crm.lead"].create(
            [
                {"name": "soon", "date_deadline": today + timedelta(days=10)},
                {"name": "past", "date_deadline": today - timedelta(days=10)},
                {"name": "none", "date_deadline": False},
            ]
        )
        journey = self._run(
            nodes,
            ["start > u", "u.missed > m"],
            leads,
            model_id=self.env["ir.model"]._get_id("crm.lead"),
        )
        self._advance()
        soon, past, none = leads.ids
        self.assertEqual(self._where(journey), {soon: "u", past: "m", none: "m"})
        # the date moves while it is waited for
        leads[0].date_deadline = today + timedelta(days=20)
        self._advance_after(days=9)
        self.assertEqual(self._where(journey)[soon], "u")
        self._advance_after(days=19)
        self.assertEqual(self._where(journey)[soon], "end")

    def test_a_date_that_means_never_keeps_nobody_from_reading(self):
        field = self.env["ir.model.fields"]._get("crm.lead", "date_deadline")
        until = {"until_kind": "field", "date_field_id": field.id, "amount": 2, "unit": "months"}
        lead = self.env["crm.lead"].create({"name": "never", "date_deadline": "9999-12-31"})
        journey = self._run(
            {"start": {}, "u": {"kind": "until", **until}},
            ["start > u"],
            lead,
            model_id=self.env["ir.model"]._get_id("crm.lead"),
        )
        self._advance()
        self.assertEqual(self._where(journey), {lead.id: "u"})
        self.assertEqual(self._participants(journey).due_at.year, 9999)

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------

    def test_branch_asks_the_filter_with_the_rights_of_the_responsible(self):
        nodes = {
            "start": {},
            "b": {"kind": "branch", "domain": "[('name', '=', 'Amal')]"},
            "y": {"kind": "wait"},
            "n": {"kind": "wait"},
        }
        edges = ["start > b", "b.yes > y", "b.no > n"]
        journey = self._run(nodes, edges, self.amal + self.emre)
        self._advance()
        self.assertEqual(self._where(journey), {self.amal.id: "y", self.emre.id: "n"})

    def test_condition_waits_for_it_or_for_its_time(self):
        nodes = {
            "start": {},
            "c": {"kind": "condition", "domain": "[('city', '=', 'Gent')]", "amount": 5},
            "y": {"kind": "wait", "amount": 99},
            "t": {"kind": "wait", "amount": 99},
        }
        edges = ["start > c", "c.yes > y", "c.timeout > t"]
        self.basil.city = "Gent"
        journey = self._run(nodes, edges, self.reachable)
        self._advance()
        waiting = {self.amal.id: "c", self.basil.id: "y", self.emre.id: "c"}
        self.assertEqual(self._where(journey), waiting)
        self.amal.city = "Gent"
        self._advance_after(days=1)
        self._advance_after(days=6)
        self.assertEqual(
            self._where(journey), {self.amal.id: "y", self.basil.id: "y", self.emre.id: "t"}
        )

    def test_split_sends_everybody_the_same_way_again(self):
        arms = [
            Command.create({"port": port, "name": port, "weight": weight})
            for port, weight in (("a", 50), ("b", 50), ("c", 0))
        ]
        nodes = {
            "start": {},
            "s": {"kind": "split", "arm_ids": arms},
            "a": {"kind": "wait"},
            "b": {"kind": "wait"},
            "c": {"kind": "wait"},
        }
        people = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(200)])
        edges = ["start > s", "s.a > a", "s.b > b", "s.c > c"]
        journey = self._run(nodes, edges, people)
        self._advance()
        places = list(self._where(journey).values())
        self.assertGreater(places.count("a"), 60)
        self.assertGreater(places.count("b"), 60)
        self.assertEqual(places.count("a") + places.count("b"), 200)

    def test_jump_leads_back_so_often_and_no_more(self):
        nodes = {
            "start": {},
            "w": {"kind": "wait", "amount": 1, "unit": "hours"},
            "j": {"kind": "jump", "jump_uid": "w", "jump_most": 2},
        }
        journey = self._run(nodes, ["start > w", "w > j"], self.amal)
        for hours in range(6):
            self._advance_after(hours=hours, minutes=hours)
        participant = self._participants(journey)
        self.assertEqual(self._walk(participant), ["w", "j", "w", "j", "w", "j"])
        self.assertEqual(participant.exit_reason, "end")

    def test_a_goal_is_reached_wherever_one_is(self):
        nodes = {
            "start": {},
            "w": {"kind": "wait", "amount": 9},
            "g": {"kind": "goal", "domain": "[('city', '=', 'Gent')]"},
        }
        journey = self._run(nodes, ["start > w", "w > g"], self.amal + self.emre)
        self._advance()
        self.amal.city = "Gent"
        self._advance()
        self.assertEqual(self._where(journey), {self.amal.id: "goal", self.emre.id: "w"})
        reached = self._participants(journey).filtered("goal_at")
        self.assertEqual((reached.res_id, reached.goal_uid), (self.amal.id, "g"))

    def test_who_matches_the_exit_rule_or_is_gone_takes_no_step(self):
        nodes = {"start": {}, "w": {"kind": "wait", "amount": 1}, "a": {"kind": "tag"}}
        journey = self._run(
            nodes, ["start > w", "w > a"], self.reachable, exit_domain="[('city', '=', 'Gent')]"
        )
        self._advance()
        self.amal.city = "Gent"
        gone = self.emre.id
        self.emre.unlink()
        self._advance_after(days=2)
        self.assertEqual(
            self._where(journey), {self.amal.id: "exit_rule", gone: "gone", self.basil.id: "end"}
        )
        self.assertEqual(self.acted, [("a", self.basil.id)])

    def test_who_matches_the_exit_rule_is_asked_also_where_others_leave(self):
        """Whoever leaves a batch makes no room for somebody who was not asked."""
        journey = self._run(ACTION, ACTION_WAYS, self.reachable, exit_domain="[('city', '=', 'x')]")
        # nobody is asked but whoever is just about to take his step
        journey.sudo().looked_at = fields.Datetime.now()
        self.reachable.city = "x"
        with patch.object(worker, "BATCH", 1):
            self.env["crm.journey.step"]._advance("test")
        self.assertFalse(self.acted)
        self.assertEqual(set(self._where(journey).values()), {"exit_rule"})

    def test_whom_a_goal_takes_out_is_done_nothing_more_to(self):
        """Whoever has paid since the last look is not reminded."""
        nodes = ACTION | {"g": {"kind": "goal", "domain": "[('city', '=', 'Gent')]"}}
        journey = self._run(nodes, [*ACTION_WAYS, "w > g"], self.amal + self.emre)
        journey.sudo().looked_at = fields.Datetime.now()
        self.amal.city = "Gent"
        self.env["crm.journey.step"]._advance("test")
        self.assertEqual(self.acted, [("a", self.emre.id)])
        self.assertEqual(self._where(journey), {self.amal.id: "goal", self.emre.id: "w"})

    def test_a_clock_that_is_set_back_stops_no_looks(self):
        nodes = {"start": {}, "w": {"kind": "wait", "amount": 9}}
        journey = self._run(nodes, ["start > w"], self.amal, exit_domain="[('city', '=', 'x')]")
        self._advance()
        journey.sudo().looked_at = fields.Datetime.now() + timedelta(days=30)
        self.amal.city = "x"
        self.env["crm.journey.step"]._advance("test")
        self.assertEqual(self._where(journey), {self.amal.id: "exit_rule"})

    def test_of_two_exclusive_journeys_at_the_same_moment_one_keeps_the_person(self):
        """Two that let him in at once do not see each other."""
        first = self._run(ACTION, ACTION_WAYS, self.amal, is_exclusive=True, sequence=1)
        second = self._run(ACTION, ACTION_WAYS, self.amal, sequence=2)
        second.sudo().is_exclusive = True
        (first + second).sudo().looked_at = fields.Datetime.now()
        self.env["crm.journey.step"]._advance("test")
        self.assertEqual(self._where(first), {self.amal.id: "w"})
        self.assertEqual(self._where(second), {self.amal.id: "priority"})
        self.assertEqual(self.acted, [("a", self.amal.id)])

    @mute_logger("odoo.addons.crm_suite_marketing.models.journey_engine.looks")
    @mute_logger("odoo.addons.crm_suite_marketing.models.journey_engine.worker")
    def test_what_nobody_has_thought_of_stops_no_other_journey(self):
        broken = self._run(ACTION, ACTION_WAYS, self.amal)
        other = self._run(ACTION, ACTION_WAYS, self.emre)
        plain = self.registry["crm.journey"]._list_exit_rules

        def raise_or_list(journey):
            if journey == broken:
                raise RuntimeError("nobody has thought of it")
            return plain(journey)

        with patch.object(self.registry["crm.journey"], "_list_exit_rules", raise_or_list):
            self._advance()
        self.assertEqual(self._where(broken), {self.amal.id: "a"})
        self.assertEqual(self._where(other), {self.emre.id: "w"})

    def test_who_leaves_while_another_worker_moves_him_stays_nowhere(self):
        """What is closed is over already, by a worker that was faster; the next step is open."""
        journey = self._run(ACTION, ACTION_WAYS, self.amal)
        participant, cr = self._participants(journey), self.env.cr
        Step = self.env["crm.journey.step"]

        class Waiting:
            """A cursor that waits for the other worker at the first closing."""

            def __getattr__(self, name):
                return getattr(cr, name)

            def execute(self, query, *args):
                if "'skipped'" in query.code and not self.__dict__.get("has_waited"):
                    self.has_waited = True
                    step = Step.search(
                        [("participant_id", "=", participant.id), ("state", "=", "due")]
                    )
                    Step._finish(step.ids)
                    # at READ COMMITTED the statement still sees the step that is over
                    return cr.execute("SELECT WHERE FALSE")
                return cr.execute(query, *args)

        left = participant._exit_on(Waiting(), participant.ids, "goal")
        self.env.invalidate_all()
        self.assertEqual(left, participant.ids)
        self.assertEqual(self._where(journey), {self.amal.id: "goal"})

    def test_whoever_goes_in_circles_stops_the_journey_and_stays(self):
        nodes = {
            "start": {},
            "b": {"kind": "branch", "domain": "[]"},
            "a": {"kind": "branch", "domain": "[]"},
        }
        journey = self._run(nodes, ["start > b", "b.yes > a", "a.yes > b"], self.amal)
        self._advance()
        self.assertEqual(journey.state, "paused")
        self.assertIn("circles", journey.pause_reason)
        self.assertIn(self._where(journey)[self.amal.id], ("a", "b"))

    def test_a_filter_that_does_not_work_stops_its_journey_alone(self):
        nodes = {"start": {}, "b": {"kind": "branch", "domain": "[('no_field', '=', 1)]"}}
        broken = self._run(nodes, ["start > b"], self.amal)
        other = self._run(ACTION, ACTION_WAYS, self.amal)
        self._advance()
        self.assertEqual((broken.state, other.state), ("paused", "running"))
        self.assertEqual(self._where(broken), {self.amal.id: "b"})
        self.assertEqual(self._where(other), {self.amal.id: "w"})

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def test_an_action_is_done_once_for_each_and_they_go_on(self):
        journey = self._run(ACTION, ACTION_WAYS, self.reachable)
        self._advance()
        self._advance()
        self.assertEqual(sorted(self.acted), sorted(("a", one.id) for one in self.reachable))
        self.assertEqual(set(self._where(journey).values()), {"w"})

    def test_one_who_cannot_be_done_does_not_keep_the_others(self):
        def answer(node, steps):
            if any(step["res_id"] == self.amal.id for step in steps):
                raise ValueError("no way")

        self.answer = answer
        journey = self._run(ACTION, ACTION_WAYS, self.reachable)
        self._advance()
        expected = {self.amal.id: "a", self.basil.id: "w", self.emre.id: "w"}
        self.assertEqual(self._where(journey), expected)
        step = self._participants(journey).step_ids.filtered(lambda one: one.state == "due")
        self.assertEqual((step.attempt, step.reason), (1, "error"))
        self.assertIn("no way", step.detail)
        self.assertEqual(self.acted.count(("a", self.basil.id)), 2)
        for hours in (1, 3, 20):
            self._advance_after(hours=hours)
        step.invalidate_recordset()
        self.assertEqual((step.state, step.attempt), ("failed", 3))
        self.assertEqual(self._where(journey), expected)

    def test_what_an_action_says_of_each_is_kept(self):
        later = fields.Datetime.now() + timedelta(days=2)

        def answer(node, steps):
            fates = {
                self.amal.id: Outcome(state="put_off", due_at=later, reason="quiet"),
                self.basil.id: Outcome(state="skipped", reason="no_address"),
                self.emre.id: Outcome(state="failed", reason="broken", detail="Look at it"),
            }
            return {step["id"]: fates[step["res_id"]] for step in steps}

        self.answer = answer
        journey = self._run(ACTION, ACTION_WAYS, self.reachable)
        self._advance()
        self.assertEqual(
            self._where(journey), {self.amal.id: "a", self.basil.id: "w", self.emre.id: "a"}
        )
        steps = {
            one.res_id: one.step_ids.filtered(lambda step: step.node_uid == "a")
            for one in self._participants(journey)
        }
        amal, basil, emre = (steps[one.id] for one in self.reachable)
        self.assertEqual((amal.state, amal.due_at, amal.attempt), ("due", later, 0))
        self.assertEqual((basil.state, basil.reason), ("skipped", "no_address"))
        self.assertEqual((emre.state, emre.detail), ("failed", "Look at it"))

    def test_what_expires_is_gone_on_without(self):
        self.answer = lambda node, steps: {
            step["id"]: Outcome(state="failed", reason="broken") for step in steps
        }
        nodes = ACTION | {"a": {"kind": "tag", "expiry_amount": 2, "expiry_unit": "days"}}
        journey = self._run(nodes, ACTION_WAYS, self.amal)
        self._advance_after(hours=1)
        self.assertEqual(self._where(journey), {self.amal.id: "a"})
        self._advance_after(days=3)
        self.assertEqual(self._where(journey), {self.amal.id: "w"})
        states = self._participants(journey).step_ids.sorted("id").mapped("state")
        self.assertEqual(states, ["expired", "waiting"])

    def test_an_action_that_commits_is_not_done(self):
        """It would be done again and again: the end of its step is not committed with it."""

        def answer(node, steps):
            node.env.cr.commit()  # pylint: disable=invalid-commit
            return {}

        self.answer = answer
        journey = self._run(ACTION, ACTION_WAYS, self.amal)
        self._advance()
        step = self._participants(journey).step_ids
        self.assertEqual((step.state, step.attempt, step.reason), ("due", 1, "error"))
        self.assertIn("commit", step.detail)

    def test_an_action_may_take_out_whom_it_is_about(self):
        def answer(node, steps):
            who = [step["participant_id"] for step in steps if step["res_id"] == self.amal.id]
            self.env["crm.journey.participant"]._exit(who, "goal")

        self.answer = answer
        journey = self._run(ACTION, ACTION_WAYS, self.amal + self.emre)
        self._advance()
        self.assertEqual(self._where(journey), {self.amal.id: "goal", self.emre.id: "w"})
        self.assertEqual(len(self.acted), 2)

    def test_what_a_dead_worker_held_comes_back(self):
        journey = self._run(ACTION, ACTION_WAYS, self.amal)
        step = self._participants(journey).step_ids
        step.sudo().write(
            {
                "state": "claimed",
                "worker": "dead",
                "lease_until": self.began + timedelta(minutes=15),
            }
        )
        self._advance()
        self.assertEqual(self._where(journey), {self.amal.id: "w"})

    def test_who_comes_in_wakes_the_workers_and_they_take_him(self):
        cron = self.env.ref("crm_suite_marketing.ir_cron_journey_advance_1")
        with self._capture_triggers(cron) as captured:
            journey = self._run(ACTION, ACTION_WAYS, self.amal)
        self.assertTrue(captured.records)
        self.env["crm.journey.step"]._cron_advance(1)
        self.assertEqual(self._where(journey), {self.amal.id: "w"})

    def test_workers_look_when_the_next_is_due(self):
        nodes = {"start": {}, "w": {"kind": "wait", "amount": 30, "unit": "minutes"}}
        with freeze_time("2026-03-02 12:00:00"):
            self._run(nodes, ["start > w"], self.amal)
            self._advance()
        cron = self.env.ref("crm_suite_marketing.ir_cron_journey_advance_1")
        with freeze_time("2026-03-02 12:29:30"), self._capture_triggers(cron) as captured:
            self.env["crm.journey.step"]._cron_advance(1)
        self.assertIn("2026-03-02 12:30:00", map(str, captured.records.mapped("call_at")))

    def test_who_is_responsible_is_told_why_it_stands_still(self):
        nodes = {"start": {}, "b": {"kind": "branch", "domain": "[('no_field', '=', 1)]"}}
        journey = self._run(nodes, ["start > b"], self.amal)
        self._advance()
        self.assertIn("no_field", journey.pause_reason)
        told = journey.message_ids.filtered(
            lambda message: self.marketer.partner_id in message.notified_partner_ids
        )
        self.assertIn("no_field", told[:1].body or "")

    def test_a_paused_journey_rests(self):
        journey = self._run(ACTION, ACTION_WAYS, self.amal)
        journey.sudo().state = "paused"
        self._advance()
        self.assertEqual(self._where(journey), {self.amal.id: "a"})
        self.assertFalse(self.acted)
