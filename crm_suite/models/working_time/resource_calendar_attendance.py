from odoo import api, models


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        attendances.calendar_id._bump_working_time_revision()
        return attendances

    def write(self, vals):
        before = self.calendar_id
        res = super().write(vals)
        (before | self.calendar_id)._bump_working_time_revision()
        return res

    def unlink(self):
        calendars = self.calendar_id
        res = super().unlink()
        calendars._bump_working_time_revision()
        return res
