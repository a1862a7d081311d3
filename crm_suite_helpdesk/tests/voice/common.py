"""The scene of the survey: the team asks at once after closing, and leaves nobody in peace."""

import re
from unittest.mock import patch

from odoo.tests import HttpCase

from odoo.addons.mail.tests.common import MailCase

from ..common import HelpdeskCommon


class VoiceCommon(HelpdeskCommon, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.write({"survey_enabled": True, "survey_delay_hours": 1, "survey_cooldown_days": 0})
        cls.env["crm.ticket.team"].search([("id", "!=", cls.team.id)]).survey_enabled = False

    def close(self, ticket, user=None, stage_type="solved"):
        """Closed by an agent, for what the system closes itself is not asked about."""
        ticket.with_user(user or self.agent).stage_id = self.stages[stage_type]
        return ticket

    def closed_ticket(self, **values):
        return self.close(self.create_ticket(user_id=self.agent.id, **values))

    def ask(self, **delta):
        """The time of asking has come."""
        self.travel(**(delta or {"hours": 2}))
        self.run_cron("crm.ticket.survey", "_cron_ask")

    def survey(self, ticket):
        return self.env["crm.ticket.survey"].search(
            [("ticket_id", "=", ticket.id)], order="id desc", limit=1
        )

    def asked(self, **values):
        """The survey of a ticket whose customer was asked."""
        ticket = self.closed_ticket(**values)
        self.ask()
        return self.survey(ticket)

    def mails(self, survey):
        return self.env["mail.mail"].search(
            [("model", "=", "crm.ticket.survey"), ("res_id", "in", survey.ids)]
        )

    def deliver(self):
        with self.mock_mail_gateway():
            self.env["mail.mail"]._cron_deliver_once()

    def link(self, survey, face=None):
        return survey._get_link(face).removeprefix(survey.get_base_url())

    def csrf(self, text):
        return re.search(r'name="csrf_token" value="([^"]+)"', text).group(1)


class VoiceHttpCase(VoiceCommon, HttpCase):
    """Requests have cursors of their own: they are told the time of the test."""

    def setUp(self):
        super().setUp()
        self.startPatcher(
            patch.object(
                self.registry["crm.ticket"],
                "_now",
                lambda _model: self.env.cr.now().replace(microsecond=0),
            )
        )

    def login(self, user):
        self.authenticate(user and user.login, user and user.login)
