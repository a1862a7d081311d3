"""The scene of the helpdesk tests.

    company        working hours Mon-Fri 8-12 and 13-17, UTC
    └── team       alias "help-test", leader `manager`, member `agent`
        └── policy first response 2 h, resolution 8 h; urgent: 1 h and 4 h

    outsider       agent without a team
    customer       person of customer_company, with portal access
    stranger       person of another company, with portal access

Time stands still at MONDAY, nine o'clock, until a test calls `travel`.
"""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import TransactionCase

from odoo.addons.crm_suite.tests.common import create_calendar, create_users

MONDAY = datetime(2026, 3, 2, 9, 0)
HOUR = 3600


class HelpdeskCommon(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        cls.company = cls.env.company
        cls.env.user.tz = "UTC"
        cls.env.cr._now = MONDAY
        # The policies of demo and default data would apply, too
        cls.env["crm.sla.policy"].search([]).action_archive()

        cls.calendar = cls._create_calendar(
            "Office hours", [(str(day), *span) for day in range(5) for span in ((8, 12), (13, 17))]
        )
        cls.company.resource_calendar_id = cls.calendar
        groups = "crm_suite_helpdesk.group_agent"
        cls.agent, cls.outsider, cls.manager, cls.employee = create_users(
            cls.env,
            [
                ("hd_agent", groups, {"name": "Amal Agent"}),
                ("hd_outsider", groups, {"name": "Omar Outsider"}),
                ("hd_manager", "crm_suite_helpdesk.group_manager", {"name": "Mona Manager"}),
                ("hd_employee", "base.group_user", {"name": "hd_employee (base.group_user)"}),
            ],
        )
        cls.team = cls.env["crm.ticket.team"].create(
            {
                "name": "Test Support",
                "sequence": 0,
                "user_id": cls.manager.id,
                "member_ids": [Command.set(cls.agent.ids)],
                "alias_name": "help-test",
            }
        )
        cls.stages = {
            stage.type: stage
            for stage in reversed(
                cls.env["crm.ticket.stage"].search([("team_ids", "=", False)], order="sequence, id")
            )
        }
        cls.policy = cls.env["crm.sla.policy"].create(
            {
                "name": "Test promise",
                "sequence": 0,
                "rule_ids": [],  # nobody is warned of anything, unless a test wants it
                "target_ids": [
                    Command.create({"metric": metric, "priority": priority, "budget_s": budget})
                    for metric, priority, budget in (
                        ("first_response", False, 2 * HOUR),
                        ("first_response", "3", 1 * HOUR),
                        ("resolution", False, 8 * HOUR),
                        ("resolution", "3", 4 * HOUR),
                    )
                ],
            }
        )
        cls.customer_company, cls.stranger_company = cls.env["res.partner"].create(
            [{"name": "Date Palm Ltd", "is_company": True}, {"name": "Sea Ltd", "is_company": True}]
        )
        cls.customer_user, cls.colleague_user, cls.stranger_user = cls._create_portal_users(
            ("hd_customer", cls.customer_company),
            ("hd_colleague", cls.customer_company),
            ("hd_stranger", cls.stranger_company),
        )
        cls.customer = cls.customer_user.partner_id

    def setUp(self):
        super().setUp()
        self.env.cr._now = MONDAY

    @classmethod
    def _create_portal_users(cls, *customers):
        """:param customers: pairs of a login and a company"""
        users = create_users(
            cls.env,
            [
                (login, "base.group_portal", {"name": login, "email": f"{login}@example.org"})
                for login, _company in customers
            ],
        )
        for user, (_login, company) in zip(users, customers, strict=True):
            user.partner_id.parent_id = company
        return users

    @classmethod
    def _create_portal_user(cls, login, company):
        return cls._create_portal_users((login, company))

    @classmethod
    def _create_calendar(cls, name, spans, tz="UTC", **values):
        return create_calendar(cls.env, name, spans, tz, **values)

    @classmethod
    def create_ticket(cls, **values):
        return cls.env["crm.ticket"].create(
            {
                "name": "The printer is on fire",
                "team_id": cls.team.id,
                "partner_id": cls.customer.id,
                **values,
            }
        )

    @classmethod
    def travel(cls, moment=None, **delta):
        """Move the present to `moment`, or from where it is by a timedelta."""
        cls.env.flush_all()
        cls.env.cr._now = moment or cls.env.cr.now() + timedelta(**delta)
        cls.env.invalidate_all()

    def run_cron(self, model, method):
        """Run a cron here and now: a real one would run in the present of the machine."""
        cron_class = self.registry["ir.cron"]
        with patch.object(cron_class, "_commit_progress", lambda *_args, **_kwargs: 60):
            getattr(self.env[model], method)()
        self.env.flush_all()
        self.env.invalidate_all()

    def move(self, ticket, stage_type):
        ticket.stage_id = self.stages[stage_type]

    def clock(self, ticket, metric):
        """The latest clock of a ticket."""
        return ticket.sla_clock_ids.filtered(lambda c: c.metric == metric).sorted("cycle")[-1:]

    def reply(self, ticket, user=None, **values):
        """An agent writes to the customer from the chatter."""
        return ticket.with_user(user or self.agent).message_post(
            **{
                "body": "Have you tried water?",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                **values,
            }
        )

    def customer_writes(self, ticket, user=None):
        return ticket.with_user(user or self.customer_user).message_post(
            body="It still burns.", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
