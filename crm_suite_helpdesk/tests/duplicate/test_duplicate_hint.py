from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import MONDAY, HelpdeskCommon


@tagged("post_install", "-at_install")
class TestDuplicateHint(HelpdeskCommon):
    """Whoever enters a ticket sees that the customer has asked already."""

    def hinted(self, ticket, user=None):
        ticket.invalidate_recordset()
        return [row["id"] for row in ticket.with_user(user or self.agent).duplicate_hint or ()]

    def test_while_it_is_entered(self):
        known = self.create_ticket(name="Printer is on fire")
        self.create_ticket(name="Wrong invoice")
        with Form(self.env["crm.ticket"].with_user(self.agent)) as form:
            form.name = "The printer on fire!"
            self.assertFalse(form.duplicate_hint, "of whom is not known yet")
            form.partner_id = self.customer
            self.assertEqual([row["id"] for row in form.duplicate_hint], known.ids)
            row = form.duplicate_hint[0]
            self.assertEqual(row["number"], known.number)
            self.assertTrue(row["is_open"])

    def test_by_a_colleague_or_from_the_same_address(self):
        of_colleague = self.create_ticket(partner_id=self.colleague_user.partner_id.id)
        by_address = self.create_ticket(
            name="Printer fire", partner_id=False, email_from=f"<{self.customer.email.upper()}>"
        )
        ticket = self.create_ticket()
        self.assertEqual(set(self.hinted(ticket)), set((of_colleague | by_address).ids))

    def test_not_of_others_nor_about_something_else(self):
        self.create_ticket(partner_id=self.stranger_user.partner_id.id)
        self.create_ticket(name="The door is locked")
        self.assertFalse(self.hinted(self.create_ticket()))

    def test_open_ones_first_and_old_ones_not_at_all(self):
        old = self.create_ticket()
        self.move(old, "solved")
        self.travel(MONDAY + timedelta(days=20))
        recent = self.create_ticket()
        self.move(recent, "solved")
        still_open = self.create_ticket(name="On fire: the printer")
        self.travel(MONDAY + timedelta(days=40))
        ticket = self.create_ticket()
        self.assertEqual(self.hinted(ticket), [still_open.id, recent.id])

    def test_arabic_spellings(self):
        known = self.create_ticket(name="الطابعة لا تعمل")
        self.assertEqual(self.hinted(self.create_ticket(name="الطابعه لا تعمل!")), known.ids)

    def test_nobody_sees_tickets_of_other_teams(self):
        other = self.env["crm.ticket.team"].create(
            {"name": "Secret", "member_ids": [Command.set(self.outsider.ids)]}
        )
        self.create_ticket(team_id=other.id)
        ticket = self.create_ticket()
        self.assertFalse(self.hinted(ticket))
        self.assertTrue(self.hinted(ticket, self.manager))

    def test_what_was_linked_merged_or_looked_at_is_no_hint(self):
        first, ticket = self.create_ticket(), self.create_ticket()
        self.env["crm.ticket.link"].create(
            {"ticket_id": ticket.id, "other_id": first.id, "kind": "related"}
        )
        self.assertFalse(self.hinted(ticket))
        second = self.create_ticket()
        self.assertTrue(self.hinted(second))
        second.with_user(self.agent).action_no_duplicate()
        self.assertFalse(self.hinted(second))
        self.move(first, "solved")
        self.assertFalse(self.hinted(first), "what is done needs no hint")

    def test_spam_is_nobodys_duplicate(self):
        self.move(self.create_ticket(), "spam")
        self.assertFalse(self.hinted(self.create_ticket()))

    def test_merged_from_the_hint(self):
        first, second = self.create_ticket(), self.create_ticket()
        action = second.with_user(self.agent).action_merge_duplicate(first.id)
        wizard = (
            self.env["crm.ticket.merge.wizard"]
            .with_user(self.agent)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(wizard.survivor_id, first)
        wizard.action_merge()
        self.assertEqual(second.merged_into_id, first)

    def test_nobody_merges_what_he_may_not_write(self):
        other = self.env["crm.ticket.team"].create({"name": "Secret"})
        secret = self.create_ticket(team_id=other.id)
        with self.assertRaises(AccessError):
            self.create_ticket().with_user(self.agent).action_merge_duplicate(secret.id)

    def test_hostile_values(self):
        for name in ("%", "_", "\\", "'; --", "ا" * 5000, " ", "؟؟"):
            self.create_ticket(name=name or "x")
            self.hinted(self.create_ticket(name=name))

    def test_portal_users_do_not_read_it(self):
        ticket = self.create_ticket()
        with self.assertRaises(AccessError):
            ticket.with_user(self.customer_user).read(["duplicate_hint"])

    def test_it_costs_the_same_whatever_the_customer_wrote(self):
        ticket = self.create_ticket().with_user(self.agent)
        counts = []
        for number in (6, 60):
            for _copy in range(number):
                self.create_ticket()
            self.env.flush_all()
            for _time in range(2):  # the first warms the caches of rights up
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.assertEqual(len(ticket.duplicate_hint), 5)
                count = self.env.cr.sql_log_count - before
            counts.append(count)
        self.assertEqual(*counts)
