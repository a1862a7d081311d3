from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import KnowledgeCommon


@tagged("post_install", "-at_install")
class TestBesideTicket(KnowledgeCommon):
    """What agents are offered beside their answer."""

    def offered(self, ticket, typed="", user=None):
        return [entry["id"] for entry in ticket.with_user(user or self.agent).get_articles(typed)]

    def test_what_the_ticket_is_about(self):
        ticket = self.create_ticket(name="The printer does not print")
        self.assertEqual(self.offered(ticket)[0], self.public.id)
        self.assertNotIn(self.draft.id, self.offered(ticket))
        self.assertFalse(self.offered(self.create_ticket(name="Hello")))
        self.assertEqual(self.offered(ticket, "leasing"), self.portal.ids)

    def test_product_and_category(self):
        product = self.env["product.product"].create({"name": "Laser 3000"})
        category = self.env["crm.ticket.category"].create({"name": "Ink"})
        self.portal.product_ids = product.product_tmpl_id
        shelf = self.env["crm.knowledge.category"].create(
            {"name": "Ink", "ticket_category_ids": category.ids}
        )
        self.internal.category_id = shelf
        child = category.create({"name": "Black", "parent_id": category.id})
        ticket = self.create_ticket(name="Hello", product_id=product.id, category_id=child.id)
        self.assertEqual(self.offered(ticket), [self.portal.id, self.internal.id])

    def test_into_the_answer(self):
        ticket = self.create_ticket().with_user(self.agent)
        link = ticket.use_article(self.public.id, "link")
        self.assertIn(f"/help/article/{self.public.id}?from=answer", link)
        self.assertIn("Switch it off", ticket.use_article(self.public.id, "text"))
        self.assertEqual(self.public.used_count, 2)
        visit = self.public.visit_ids[0]
        self.assertRecordValues(
            visit, [{"source": "agent", "user_id": self.agent.id, "ticket_id": ticket.id}]
        )
        self.assertEqual(self.public.view_count, 0)

    def test_titles_are_text(self):
        self.public.name = "<img src=x onerror=alert(1)>"
        link = self.create_ticket().with_user(self.agent).use_article(self.public.id, "link")
        self.assertNotIn("<img", link)

    def test_what_is_for_colleagues_stays_with_them(self):
        ticket = self.create_ticket().with_user(self.agent)
        for article in (self.internal, self.draft):
            with self.assertRaises(UserError):
                ticket.use_article(article.id, "text")

    def test_who_may_not(self):
        ticket = self.create_ticket()
        for user in (self.customer_user, self.outsider, self.employee):
            with self.assertRaises(AccessError):
                ticket.with_user(user).get_articles()
            with self.assertRaises(AccessError):
                ticket.with_user(user).use_article(self.public.id, "link")

    def test_an_answer_becomes_an_article(self):
        ticket = self.create_ticket()
        self.reply(ticket, body="Pour water on it.")
        self.reply(ticket, body="He is rude", subtype_xmlid="mail.mt_note")
        action = ticket.with_user(self.agent).action_write_article()
        article = self.env["crm.knowledge.article"].browse(action["res_id"])
        self.assertRecordValues(
            article,
            [{"name": ticket.name, "state": "draft", "visibility": "internal"}],
        )
        self.assertIn("Pour water", article.body)
        self.assertNotIn("rude", article.body)
        with self.assertRaises(AccessError):
            ticket.with_user(self.customer_user).action_write_article()
