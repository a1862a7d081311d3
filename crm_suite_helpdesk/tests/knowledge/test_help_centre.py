import re

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import KnowledgeCommon


@tagged("post_install", "-at_install")
class TestHelpCentre(KnowledgeCommon, HttpCase):
    """What strangers and customers read, and what they say of it."""

    def login(self, user=None):
        self.authenticate(user and user.login, user and user.login)

    def status(self, url):
        return self.url_open(url).status_code

    def test_everybody_reads_what_is_for_him(self):
        may = {None: self.public, self.customer_user: self.public + self.portal}
        for user, articles in may.items():
            self.login(user)
            front = self.url_open("/help").text
            shelf = self.url_open(f"/help/category/{self.shelf.id}").text
            found = self.url_open("/help?search=printer").text
            for article in self.public + self.portal + self.internal + self.draft:
                is_seen = article in articles
                self.assertEqual(
                    self.status(f"/help/article/{article.id}"), 200 if is_seen else 404
                )
                for page in (front, shelf, found):
                    self.assertEqual(article.name in page, is_seen, article.name)

    def test_what_is_hidden_is_not_there(self):
        hidden = self.url_open(f"/help/article/{self.internal.id}").text
        nothing = self.url_open("/help/article/2147483647").text
        token = re.compile(r'(article/|csrf_token[^,]*|value="[^"]*|\?redirect=)[^",]*')
        self.assertEqual(token.sub("", hidden), token.sub("", nothing))
        self.internal.category_id = self.env["crm.knowledge.category"].create({"name": "Secret"})
        self.assertEqual(self.status(f"/help/category/{self.internal.category_id.id}"), 404)

    def test_archived_and_other_companies(self):
        self.public.active = False
        self.assertEqual(self.status(f"/help/article/{self.public.id}"), 404)
        self.public.active = True
        self.public.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertEqual(self.status(f"/help/article/{self.public.id}"), 404)

    def test_hostile_addresses(self):
        for url in (
            "/help?search=%00%EF%BF%BE&search=2",
            "/help?search=" + "a" * 5000,
            "/help?search=<script>alert(1)</script>",
            "/help/suggest?q[]=1&q=%00&lang=../../x&form=%00",
            f"/help/article/{self.public.id}?from=%00&voted=<b>",
        ):
            response = self.url_open(url)
            self.assertEqual(response.status_code, 200, url)
            self.assertNotIn("<script>alert", response.text)
        for url in ("/help/article/99999999999", "/help/article/0x", "/help/category/-1"):
            self.assertEqual(self.status(url), 404)

    def vote(self, article, **values):
        page = self.url_open(f"/help/article/{article.id}").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        return self.url_open(
            f"/help/article/{article.id}/vote", data={"csrf_token": token, **values}
        )

    def test_did_this_help(self):
        self.login()
        response = self.vote(self.public, vote="yes")
        self.assertIn("voted=yes", response.url)
        self.vote(self.public, vote="no", comment="No picture\x00")
        self.assertEqual((self.public.helped_count, self.public.unhelped_count), (0, 1))
        self.assertEqual(self.public.visit_ids.filtered("unhelped").comment, "No picture")
        self.login(self.customer_user)
        self.vote(self.public, vote="yes")
        self.assertEqual((self.public.helped_count, self.public.unhelped_count), (1, 1))
        self.assertEqual(self.public.visit_ids.partner_id, self.customer)

    def test_a_look_is_no_vote(self):
        url = f"/help/article/{self.public.id}/vote"
        self.assertIn(self.status(f"{url}?vote=yes"), (404, 405))
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(url, data={"vote": "yes"}).status_code, 400)
        self.assertFalse(self.public.helped_count)
        for values in ({"vote": "maybe"}, {}):
            self.assertEqual(self.vote(self.public, **values).status_code, 404)
        page = self.url_open(f"/help/article/{self.public.id}").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        response = self.url_open(
            f"/help/article/{self.internal.id}/vote", data={"csrf_token": token, "vote": "yes"}
        )
        self.assertEqual(response.status_code, 404)
        self.assertFalse(self.internal.helped_count)

    def test_colleagues_and_machines_are_no_readers(self):
        self.login(self.agent)
        self.vote(self.public, vote="yes")
        self.login()
        self.url_open(f"/help/article/{self.public.id}", headers={"User-Agent": "SomeBot/2"})
        self.assertFalse(self.public.view_count)
        self.url_open(f"/help/article/{self.public.id}?from=portal")
        self.assertEqual(self.public.view_count, 1)
        self.assertEqual(self.public.visit_ids.source, "portal")

    def suggest(self, typed, **values):
        response = self.url_open("/help/suggest", params={"q": typed, **values})
        self.assertEqual(response.headers["Content-Type"], "application/json; charset=utf-8")
        return [entry["name"] for entry in response.json()]

    def test_while_a_customer_types(self):
        self.login(self.customer_user)
        self.assertEqual(self.suggest("printer leasing"), [self.portal.name, self.public.name])
        self.login()
        self.assertEqual(self.suggest("printer leasing"), [self.public.name])
        for typed in ("pr", "", "dragons", "the printer of a dragon breathes smoke and fire"):
            self.assertEqual(self.suggest(typed), [], typed)

    def test_while_a_stranger_types_in_a_form(self):
        form = self.env["crm.ticket.form"].create(
            {"name": "F", "title": "F", "slug": "f-help", "team_id": self.team.id}
        )
        self.login()
        self.assertEqual(self.suggest("printer", form="f-help"), [self.public.name])
        form.suggest_articles = False
        self.assertEqual(self.suggest("printer", form="f-help"), [])
        self.assertEqual(self.suggest("printer", form="no-such-form"), [])

    def test_arabic(self):
        arabic = self.env["res.lang"]._get_data(code="ar_001").id
        [article] = self.create_articles(
            {
                "name": "الطابعة لا تطبع",
                "lang_id": arabic,
                "visibility": "public",
                "original_id": self.public.id,
            }
        )
        self.customer_user.lang = "ar_001"
        self.login(self.customer_user)
        self.assertEqual(self.suggest("طابعتي"), [article.name])
        front = self.url_open("/help").text
        self.assertIn(article.name, front)
        self.assertNotIn(self.public.name, front)
        self.assertIn(f"/help/article/{self.public.id}", self.url_open(article._get_path()).text)
