from datetime import timedelta

from odoo.fields import Command

from .common import CustomerCase


class TestMeeting(CustomerCase):
    """A meeting with customers becomes one interaction per customer, and stays in step."""

    def _interactions(self, event):
        return self.env["crm.interaction"].search([("event_id", "=", event.id)])

    def test_one_per_customer(self):
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        event = self._meet(self.layla, self.karim, other, self.sami.partner_id)
        interactions = self._interactions(event)
        self.assertEqual(interactions.commercial_partner_id, self.haddad + other)
        self.assertEqual(len(interactions), 2)
        self.assertEqual(set(interactions.mapped("channel")), {"meeting"})
        self.assertEqual(interactions.user_id, self.omar)
        self.assertEqual(set(interactions.mapped("date")), {event.start})
        self.assertEqual(set(interactions.mapped("duration")), {2.0})

    def test_nobody_of_us(self):
        """Days off of an employee without a user are no contact with a customer."""
        event = self._meet(user_id=False, partner_ids=[Command.set(self.layla.ids)])
        self.assertFalse(self._interactions(event))
        event.partner_ids = [Command.link(self.sami.partner_id.id)]
        self.assertEqual(self._interactions(event).partner_id, self.layla)

    def test_follows_the_meeting(self):
        event = self._meet(self.layla, days=2)
        interaction = self._interactions(event)
        interaction.note = "<p>Bring samples</p>"
        event.with_user(self.omar).write(
            {
                "name": "Design talk",
                "start": event.start + timedelta(days=1),
                "stop": event.start + timedelta(days=1, hours=3),
            }
        )
        self.assertEqual(self._interactions(event), interaction)
        self.assertEqual(interaction.name, "Design talk")
        self.assertEqual(interaction.date, event.start)
        self.assertEqual(interaction.duration, 3.0)
        self.assertIn("Bring samples", interaction.note)
        self.assertEqual(interaction.user_id, self.omar)

    def test_attendees_come_and_go(self):
        event = self._meet(days=2)
        self.assertFalse(self._interactions(event))
        event.partner_ids = [Command.link(self.layla.id)]
        self.assertEqual(self._interactions(event).partner_id, self.layla)
        event.partner_ids = [Command.unlink(self.layla.id)]
        self.assertFalse(self._interactions(event))

    def test_planned_meeting_that_does_not_take_place(self):
        def decline(event):
            event.attendee_ids.filtered(lambda a: a.partner_id == self.layla).do_decline()

        for cancel in (
            lambda event: event.unlink(),
            lambda event: event.action_archive(),
            decline,
            lambda event: event.write({"privacy": "private"}),
        ):
            event = self._meet(self.layla, days=2)
            interaction = self._interactions(event)
            self.assertTrue(interaction)
            cancel(event)
            self.assertFalse(interaction.exists())

    def test_held_meeting_stays_in_the_history(self):
        event = self._meet(self.layla, days=-2)
        interaction = self._interactions(event)
        event.unlink()
        self.assertTrue(interaction.exists())
        self.assertFalse(interaction.event_id)

    def test_declined_and_accepted_again(self):
        event = self._meet(self.layla, days=2)
        attendee = event.attendee_ids.filtered(lambda a: a.partner_id == self.layla)
        attendee.do_decline()
        attendee.do_accept()
        self.assertEqual(len(self._interactions(event)), 1)

    def test_not_of_colleagues_and_not_private(self):
        self.assertFalse(self._interactions(self._meet(self.sami.partner_id)))
        self.assertFalse(self._interactions(self._meet(self.layla, privacy="private")))
        self.omar.with_user(self.omar).calendar_default_privacy = "private"
        self.assertFalse(self._interactions(self._meet(self.layla)))

    def test_customer_with_portal_login(self):
        self.assertTrue(self.layla.user_ids)
        self.assertEqual(self._interactions(self._meet(self.layla)).partner_id, self.layla)

    def test_opportunity_without_invitation(self):
        """Blocking the time on an opportunity, without inviting the customer, counts as well."""
        lead = self.env["crm.lead"].create(
            {
                "name": "Desks",
                "type": "opportunity",
                "partner_id": self.layla.id,
                "user_id": self.omar.id,
            }
        )
        event = self._meet(opportunity_id=lead.id)
        self.assertEqual(self._interactions(event).partner_id, self.layla)
        self.assertEqual(self._interactions(event).lead_id, lead)
        event.write({"partner_ids": [Command.link(self.karim.id)]})
        self.assertEqual(len(self._interactions(event)), 1, "never twice for one customer")

    def test_recurring_meetings(self):
        event = self._meet(
            self.layla,
            days=2,
            recurrency=True,
            rrule_type="weekly",
            interval=1,
            end_type="count",
            count=4,
            mon=True,
            tue=True,
            wed=True,
            thu=True,
            fri=True,
            sat=True,
            sun=True,
        )
        events = event.recurrence_id.calendar_event_ids
        self.assertEqual(len(events), 4)
        interactions = self.env["crm.interaction"].search([("event_id", "in", events.ids)])
        self.assertEqual(len(interactions), 4)
        self.assertEqual(sorted(interactions.mapped("date")), sorted(events.mapped("start")))

    def test_a_colleague_moves_the_meeting(self):
        """The log is kept in step also by somebody who may not read it."""
        event = self._meet(self.layla, self.sami.partner_id, days=2)
        event.with_user(self.sami).name = "Moved by Sami"
        self.assertEqual(self._interactions(event).name, "Moved by Sami")
        self.assertEqual(self._interactions(event).user_id, self.omar)

    def test_queries_do_not_grow_with_the_events(self):
        def count_queries(number):
            events = self.env["calendar.event"]
            for _index in range(number):
                events += self._meet(self.layla, days=2)
            self.env["crm.interaction"].search([("event_id", "in", events.ids)]).unlink()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            events._sync_interactions()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count_queries(1)
        self.assertEqual(count_queries(2), count_queries(12))
