from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import MONDAY
from .common import InsightCommon


@tagged("post_install", "-at_install")
class TestDesk(InsightCommon):
    def desk(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["crm.ticket.desk"].with_user(user).get_desk()

    def counts(self, user):
        return {counter["key"]: counter["count"] for counter in self.desk(user)["counters"]}

    def test_every_counter_counts_the_list_that_it_opens(self):
        self.live(6, count=14, steps=90)
        self.env["crm.ticket"].search([("closed_at", "=", False)], limit=2).write(
            {"snoozed_until": self.env.cr.now() + timedelta(hours=1)}
        )
        for user in (self.agent, self.colleague, self.manager, self.leader, self.outsider):
            for counter in self.desk(user)["counters"]:
                with self.subTest(user=user.login, counter=counter["key"]):
                    records = self.env[counter["model"]].with_user(user)
                    self.assertEqual(counter["count"], records.search_count(counter["domain"]))

    def test_counters(self):
        self.travel(MONDAY - timedelta(days=3))
        old = self.create_ticket(user_id=self.agent.id)
        self.travel(MONDAY)
        solved, fresh = (self.create_ticket(user_id=self.agent.id) for _ in range(2))
        self.create_ticket()
        self.create_ticket(team_id=self.second_team.id)
        self.reply(solved)
        self.move(solved, "solved")
        self.move(self.create_ticket(user_id=self.agent.id), "cancelled")
        self.assertEqual(
            self.counts(self.agent),
            {
                "open": 2,
                "overdue": 1,
                "at_risk": 0,
                "today": 1,
                "us": 2,
                "snoozed": 0,
                "free": 1,
                "solved": 1,
                "kept": 2,
            },
        )
        fresh.sudo().write({"snoozed_until": MONDAY + timedelta(hours=3)})
        self.travel(hours=1, minutes=40)
        counts = self.counts(self.agent)
        self.assertEqual((counts["at_risk"], counts["snoozed"]), (1, 1))
        self.assertTrue(old)

    def test_what_to_do_next(self):
        policy_free = {"team_id": self.second_team.id, "user_id": self.agent.id}
        self.policy.team_ids = self.team
        self.travel(MONDAY - timedelta(days=3))
        plain = self.create_ticket(**policy_free)
        late = self.create_ticket(user_id=self.agent.id)
        self.travel(MONDAY)
        today = self.create_ticket(user_id=self.agent.id)
        urgent_today = self.create_ticket(user_id=self.agent.id, priority="3")
        unanswered = self.create_ticket(**policy_free)
        self.customer_writes(unanswered)
        waiting = self.create_ticket(**policy_free)
        self.move(waiting, "waiting_customer")
        self.create_ticket(user_id=self.colleague.id)
        rows = self.desk(self.agent)["next"]
        self.assertEqual(
            [(row["id"], row["reason"]) for row in rows],
            [
                (late.id, "overdue"),
                (urgent_today.id, "deadline"),
                (today.id, "deadline"),
                (unanswered.id, "unanswered"),
                (plain.id, "age"),
            ],
        )
        self.assertLess(rows[0]["remaining"], 0)
        self.assertEqual(rows[1]["remaining"], 1)
        self.assertEqual(rows[1]["live"], urgent_today.sla_live)
        self.assertEqual(rows[1]["metric"], "First response")
        today.sudo().write({"snoozed_until": MONDAY + timedelta(days=2)})
        self.assertNotIn(today.id, [row["id"] for row in self.desk(self.agent)["next"]])
        self.travel(minutes=100)
        self.assertIn(
            today.id, [row["id"] for row in self.desk(self.agent)["next"]], "its deadline is near"
        )

    def test_leaders_see_the_load_of_their_team(self):
        self.create_ticket(team_id=self.second_team.id, user_id=self.colleague.id)
        self.create_ticket(team_id=self.second_team.id)
        self.create_ticket(user_id=self.agent.id)
        self.travel(days=2)
        self.assertEqual(self.desk(self.agent)["teams"], [])
        [team] = self.desk(self.leader)["teams"]
        self.assertEqual(team["id"], self.second_team.id)
        self.assertEqual(team["total"], {"open": 2, "overdue": 2, "at_risk": 0, "us": 2})
        self.assertEqual(team["unassigned"]["open"], 1)
        self.assertEqual(
            [(row["name"], row["open"]) for row in team["agents"]], [("Basma Second", 1)]
        )
        for row in (*team["agents"], team["unassigned"]):
            for name, extra in team["filters"].items():
                found = self.env["crm.ticket"].search_count([*row["domain"], *extra])
                self.assertEqual(found, row[name])
        teams = {row["id"] for row in self.desk(self.manager)["teams"]}
        self.assertLessEqual({self.team.id, self.second_team.id}, teams)

    def test_taking_a_ticket(self):
        ticket = self.create_ticket()
        desk = self.env["crm.ticket.desk"]
        self.assertEqual([row["id"] for row in self.desk(self.agent)["queue"]], [ticket.id])
        with self.assertRaises(AccessError):
            desk.with_user(self.outsider).take(ticket.id)
        self.assertTrue(desk.with_user(self.agent).take(ticket.id))
        self.assertEqual(ticket.user_id, self.agent)
        self.assertFalse(desk.with_user(self.manager).take(ticket.id), "too late")
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(self.desk(self.agent)["queue"], [])

    def test_only_agents_have_a_desk(self):
        for user in (self.employee, self.customer_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["crm.ticket.desk"].with_user(user).get_desk()
        self.assertEqual(self.desk(self.outsider)["next"], [])

    def test_the_number_of_queries_is_fixed(self):
        def cost():
            self.desk(self.leader)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["crm.ticket.desk"].with_user(self.leader).get_desk()
            return self.env.cr.sql_log_count - before

        for _ in range(2):
            self.create_ticket(team_id=self.second_team.id, user_id=self.leader.id)
            self.create_ticket(team_id=self.second_team.id)
        few = cost()
        for _ in range(10):
            self.create_ticket(team_id=self.second_team.id, user_id=self.leader.id)
            self.create_ticket(team_id=self.second_team.id)
        many = cost()
        self.assertLessEqual(many, few + 2, "tickets to show are read at once")
        self.assertLessEqual(many, 40)
