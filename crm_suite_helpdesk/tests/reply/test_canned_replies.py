from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import HelpdeskCommon


@tagged("post_install", "-at_install")
class TestCannedReplies(HelpdeskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mail.canned.response"].search([]).unlink()
        cls.other_team = cls.env["crm.ticket.team"].create(
            {"name": "Other", "member_ids": [Command.set(cls.outsider.ids)]}
        )
        cls.reply_of_team = cls.create_reply(
            "photo",
            "Dear {{customer|customer}}, a photo for {{number}}, please.",
            ticket_team_ids=cls.team.ids,
        )
        cls.ticket = cls.create_ticket()

    @classmethod
    def create_reply(cls, source, text, **values):
        return (
            cls.env["mail.canned.response"]
            .with_user(cls.manager)
            .create({"source": source, "substitution": text, **values})
        )

    def offered(self, ticket=None, user=None):
        ticket = (ticket or self.ticket).with_user(user or self.agent)
        return {row["source"]: row for row in ticket.get_canned_replies()}

    def test_filled_in_for_the_ticket(self):
        row = self.offered()["photo"]
        self.assertEqual(
            row["text"], f"Dear hd_customer, a photo for {self.ticket.number}, please."
        )
        self.assertEqual(row["missing"], [])

    def test_what_a_ticket_does_not_say(self):
        self.create_reply("order", "About {{product}} of {{customer}}", ticket_team_ids=self.team)
        ticket = self.create_ticket(partner_id=False)
        self.assertEqual(self.offered(ticket)["photo"]["text"].split(",")[0], "Dear customer")
        row = self.offered(ticket)["order"]
        self.assertEqual(row["text"], "About {{product}} of {{customer}}")
        self.assertEqual(row["missing"], ["Product", "Name of the customer"])

    def test_texts_of_a_team_are_for_its_members(self):
        self.assertIn("photo", self.offered())
        Canned = self.env["mail.canned.response"]
        self.assertFalse(Canned.with_user(self.outsider).search([("source", "=", "photo")]))
        self.assertFalse(Canned.with_user(self.employee).search([("source", "=", "photo")]))
        with self.assertRaises(AccessError):
            self.reply_of_team.with_user(self.outsider).read(["substitution"])
        # Sharing it with a group as well does not open it to the other teams
        self.reply_of_team.sudo().group_ids = self.env.ref("crm_suite_helpdesk.group_agent")
        self.assertFalse(Canned.with_user(self.outsider).search([("source", "=", "photo")]))

    def test_only_texts_of_the_team_of_the_ticket(self):
        self.create_reply("other", "Hello", ticket_team_ids=self.other_team.ids)
        self.assertNotIn("other", self.offered(user=self.manager))

    def test_agents_change_their_own_only(self):
        with self.assertRaises(AccessError):
            self.reply_of_team.with_user(self.agent).substitution = "Mine now"
        own = (
            self.env["mail.canned.response"]
            .with_user(self.agent)
            .create({"source": "own", "substitution": "Hi", "ticket_team_ids": self.team.ids})
        )
        own.substitution = "Hi again"
        own.with_user(self.manager).substitution = "Better"
        self.assertIn("own", self.offered())
        with self.assertRaises(ValidationError):
            own.ticket_team_ids = self.other_team

    def test_unknown_words_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "custommer"):
            self.create_reply("typo", "Dear {{custommer}}")

    def test_what_fits_comes_first(self):
        parent, child = self.env["crm.ticket.category"].create(
            [{"name": "Delivery"}, {"name": "Late"}]
        )
        child.parent_id = parent
        self.create_reply("a general", "A", ticket_team_ids=self.team.ids)
        self.create_reply(
            "z fits", "Z", ticket_team_ids=self.team.ids, ticket_category_ids=parent.ids
        )
        self.ticket.category_id = child
        rows = self.ticket.with_user(self.agent).get_canned_replies()
        self.assertEqual(rows[0]["source"], "z fits")
        self.assertEqual(rows[0]["fits"], "Delivery")

    def test_sending_counts(self):
        hidden = self.create_reply("hidden", "H", ticket_team_ids=self.other_team.ids)
        ids = [self.reply_of_team.id, hidden.id, 0, -1, 10**12, "1", None, True]
        self.reply(self.ticket.with_context(crm_reply_ids=ids))
        self.env.flush_all()
        use = self.env["crm.ticket.reply.use"].search([("ticket_id", "=", self.ticket.id)])
        self.assertEqual(use.canned_id, self.reply_of_team)
        self.assertEqual(use.user_id, self.agent)
        self.assertEqual(use.team_id, self.team)
        self.assertEqual(self.reply_of_team.ticket_use_count, 1)
        self.assertEqual(self.offered()["photo"]["uses"], 1)
        # A customer cannot write our statistics
        self.customer_writes(self.ticket.with_context(crm_reply_ids=self.reply_of_team.ids))
        self.assertEqual(len(self.reply_of_team.ticket_use_ids), 1)

    def test_uses_outlive_the_reply_and_are_not_entered(self):
        self.reply(self.ticket.with_context(crm_reply_ids=self.reply_of_team.ids))
        use = self.reply_of_team.ticket_use_ids
        self.reply_of_team.unlink()
        self.assertEqual((use.name, use.exists()), ("photo", use))
        for user in (self.agent, self.manager):
            with self.assertRaises(AccessError):
                use.with_user(user).write({"name": "x"})
        self.assertFalse(
            self.env["crm.ticket.reply.use"].with_user(self.outsider).search([("id", "=", use.id)])
        )

    def test_who_may_ask(self):
        for user in (self.outsider, self.employee, self.stranger_user):
            with self.assertRaises(AccessError):
                self.ticket.with_user(user).get_canned_replies()
        # The customer may read his ticket, but not our texts about it
        texts = self.ticket.with_user(self.customer_user)
        with self.assertRaises(AccessError):
            texts.get_canned_replies()
        with self.assertRaises(AccessError):
            texts.fill_canned_reply(self.reply_of_team.id)
