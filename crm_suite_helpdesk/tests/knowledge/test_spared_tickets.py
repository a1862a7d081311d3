from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import KnowledgeCommon


@tagged("post_install", "-at_install")
class TestSparedTickets(KnowledgeCommon):
    """Who read an article and wrote no ticket within a day was spared one."""

    def look(self, article, visitor, partner=None, source="help"):
        Visit = self.env["crm.knowledge.visit"]
        Visit._record_view(
            article, visitor, f"home of {visitor}", source, partner or self.env["res.partner"]
        )
        return Visit.search([("visitor", "=", visitor), ("article_id", "=", article.id)], limit=1)

    def settle(self):
        self.run_cron("crm.knowledge.visit", "_cron_settle")

    def test_what_became_of_readers(self):
        spared = self.look(self.public, "a", self.stranger_user.partner_id)
        wrote = self.look(self.public, "b", self.customer)
        first, last = self.look(self.public, "c"), None
        self.travel(minutes=5)
        last = self.look(self.portal, "c")
        unhelped = self.look(self.public, "d")
        unhelped.unhelped = 1
        self.travel(hours=2)
        ticket = self.create_ticket(opened_at=self.env.cr.now())
        self.settle()
        self.assertEqual(set((spared + wrote).mapped("outcome")), {"pending"})
        self.travel(hours=25)
        recent = self.look(self.public, "e")
        self.settle()
        outcomes = (spared + wrote + first + last + unhelped + recent).mapped("outcome")
        self.assertEqual(
            outcomes, ["spared", "ticket", "continued", "spared", "unhelped", "pending"]
        )
        self.assertEqual(wrote.ticket_id, ticket)
        self.assertEqual(self.public.spared_count, 1)
        self.assertEqual(self.portal.spared_count, 1)

    def test_a_ticket_of_before_or_of_long_after_is_another_matter(self):
        self.create_ticket(opened_at=self.env.cr.now())
        self.travel(minutes=1)
        visit = self.look(self.public, "a", self.customer)
        self.travel(hours=30)
        self.create_ticket(opened_at=self.env.cr.now())
        self.settle()
        self.assertEqual(visit.outcome, "spared")

    def test_a_reader_counts_once_a_day(self):
        for _time in range(3):
            self.look(self.public, "a")
        self.travel(days=1)
        self.look(self.public, "a")
        self.assertEqual(self.public.view_count, 2)

    def test_one_vote_that_may_change(self):
        Visit, nobody = self.env["crm.knowledge.visit"], self.env["res.partner"]
        vote = [self.public, "a", "home", nobody]
        self.assertTrue(Visit._vote(*vote, helped=True))
        self.travel(days=3)
        self.assertTrue(Visit._vote(*vote, helped=False, comment="x" * 5000))
        self.assertEqual((self.public.helped_count, self.public.unhelped_count), (0, 1))
        self.assertEqual(len(self.public.visit_ids.filtered("unhelped").comment), 1000)

    def test_votes_and_views_of_one_connection_are_limited(self):
        Visit, nobody = self.env["crm.knowledge.visit"], self.env["res.partner"]
        votes = [
            Visit._vote(self.public, f"reader {number}", "home", nobody, helped=False)
            for number in range(40)
        ]
        self.assertEqual(sum(votes), 30)
        self.assertEqual(self.public.unhelped_count, 30)
        for number in range(250):
            Visit._record_view(self.portal, f"v{number}", "home", "help", nobody)
        self.portal.invalidate_recordset()
        self.assertEqual(self.portal.view_count, 170)
        self.travel(hours=2)
        self.assertTrue(Visit._vote(self.public, "late", "home", nobody, helped=True))

    def test_readers_are_forgotten_and_figures_stay(self):
        visit = self.look(self.public, "a", self.customer)
        self.travel(days=91)
        self.env["crm.knowledge.visit"]._gc_readers()
        visit.invalidate_recordset()
        self.assertFalse(visit.visitor or visit.address_hash or visit.partner_id)
        self.assertEqual(self.public.view_count, 1)

    def test_nobody_enters_what_was_counted(self):
        Visit = self.env["crm.knowledge.visit"].with_user(self.manager)
        with self.assertRaises(AccessError):
            Visit.create({"article_id": self.public.id, "source": "help", "spared": 9})
        self.assertFalse(Visit.has_access("write"))
        self.assertFalse(Visit.with_user(self.employee).has_access("read"))
