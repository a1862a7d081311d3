from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import EscalationCommon


@tagged("post_install", "-at_install")
class TestRules(EscalationCommon):
    """Rules are entered on the policy, say what they mean, and hold at once when they change."""

    def test_a_new_policy_has_a_ladder(self):
        form = Form(self.env["crm.sla.policy"].with_user(self.manager))
        form.name = "Gold"
        with form.target_ids.new() as target:
            target.metric = "resolution"
            target.budget = 8
        policy = form.save()
        self.assertEqual(
            policy.rule_ids.mapped("when_text"),
            [
                "At 75 % of the time",
                "At the deadline",
                "04:00 after the deadline, then every 08:00, 3 times",
            ],
        )
        self.assertIn("Assigned Agent", policy.rule_ids[0].who_text)
        self.assertEqual(policy.rule_ids[0].what_text, "Message")

    def test_the_default_policy_has_a_ladder(self):
        policy = self.env.ref("crm_suite_helpdesk.crm_sla_policy_default")
        self.assertEqual(len(policy.rule_ids), 3)

    def test_entered_on_the_policy(self):
        rule_form = Form(
            self.env["crm.sla.rule"]
            .with_user(self.manager)
            .with_context(default_policy_id=self.policy.id)
        )
        rule_form.kind = "before"
        rule_form.delay = 0.5
        rule_form.to_leader = True
        rule = rule_form.save()
        self.assertEqual(rule.when_text, "00:30 before the deadline")
        copy = self.policy.copy()
        self.assertEqual(copy.rule_ids.mapped("when_text"), ["00:30 before the deadline"])

    def test_what_makes_no_sense_is_refused(self):
        rules = [
            {"kind": "share", "share": 0},
            {"kind": "share", "share": 1001},
            {"kind": "before", "delay": 0},
            {"kind": "after", "delay": -1},
            {"kind": "after", "every": 0.01},
            {"kind": "share", "every": 1},
            {"kind": "after", "times": -1},
            {"kind": "after", "delay": 10**6},
            {"kind": "after", "assign_to": "user"},
        ]
        for values in rules:
            with (
                self.subTest(values),
                self.assertRaises(ValidationError),
            ):
                self.env["crm.sla.rule"].create({"policy_id": self.policy.id, **values})
                self.env.flush_all()

    def test_teams_and_agents_of_the_company_only(self):
        sister = self.env["res.company"].create({"name": "Sister"})
        team = self.env["crm.ticket.team"].create({"name": "Theirs", "company_id": sister.id})
        with self.assertRaises(UserError):
            self.set_rules({"kind": "after", "team_id": team.id})

    def test_who_may_see_and_change_what(self):
        rule = self.set_rules({"kind": "after"})
        ticket = self.create_ticket(user_id=self.agent.id)
        self.tick_at(hours=3)
        event = ticket.sla_event_ids
        self.assertEqual(rule.with_user(self.agent).when_text, "At the deadline")
        self.assertEqual(event.with_user(self.agent).told_ids, self.agent)
        Event = self.env["crm.sla.event"]
        for user, sees in ((self.agent, True), (self.manager, True), (self.outsider, False)):
            found = Event.with_user(user).search([("ticket_id", "=", ticket.id)])
            self.assertEqual(bool(found), sees)
        for user in (self.agent, self.manager):
            for attempt in (
                lambda u=user: event.with_user(u).write({"state": "overtaken"}),
                lambda u=user: event.with_user(u).unlink(),
                lambda u=user: event.with_user(u).copy(),
                lambda u=user: event.notice_ids.with_user(u).write({"sent_at": False}),
            ):
                with self.assertRaises(AccessError):
                    attempt()
        for user in (self.employee, self.customer_user):
            with self.assertRaises(AccessError):
                Event.with_user(user).search([])
        with self.assertRaises(AccessError):
            rule.with_user(self.agent).write({"delay": 1})

    def test_a_changed_rule_holds_for_open_tickets(self):
        rule = self.set_rules({"kind": "share", "share": 50})
        open_one, paused = self.create_ticket(), self.create_ticket()
        clock = self.clock(open_one, "first_response")
        self.assertEqual(clock.next_event_at, datetime(2026, 3, 2, 10))
        self.move(paused, "waiting_customer")
        rule.share = 75
        self.assertTrue(self.policy.ladder_change)
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        self.assertEqual(clock.next_event_at, datetime(2026, 3, 2, 10, 30))
        self.assertFalse(self.policy.ladder_change)

    def test_what_was_passed_before_the_rule_is_not_made_up_for(self):
        self.set_rules({"kind": "after", "delay": 1})
        ticket = self.create_ticket()
        self.travel(minutes=90)
        self.policy.rule_ids = [
            Command.create({"kind": "share", "share": 50, "only_working_hours": False}),
            Command.create({"kind": "before", "delay": 0.25, "only_working_hours": False}),
        ]
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        self.tick_at(minutes=1)
        self.assertSteps(ticket, [])
        self.tick_at(datetime(2026, 3, 2, 10, 46))
        self.assertSteps(ticket, ["00:15 before the deadline"])

    def test_a_deleted_rule_acts_no_more_and_leaves_its_history(self):
        rule = self.set_rules({"kind": "share", "share": 50}, {"kind": "after"})[0]
        ticket = self.create_ticket()
        self.tick_at(minutes=61)
        self.policy.rule_ids.unlink()
        self.assertFalse(rule.exists())
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        self.tick_at(hours=3)
        self.assertEqual(len(ticket.sla_event_ids), 1)
        self.assertEqual(ticket.sla_event_ids.label, "01:00 before the deadline")
        self.assertTrue(ticket.sla_breached, "the breach needs no rule")

    def test_an_archived_rule_rests(self):
        rule = self.set_rules({"kind": "after"})
        rule.active = False
        ticket = self.create_ticket()
        self.tick_at(hours=3)
        self.assertFalse(ticket.sla_event_ids)

    def test_a_rule_about_one_promise(self):
        self.set_rules(
            {"kind": "after", "metric": "resolution"}, {"kind": "after", "metric": False}
        )
        ticket = self.create_ticket()
        self.tick_at(hours=3)
        self.assertEqual(ticket.sla_event_ids.mapped("metric"), ["first_response"])
        self.tick_at(days=2)
        self.assertEqual(
            sorted(ticket.sla_event_ids.mapped("metric")),
            ["first_response", "resolution", "resolution"],
        )

    def test_the_next_trigger_is_planted_only_when_it_is_needed(self):
        cron = self.env.ref("crm_suite_helpdesk.ir_cron_sla_breach")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        triggers.unlink()

        def count():
            self.env.cr.precommit.run()
            return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

        self.set_rules({"kind": "after"})
        self.create_ticket()
        self.assertEqual(count(), 0, "what is due in hours is for the job that comes by itself")
        self.policy.target_ids.budget_s = 120
        for _number in range(5):
            self.create_ticket()
        self.assertEqual(count(), 1, "one for all")
        trigger = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertEqual(trigger.call_at, self.env.cr.now() + timedelta(seconds=121))
        self.policy.target_ids.budget_s = 60
        self.create_ticket()
        self.assertEqual(count(), 2, "an earlier one")
        self.create_ticket()
        self.assertEqual(count(), 2)

    def test_nothing_due_costs_a_handful_of_queries(self):
        self.set_rules({"kind": "share", "share": 50})
        for _number in range(3):
            self.create_ticket()
        self.tick_at()
        self.env.flush_all()
        with self.assertQueryCount(4):
            self.run_cron("crm.sla.clock", "_cron_tick")

    def test_validation_says_what_is_wrong(self):
        with self.assertRaisesRegex(ValidationError, "Choose to whom"):
            self.set_rules({"kind": "after", "assign_to": "user"})
