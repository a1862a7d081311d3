from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import MergeCommon


@tagged("post_install", "-at_install")
class TestMerge(MergeCommon):
    """Several tickets about one thing become one."""

    def test_the_conversation_goes_on_in_the_survivor(self):
        own = self.talk(self.survivor, "Own")
        messages = self.talk(self.source, "Other")[:3]
        facts = [(m.author_id, m.date, m.subtype_id, m.is_internal, m.body) for m in messages]
        self.travel(hours=1)
        self.absorb(self.survivor, self.source)
        spoken = self.spoken(self.survivor)
        for message in (*own[:3], *messages):
            self.assertIn(message, spoken)
        self.assertEqual(
            [(m.author_id, m.date, m.subtype_id, m.is_internal, m.body) for m in messages], facts
        )
        self.assertEqual(spoken, spoken.sorted("id", reverse=True), "in the order of time")
        self.assertFalse(self.spoken(self.source))

    def test_all_that_hangs_on_it_comes_along(self):
        question, _answer, note, activity, interaction = self.talk(self.source)
        done = self.source.activity_schedule("mail.mail_activity_data_call")
        done.action_feedback("Nobody there")
        self.absorb(self.survivor, self.source)
        self.assertEqual((question | note).attachment_ids.mapped("res_id"), [self.survivor.id] * 2)
        self.assertIn(activity, self.survivor.activity_ids)
        self.assertEqual(done.res_id, self.survivor.id)
        self.assertEqual(interaction.ticket_id, self.survivor)
        self.assertEqual(interaction.partner_id, self.colleague)
        self.assertIn("Nobody there", str(self.survivor.message_ids.mapped("body")))
        self.assertIn(self.colleague, self.survivor.message_partner_ids)

    def test_notes_stay_notes(self):
        _question, _answer, note, *_rest = self.talk(self.source)
        self.absorb(self.survivor, self.source)
        found = (
            self.env["mail.message"]
            .with_user(self.customer_user)
            .search([("model", "=", "crm.ticket"), ("res_id", "=", self.survivor.id)])
        )
        self.assertNotIn(note, found)
        self.assertTrue(found)

    def test_the_source_is_over_and_says_where_it_goes_on(self):
        self.absorb(self.survivor, self.source)
        self.assertEqual(self.source.stage_type, "cancelled")
        self.assertTrue(self.source.closed_at)
        self.assertTrue(self.source.active)
        self.assertEqual(self.source.merged_into_id, self.survivor)
        self.assertIn(self.survivor.number, str(self.source.message_ids[0].body))
        self.assertIn(self.source.number, str(self.survivor.message_ids[0].body))
        self.assertIn(self.source, self.survivor.merged_ids)

    def test_it_is_not_worked_on(self):
        self.absorb(self.survivor, self.source)
        with self.assertRaises(UserError):
            self.source.with_user(self.agent).stage_id = self.stages["open"]
        self.source.with_user(self.agent).priority = "3"

    def test_many_at_once(self):
        more = self.create_ticket(name="More")
        messages = [self.talk(ticket)[0] for ticket in (self.source, more)]
        self.absorb(self.survivor, self.source, more)
        self.assertEqual(self.survivor.merged_ids, self.source | more)
        self.assertLessEqual(messages[0] | messages[1], self.spoken(self.survivor))

    def test_what_the_survivor_lacks_it_takes_over(self):
        red, blue = self.create_tag("red"), self.create_tag("blue")
        category = self.env["crm.ticket.category"].create({"name": "Fires"})
        self.tag(self.survivor, red)
        self.tag(self.source, red, blue)
        self.source.write({"category_id": category.id, "user_id": self.agent.id})
        self.absorb(self.survivor, self.source)
        self.assertEqual(self.survivor.tag_ids, red | blue)
        self.assertEqual(self.survivor.category_id, category)
        self.assertEqual(self.survivor.user_id, self.agent)
        self.assertEqual(self.survivor.partner_id, self.customer, "what it has, it keeps")

    def test_a_ticket_of_nobody_gets_the_customer(self):
        nobody = self.create_ticket(name="Nobody", partner_id=False)
        self.absorb(nobody, self.source)
        self.assertEqual(nobody.partner_id, self.colleague)
        self.assertEqual(nobody.email_from, self.colleague.email)
        self.assertIn(self.colleague, nobody.message_partner_ids)
        self.undo(self.source)
        self.assertFalse(nobody.partner_id)
        self.assertFalse(nobody.email_from)
        self.assertNotIn(self.colleague, nobody.message_partner_ids)

    def test_an_incident_brings_its_tickets(self):
        child = self.create_ticket(name="Child", parent_id=self.source.id)
        self.absorb(self.survivor, self.source)
        self.assertEqual(child.parent_id, self.survivor)
        self.undo(self.source)
        self.assertEqual(child.parent_id, self.source)

    def test_an_incident_into_one_of_its_tickets(self):
        child = self.create_ticket(name="Child", parent_id=self.source.id)
        self.survivor.parent_id = self.source
        before = self.picture(self.survivor | self.source | child)
        self.absorb(self.survivor, self.source)
        self.assertFalse(self.survivor.parent_id)
        self.assertEqual(child.parent_id, self.survivor)
        self.undo(self.source)
        self.assertEqual(self.picture(self.survivor | self.source | child), before)

    # ------------------------------------------------------------------ refused

    def test_no_circles(self):
        with self.assertRaises(UserError):
            self.absorb(self.survivor, self.survivor)
        self.absorb(self.survivor, self.source)
        with self.assertRaises(UserError):
            self.absorb(self.source, self.survivor)
        with self.assertRaises(UserError):
            self.absorb(self.foreign, self.source)

    def test_who_may_not_write_all_of_them_merges_none(self):
        self.env["crm.ticket.team"].create({"name": "Others", "user_id": self.manager.id})
        hidden = self.create_ticket(name="Hidden")
        hidden.team_id = self.env["crm.ticket.team"].search([("name", "=", "Others")])
        for survivor, source in ((self.survivor, hidden), (hidden, self.source)):
            with self.assertRaises(AccessError):
                self.absorb(survivor, source)
        self.absorb(self.survivor, hidden, user=self.manager)
        with self.assertRaises(AccessError):
            self.undo(hidden)
        self.undo(hidden, self.manager)

    def test_companies_stay_apart(self):
        other = self.env["res.company"].create({"name": "Sister"})
        abroad = self.env["crm.ticket"].create(
            {"name": "Abroad", "team_id": False, "company_id": other.id}
        )
        both = new_test_user(
            self.env,
            "hd_both",
            "crm_suite_helpdesk.group_manager",
            company_ids=[Command.set((self.company | other).ids)],
        )
        with self.assertRaises(UserError):
            self.survivor.with_user(both).with_context(
                allowed_company_ids=both.company_ids.ids
            )._absorb(abroad.with_user(both))

    def test_facts_of_a_merge_are_not_entered(self):
        for values in (
            {"merged_into_id": self.survivor.id},
            {"merged_apart": True},
        ):
            with self.assertRaises(AccessError):
                self.source.with_user(self.manager).write(values)
        Merge = self.env["crm.ticket.merge"].with_user(self.manager)
        with self.assertRaises(AccessError):
            Merge.create(
                {
                    "source_id": self.source.id,
                    "target_id": self.survivor.id,
                    "date": "2026-03-02 09:00:00",
                }
            )

    def test_portal_users_merge_nothing(self):
        survivor = self.survivor.with_user(self.customer_user)
        with self.assertRaises(AccessError):
            survivor._absorb(self.source.with_user(self.customer_user))
        with self.assertRaises(AccessError):
            self.survivor.with_user(self.customer_user).action_undo_merge()
        with self.assertRaises(AccessError):
            self.env["crm.ticket.merge"].with_user(self.customer_user).search([])

    def test_a_context_does_not_open_what_is_closed(self):
        self.absorb(self.survivor, self.source)
        with self.assertRaises(UserError):
            self.source.with_user(self.agent).with_context(crm_merging=True).write(
                {"stage_id": self.stages["open"].id}
            )

    def test_a_survivor_is_not_deleted_alone(self):
        self.absorb(self.survivor, self.source)
        with self.assertRaises(UserError):
            self.survivor.with_user(self.manager).unlink()
        (self.survivor | self.source).with_user(self.manager).unlink()

    def test_hostile_texts_stay_harmless(self):
        self.source.name = "<script>alert(1)</script>"
        self.source.number = "<img src=x onerror=alert(1)>"
        self.absorb(self.survivor, self.source)
        body = str(self.survivor.message_ids[0].body)
        self.assertNotIn("<script", body)
        self.assertNotIn("<img", body)
