from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.base.models.ir_cron import IrCron

from ...models.check import crm_sla_check
from ..common import HOUR, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestCheck(HelpdeskCommon):
    """An administrator sees whether service levels are what their ledger says, and repairs them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(
            cls.env, "hd_admin", "base.group_system,crm_suite_helpdesk.group_manager"
        )
        # Whatever demo data holds is not the matter here
        cls.env["crm.ticket"].search([]).unlink()

    def setUp(self):
        super().setUp()
        self.ticket = self.create_ticket()
        self.travel(hours=1)
        self.move(self.ticket, "waiting_customer")
        self.travel(hours=1)
        self.env.flush_all()

    def check(self, user=None):
        action = self.env["crm.sla.check"].with_user(user or self.admin).action_check()
        return self.env["crm.sla.check"].with_user(self.admin).browse(action["res_id"])

    def spoil(self, ticket=None):
        """Somebody changed the clock of the resolution by hand, in the database."""
        clock = self.clock(ticket or self.ticket, "resolution")
        self.env.cr.execute(
            SQL("UPDATE crm_sla_clock SET elapsed_s = elapsed_s + 60 WHERE id = %s", clock.id)
        )
        self.env.invalidate_all()
        return clock

    def test_nothing_to_find(self):
        check = self.check()
        self.assertEqual((check.state, check.difference_count), ("fine", 0))
        self.assertEqual(check.clock_count, len(self.ticket.sla_clock_ids))
        self.assertEqual(check.user_id, self.admin)
        self.assertTrue(check.finished_at)

    def test_a_difference_is_shown_with_its_ticket_and_repaired(self):
        clock = self.spoil()
        check = self.check()
        self.assertEqual((check.state, check.difference_count), ("differs", 1))
        line = check.line_ids
        self.assertEqual((line.ticket_id, line.clock_id), (self.ticket, clock))
        self.assertEqual((line.field, line.stored, line.expected), ("elapsed_s", "3660", "3600"))
        self.assertEqual(line.field_name, "Counted (seconds)")
        self.assertEqual(line.action_open_ticket()["res_id"], self.ticket.id)
        action = check.action_rebuild()
        self.assertEqual(clock.elapsed_s, HOUR)
        self.assertEqual((check.rebuilt_by_id, check.rebuilt_count), (self.admin, 1))
        after = self.env["crm.sla.check"].browse(action["res_id"])
        self.assertEqual((after.state, after != check), ("fine", True))
        with self.assertRaisesRegex(UserError, "already"):
            check.action_rebuild()

    def test_hours_that_change_elsewhere_hide_nothing(self):
        other = self._create_calendar("Other", [("0", 8, 12)])
        desk = self.env["crm.ticket.team"].create({"name": "Other", "calendar_id": other.id})
        waiting = self.create_ticket(team_id=desk.id)
        ticket = self.create_ticket()
        other.attendance_ids.hour_to = 13
        for spoilt in (ticket, waiting):
            clock = self.clock(spoilt, "resolution")
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_sla_clock SET deadline = deadline + interval '1 day' WHERE id = %s",
                    clock.id,
                )
            )
        self.env.invalidate_all()
        found = self.check().line_ids.filtered(lambda line: line.field == "deadline")
        self.assertEqual(found.ticket_id, ticket, "the other is still to be counted again")

    def test_rules_that_are_new_make_no_difference(self):
        self.travel(hours=3)
        self.run_cron("crm.sla.clock", "_cron_tick")
        self.assertFalse(self.clock(self.ticket, "first_response").next_event_at)
        self.policy.rule_ids = [Command.create({"kind": "after", "delay": 10})]
        self.assertEqual(self.check().state, "fine", "the job has not come yet")
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        self.assertTrue(self.clock(self.ticket, "first_response").next_event_at)
        self.assertEqual(self.check().state, "fine")

    def test_queries_do_not_grow_with_the_clocks(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["crm.sla.clock"]._check_consistency()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for _number in range(10):
            self.create_ticket()
        self.assertLessEqual(count(), few + 2)

    def test_what_tickets_know_is_compared_too(self):
        self.env.cr.execute(
            SQL("UPDATE crm_ticket SET sla_breached = true WHERE id = %s", self.ticket.id)
        )
        self.env.invalidate_all()
        check = self.check()
        self.assertIn("Ticket:", check.line_ids.field_name)
        check.action_rebuild()
        self.assertFalse(self.ticket.sla_breached)

    def test_its_screens(self):
        self.spoil()
        check = self.check()
        with Form(check) as form:
            self.assertEqual(form.difference_count, 1)
        self.assertTrue(check.display_name)

    def test_many_clocks_are_compared_by_the_job_in_batches(self):
        for _ in range(3):
            self.spoil(self.create_ticket())
        count = self.env["crm.sla.clock"].search_count([])
        with patch.multiple(crm_sla_check, BATCH=3, AT_ONCE=2):
            check = self.check()
            self.assertEqual((check.state, check.clock_count), ("running", 0))
            self.assertEqual(self.check(), check, "one at a time")
            batches = []

            def commit(_cron, done=0, remaining=0, **_options):
                batches.append((done, remaining))
                return 60

            with patch.object(IrCron, "_commit_progress", commit):
                self.env["crm.sla.check"]._cron_check()
        self.assertEqual(sum(done for done, _left in batches), count)
        self.assertEqual(batches[-1][1], 0)
        self.assertEqual((check.clock_count, check.difference_count), (count, 3))
        self.assertEqual(check.state, "differs")

    def test_a_cron_out_of_time_goes_on_where_it_stopped(self):
        for _ in range(3):
            self.create_ticket()
        count = self.env["crm.sla.clock"].search_count([])
        with patch.multiple(crm_sla_check, BATCH=3, AT_ONCE=2):
            check = self.check()
            with patch.object(IrCron, "_commit_progress", lambda *_a, **_k: 0):
                self.env["crm.sla.check"]._cron_check()
            self.assertEqual((check.state, check.clock_count), ("running", 3))
            self.run_cron("crm.sla.check", "_cron_check")
        self.assertEqual((check.state, check.clock_count), ("fine", count))

    def test_more_differences_than_can_be_listed_are_counted(self):
        for _ in range(3):
            self.spoil(self.create_ticket())
        with patch.object(crm_sla_check, "MOST_LINES", 2):
            check = self.check()
        self.assertEqual((check.difference_count, len(check.line_ids)), (3, 2))

    def test_only_administrators(self):
        check = self.check()
        for user in (self.manager, self.agent):
            with self.assertRaises(AccessError):
                self.check(user)
            with self.assertRaises(AccessError):
                check.with_user(user).read(["state"])
            with self.assertRaises(AccessError):
                check.with_user(user).action_rebuild()
        with self.assertRaises(AccessError):
            check.with_user(self.admin).difference_count = 5
        with self.assertRaises(AccessError):
            self.env["crm.sla.check"].with_user(self.admin).create({"date": self.env.cr.now()})

    def test_old_checks_are_cleared_away(self):
        check = self.check()
        check.sudo().date = "2020-01-01"
        self.env["crm.sla.check"]._gc_old()
        self.assertFalse(check.exists())
