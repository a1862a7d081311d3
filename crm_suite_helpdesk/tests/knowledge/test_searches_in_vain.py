from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, tagged

from ...models.knowledge import crm_knowledge_miss
from .common import KnowledgeCommon


@tagged("post_install", "-at_install")
class TestSearchesInVain(KnowledgeCommon, HttpCase):
    """What readers look for and do not find is counted, without who they are."""

    def look_for(self, text, user=None, agent="Mozilla"):
        self.authenticate(user and user.login, user and user.login)
        response = self.url_open("/help", params={"search": text}, headers={"User-Agent": agent})
        self.assertEqual(response.status_code, 200)
        self.env.invalidate_all()

    def missed(self):
        return self.env["crm.knowledge.miss"].search([])

    def test_counted_once_for_each_reader(self):
        self.look_for("Zeppelin  flights")
        self.look_for("zeppelin flights")
        self.assertEqual(
            self.missed().mapped(lambda m: (m.term, m.count, m.lang)),
            [("Zeppelin flights", 1, "en_US")],
        )
        self.look_for("ZEPPELIN flights", self.customer_user)
        self.assertEqual(self.missed().count, 2)
        self.assertEqual(self.missed().company_id, self.env.company)

    def test_what_is_found_is_not_missed(self):
        for text in ("printer", "prnter", "?!", "the of"):
            self.look_for(text)
        self.assertFalse(self.missed())

    def test_colleagues_and_machines_are_no_readers(self):
        self.look_for("zeppelin", self.agent)
        self.look_for("zeppelin", agent="Searchbot/2.1")
        self.assertFalse(self.missed())

    def test_nobody_is_told_apart_by_it(self):
        self.look_for("zeppelin mary.smith@example.org +962 79 123 4567 A2")
        self.assertEqual(self.missed().term, "zeppelin … … A2")
        self.look_for("mary.smith@example.org")
        self.assertEqual(len(self.missed()), 1)

    def test_not_more_than_people_search(self):
        with patch.object(crm_knowledge_miss, "MAX_OF_ADDRESS", 2):
            for text in ("zeppelin", "dirigible", "balloon"):
                self.look_for(text)
        self.assertEqual(len(self.missed()), 2)
        with patch.object(crm_knowledge_miss, "MAX_NEW", 2):
            self.look_for("kite", self.customer_user)
        self.assertEqual(len(self.missed()), 2)
        self.look_for("kite", self.customer_user)
        self.assertEqual(len(self.missed()), 3)

    def test_an_article_is_begun_with_it(self):
        self.look_for("zeppelin")
        miss = self.missed().with_user(self.manager)
        action = miss.action_write_article()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        form.body = "<p>They fly on Sundays.</p>"
        form.save().action_publish()
        self.assertTrue(self.find("zeppelins"))
        miss.unlink()

    def test_who_reads_and_clears_it(self):
        self.look_for("zeppelin")
        miss = self.missed()
        self.assertEqual(miss.with_user(self.agent).count, 1)
        with self.assertRaises(AccessError):
            miss.with_user(self.agent).unlink()
        for user in (self.customer_user, self.employee):
            with self.assertRaises(AccessError):
                miss.with_user(user).read(["term"])
        with self.assertRaises(AccessError):
            miss.with_user(self.manager).count = 5

    def test_forgotten_in_the_end(self):
        self.look_for("zeppelin")
        self.travel(self.missed().last_at + timedelta(days=crm_knowledge_miss.DAYS_KEPT + 1))
        self.env["crm.knowledge.miss"]._gc_misses()
        self.assertFalse(self.missed())
