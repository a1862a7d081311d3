from datetime import datetime

from odoo.tests import tagged

from ..common import HOUR, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestSlaCalendar(HelpdeskCommon):
    """Deadlines follow the days off that concern them, and changes of hours."""

    def add_holiday(self, start, end, calendar=None, company=None):
        Leave = self.env["resource.calendar.leaves"].with_company(company or self.company)
        return Leave.create(
            {
                "name": "Closed",
                "calendar_id": calendar.id if calendar else False,
                "date_from": start,
                "date_to": end,
            }
        )

    def test_holidays_of_another_company_are_not_ours(self):
        other = self.env["res.company"].create({"name": "Sister"})
        before = self.create_ticket().sla_deadline
        self.add_holiday(datetime(2026, 3, 2), datetime(2026, 3, 2, 23, 59, 59), company=other)
        self.assertEqual(self.create_ticket().sla_deadline, before)
        self.add_holiday(datetime(2026, 3, 2), datetime(2026, 3, 2, 23, 59, 59))
        self.assertGreater(self.create_ticket().sla_deadline, before, "while our own is")

    def test_changed_hours_move_the_deadlines_of_open_tickets(self):
        ticket = self.create_ticket()
        self.travel(hours=1)
        trigger_count = self.count_triggers()
        self.add_holiday(datetime(2026, 3, 3), datetime(2026, 3, 3, 23, 59, 59), self.calendar)
        self.assertGreater(self.count_triggers(), trigger_count)
        self.run_cron("crm.sla.clock", "_cron_follow_calendars")
        clock = self.clock(ticket, "resolution")
        self.assertEqual(clock.deadline, datetime(2026, 3, 4, 9), "Tuesday is off")
        self.assertEqual(clock.elapsed_s, HOUR)
        self.assertEqual(clock.segment_ids.mapped("cause"), ["calendar"])

    def count_triggers(self):
        cron = self.env.ref("crm_suite_helpdesk.ir_cron_sla_calendar")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
