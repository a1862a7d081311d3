from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.fields import Command

from ..common import CrmSuiteCase, create_calendar

# A Monday; team North works from 8 to 12 and from 13 to 17
MONDAY = datetime(2026, 3, 2, 9, 0)


class FollowUpCase(CrmSuiteCase):
    """Time stands still at Monday, nine o'clock, until a test calls `travel`.

    North promises a first contact within 4 working hours; an opportunity stalls after 14 silent
    days, after 3 without a next step. Omar is told at once, leader Nora 5 days later.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr._now = MONDAY
        cls.env.user.tz = "UTC"
        cls.calendar = cls._create_calendar(
            [(str(day), *span) for day in range(5) for span in ((8, 12), (13, 17))]
        )
        cls.company.resource_calendar_id = cls.calendar
        cls.env["ir.config_parameter"].set_param("crm_suite.follow_up_since", "2026-01-01 00:00:00")
        cls.new_stage = cls.env["crm.stage"].create({"name": "First", "sequence": 0})
        cls.next_stage = cls.env["crm.stage"].create({"name": "Second", "sequence": 1})

    def setUp(self):
        super().setUp()
        self.env.cr._now = MONDAY

    @classmethod
    def _create_calendar(cls, spans, tz="UTC"):
        return create_calendar(cls.env, "Office hours", spans, tz)

    @classmethod
    def create_lead(cls, **values):
        """A lead of Layla for omar of team North."""
        return cls.env["crm.lead"].create(
            {
                "name": "Needs desks",
                "type": "lead",
                "partner_id": cls.layla.id,
                "user_id": cls.omar.id,
                "team_id": cls.north.id,
                **values,
            }
        )

    @classmethod
    def create_deal(cls, **values):
        return cls._create_opportunity(stage_id=cls.new_stage.id, **values)

    @classmethod
    def travel(cls, moment=None, **delta):
        """Move the present to `moment`, or from where it is by a timedelta."""
        cls.env.flush_all()
        cls.env.cr._now = moment or cls.env.cr.now() + timedelta(**delta)
        cls.env.invalidate_all()

    def run_cron(self, model, method):
        """Run a cron here and now: a real one would run in the present of the machine."""
        with patch.object(
            self.registry["ir.cron"], "_commit_progress", lambda *_args, **_kwargs: 60
        ):
            getattr(self.env[model], method)()
        self.env.flush_all()
        self.env.invalidate_all()

    def remind(self):
        self.run_cron("crm.lead", "_cron_follow_first_contacts")

    def escalate(self):
        self.run_cron("crm.escalation", "_cron_escalate")

    def log(self, lead, user=None, **values):
        """Somebody logs an interaction; a call of omar to the customer."""
        return (
            self.env["crm.interaction"]
            .with_user(user or self.omar)
            .create(
                {
                    "lead_id": lead.id,
                    "channel": "phone",
                    "direction": "out",
                    "date": self.env.cr.now(),
                    **values,
                }
            )
        )

    def plan(self, lead, user=None, **values):
        """Somebody plans a next step."""
        return lead.with_user(user or self.omar).activity_schedule(
            "mail.mail_activity_data_todo", summary="Call about the offer", **values
        )

    def meet(self, lead, start, **values):
        return self.env["calendar.event"].create(
            {
                "name": "Demonstration",
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": self.omar.id,
                "opportunity_id": lead.id,
                "partner_ids": [Command.set([self.omar.partner_id.id, self.layla.id])],
                **values,
            }
        )

    def reminders(self, lead):
        return lead.activity_ids.filtered("is_follow_up")
