from odoo import api, models


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    @api.constrains("schedule_type", "flexible_hours")
    def _check_flexible_in_sla(self):
        flexible = self.filtered("flexible_hours")
        # sudo: whoever edits the calendar, policies and teams that they do not see rely on it
        policies = self.env["crm.sla.policy"].sudo()
        if flexible and (
            policies.search_count([("calendar_id", "in", flexible.ids)], limit=1)
            or self.env["crm.ticket.team"]
            .sudo()
            .search_count([("calendar_id", "in", flexible.ids)], limit=1)
        ):
            flexible._check_countable()

    def _on_working_time_changed(self):
        # sudo: clocks of all companies follow the calendar
        clocks = self.env["crm.sla.clock"].sudo()
        running = [("calendar_id", "in", self.ids), ("state", "=", "running")]
        if clocks.search_count(running, limit=1):
            # sudo: the editor of the hours may not trigger crons
            self.env.ref("crm_suite_helpdesk.ir_cron_sla_calendar").sudo()._trigger()
        return super()._on_working_time_changed()
