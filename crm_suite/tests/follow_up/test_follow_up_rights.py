from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MONDAY, FollowUpCase

FACTS = (
    ("last_touch_at", MONDAY),
    ("first_contact_at", MONDAY),
    ("first_contact_deadline", MONDAY),
    ("first_contact_hours", 1.0),
    ("snoozed_until", MONDAY + timedelta(days=900)),
    ("snooze_count", 0),
    ("escalated_at", MONDAY),
)


@tagged("post_install", "-at_install")
class TestFollowUpRights(FollowUpCase):
    """What is measured cannot be entered, and nobody sees more than his leads."""

    def test_facts_cannot_be_entered(self):
        deal = self.create_deal()
        for name, value in FACTS:
            for user in (self.omar, self.mona):
                with self.assertRaises(AccessError):
                    deal.with_user(user).write({name: value})
        for name, value in FACTS[:4]:
            with self.assertRaises(AccessError):
                self.env["crm.lead"].with_user(self.omar).create({"name": "x", name: value})

    def test_facts_cannot_be_smuggled_in_as_defaults(self):
        context = {f"default_{name}": value for name, value in FACTS}
        lead = (
            self.env["crm.lead"]
            .with_user(self.omar)
            .with_context(**context)
            .create({"name": "Lead", "type": "lead", "team_id": self.north.id})
        )
        self.assertFalse(lead.first_contact_at)
        self.assertFalse(lead.snoozed_until)
        self.assertFalse(lead.escalated_at)
        self.assertNotEqual(lead.first_contact_deadline, MONDAY)

    def test_a_copy_has_no_past(self):
        lead = self.create_lead()
        self.log(lead)
        self.travel(days=5)
        copy = lead.copy()
        self.assertFalse(copy.first_contact_at)
        self.assertEqual(copy.last_touch_at, self.env.cr.now())

    def test_each_sees_his_own(self):
        mine = self.create_deal()
        theirs = self.create_deal(user_id=self.sami.id, team_id=self.south.id)
        lead, their_lead = (
            self.create_lead(),
            self.create_lead(user_id=self.sami.id, team_id=self.south.id),
        )
        self.travel(days=3)
        self.escalate()
        reason = self.env.ref("crm_suite.snooze_reason_budget")
        for deal, user in ((mine, self.omar), (theirs, self.sami)):
            self.env["crm.snooze"].with_user(user).create(
                {
                    "lead_id": deal.id,
                    "until": self.env["crm.snooze"]._get_today() + timedelta(days=4),
                    "reason_id": reason.id,
                }
            )

        def seen(model, name, user, records):
            return self.env[model].with_user(user).search([(name, "in", records.ids)])[name]

        both, leads = mine | theirs, lead | their_lead
        for user, deals, promises in (
            (self.omar, mine, lead),
            (self.sami, theirs, their_lead),
            (self.nora, mine, lead),
            (self.alia, both, leads),
        ):
            self.assertEqual(seen("crm.snooze", "lead_id", user, both), deals)
            self.assertEqual(seen("crm.escalation", "lead_id", user, both), deals)
            self.assertEqual(seen("crm.first.contact.report", "lead_id", user, leads), promises)
            found = self.env["crm.lead"].with_user(user).search([("attention", "=", "snoozed")])
            self.assertEqual(found & both, deals)

    def test_two_companies_do_not_mix(self):
        other = self.env["res.company"].create({"name": "Sister"})
        deal, lead = self.create_deal(), self.create_lead()
        self.travel(days=3)
        self.escalate()
        (deal | lead).write({"user_id": False, "team_id": False, "company_id": other.id})
        self.assertFalse(
            self.env["crm.escalation"].with_user(self.alia).search([("lead_id", "=", deal.id)])
        )
        self.assertFalse(
            self.env["crm.first.contact.report"]
            .with_user(self.alia)
            .search([("lead_id", "=", lead.id)])
        )

    def test_only_managers_change_the_ladder(self):
        level = self.north.escalation_level_ids[0]
        self.assertTrue(level.with_user(self.omar).read(["days"]))
        with self.assertRaises(AccessError):
            level.with_user(self.nora).days = 1
        level.with_user(self.mona).days = 1
        with self.assertRaises(AccessError):
            self.env["crm.escalation"].with_user(self.mona).create({"lead_id": 1})

    def test_public_methods_check_rights(self):
        deal = self.create_deal()
        for method in (
            "action_snooze",
            "action_wake",
        ):
            with self.assertRaises(AccessError):
                getattr(deal.with_user(self.sami), method)()
