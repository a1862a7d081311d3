from odoo.exceptions import ValidationError
from odoo.fields import Command

from .common import CustomerCase


class TestMeetingCompany(CustomerCase):
    """Whatever company whoever takes part belongs to: the meeting takes place."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.env["res.partner"].create(
            {"name": "Frieda", "company_id": cls.berlin.id, "email": "frieda@example.com"}
        )

    def _interactions(self, event):
        return self.env["crm.interaction"].search([("event_id", "=", event.id)])

    def test_contact_of_another_company(self):
        for days in -1, 2:
            event = self._meet(self.layla, days=days)
            event.write({"partner_ids": [Command.link(self.foreign.id)]})
            of_frieda = self._interactions(event).filtered(
                lambda one: one.partner_id == self.foreign
            )
            self.assertEqual(of_frieda.company_id, self.berlin)
            self.assertFalse(of_frieda.user_id, "omar does not work in Berlin")
            self.assertEqual((self._interactions(event) - of_frieda).user_id, self.omar)

    def test_answers(self):
        # invited later: core describes one of the first guests, whom omar may not read, as chance
        # has it
        event = self._meet(self.berta.partner_id, days=2)
        event.write({"partner_ids": [Command.link(self.foreign.id)]})
        attendee = event.attendee_ids.filtered(lambda one: one.partner_id == self.foreign)
        for user in self.omar, self.berta:
            mine = attendee.with_user(user).with_company(user.company_id)
            mine.sudo().do_decline()
            self.assertFalse(self._interactions(event))
            mine.sudo().do_accept()
            self.assertEqual(self._interactions(event).company_id, self.berlin)

    def test_another_organiser_and_opportunity(self):
        event = self._meet(self.layla, days=2)
        lead = self.env["crm.lead"].create({"name": "Berlin", "company_id": self.berlin.id})
        self._interactions(event).outcome_id = self.env["crm.interaction.outcome"].create(
            {"name": "Ours", "company_id": self.company.id}
        )
        event.sudo().write({"user_id": self.berta.id, "opportunity_id": lead.id, "name": "Moved"})
        interaction = self._interactions(event)
        self.assertEqual(interaction.name, "Moved")
        self.assertEqual(interaction.company_id, self.company)
        self.assertFalse(interaction.user_id)
        self.assertFalse(interaction.lead_id)

    def test_opportunity_decides_before_the_organiser(self):
        lead = self.env["crm.lead"].create(
            {"name": "Berlin", "company_id": self.berlin.id, "user_id": False, "team_id": False}
        )
        event = self._meet(self.layla)
        other = self.env["calendar.event"].create(
            {
                "name": "Talk",
                "start": event.start,
                "stop": event.stop,
                "user_id": self.omar.id,
                "opportunity_id": lead.id,
                "partner_ids": [Command.set(self.layla.ids)],
            }
        )
        interaction = self._interactions(other)
        self.assertEqual(interaction.company_id, self.berlin)
        self.assertEqual(interaction.lead_id, lead)
        self.assertFalse(interaction.user_id)

    def test_long_ago(self):
        event = self._meet(self.layla)
        event.write({"start": "1960-01-01 10:00:00", "stop": "1960-01-01 11:00:00"})
        self.assertEqual(str(self._interactions(event).date), "1960-01-01 10:00:00")

    def test_form_rules_of_interactions(self):
        """A configurator asks for the outcome of each interaction: of a meeting it comes later."""
        self.env["crm.form.rule"].create(
            {
                "name": "Outcome of each interaction",
                "model_id": self.env["ir.model"]._get_id("crm.interaction"),
                "target_field_ids": [
                    Command.link(
                        self.env["ir.model.fields"]._get("crm.interaction", "outcome_id").id
                    )
                ],
            }
        )
        with self.assertRaises(ValidationError):
            self._log()
        event = self._meet(self.layla, days=2)
        event.name = "Renamed"
        self.assertEqual(self._interactions(event).name, "Renamed")
