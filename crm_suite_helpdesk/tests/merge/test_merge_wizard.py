from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MergeCommon


@tagged("post_install", "-at_install")
class TestMergeWizard(MergeCommon):
    """Merging from the list and the form, with a look at what moves."""

    def wizard(self, *tickets, user=None):
        return (
            self.env["crm.ticket.merge.wizard"]
            .with_user(user or self.agent)
            .with_context(
                active_model="crm.ticket",
                active_ids=[ticket.id for ticket in tickets],
                active_id=tickets[0].id,
            )
        )

    def test_from_the_list(self):
        self.talk(self.source)
        form = Form(self.wizard(self.source, self.survivor))
        self.assertEqual(form.survivor_id, self.survivor, "the oldest open one")
        self.assertIn("Messages: 3", form.preview.replace("\n", " "))
        self.assertIn(self.source.number, form.preview)
        self.assertFalse(form.has_other_customers)
        action = form.save().action_merge()
        self.assertTrue(action["url"].endswith(f"/{self.survivor.id}"))
        self.assertEqual(self.source.merged_into_id, self.survivor)

    def test_from_the_form(self):
        form = Form(self.wizard(self.source))
        self.assertFalse(form.preview)
        form.ticket_ids.add(self.survivor)
        form.survivor_id = self.survivor
        form.save().action_merge()
        self.assertEqual(self.source.merged_into_id, self.survivor)

    def test_one_is_not_enough(self):
        with self.assertRaises(UserError):
            Form(self.wizard(self.source)).save().action_merge()

    def test_other_customers_are_warned_of(self):
        self.talk(self.foreign)
        form = Form(self.wizard(self.survivor, self.foreign))
        self.assertTrue(form.has_other_customers)
        self.assertNotIn(self.stranger.name, form.preview.split("</td>")[-2])
        form.with_outsiders = True
        self.assertIn(self.stranger.name, form.preview.split("</td>")[-2])
        form.save().action_merge()
        self.assertIn(self.stranger, self.survivor.message_partner_ids)

    def test_foreign_ids(self):
        self.survivor.team_id = self.env["crm.ticket.team"].create(
            {"name": "Others", "user_id": self.manager.id}
        )
        with self.assertRaises(AccessError):
            Form(self.wizard(self.source, self.survivor))
        Wizard = self.env["crm.ticket.merge.wizard"].with_user(self.agent)
        tickets = [(6, 0, (self.source | self.survivor).ids)]
        with self.assertRaises(AccessError):
            Wizard.create({"ticket_ids": tickets, "survivor_id": self.survivor.id})
        # Made while the user could still see them
        values = {"ticket_ids": tickets, "survivor_id": self.survivor.id}
        others, self.survivor.team_id = self.survivor.team_id, self.team
        wizard = Wizard.create(values)
        self.survivor.team_id = others
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertNotIn(self.survivor.number, str(wizard.read(["preview"])))
        with self.assertRaises(UserError):
            wizard.action_merge()
        self.assertFalse(self.source.merged_into_id)

    def test_hostile_names_in_the_preview(self):
        self.source.name = "<img src=x onerror=alert(1)>"
        form = Form(self.wizard(self.source, self.survivor))
        self.assertNotIn("<img", form.preview)

    def test_merged_ones_are_left_out(self):
        self.absorb(self.survivor, self.source)
        form = Form(self.wizard(self.source, self.survivor, self.foreign))
        self.assertNotIn(self.source, form.ticket_ids[:])
