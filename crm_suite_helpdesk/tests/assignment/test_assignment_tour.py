from datetime import datetime

from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import AssignmentCommon


@tagged("post_install", "-at_install")
class TestAssignmentTour(AssignmentCommon, HttpCase):
    """The day of a leader as he sees it, in English and in Arabic."""

    def test_a_ticket_that_nobody_is_there_for(self):
        # The browser lives in the present of the machine; there is always somebody at work
        self.travel(datetime.now().replace(microsecond=0))
        always = self._create_calendar("Always", [(str(day), 0, 24) for day in range(7)])
        self.team.member_ids = [Command.set(self.manager.ids)]
        self.team.agent_ids.resource_calendar_id = always
        self.team.assignment_off_hours = "ahead"
        for lang in ("en_US", "ar_001"):
            with self.subTest(lang=lang):
                self.team.agent_ids.accepts = False
                ticket = self.create_ticket()
                self.assign()
                self.assertEqual(ticket.assignment_state, "nobody")
                self.manager.lang = lang
                self.start_tour(
                    "/odoo", "crm_suite_helpdesk_assignment", login="hd_manager", timeout=120
                )
                ticket.invalidate_recordset()
                self.assertFalse(ticket.user_id)
                texts = " ".join(str(body) for body in ticket.message_ids.mapped("body"))
                self.assertEqual(texts.count("Mona Manager"), 3, "not she, then she, handed over")
                ticket.stage_id = self.stages["cancelled"]
