from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from ...models.policy import crm_sla_rollout
from ..common import HOUR, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestRollout(HelpdeskCommon):
    """A changed policy holds for open tickets when a manager says so."""

    def change(self, hours=6):
        self.policy.target_ids.filtered(
            lambda t: t.metric == "resolution" and not t.priority
        ).budget = hours

    def apply(self, user=None):
        wizard = (
            self.env["crm.sla.apply"]
            .with_user(user or self.manager)
            .create({"policy_id": self.policy.id})
        )
        self.changes = str(wizard.changes)
        return wizard, wizard.action_apply()

    def budget(self, ticket):
        return self.clock(ticket, "resolution").budget_s

    def test_open_tickets_are_moved_and_keep_what_was_counted(self):
        ticket, closed = self.create_ticket(), self.create_ticket()
        self.move(closed, "solved")
        self.travel(hours=1)
        self.change()
        self.assertEqual(self.budget(ticket), 8 * HOUR, "as promised")
        _wizard, action = self.apply()
        self.assertIn("Resolution", self.changes)
        self.assertEqual(action["params"]["message"], "Tickets moved: 1.")
        clock = self.clock(ticket, "resolution")
        self.assertEqual((clock.budget_s, clock.revision_id), (6 * HOUR, self.policy.revision_id))
        self.assertEqual(clock.segment_ids.mapped("worked_s"), [HOUR])
        self.assertEqual(clock.segment_ids.cause, "apply")
        self.assertEqual(self.budget(closed), 8 * HOUR)
        self.env.invalidate_all()
        self.assertEqual(self.policy.outdated_ticket_count, 0)
        rollout = self.policy.rollout_ids
        self.assertEqual((rollout.state, rollout.done, rollout.user_id), ("done", 1, self.manager))

    def test_nothing_to_move(self):
        self.create_ticket()
        with self.assertRaisesRegex(UserError, "already"):
            self.apply()

    def test_tickets_that_are_no_longer_covered_lose_the_promise(self):
        ticket = self.create_ticket()
        other = self.team.copy({"name": "Other", "alias_name": False})
        self.policy.team_ids = other
        self.assertEqual(self.clock(ticket, "resolution").state, "running", "until applied")
        self.apply()
        self.assertEqual(self.clock(ticket, "resolution").state, "cancelled")

    def test_large_numbers_are_moved_by_the_job_in_batches(self):
        tickets = self.env["crm.ticket"].concat(*(self.create_ticket() for _ in range(5)))
        self.change()
        with patch.multiple(crm_sla_rollout, BATCH=2, AT_ONCE=3):
            _wizard, action = self.apply()
            self.assertIn("scheduled job", action["params"]["message"])
            self.assertTrue(self.policy.is_rolling_out)
            self.assertEqual(set(map(self.budget, tickets)), {8 * HOUR})
            commits = []

            def commit(_cron, done=0, remaining=0, **_options):
                commits.append((done, remaining))
                return 60

            with patch.object(IrCron, "_commit_progress", commit):
                self.env["crm.sla.rollout"]._cron_roll_out()
        self.assertEqual(commits, [(2, 3), (2, 1), (1, 0), (0, 0)])
        self.assertEqual(set(map(self.budget, tickets)), {6 * HOUR})
        self.assertEqual((self.policy.rollout_ids.done, self.policy.is_rolling_out), (5, False))

    def test_the_job_stops_when_its_time_is_over_and_goes_on_later(self):
        for _ in range(4):
            self.create_ticket()
        self.change()
        with patch.multiple(crm_sla_rollout, BATCH=2, AT_ONCE=3):
            self.apply()
            with patch.object(IrCron, "_commit_progress", lambda *_a, **_k: 0):
                self.env["crm.sla.rollout"]._cron_roll_out()
            rollout = self.policy.rollout_ids
            self.assertEqual((rollout.done, rollout.state), (2, "running"))
            self.run_cron("crm.sla.rollout", "_cron_roll_out")
        self.assertEqual((rollout.done, rollout.state), (4, "done"))

    def test_a_later_change_is_not_applied_unasked(self):
        tickets = [self.create_ticket() for _ in range(3)]
        self.change()
        with patch.multiple(crm_sla_rollout, BATCH=2, AT_ONCE=1):
            self.apply()
            self.change(hours=5)
            self.run_cron("crm.sla.rollout", "_cron_roll_out")
        self.assertEqual(self.policy.rollout_ids.state, "replaced")
        self.assertEqual(set(map(self.budget, tickets)), {8 * HOUR})

    def test_one_ticket_that_fails_does_not_stop_the_others(self):
        good, bad = self.create_ticket(), self.create_ticket()
        self.change()
        apply = type(self.policy)._apply_latest

        def fail_once(policy, tickets):
            if bad in tickets:
                raise ValueError("broken")
            return apply(policy, tickets)

        with (
            patch.object(type(self.policy), "_apply_latest", fail_once),
            mute_logger("odoo.addons.crm_suite_helpdesk.models.policy.crm_sla_rollout"),
        ):
            _wizard, action = self.apply()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual((self.budget(good), self.budget(bad)), (6 * HOUR, 8 * HOUR))
        rollout = self.policy.rollout_ids
        self.assertEqual((rollout.done, rollout.failed, rollout.state), (1, 1, "done"))

    def test_the_time_is_spent_now_and_not_before(self):
        ticket = self.create_ticket()
        self.travel(hours=2)
        self.change(hours=1)
        self.apply()
        self.assertEqual(self.clock(ticket, "resolution").breached_at, self.env.cr.now())

    def test_only_managers_of_the_company(self):
        self.create_ticket()
        self.change()
        with self.assertRaises(AccessError):
            self.apply(self.agent)
        with self.assertRaises(AccessError):
            self.env["crm.sla.rollout"].with_user(self.manager).create(
                {
                    "policy_id": self.policy.id,
                    "revision_id": self.policy.revision_id.id,
                    "date": self.env.cr.now(),
                }
            )
        other = self.env["res.company"].create({"name": "Sister"})
        self.manager.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            self.apply()

    def test_it_is_offered_on_the_policy(self):
        self.create_ticket()
        self.change()
        action = self.policy.with_user(self.manager).action_apply_latest()
        wizard = self.env[action["res_model"]].with_user(self.manager)
        with Form(wizard.with_context(**action["context"])) as form:
            self.assertEqual(form.ticket_count, 1)
