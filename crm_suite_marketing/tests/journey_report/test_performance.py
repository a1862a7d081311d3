from datetime import timedelta

from odoo.tests import tagged

from .common import START, ReportCommon

SUMS = (
    "entered:sum",
    "running:sum",
    "done:sum",
    "left_early:sum",
    "goals:sum",
    "goal_rate:avg",
    "hours_to_goal:avg",
    "revenue:sum",
    "sent:sum",
    "opened:sum",
    "clicked:sum",
    "open_rate:avg",
)


@tagged("post_install", "-at_install")
class TestPerformance(ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # two reached the goal, after 10 and 30 hours; one is on the way; one left early
        goal_in = {"state": "done", "exit_reason": "goal", "goal_uid": "goal"}
        cls.a = cls._enter(
            cls.amal, **goal_in, goal_at=START + timedelta(hours=10), revenue=100, exited_at=START
        )
        cls.b = cls._enter(
            cls.basil,
            **goal_in,
            entered_at=START + timedelta(days=1),
            goal_at=START + timedelta(days=1, hours=30),
            revenue=50,
        )
        cls.c = cls._enter(cls.emre, entered_at=START + timedelta(days=1))
        cls.d = cls._enter(cls.dalia, state="left", exit_reason="unsubscribed")
        for person in (cls.a, cls.b):
            cls._visit(person, "wait", hours=48, port="next")
            cls._visit(person, "ask", port="yes")
            cls._visit(person, "goal")
        cls._visit(cls.c, "wait", "waiting")
        cls._visit(cls.d, "wait", "skipped", hours=12, reason="unsubscribed")
        cls._deliver(cls.a.step_ids.filtered(lambda step: step.node_uid == "wait"), clicked=True)
        cls._deliver(cls.b.step_ids.filtered(lambda step: step.node_uid == "wait"))
        cls.Performance = cls.env["crm.journey.performance"]
        cls.Nodes = cls.env["crm.journey.node.performance"]

    def _sum(self, user=None, domain=(), specs=SUMS):
        Performance = self.Performance.with_user(user or self.manager)
        domain = [("journey_id", "=", self.journey.id), *domain]
        [row] = Performance._read_group(domain, [], specs)
        return dict(zip(specs, row, strict=True))

    def test_journey_in_figures(self):
        figures = self._sum()
        self.assertEqual(
            [figures[name] for name in SUMS[:5]], [4, 1, 2, 1, 2], "entered, running, …"
        )
        self.assertAlmostEqual(figures["goal_rate:avg"], 50.0)
        self.assertAlmostEqual(figures["hours_to_goal:avg"], 20.0)
        self.assertEqual(figures["revenue:sum"], 150)

    def test_messages_count_once_each(self):
        figures = self._sum()
        self.assertEqual((figures["sent:sum"], figures["opened:sum"]), (2, 1))
        self.assertEqual(figures["clicked:sum"], 1)
        self.assertAlmostEqual(figures["open_rate:avg"], 50.0)

    def test_averages_of_groups_are_those_of_the_people_in_them(self):
        rows = self.Performance.with_user(self.manager)._read_group(
            [("journey_id", "=", self.journey.id)], ["date:day"], ["goal_rate:avg", "entered:sum"]
        )
        self.assertEqual([(rate, entered) for _day, rate, entered in rows], [(50.0, 2), (50.0, 2)])

    def test_why_people_ended(self):
        rows = self.Performance.with_user(self.manager)._read_group(
            [("journey_id", "=", self.journey.id)], ["exit_reason"], ["entered:sum"]
        )
        self.assertEqual(dict(rows), {"goal": 2, "unsubscribed": 1, False: 1})

    def test_a_row_opens_the_people_whom_it_counts(self):
        for row in self.Performance.with_user(self.manager).search(
            [("journey_id", "=", self.journey.id)]
        ):
            action = row.action_view_participants()
            people = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(len(people), row.entered)

    def test_figures_are_those_of_cards_and_lists(self):
        figures = self._sum()
        journey = self.journey.with_user(self.manager)
        self.assertEqual(figures["entered:sum"], journey.entered_count)
        self.assertEqual(figures["running:sum"], journey.running_count)
        self.assertEqual(figures["goals:sum"], journey.goal_count)
        self.assertAlmostEqual(figures["goal_rate:avg"], journey.goal_rate)

    def test_nodes_count_as_the_canvas_does(self):
        for uid, node in self.nodes.items():
            if node.kind == "trigger":
                # nobody makes a step at a start: who came by it is in the results of the journey
                self.assertEqual(node.passed_count, self._sum()["entered:sum"])
                continue
            domain = [("node_id", "=", node.id)]
            [row] = self.Nodes._read_group(
                domain, [], ["entered:sum", "waiting:sum", "failed:sum", "passed:sum"]
            )
            came, waiting, failed, passed = (value or 0 for value in row)
            self.assertEqual(waiting + failed, node.open_count, uid)
            self.assertEqual(failed, node.failed_count, uid)
            self.assertEqual(passed, node.passed_count, uid)
            self.assertEqual(came, waiting + failed + passed, uid)

    def test_a_node_in_figures(self):
        [row] = self.Nodes._read_group(
            [("node_id", "=", self.nodes["wait"].id)],
            [],
            ["entered:sum", "waiting:sum", "done:sum", "dropped:sum", "drop_rate:avg"]
            + ["hours_there:avg"],
        )
        self.assertEqual(row[:4], (4, 1, 2, 1))
        self.assertAlmostEqual(row[4], 25.0)
        self.assertAlmostEqual(row[5], 36.0)

    def test_whoever_reaches_the_goal_on_the_way_has_not_dropped_off(self):
        person = self._enter(self.celine, state="done", exit_reason="goal", goal_at=START)
        self._visit(person, "wait", "skipped", reason="goal")
        [[dropped]] = self.Nodes._read_group(
            [("node_id", "=", self.nodes["wait"].id)], [], ["dropped:sum"]
        )
        self.assertEqual(dropped, 1)

    def test_failed_steps(self):
        self._visit(self._enter(self.celine), "ask", "failed", reason="error")
        [row] = self.Nodes._read_group(
            [("node_id", "=", self.nodes["ask"].id)], [], ["failed:sum", "entered:sum"]
        )
        self.assertEqual(row, (1, 3))

    def test_ways_out_have_names(self):
        rows = self.Nodes._read_group(
            [("node_id", "in", (self.nodes["ask"] + self.nodes["wait"]).ids)],
            ["node_id", "way"],
            ["entered:sum"],
        )
        self.assertEqual(
            {(node.name, way): count for node, way, count in rows},
            {("Belgian?", "Yes"): 2, ("Two days", "Next"): 2, ("Two days", False): 2},
        )

    def test_a_row_of_a_node_opens_its_steps(self):
        rows = self.Nodes.search([("journey_id", "=", self.journey.id)])
        self.assertTrue(rows)
        for row in rows:
            action = row.action_view_steps()
            self.assertEqual(
                self.env[action["res_model"]].search_count(action["domain"]), row.entered
            )

    def test_other_companies_are_not_counted(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.journey.sudo().company_id = other
        self.assertFalse(
            self.Performance.with_user(self.marketer).search_count(
                [("journey_id", "=", self.journey.id)]
            )
        )
        self.assertFalse(
            self.Nodes.with_user(self.marketer).search_count([("journey_id", "=", self.journey.id)])
        )

    def test_revenue_is_for_those_who_may_read_it(self):
        fields = self.Performance.with_user(self.marketer).fields_get()
        self.assertNotIn("revenue", fields)
        self.assertIn("revenue", self.Performance.with_user(self.manager).fields_get())

    def test_reports_open_from_the_journey(self):
        journey = self.journey.with_user(self.marketer)
        for action in (journey.action_view_performance(), journey.action_view_node_performance()):
            self.assertTrue(self.env[action["res_model"]].search_count(action["domain"]))
