from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import KnowledgeCommon


@tagged("post_install", "-at_install")
class TestArticle(KnowledgeCommon):
    """How an article is written, approved, changed, translated and checked."""

    def test_agents_write_managers_publish(self):
        article = Form(self.env["crm.knowledge.article"].with_user(self.agent))
        article.name = "Paper jam"
        article.body = "<p>Open the lid.</p>"
        article.visibility = "public"
        article = article.save()
        with self.assertRaises(AccessError):
            article.action_publish()
        article.invalidate_recordset()
        article.action_ask_approval()
        self.assertEqual(article.state, "review")
        article.with_user(self.manager).action_publish()
        self.assertRecordValues(article, [{"state": "published"}])
        self.assertTrue(article.published_at)
        self.assertTrue(article.review_date)
        with self.assertRaises(AccessError):
            article.body = "<p>Hit it.</p>"

    def test_no_way_around_the_approval(self):
        own = self.internal.with_user(self.agent)
        own.body = "<p>Cheaper now.</p>"
        for values in (
            {"visibility": "public"},
            {"visibility": "portal", "state": "published"},
        ):
            with self.assertRaises(AccessError):
                own.write(values)
            own.invalidate_recordset()
        with self.assertRaises(AccessError):
            self.env["crm.knowledge.article"].with_user(self.agent).create(
                {"name": "Mine", "visibility": "public", "state": "published"}
            )
        with self.assertRaises(AccessError):
            self.public.with_user(self.agent).copy().write({"state": "published"})
        with self.assertRaises(AccessError):
            own.unlink()

    def test_who_reads_what(self):
        Article = self.env["crm.knowledge.article"]
        everything = self.public + self.portal + self.internal + self.draft
        domain = [("id", "in", everything.ids)]
        self.assertEqual(Article.with_user(self.agent).search(domain), everything.sorted())
        seen = Article.with_user(self.employee).search(domain)
        self.assertEqual(seen, (everything - self.draft).sorted())
        for user in (self.customer_user, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                Article.with_user(user).search(domain)
            with self.assertRaises(AccessError):
                self.public.with_user(user).read(["name"])

    def test_other_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.public.company_id = other
        self.assertFalse(
            self.env["crm.knowledge.article"]
            .with_user(self.agent)
            .search([("id", "=", self.public.id)])
        )

    def test_empty_ones_are_not_published(self):
        self.draft.body = "<p><br></p>"
        with self.assertRaises(UserError):
            self.draft.action_publish()

    def test_a_changed_text_can_be_read_and_restored(self):
        article = self.public.with_user(self.manager)
        before = article.body
        article.body = "<p>Throw it away.</p>"
        self.assertIn("The text was changed", article.message_ids[0].body)
        self.assertTrue(article.message_ids[0].subtype_id.internal)
        [revision] = article.html_field_history["body"]
        self.assertEqual(
            article.html_field_history_get_content_at_revision("body", revision["revision_id"]),
            before,
        )
        with self.assertRaises(AccessError):
            self.public.with_user(self.employee).read(["html_field_history"])

    def test_hostile_text_is_cleaned(self):
        self.public.body = (
            '<p onclick="x()">A</p><script>alert(1)</script><a href="javascript:x">b</a>'
        )
        for evil in ("onclick", "script"):
            self.assertNotIn(evil, self.public.body)

    def test_translations_are_articles_of_their_own(self):
        action = self.public.action_translate()
        translation = self.env["crm.knowledge.article"].browse(action["res_id"])
        self.assertRecordValues(
            translation,
            [{"original_id": self.public.id, "state": "draft", "lang": "ar_001"}],
        )
        self.assertFalse(translation.is_outdated)
        self.travel(days=1)
        self.public.body = "<p>Something else</p>"
        self.assertTrue(translation.is_outdated)
        translation.body = "<p>شيء آخر</p>"
        self.assertFalse(translation.is_outdated)
        with self.assertRaises(ValidationError):
            translation.lang_id = self.public.lang_id
        with self.assertRaises(ValidationError):
            self.draft.original_id = translation

    def test_authors_are_asked_to_check_once(self):
        self.public.author_id = self.agent
        self.public.review_date = "2026-03-01"
        self.portal.review_date = "2026-03-20"
        Article = self.env["crm.knowledge.article"]
        for _twice in range(2):
            Article._cron_ask_for_review()
        self.assertEqual(self.public.activity_ids.user_id, self.agent)
        self.assertEqual(len(self.public.activity_ids), 1)
        self.assertFalse(self.portal.activity_ids)
        self.public.with_user(self.manager).action_mark_checked()
        self.assertFalse(self.public.activity_ids)
        self.assertEqual(str(self.public.review_date), "2026-09-02")
