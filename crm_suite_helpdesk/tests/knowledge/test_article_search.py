from unittest.mock import patch

from odoo.tests import tagged

from ...models.knowledge import crm_knowledge_search
from .common import KnowledgeCommon


@tagged("post_install", "-at_install")
class TestArticleSearch(KnowledgeCommon):
    """Articles are found by what people write about their problem."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        arabic = cls.env["res.lang"]._get_data(code="ar_001").id
        cls.invoice, cls.desk, cls.arabic, cls.arabic_invoice = cls.create_articles(
            {"name": "Change the address on an invoice", "keywords": "bill billing"},
            {
                "name": "A desk that wobbles",
                "body": "<p>Turn the feet. No printer stands on it.</p>",
            },
            {"name": "الطابعة لا تطبع", "body": "<p>أخرج الورق.</p>", "lang_id": arabic},
            {"name": "تغيير عنوان الفاتورة", "lang_id": arabic},
        )

    def test_the_best_comes_first(self):
        found = self.find("my printer will not print any more")
        self.assertEqual(found[0], self.public)
        self.assertIn(self.desk, found)
        self.assertEqual(self.find("wobbling desks")[0], self.desk)

    def test_other_forms_and_other_words(self):
        for typed in ("invoices", "wrong adresses in invoicing", "my BILL", "billing address"):
            self.assertEqual(self.find(typed)[:1], self.invoice, typed)

    def test_arabic_in_any_spelling(self):
        for typed in ("طابعتي", "الطابعات", "مشكلة في الطابعه", "والطَّابِعَة"):
            self.assertEqual(self.find(typed, "ar_001")[:1], self.arabic, typed)
        for typed in ("فاتورتي", "عنوان الفواتير", "للفاتورة"):
            self.assertIn(self.arabic_invoice, self.find(typed, "ar_001"), typed)

    def test_typing_errors(self):
        self.assertIn(self.public, self.find("prnter"))
        self.assertFalse(self.find("prnter", sure=True))

    def test_nothing_is_put_under_somebodys_eyes_that_is_far_off(self):
        self.assertEqual(self.find("invoice address", sure=True), self.invoice)
        self.assertFalse(self.find("printed a very long story about dragons", sure=True))
        for typed in ("", "  ", "?!", "the of and", "\u202e", "%", "_", "'; --", "\\"):
            self.assertFalse(self.find(typed), typed)

    def test_the_language_of_the_reader_goes_first(self):
        self.arabic.keywords = "printer print"
        self.assertEqual(self.find("printer print", "ar_001")[0], self.arabic)
        self.assertEqual(self.find("printer print", "en_US")[0], self.public)

    def test_a_translation_stands_for_its_original(self):
        self.arabic.original_id = self.public
        self.arabic.keywords = "printer"
        Article = self.env["crm.knowledge.article"]
        both = self.public + self.arabic
        self.assertEqual(both._choose_translations(), self.public)
        self.assertEqual(
            Article.with_context(lang="ar_001").browse(both.ids)._choose_translations(),
            self.arabic,
        )

    def test_the_search_box_of_the_list_uses_the_same_text(self):
        Article = self.env["crm.knowledge.article"].with_user(self.agent)
        self.assertEqual(Article.search([("search_text", "ilike", "feet turn")]), self.desk)

    def test_queries_do_not_grow(self):
        self.find("warm up")
        with self.assertQueryCount(4):
            self.find("printer print").mapped("name")


@tagged("post_install", "-at_install")
class TestFrequentWords(KnowledgeCommon):
    """A word that is in very many articles costs no more than one that is in some."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(crm_knowledge_search, "WEIGHED", 3))
        text = "<p>All about your account.</p>"
        numbers = range(20)
        cls.before = cls.create_articles(*({"name": f"Old {n}", "body": text} for n in numbers))
        cls.named, cls.rare, cls.both = cls.create_articles(
            {"name": "Close an account"},
            {"name": "Chandelier", "body": text},
            {"name": "Moving", "body": "<p>Your account and a new address.</p>"},
        )
        cls.create_articles(*({"name": f"Address {n}", "body": "<p>x</p>"} for n in numbers))
        cls.after = cls.create_articles(*({"name": f"New {n}", "body": text} for n in numbers))

    def test_few_are_weighed(self):
        Article = self.env["crm.knowledge.article"]
        terms = crm_knowledge_search.get_terms("account")
        hits = Article._search_terms(terms, [("state", "=", "published")])
        self.assertLessEqual(len(hits), 3 * 3)
        # each list of candidates stops by itself, and nothing else reads the table
        query = Article._select_candidates(terms, [("state", "=", "published")]).code
        self.assertEqual(query.count("LIMIT"), query.count("FROM") - query.count("AS found"))
        self.assertEqual(query.count("LIMIT"), 3)

    def test_the_name_decides_and_then_the_newest(self):
        found = self.find("account")
        self.assertEqual(found[0], self.named)
        self.assertEqual(found[1:4], self.after[:-4:-1])

    def test_a_rare_word_beside_it(self):
        self.assertEqual(self.find("account chandelier")[0], self.rare)

    def test_two_of_them_in_one_article(self):
        self.assertEqual(self.find("account address")[0], self.both)

    def test_typing_errors(self):
        self.assertIn(self.rare, self.find("chandeleir"))
