from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import HOUR, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestPromise(HelpdeskCommon):
    def promise(self, partner=None, user=None):
        partner = partner or self.customer
        return partner.with_user(user or self.agent).get_sla_promise()

    def create_policy(self, budget=HOUR, metric="resolution", priority=False, **values):
        target = {"metric": metric, "priority": priority, "budget_s": budget}
        return self.env["crm.sla.policy"].create(
            {"name": "Other", "target_ids": [Command.create(target)], **values}
        )

    def names(self, partner=None):
        return [policy["name"] for policy in self.promise(partner)["policies"]]

    def test_targets_by_metric_and_priority(self):
        [policy] = self.promise()["policies"]
        self.assertEqual(policy["name"], "Test promise")
        self.assertEqual(policy["hours"], "Office hours")
        self.assertEqual(
            policy["rows"],
            [
                ("First response", {"0": 7200, "1": 7200, "2": 7200, "3": 3600}),
                ("Resolution", {"0": 28800, "1": 28800, "2": 28800, "3": 14400}),
            ],
        )

    def test_policies_of_other_customers_do_not_hold(self):
        gold = self.env["crm.customer.tier"].create({"name": "Test gold"})
        self.create_policy(name="Of the company", partner_ids=self.customer_company, sequence=-9)
        self.create_policy(name="Of strangers", partner_ids=self.stranger_company, sequence=-8)
        self.create_policy(name="Of gold", tier_ids=gold, sequence=-7, stack="add")
        self.create_policy(name="Of last year", date_to="2025-12-31", sequence=-6)
        self.create_policy(name="Of next year", date_from="2027-01-01", sequence=-5)
        self.assertEqual(self.names(), ["Of the company", "Test promise"])
        self.assertEqual(self.names(self.customer_company), self.names())
        self.assertEqual(self.names(self.stranger_company), ["Of strangers", "Test promise"])
        self.customer_company.customer_tier_id = gold
        self.assertEqual(self.names(), ["Of the company", "Of gold", "Test promise"])

    def test_what_can_never_be_reached_is_not_promised(self):
        self.policy.sequence = 5
        self.create_policy(name="First", budget=4 * HOUR, sequence=0)
        later = self.create_policy(name="Never reached", sequence=6)
        first, second = self.promise()["policies"]
        self.assertEqual((first["name"], len(first["rows"])), ("First", 1))
        self.assertEqual([metric for metric, _cells in second["rows"]], ["First response"])
        later.stack = "add"
        self.assertEqual(self.names(), ["First", "Test promise", "Never reached"])

    def test_a_limited_policy_says_so_and_hides_nothing(self):
        self.create_policy(name="Of the team", team_ids=self.team, sequence=-9)
        first, second = self.promise()["policies"]
        self.assertEqual(first["limits"], [("Teams", "Test Support")])
        self.assertEqual(len(second["rows"]), 2)

    def test_share_of_promises_kept_in_ninety_days(self):
        def solve(ticket):
            self.reply(ticket)
            self.move(ticket, "solved")

        solve(self.create_ticket())
        self.travel(days=100)
        kept, late = self.create_ticket(), self.create_ticket()
        solve(kept)
        self.travel(hours=3)
        solve(late)
        solve(self.create_ticket(partner_id=self.stranger_user.partner_id.id))
        result = self.promise()["kept"]
        # the first response of one came late, all others were in time
        self.assertEqual((result["met"], result["missed"]), (3, 1))
        self.assertEqual(result["share"], 0.75)
        self.assertEqual(result["rows"], [("First response", 1, 1, 0), ("Resolution", 2, 0, 0)])
        self.assertEqual(self.promise(self.customer_company)["kept"], result)

    def test_nothing_ended_is_no_share(self):
        self.assertIsNone(self.promise()["kept"]["share"])

    def test_open_tickets_with_the_nearest_deadline_first(self):
        normal, urgent = self.create_ticket(), self.create_ticket(priority="3")
        waiting = self.create_ticket()
        self.reply(waiting)
        self.move(waiting, "waiting_customer")
        solved = self.create_ticket()
        self.move(solved, "solved")
        promise = self.promise()
        self.assertEqual([t["id"] for t in promise["tickets"]], [urgent.id, normal.id, waiting.id])
        self.assertEqual((promise["open"], promise["overdue"]), (3, 0))
        self.assertEqual(promise["tickets"][0]["live"]["left"], HOUR)
        self.travel(minutes=90)
        self.assertEqual(self.promise()["overdue"], 1)

    def test_nobody_learns_more_than_he_may_read(self):
        self.create_ticket()
        solved = self.create_ticket()
        self.reply(solved)
        self.move(solved, "solved")
        other = self.promise(user=self.outsider)
        self.assertEqual((other["tickets"], other["open"], other["kept"]["met"]), ([], 0, 0))
        for user in (self.employee, self.customer_user):
            with self.assertRaises(AccessError):
                self.promise(user=user)

    def test_cost_does_not_grow_with_tickets(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.promise()
            return self.env.cr.sql_log_count - before

        self.create_ticket()
        count()
        once = count()
        for _i in range(20):
            ticket = self.create_ticket()
            self.reply(ticket)
            self.move(ticket, "solved")
            self.create_ticket()
        self.assertLessEqual(count(), once + 2)
