from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError

from .common import CustomerCase

STEP = {"next_step": "Send prices", "next_step_date": "2040-01-05"}


class TestInteractionSecurity(CustomerCase):
    """What a salesperson may not reach by calling create and write with values of his own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls._log().with_user(cls.omar)
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Secret deal",
                "partner_id": cls.env["res.partner"].create({"name": "Secret"}).id,
                "user_id": cls.sami.id,
            }
        )
        cls.activity = cls.lead.activity_schedule(summary="Of Sami", user_id=cls.sami.id)

    def test_activity_of_somebody_else(self):
        link = {"next_activity_id": self.activity.id}
        Interaction = self.env["crm.interaction"].with_user(self.omar)
        values = {"partner_id": self.layla.id, **STEP}
        with self.assertRaises(AccessError):
            self.mine.write({**link, **STEP})
        with self.assertRaises(AccessError):
            self.mine.write(link)
        with self.assertRaises(AccessError):
            Interaction.create({**values, **link})
        with self.assertRaises(AccessError):
            Interaction.with_context(default_next_activity_id=self.activity.id).create(values)
        self.assertEqual(self.activity.summary, "Of Sami")
        self.mine.write(STEP)
        self.assertEqual(self.mine.next_activity_id.user_id, self.omar)

    def test_meeting_by_hand(self):
        event = self._meet(days=5)
        values = {
            "partner_id": self.layla.id,
            "date": fields.Datetime.now() + timedelta(days=400),
            "event_id": event.id,
        }
        with self.assertRaises(AccessError):
            self.env["crm.interaction"].with_user(self.omar).create(values)
        with self.assertRaises(AccessError):
            self.mine.write({"event_id": event.id})
        with self.assertRaises(AccessError):
            event.with_user(self.omar).write({"interaction_ids": [(4, self.mine.id)]})

    def test_document_that_the_user_may_not_read(self):
        Interaction = self.env["crm.interaction"].with_user(self.omar)
        with self.assertRaises(AccessError):
            Interaction.create({"lead_id": self.lead.id})
        with self.assertRaises(AccessError):
            Interaction.with_context(default_lead_id=self.lead.id).create({})
        with self.assertRaises(AccessError):
            self.mine.lead_id = self.lead

    def test_form_with_a_document_that_the_user_may_not_read(self):
        spec = {"lead_id": {}, "partner_id": {"fields": {"display_name": {}}}}
        Interaction = self.env["crm.interaction"].with_user(self.omar)
        for record, values, names in (
            (Interaction, {"lead_id": self.lead.id}, ["lead_id"]),
            (self.mine, {"lead_id": self.lead.id}, ["lead_id"]),
            (Interaction.with_context(default_lead_id=self.lead.id), {}, []),
        ):
            with self.assertRaises(AccessError):
                record.onchange(values, names, spec)
        own = self.lead.copy({"user_id": self.omar.id})
        result = Interaction.onchange({"lead_id": own.id}, ["lead_id"], spec)
        self.assertEqual(result["value"]["partner_id"]["id"], own.partner_id.id)

    def test_what_follows_a_meeting_is_moved_in_the_calendar(self):
        event = self._meet(self.layla)
        interaction = event.interaction_ids.with_user(self.omar)
        with self.assertRaises(AccessError):
            interaction.date = "2040-01-01 10:00:00"
        with self.assertRaises(AccessError):
            interaction.duration = 500
        interaction.write(
            {"date": fields.Datetime.to_string(event.start), "note": "<p>Went well</p>"}
        )
        self.assertIn("Went well", interaction.note)

    def test_document_that_was_handed_over(self):
        """Omar goes on with his own notes when the lead is a colleague's by now."""
        self.mine.sudo().lead_id = self.lead
        self.env.invalidate_all()
        self.mine.write({"note": "<p>Called again</p>", "lead_id": self.lead.id})
        self.assertIn("Called again", self.mine.note)
