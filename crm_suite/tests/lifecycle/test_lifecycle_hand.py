from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import LifecycleCase


class TestLifecycleHand(LifecycleCase):
    def test_by_the_form(self):
        with Form(self.haddad.with_user(self.omar)) as form:
            form.lifecycle_stage_id = self.advocate
        move = self.haddad.lifecycle_move_ids
        self.assertEqual((move.to_stage_id, move.user_id), (self.advocate, self.omar))
        self.assertEqual(move.kind, "hand")
        self.assertEqual(self.haddad.lifecycle_since, move.moved_at)
        self.assertTrue(self.haddad.lifecycle_hold_until)

    def test_days_in_the_stage(self):
        self.haddad.lifecycle_stage_id = self.lead
        self.haddad.sudo().lifecycle_since = fields.Datetime.now() - timedelta(days=12)
        self.haddad.lifecycle_stage_id = self.customer
        move = self._last(self.haddad)
        self.assertEqual((move.from_stage_id, move.to_stage_id), (self.lead, self.customer))
        self.assertAlmostEqual(move.days, 12, 1)
        self.haddad.lifecycle_stage_id = self.customer
        self.assertEqual(len(self.haddad.lifecycle_move_ids), 2, "nothing has moved")

    def test_with_a_reason(self):
        wizard = Form(
            self.env["crm.lifecycle.change"]
            .with_user(self.omar)
            .with_context(active_model="res.partner", active_ids=self.layla.ids)
        )
        wizard.stage_id = self.lost
        wizard.reason = "Closes the shop"
        wizard.hold_until = False
        wizard.save().action_confirm()
        self.assertEqual(self.haddad.lifecycle_stage_id, self.lost)
        self.assertFalse(self.haddad.lifecycle_hold_until)
        self.assertEqual(self.haddad.lifecycle_move_ids.evidence, "Closes the shop")

    def test_several_at_once(self):
        other = self._customer(lifecycle_stage_id=self.lead.id)
        self.assertEqual(other.lifecycle_move_ids.to_stage_id, self.lead)
        (self.haddad + other).write({"lifecycle_stage_id": self.lead.id, "ref": "both"})
        self.assertEqual(len(other.lifecycle_move_ids), 1)
        self.assertEqual(len(self.haddad.lifecycle_move_ids), 1)
        self.assertEqual((self.haddad + other).mapped("ref"), ["both", "both"])
        self.haddad.lifecycle_stage_id = False
        self.assertFalse(self._last(self.haddad).to_stage_id)

    def test_contacts_have_none_of_their_own(self):
        with self.assertRaisesRegex(UserError, "Haddad Trading"):
            self.layla.lifecycle_stage_id = self.lead
        with self.assertRaises(UserError):
            self._customer("Child", parent_id=self.haddad.id, is_company=False).write(
                {"lifecycle_stage_id": self.lead.id}
            )

    def test_import(self):
        result = self.env["res.partner"].load(
            ["name", "lifecycle_stage_id"], [["Imported", "Advocate"]]
        )
        self.assertFalse(result["messages"])
        partner = self.env["res.partner"].browse(result["ids"])
        self.assertEqual(partner.lifecycle_move_ids.to_stage_id, self.advocate)
        self.assertTrue(partner.lifecycle_since)

    def test_default_of_a_column(self):
        partner = (
            self.env["res.partner"]
            .with_context(default_lifecycle_stage_id=self.lead.id)
            .create({"name": "Quick"})
        )
        self.assertEqual(partner.lifecycle_move_ids.to_stage_id, self.lead)

    def test_copy_begins_anew(self):
        self.haddad.lifecycle_stage_id = self.advocate
        copy = self.haddad.copy()
        self.assertFalse(copy.lifecycle_stage_id or copy.lifecycle_since)
        self.assertFalse(copy.lifecycle_move_ids)

    def test_since_is_not_entered(self):
        omar = self.haddad.with_user(self.omar)
        omar.lifecycle_stage_id = self.lead
        with self.assertRaises(AccessError):
            omar.lifecycle_since = "2020-01-01"
        with self.assertRaises(AccessError):
            omar.create({"name": "Old", "lifecycle_since": "2020-01-01"})

    def test_stage_counts(self):
        before = self.advocate.customer_count, self.advocate.entered_count
        self.haddad.lifecycle_stage_id = self.advocate
        self.advocate.invalidate_recordset()
        after = self.advocate.customer_count, self.advocate.entered_count
        self.assertEqual(after, (before[0] + 1, before[1] + 1))
        action = self.advocate.with_user(self.omar).action_view_customers()
        self.assertIn(self.haddad, self.env["res.partner"].search(action["domain"]))

    def test_leads_are_grouped_by_the_stage(self):
        lead = self._create_opportunity()
        self.haddad.lifecycle_stage_id = self.opportunity
        groups = (
            self.env["crm.lead"]
            .with_user(self.omar)
            .formatted_read_group([("id", "=", lead.id)], ["lifecycle_stage_id"], ["__count"])
        )
        self.assertEqual(groups[0]["lifecycle_stage_id"][0], self.opportunity.id)
        self.assertEqual(
            self.env["crm.lead"].search(
                [("lifecycle_stage_id", "=", self.opportunity.id), ("id", "=", lead.id)]
            ),
            lead,
        )

    def test_views(self):
        self.env["res.partner"].get_views([(False, "form"), (False, "list"), (False, "search")])
        for model in ("crm.lifecycle.move", "crm.lifecycle.stage", "crm.lifecycle.rule"):
            self.env[model].with_user(self.omar).get_views(
                [(False, "form"), (False, "list"), (False, "search")]
            )
