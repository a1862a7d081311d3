from odoo import models
from odoo.tools import ormcache


class ResourceCalendar(models.Model):
    """Hours in which deadlines can be counted."""

    _name = "resource.calendar"
    _inherit = ["resource.calendar"]

    def _is_usable_in(self, company):
        """Whether deadlines of tickets of a company can be counted in these hours."""
        self.ensure_one()
        return (
            self.active
            and not self.flexible_hours
            and self.company_id in (company, company.browse())
            and self._has_work(self.working_time_revision)
        )

    @ormcache("self.id", "revision")
    def _has_work(self, revision):
        return any(attendance._is_work_period() for attendance in self.attendance_ids)
