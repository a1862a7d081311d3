from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MergeCommon


@tagged("post_install", "-at_install")
class TestMergeUndo(MergeCommon):
    """A merge can be undone at any time, exactly."""

    def test_everything_goes_back(self):
        red, blue = self.create_tag("red"), self.create_tag("blue")
        self.tag(self.survivor, red)
        self.tag(self.source, red, blue)
        self.source.user_id = self.agent
        self.talk(self.survivor, "Own")
        self.talk(self.source, "Other")
        self.create_ticket(name="Child", parent_id=self.source.id)
        tickets = self.survivor | self.source
        before = self.picture(tickets)
        self.travel(days=3)
        self.absorb(self.survivor, self.source)
        self.assertNotEqual(self.picture(tickets), before)
        self.travel(days=30)
        self.undo(self.source)
        self.assertEqual(self.picture(tickets), before)

    def test_a_solved_ticket_was_solved_when_it_was(self):
        self.move(self.source, "solved")
        closed_at = self.source.closed_at
        self.travel(days=1)
        self.absorb(self.survivor, self.source)
        self.travel(days=1)
        self.undo(self.source)
        self.assertEqual(self.source.stage_type, "solved")
        self.assertEqual(self.source.closed_at, closed_at)

    def test_what_came_after_the_merge_stays(self):
        self.talk(self.source)
        self.absorb(self.survivor, self.source)
        self.travel(hours=1)
        later = self.reply(self.survivor, body="For both")
        self.undo(self.source)
        self.assertIn(later, self.spoken(self.survivor))
        self.assertEqual(len(self.spoken(self.source)), 3)

    def test_a_follower_of_both_stays(self):
        self.survivor.message_subscribe(self.colleague.ids)
        self.absorb(self.survivor, self.source)
        self.undo(self.source)
        self.assertIn(self.colleague, self.survivor.message_partner_ids)

    def test_a_follower_of_what_is_still_merged_stays(self):
        more = self.create_ticket(name="More", partner_id=self.colleague.id)
        self.absorb(self.survivor, self.source)
        self.absorb(self.survivor, more)
        self.undo(self.source)
        self.assertIn(self.colleague, self.survivor.message_partner_ids)
        self.undo(more)
        self.assertNotIn(self.colleague, self.survivor.message_partner_ids)

    def test_what_was_changed_since_is_not_changed_back(self):
        category, other = self.env["crm.ticket.category"].create(
            [{"name": "Fires"}, {"name": "Floods"}]
        )
        self.source.category_id = category
        self.absorb(self.survivor, self.source)
        self.survivor.category_id = other
        self.undo(self.source)
        self.assertEqual(self.survivor.category_id, other)

    def test_what_was_deleted_or_moved_since_is_left(self):
        question, answer, _note, activity, interaction = self.talk(self.source)
        self.absorb(self.survivor, self.source)
        answer.unlink()
        interaction.ticket_id = self.foreign
        activity.unlink()
        self.undo(self.source)
        self.assertIn(question, self.spoken(self.source))
        self.assertEqual(interaction.ticket_id, self.foreign)
        self.assertIn("3", str(self.survivor.message_ids[0].body))

    def test_not_twice(self):
        self.absorb(self.survivor, self.source)
        merge = self.survivor.merge_in_ids
        merge.with_user(self.agent).action_undo()
        with self.assertRaises(UserError):
            merge.with_user(self.agent).action_undo()
        with self.assertRaises(UserError):
            self.undo(self.source)

    def test_merged_again_after_the_undo(self):
        self.talk(self.source)
        before = self.picture(self.source | self.survivor | self.foreign)
        self.absorb(self.survivor, self.source)
        self.undo(self.source)
        self.absorb(self.foreign, self.source, with_outsiders=True)
        self.assertEqual(len(self.spoken(self.foreign)), 3)
        self.undo(self.source)
        self.assertEqual(self.picture(self.source | self.survivor | self.foreign), before)

    # ------------------------------------------------------------------ chains

    def chain(self):
        """A into B, then B into C; a conversation on each."""
        tickets = a, b, c = [self.create_ticket(name=name) for name in "ABC"]
        b.partner_id = self.colleague
        for ticket in tickets:
            self.talk(ticket, ticket.name)
        self.tag(a, self.create_tag("a"))
        self.tag(b, self.create_tag("b"))
        pictures = [self.picture(a | b | c)]
        self.absorb(b, a)
        pictures.append(self.picture(a | b | c))
        self.absorb(c, b)
        return *tickets, pictures

    def test_backwards(self):
        a, b, c, pictures = self.chain()
        self.assertEqual(len(self.spoken(c)), 9)
        self.undo(b)
        self.assertEqual(self.picture(a | b | c), pictures[1])
        self.undo(a)
        self.assertEqual(self.picture(a | b | c), pictures[0])

    def test_the_first_one_first(self):
        a, b, c, pictures = self.chain()
        self.undo(a)
        self.assertEqual(self.picture(a), {a.id: pictures[0][a.id]})
        self.assertEqual(len(self.spoken(c)), 6, "B is still merged into C")
        self.assertEqual(b.merged_into_id, c)
        self.undo(b)
        self.assertEqual(self.picture(b)[b.id]["messages"], pictures[0][b.id]["messages"])
        self.assertEqual(self.picture(c)[c.id]["messages"], pictures[0][c.id]["messages"])
        self.assertEqual(self.picture(c)[c.id]["followers"], pictures[0][c.id]["followers"])

    def test_many_into_one_in_any_order(self):
        survivor = self.create_ticket(name="S")
        sources = [self.create_ticket(name=str(n)) for n in range(4)]
        every = survivor.browse([survivor.id, *(source.id for source in sources)])
        for ticket in every:
            self.talk(ticket, ticket.name)
        before = self.picture(every)
        self.absorb(survivor, *sources[:2])
        self.absorb(survivor, *sources[2:])
        for source in (sources[2], sources[0], sources[3], sources[1]):
            self.undo(source)
            self.assertEqual(self.picture(source), {source.id: before[source.id]})
        self.assertEqual(self.picture(every), before)

    def test_circles_by_way_of_an_undo_are_none(self):
        a, b, _c, _pictures = self.chain()
        self.undo(a)
        with self.assertRaises(UserError):
            self.absorb(a, b)
        self.undo(b)
        self.absorb(a, b)
        self.assertEqual(b._get_survivor(), a)

    def test_the_times_of_messages_go_back(self):
        self.customer_writes(self.source, self.colleague_user)
        self.assertFalse(self.survivor.last_customer_message_at)
        self.travel(hours=2)
        self.absorb(self.survivor, self.source)
        self.assertEqual(self.survivor.last_customer_message_at, datetime(2026, 3, 2, 9))
        self.undo(self.source)
        self.assertFalse(self.survivor.last_customer_message_at)
