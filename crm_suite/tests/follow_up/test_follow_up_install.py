from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from .common import MONDAY, FollowUpCase


@tagged("post_install", "-at_install")
class TestFollowUpInstall(FollowUpCase):
    """A database that is in use wakes up with its past, and with nobody told of it."""

    def forget(self, leads):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE crm_lead SET last_touch_at = NULL WHERE id IN %s", tuple(leads.ids))
        )
        self.env.invalidate_all()

    def test_the_last_touch_is_read_from_what_is_there(self):
        quiet, called, written, noted, done, quoted, moved = (self.create_deal() for _n in range(7))
        activity = self.plan(done)
        order = self.env["sale.order"].create(
            {"partner_id": self.layla.id, "opportunity_id": quoted.id}
        )
        self.travel(days=5)
        later = self.env.cr.now()
        self.log(called)
        public = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        self._say(written, "Hello", **public)
        self._say(order, "Hello", **public)
        self._say(noted, "Hello", message_type="comment")
        activity.action_feedback()
        moved.stage_id = self.next_stage
        leads = quiet | called | written | noted | done | quoted | moved
        self.env.flush_all()
        # messages are dated by the clock of the machine
        self.env.cr.execute(
            SQL("UPDATE mail_message SET date = %s WHERE date > %s", later, MONDAY + timedelta(1))
        )
        self.forget(leads)
        self.env["crm.lead"]._refill_last_touch()
        self.env.invalidate_all()
        for lead in quiet | noted:
            self.assertEqual(lead.last_touch_at, MONDAY)
        for lead in called | written | done | quoted | moved:
            self.assertEqual(lead.last_touch_at, later)

    def test_old_leads_are_not_late(self):
        lead = self.create_lead()
        lead._store_facts(first_contact_deadline=False)
        self.env["crm.lead"]._refill_last_touch()
        self.travel(days=50)
        self.remind()
        self.assertFalse(lead.first_contact_state)
        self.assertFalse(self.reminders(lead))

    def test_teams_get_a_ladder_once(self):
        self.north.escalation_level_ids.unlink()
        self.env["crm.team"]._complete_ladders()
        self.env["crm.team"]._complete_ladders()
        self.assertEqual(len(self.north.escalation_level_ids), 2)
