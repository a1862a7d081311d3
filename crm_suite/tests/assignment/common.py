from datetime import datetime

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time

from ..common import CrmSuiteCase

# a Wednesday, at work and after work
MORNING = "2026-03-04 09:00:00"
NIGHT = "2026-03-04 22:00:00"


class AssignmentCase(CrmSuiteCase):
    """Team North is omar and rami, who work from 8 to 17 from Monday to Friday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.assignment.rule"].search([]).unlink()
        cls.hours = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": "UTC",
                "attendance_ids": [
                    Command.create({"name": day, "dayofweek": day, "hour_from": 8, "hour_to": 17})
                    for day in "01234"
                ],
            }
        )
        cls.rami = cls._create_user("rami", "sales_team.group_sale_salesman")
        cls.north.member_ids = [Command.link(cls.rami.id)]
        cls.in_north = cls.north.crm_team_member_ids
        cls.in_north.resource_calendar_id = cls.hours
        cls.of_omar = cls.in_north.filtered(lambda member: member.user_id == cls.omar)
        cls.of_rami = cls.in_north - cls.of_omar
        cls.riyadh = cls.env["res.country.state"].create(
            {"name": "Riyadh", "code": "RYD", "country_id": cls.env.ref("base.sa").id}
        )
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.arabic = cls.env["res.lang"].search([("code", "=", "ar_001")])
        cls.english = cls.env["res.lang"].search([("code", "=", "en_US")])

    def setUp(self):
        super().setUp()
        self._travel(MORNING)

    def _travel(self, moment):
        """Let it be this moment until the end of the test."""
        frozen = freeze_time(datetime.fromisoformat(moment))
        frozen.start()
        self.addCleanup(frozen.stop)
        self.env.cr._now = None
        return fields.Datetime.now()

    @classmethod
    def _create_lead(cls, **values):
        return cls.env["crm.lead"].create(
            {
                "name": "Chairs for a school",
                "type": "lead",
                "user_id": False,
                "team_id": cls.north.id,
                **values,
            }
        )

    def _run_cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("crm_suite.ir_cron_lead_assign").method_direct_trigger()
        self.env.invalidate_all()

    def _notes(self, lead):
        return " ".join(lead.message_ids.mapped("body"))
