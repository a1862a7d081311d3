from odoo.fields import Command

from .common import CustomerCase


class TestContactMerge(CustomerCase):
    """Contacts and leads that have been in meetings can be merged and moved."""

    def _interactions(self, event):
        return self.env["crm.interaction"].search([("event_id", "=", event.id)])

    def _merge(self, *partners):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([partner.id for partner in partners], partners[0])

    def _create_contacts(self):
        return self.env["res.partner"].create([{"name": "Rami"}, {"name": "Rami Saleh"}])

    def test_two_who_attended_the_same_meeting(self):
        rami, double = self._create_contacts()
        event = self._meet(rami, double)
        self.assertEqual(len(self._interactions(event)), 2)
        self._interactions(event).filtered(lambda one: one.partner_id == double).note = "Notes"
        self._merge(rami, double)
        self.assertFalse(double.exists())
        interaction = self._interactions(event)
        self.assertEqual(interaction.partner_id, rami)
        self.assertIn("Notes", interaction.note, "the one that somebody wrote on stays")
        event.name = "Renamed"
        self.assertEqual(self._interactions(event).mapped("name"), ["Renamed"])

    def test_two_with_notes_of_both(self):
        rami, double = self._create_contacts()
        event = self._meet(rami, double, days=3)
        for interaction in self._interactions(event):
            interaction.note = interaction.partner_id.name
        self._merge(rami, double)
        event.name = "Renamed"
        self.assertEqual(self._interactions(event).mapped("name"), ["Renamed"] * 2)

    def test_customer_of_what_was_merged(self):
        rami, double = self._create_contacts()
        rami.parent_id = self.haddad
        interaction = self._log(partner=double)
        self._merge(rami, double)
        self.assertEqual(interaction.commercial_partner_id, self.haddad)

    def test_two_who_get_a_common_parent(self):
        rami, double = self._create_contacts()
        events = self._meet(rami, double), self._meet(rami, double, days=3)
        for contact in rami, double:
            contact.parent_id = self.haddad
        self.env.flush_all()
        for event in events:
            event.name = "Renamed"
        held, planned = map(self._interactions, events)
        self.assertEqual(held.partner_id, rami + double, "history stays")
        self.assertEqual(len(planned), 1)
        self.assertEqual(planned.name, "Renamed")

    def test_leads_with_meetings(self):
        rami, _double = self._create_contacts()
        contacts = {"Desks": rami.id, "Chairs": False, "Lamps": False}
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": name,
                    "type": "opportunity",
                    "partner_id": contact,
                    "user_id": self.omar.id,
                }
                for name, contact in contacts.items()
            ]
        )
        events = [
            self._meet(opportunity_id=lead.id, days=days) for lead in leads for days in (-2, 2)
        ]
        events.append(self._meet(self.layla, opportunity_id=leads[1].id))
        merged = leads.merge_opportunity()
        self.env.flush_all()
        self.assertEqual(merged.partner_id, rami)
        for event in events:
            interaction = self._interactions(event)
            self.assertEqual(len(interaction), 1)
            self.assertEqual(interaction.lead_id, merged)

    def test_attendees_of_a_merge(self):
        event = self._meet(self.layla, days=3)
        event.partner_ids = [Command.link(self.karim.id)]
        self._merge(self.karim, self.layla)
        self.assertEqual(self._interactions(event).partner_id, self.karim)
