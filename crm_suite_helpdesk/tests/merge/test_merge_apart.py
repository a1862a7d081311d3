from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MergeCommon


@tagged("post_install", "-at_install")
class TestMergeApart(MergeCommon):
    """Customers do not see each other's messages, unless an agent chose it."""

    def setUp(self):
        super().setUp()
        self.words = self.talk(self.foreign, "Foreign")

    def seen_by(self, user, ticket):
        return (
            self.env["mail.message"]
            .with_user(user)
            .search(
                [
                    ("model", "=", "crm.ticket"),
                    ("res_id", "=", ticket.id),
                    ("message_type", "!=", "notification"),
                ]
            )
        )

    def test_the_other_customer_sees_nothing(self):
        self.absorb(self.survivor, self.foreign)
        self.assertTrue(self.foreign.merged_apart)
        self.assertNotIn(self.stranger, self.survivor.message_partner_ids)
        self.assertFalse(self.seen_by(self.customer_user, self.survivor))
        with self.assertRaises(AccessError):
            self.survivor.with_user(self.stranger_user).read(["name"])

    def test_agents_see_it_as_notes_with_author_and_date(self):
        question, _answer, note, activity, _interaction = self.words
        self.travel(hours=1)
        self.absorb(self.survivor, self.foreign)
        spoken = self.spoken(self.survivor)
        self.assertIn(note, spoken)
        copy = spoken.filtered(lambda m: "Foreign question" in m.body)
        self.assertEqual(copy.author_id, self.stranger)
        self.assertEqual(copy.date, question.date)
        self.assertTrue(copy.is_internal)
        self.assertEqual(copy.attachment_ids.raw, question.attachment_ids.raw)
        self.assertEqual(copy.attachment_ids.res_id, self.survivor.id)
        self.assertIn(activity, self.survivor.activity_ids)

    def test_the_customer_keeps_his_conversation(self):
        self.absorb(self.survivor, self.foreign)
        seen = self.seen_by(self.stranger_user, self.foreign)
        self.assertEqual(seen, self.words[0] | self.words[1])

    def test_what_he_writes_later_reaches_the_survivor_and_nobody_else(self):
        self.reply(self.survivor)
        self.move(self.survivor, "waiting_customer")
        self.absorb(self.survivor, self.foreign)
        self.travel(hours=1)
        self.answer(self.foreign, "Still burning", sender=self.stranger.email)
        copy = self.spoken(self.survivor)[0]
        self.assertIn("Still burning", copy.body)
        self.assertTrue(copy.is_internal)
        self.assertFalse(self.seen_by(self.customer_user, self.survivor) & copy)
        self.assertEqual(self.survivor.stage_type, "open", "it is our turn")
        self.assertEqual(self.foreign.stage_type, "cancelled")
        self.assertIn("Still burning", str(self.seen_by(self.stranger_user, self.foreign)[0].body))
        told = (
            self.env["mail.notification"]
            .search([("mail_message_id.res_id", "=", self.survivor.id)])
            .res_partner_id
        )
        self.assertNotIn(self.customer, told)
        self.assertIn(self.manager.partner_id, told)

    def test_undo_takes_the_copies_away(self):
        tickets = self.survivor | self.foreign
        self.talk(self.survivor)
        before = self.picture(tickets)
        self.absorb(self.survivor, self.foreign)
        self.undo(self.foreign)
        self.assertEqual(self.picture(tickets), before)
        self.absorb(self.survivor, self.foreign)
        self.answer(self.foreign, "Still burning", sender=self.stranger.email)
        self.undo(self.foreign)
        self.assertEqual(len(self.spoken(self.survivor)), 3)
        self.assertEqual(len(self.spoken(self.foreign)), 4)

    def test_joined_when_an_agent_says_so(self):
        tickets = self.survivor | self.foreign
        before = self.picture(tickets)
        self.absorb(self.survivor, self.foreign, with_outsiders=True)
        self.assertFalse(self.foreign.merged_apart)
        self.assertIn(self.stranger, self.survivor.message_partner_ids)
        self.assertIn(self.words[0], self.seen_by(self.customer_user, self.survivor))
        self.assertIn(self.words[0], self.seen_by(self.stranger_user, self.survivor))
        self.undo(self.foreign)
        self.assertEqual(self.picture(tickets), before)

    def test_in_a_chain(self):
        self.absorb(self.survivor, self.foreign)
        last = self.create_ticket(name="Last")
        self.absorb(last, self.survivor)
        self.answer(self.foreign, "Still burning", sender=self.stranger.email)
        copy = self.spoken(last)[0]
        self.assertIn("Still burning", copy.body)
        self.assertTrue(copy.is_internal)
        self.undo(self.foreign)
        self.assertFalse(self.spoken(last))
        self.assertEqual(len(self.spoken(self.foreign)), 4)
        self.undo(self.survivor)
        self.assertFalse(self.spoken(self.survivor))
