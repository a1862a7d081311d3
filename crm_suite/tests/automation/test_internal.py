from datetime import timedelta

from odoo import fields
from odoo.tests import Form, tagged

from .common import AutomationCase


@tagged("post_install", "-at_install")
class TestInternal(AutomationCase):
    """To-dos for colleagues."""

    def test_closing_date_has_passed(self):
        self._switch_on("closing_date", since_days=10)
        today = fields.Date.today()
        late = self._create_opportunity(date_deadline=today - timedelta(days=1))
        of_nobody = self._create_opportunity(date_deadline=today - timedelta(days=3), user_id=False)
        today_only = self._create_opportunity(date_deadline=today)
        won = self._create_opportunity(date_deadline=today - timedelta(days=2))
        won.action_set_won()
        lead = self._create_opportunity(date_deadline=today - timedelta(days=2), type="lead")
        for _run in range(2):
            self._run_cron()
        kind = self.env.ref("crm_suite.mail_activity_type_closing_date")
        self.assertRecordValues(
            late.activity_ids, [{"user_id": self.omar.id, "activity_type_id": kind.id}]
        )
        self.assertEqual(of_nobody.activity_ids.user_id, self.nora)
        self.assertFalse((today_only | won | lead).activity_ids)
        # a new date that passes is said again
        late.activity_ids.unlink()
        late.date_deadline = today - timedelta(days=1)
        self._rule("closing_date").last_run = self.now - timedelta(days=1)
        self._run_cron()
        self.assertEqual(len(late.activity_ids), 1)

    def test_won_is_handed_over_once(self):
        self._switch_on("won_hand_over")
        self.north.handover_user_id = self.alia
        opportunity = self._create_opportunity()
        opportunity.with_user(self.omar).action_set_won()
        kind = self.env.ref("crm_suite.mail_activity_type_hand_over")
        self.assertRecordValues(
            opportunity.activity_ids, [{"user_id": self.alia.id, "activity_type_id": kind.id}]
        )
        opportunity.with_user(self.omar).priority = "2"
        self.assertEqual(len(opportunity.activity_ids), 1)
        self.north.handover_user_id = False
        stage = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        of_leader, of_owner = self._create_opportunity(), self._create_opportunity()
        of_owner.write({"team_id": self.south.id, "user_id": self.sami.id})
        (of_leader | of_owner).write({"stage_id": stage.id})
        self.assertEqual(of_leader.activity_ids.user_id, self.nora)
        self.assertEqual(of_owner.activity_ids.user_id, self.sami)
        history = self._create_opportunity(stage_id=stage.id)
        self.assertFalse(history.activity_ids, "what comes in as won was handed over long ago")
        lost = self._create_opportunity()
        lost.action_set_lost()
        self.assertFalse(lost.activity_ids)

    def test_screens(self):
        with Form(self.north.with_user(self.mona)) as form:
            form.handover_user_id = self.alia
        self.assertEqual(self._create_opportunity().handover_user_id, self.alia)
