from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MergeCommon


@tagged("post_install", "-at_install")
class TestSplit(MergeCommon):
    """One ticket that is about two things becomes two."""

    def setUp(self):
        super().setUp()
        self.first = self.talk(self.survivor, "First")[0]
        self.second = self.talk(self.survivor, "Second")[0]
        body, subject = "Something else", "The other lamp"
        self.third = self.survivor.message_post(
            body=body,
            subject=subject,
            author_id=self.colleague.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            attachments=[("lamp.txt", b"lamp")],
        )

    def split(self, *messages, is_copy=False, user=None, **values):
        chosen = self.env["mail.message"].browse([message.id for message in messages])
        ticket = self.survivor.with_user(user or self.agent)._split_off(
            chosen.with_user(user or self.agent), is_copy, **values
        )
        self.env.flush_all()
        self.env.invalidate_all()
        return ticket.sudo()

    def test_a_message_becomes_a_ticket_of_its_author(self):
        ticket = self.split(self.third)
        self.assertEqual(ticket.name, "The other lamp")
        self.assertEqual(ticket.partner_id, self.colleague)
        self.assertEqual(ticket.team_id, self.survivor.team_id)
        self.assertIn("Something else", ticket.description)
        self.assertEqual(ticket.stage_type, "new")
        self.assertEqual(self.third.res_id, ticket.id)
        self.assertEqual(self.third.attachment_ids.res_id, ticket.id)
        self.assertEqual(ticket.link_ids.kind, "split_from")
        self.assertEqual(ticket.link_ids.other_id, self.survivor)
        self.assertIn(self.colleague, ticket.message_partner_ids)
        self.assertEqual(ticket.last_customer_message_at, self.env["crm.ticket"]._now())
        self.assertTrue(ticket.sla_clock_ids)

    def test_several_messages_keep_what_they_are(self):
        note = self.spoken(self.survivor).filtered(lambda m: "Second note" in m.body)
        ticket = self.split(self.third, self.second, note)
        self.assertEqual(self.spoken(ticket), (self.third | self.second | note).sorted("id", True))
        self.assertTrue(note.subtype_id.internal)
        self.assertEqual(ticket.partner_id, self.customer, "of the oldest message")
        self.assertIn("Second", ticket.description)

    def test_answers_to_it_arrive_there(self):
        ticket = self.split(self.third)
        self.mail(
            "Thanks", self.colleague.email, headers=f"In-Reply-To: {self.third.message_id}\nX-A: 1"
        )
        self.assertIn("Thanks", self.spoken(ticket)[0].body)

    def test_a_copy_leaves_the_message_where_it_is(self):
        ticket = self.split(self.third, is_copy=True)
        copy = self.spoken(ticket)
        self.assertEqual(self.third.res_id, self.survivor.id)
        self.assertEqual(copy.author_id, self.colleague)
        self.assertEqual(copy.date, self.third.date)
        self.assertFalse(copy.is_internal)
        self.assertEqual(copy.attachment_ids.raw, b"lamp")
        self.assertNotEqual(copy.message_id, self.third.message_id)
        self.survivor.split_ids.with_user(self.agent).action_undo()
        self.assertFalse(copy.exists())
        self.assertEqual(ticket.stage_type, "cancelled")

    def test_undone(self):
        before = self.picture(self.survivor)
        ticket = self.split(self.third, self.second)
        self.assertNotEqual(self.picture(self.survivor), before)
        self.survivor.split_ids.with_user(self.agent).action_undo()
        self.assertEqual(self.picture(self.survivor), before)
        self.assertEqual(ticket.stage_type, "cancelled", "nothing is left of it")

    def test_undone_after_an_answer(self):
        ticket = self.split(self.third)
        later = self.reply(ticket, body="About the lamp")
        self.survivor.split_ids.with_user(self.agent).action_undo()
        self.assertEqual(self.third.res_id, self.survivor.id)
        self.assertEqual(self.spoken(ticket), later)
        self.assertFalse(ticket.closed_at)

    def test_together_with_merges(self):
        words = self.talk(self.source, "Merged")
        before = self.picture(self.source)
        self.absorb(self.survivor, self.source)
        ticket = self.split(words[0])
        self.undo(self.source)
        self.assertEqual(words[0].res_id, ticket.id, "it was taken out on purpose")
        self.assertEqual(words[1].res_id, self.source.id)
        self.survivor.split_ids.with_user(self.agent).action_undo()
        self.assertEqual(words[0].res_id, self.source.id, "where it came from")
        self.assertEqual(self.picture(self.source), before)

    def test_split_and_merged_back(self):
        ticket = self.split(self.third)
        self.absorb(self.survivor, ticket)
        self.assertEqual(self.third.res_id, self.survivor.id)
        self.survivor.split_ids.with_user(self.agent).action_undo()
        self.assertEqual(self.third.res_id, self.survivor.id)
        self.undo(ticket)
        self.assertEqual(self.third.res_id, self.survivor.id)

    def test_only_messages_of_the_ticket(self):
        foreign = self.talk(self.foreign)[0]
        log = self.survivor.message_ids.filtered(lambda m: m.message_type == "notification")[:1]
        for message in (foreign, log, self.env["mail.message"]):
            with self.assertRaises(UserError):
                self.split(*message)
        with self.assertRaises(AccessError):
            self.split(self.third, user=self.outsider)
        with self.assertRaises(AccessError):
            self.split(self.third, user=self.customer_user)
        self.assertEqual(foreign.res_id, self.foreign.id)

    def test_from_the_form(self):
        context = {
            "active_model": "crm.ticket",
            "active_id": self.survivor.id,
            "crm_message_ids": self.third.ids,
        }
        Split = self.env["crm.ticket.split"].with_user(self.agent).with_context(**context)
        form = Form(Split)
        self.assertEqual(form.name, "The other lamp")
        self.assertEqual(form.customer, self.colleague.display_name)
        texts = [line["text"] for line in form.line_ids._records]
        self.assertIn("First question", texts)
        form.name = "Another lamp"
        action = form.save().action_split()
        ticket = self.env["crm.ticket"].browse(int(action["url"].split("/")[-1]))
        self.assertEqual(ticket.name, "Another lamp")
        self.assertEqual(self.third.res_id, ticket.id)

    def test_a_form_in_which_nothing_is_chosen_yet(self):
        context = {"active_model": "crm.ticket", "active_id": self.survivor.id}
        Split = self.env["crm.ticket.split"].with_user(self.agent).with_context(**context)
        form = Form(Split)
        self.assertFalse(form.name)
        self.assertFalse(form.customer)
        with self.assertRaises(UserError):
            form.save().action_split()

    def test_lines_of_foreign_messages_are_not_split(self):
        foreign = self.talk(self.foreign)[0]
        wizard = (
            self.env["crm.ticket.split"]
            .with_user(self.agent)
            .create(
                {
                    "ticket_id": self.survivor.id,
                    "line_ids": [(0, 0, {"message_id": foreign.id, "is_chosen": True})],
                }
            )
        )
        with self.assertRaises(UserError):
            wizard.action_split()
        with self.assertRaises(AccessError):
            self.env["crm.ticket.split"].with_user(self.outsider).create(
                {"ticket_id": self.survivor.id}
            )
        with self.assertRaises(AccessError):
            self.survivor.with_user(self.outsider)._split_off(self.third)

    def test_a_note_does_not_become_the_request_of_the_customer(self):
        note = self.spoken(self.survivor).filtered(lambda m: "Second note" in m.body)
        note.subject = "What we think of him"
        ticket = self.split(note)
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertFalse(ticket.description, "which he reads on his page")
        self.assertEqual(ticket.name, "Survivor")

    def test_a_note_on_a_ticket_of_an_address(self):
        self.survivor.write({"partner_id": False, "email_from": "nour@example.org"})
        note = self.spoken(self.survivor).filtered(lambda m: "Second note" in m.body)
        self.assertEqual(self.split(note).email_from, "nour@example.org", "not that of the agent")
