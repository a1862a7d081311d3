from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._get_closed_calendars()._bump_working_time_revision()
        return leaves

    def write(self, vals):
        before = self._get_closed_calendars()
        res = super().write(vals)
        (before | self._get_closed_calendars())._bump_working_time_revision()
        return res

    def unlink(self):
        calendars = self._get_closed_calendars()
        res = super().unlink()
        calendars._bump_working_time_revision()
        return res

    def _get_closed_calendars(self):
        """Calendars whose working time these leaves change.

        Leaves of one person change nothing; a leave without a calendar closes the whole company.
        """
        general = self.filtered(lambda leave: not leave.resource_id)
        company_wide = general.filtered(lambda leave: not leave.calendar_id)
        calendars = general.calendar_id
        if company_wide:
            # sudo: whoever enters the holiday, all calendars of its company change with it
            calendars |= (
                self.env["resource.calendar"]
                .sudo()
                .with_context(active_test=False)
                .search([("company_id", "in", [*company_wide.company_id.ids, False])])
            )
        return calendars.exists()
