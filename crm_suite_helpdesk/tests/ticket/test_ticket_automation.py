from datetime import timedelta

from odoo.tests import tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestTicketAutomation(HelpdeskCommon):
    """Somebody is told before a deadline passes."""

    def setUp(self):
        super().setUp()
        self.rule = self.env.ref("crm_suite_helpdesk.automation_sla_deadline")
        self.rule.last_run = self.env.cr.now()

    def run_automations(self):
        self.run_cron("base.automation", "_cron_process_time_based_actions")

    def warnings(self, ticket):
        warning = self.env.ref("mail.mail_activity_data_warning")
        return ticket.activity_ids.filtered(lambda a: a.activity_type_id == warning)

    def test_the_agent_is_told_an_hour_before(self):
        ticket = self.create_ticket(user_id=self.agent.id)
        self.run_automations()
        self.assertFalse(self.warnings(ticket))
        self.travel(minutes=61)
        self.run_automations()
        self.assertEqual(self.warnings(ticket).user_id, self.agent)
        self.travel(minutes=10)
        self.run_automations()
        self.assertEqual(len(self.warnings(ticket)), 1, "once")

    def test_the_leader_is_told_when_nobody_is_assigned(self):
        ticket = self.create_ticket()
        self.travel(minutes=61)
        self.run_automations()
        self.assertEqual(self.warnings(ticket).user_id, self.manager)

    def test_answered_paused_and_closed_tickets_are_left_alone(self):
        answered, waiting, closed = (self.create_ticket() for _ in range(3))
        self.reply(answered)
        self.reply(waiting)
        self.move(waiting, "waiting_customer")
        self.reply(closed)
        self.move(closed, "closed")
        self.travel(minutes=61)
        self.run_automations()
        self.assertFalse(self.warnings(answered | waiting | closed))

    def test_an_administrator_changes_it_without_code(self):
        self.assertFalse(self.rule.action_server_ids.filtered(lambda a: a.state == "code"))
        self.rule.trg_date_range = 2
        ticket = self.create_ticket(user_id=self.agent.id)
        self.travel(self.env.cr.now() + timedelta(minutes=1))
        self.run_automations()
        self.assertTrue(self.warnings(ticket))

    def test_the_cron_of_automations_runs_often_enough(self):
        cron = self.env.ref("base_automation.ir_cron_data_base_automation_check")
        self.assertTrue(cron.active)
        self.assertEqual(cron.interval_type, "minutes")
        self.assertLessEqual(cron.interval_number, 6)
