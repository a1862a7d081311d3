from odoo import models


class ResourceCalendar(models.Model):
    _name = "resource.calendar"
    _inherit = ["resource.calendar"]

    def _on_working_time_changed(self):
        # sudo: leads of all salespeople follow the calendar
        waiting = [
            ("first_contact_calendar_id", "in", self.ids),
            ("first_contact_deadline", "!=", False),
            ("first_contact_at", "=", False),
            ("first_contact_stopped_at", "=", False),
        ]
        cron = self.env.ref("crm_suite.ir_cron_first_contact", raise_if_not_found=False)
        if cron and self.env["crm.lead"].sudo().search_count(waiting, limit=1):
            cron.sudo()._trigger()  # the editor of the hours may not trigger crons
        return super()._on_working_time_changed()

    def _get_follow_up_hours(self, company):
        """Working hours as leads are counted in: around the clock where no hours are fixed."""
        calendar = self.sudo()  # users may not read all calendars
        fixed = calendar.filtered(lambda hours: not hours.flexible_hours and hours.attendance_ids)
        return fixed._get_working_hours(company)
