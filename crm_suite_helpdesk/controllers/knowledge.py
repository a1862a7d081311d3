import json

from odoo.fields import Domain
from odoo.http import Controller, request, route

# Longer texts are cut: nobody searches for more
MAX_SEARCH = 200
# Below this nearly every article has what was typed
MIN_SUGGEST = 3
SUGGESTED = 5
FOUND = 30
ON_A_SHELF = 200
ON_FRONT = 5
# How a reader came to an article, as links say it
SOURCES = ("help", "portal", "form", "answer")
LARGEST_ID = 2147483647


class KnowledgeController(Controller):
    """The help centre: articles for everybody, and for customers who log in.

    Nobody has rights on articles here. Each page reads as superuser what `_get_audience_domain`
    lets through; what it does not let through does not exist.
    """

    # ------------------------------------------------------------------ reading

    def _get_articles(self):
        """The model of articles as superuser, and the domain of those that the reader may see."""
        # sudo: portal users and the public have no rights on articles; the domain stands for them
        Article = request.env["crm.knowledge.article"].sudo()
        return Article, Domain(Article._get_audience_domain())

    def _find_article(self, article_id):
        Article, domain = self._get_articles()
        return Article.search(domain & Domain("id", "=", article_id), limit=1)

    def _clean(self, text):
        """Whatever was sent as one line of text that can be searched for."""
        if not isinstance(text, str):
            return ""
        text = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
        return " ".join(text.split())[:MAX_SEARCH]

    def _respond(self, template, values, status=200):
        response = request.render(
            template,
            {"page_name": "help", "search": "", "write_url": self._get_write_url(), **values},
            status=status,
        )
        if not request.env.user._is_public():
            response.headers["Cache-Control"] = "no-store"
        return response

    def _get_write_url(self):
        """Where somebody writes to us who found no help; strangers have no account."""
        if request.env.user._is_public():
            # sudo: the address of a public form is public
            Form = request.env["crm.ticket.form"].sudo()
            if form := Form.search([("company_id", "=", request.env.company.id)], limit=1):
                return f"{form._get_path()}?lang={request.env.lang}"
        return "/my/tickets/new"

    def _respond_nothing(self):
        """One answer for what is not there and for what the reader may not see."""
        return self._respond("crm_suite_helpdesk.help_missing", {}, status=404)

    @route("/help", type="http", auth="public", website=True, sitemap=False, methods=["GET"])
    def help_centre(self, search="", **kw):
        search = self._clean(search)
        Article, domain = self._get_articles()
        if search:
            found = Article._find(search, domain, limit=FOUND)._choose_translations()
            if not found:
                self._count_miss(search)
            return self._respond(
                "crm_suite_helpdesk.help_search", {"articles": found, "search": search}
            )
        rows = Article._read_group(domain, ["category_id"], ["__count"])
        shelves = [
            {
                "category": category,
                "count": count,
                "articles": Article.search(
                    domain & Domain("category_id", "=", category.id), limit=ON_A_SHELF
                )._choose_translations()[:ON_FRONT],
            }
            for category, count in sorted(
                rows, key=lambda row: (not row[0], row[0].sequence, row[0].name or "")
            )
        ]
        return self._respond("crm_suite_helpdesk.help_centre", {"shelves": shelves})

    @route(
        f"/help/category/<int(max={LARGEST_ID}):category_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def help_category(self, category_id, **kw):
        Article, domain = self._get_articles()
        articles = Article.search(
            domain & Domain("category_id", "=", category_id or False), limit=ON_A_SHELF
        )._choose_translations()
        if not articles:
            return self._respond_nothing()
        return self._respond(
            "crm_suite_helpdesk.help_category",
            {"category": articles.category_id, "articles": articles},
        )

    @route(
        f"/help/article/<int(max={LARGEST_ID}):article_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def help_article(self, article_id, **kw):
        article = self._find_article(article_id)
        if not article:
            return self._respond_nothing()
        source = kw.get("from")
        self._count_view(article, source if source in SOURCES else "help")
        Article, domain = self._get_articles()
        root = article.original_id or article
        return self._respond(
            "crm_suite_helpdesk.help_article",
            {
                "article": article,
                "translations": Article.search(
                    domain
                    & Domain("id", "in", (root + root.translation_ids).ids)
                    & Domain("id", "!=", article.id)
                ),
                "html_lang": (article.lang_id.iso_code or "").replace("_", "-") or None,
                "voted": kw.get("voted") if kw.get("voted") in ("yes", "no", "many") else None,
            },
        )

    # ------------------------------------------------------------------ votes

    @route(
        f"/help/article/<int(max={LARGEST_ID}):article_id>/vote",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def help_vote(self, article_id, **kw):
        """Did this help? One vote for each reader; a page that is read does not vote (GET)."""
        article = self._find_article(article_id)
        vote, comment = kw.get("vote"), kw.get("comment")
        if not article or vote not in ("yes", "no"):
            return self._respond_nothing()
        counted = True
        if not request.env.user._is_internal():
            comment = comment.replace("\x00", "").strip() if isinstance(comment, str) else ""
            counted = self._get_visits()._vote(
                article, *self._get_reader(), helped=vote == "yes", comment=comment
            )
        result = vote if counted else "many"
        return request.redirect(f"{article._get_path()}?voted={result}#vote", code=303)

    def _get_visits(self):
        # sudo: rows are written by the system; readers have no rights on them
        return request.env["crm.knowledge.visit"].sudo()

    def _get_reader(self):
        """:return: (key of the reader, key of his address, contact if he is logged in)"""
        user, http = request.env.user, request.httprequest
        visitor, address_hash = self._get_visits()._hash_visitor(
            user, http.remote_addr, http.user_agent.string
        )
        partner = user.partner_id
        return visitor, address_hash, partner.browse() if user._is_public() else partner

    def _is_reader(self):
        """Colleagues who look at a page are no readers, and machines that fetch it neither."""
        agent = (request.httprequest.user_agent.string or "").lower()
        return not (request.env.user._is_internal() or "bot" in agent or request.env.cr.readonly)

    def _count_miss(self, search):
        if self._is_reader():
            visitor, address_hash, _partner = self._get_reader()
            # sudo: rows are written by the system; readers have no rights on them
            request.env["crm.knowledge.miss"].sudo()._record(search, visitor, address_hash)

    def _count_view(self, article, source):
        if not self._is_reader():
            return
        visitor, address_hash, partner = self._get_reader()
        self._get_visits()._record_view(article, visitor, address_hash, source, partner)

    # ------------------------------------------------------------------ while somebody types

    @route(
        "/help/suggest",
        type="http",
        auth="public",
        sitemap=False,
        save_session=False,
        multilang=False,
        methods=["GET"],
    )
    def help_suggest(self, q="", lang="", form="", **kw):
        """Articles that may answer what somebody is writing, as JSON: [{name, teaser, url}].

        :param q: the subject that he is writing
        :param lang: language of the page, where there is no session that knows it
        :param form: address of the public form on which he writes
        """
        typed = self._clean(q)
        if len(typed) < MIN_SUGGEST:
            return self._respond_json([])
        company = request.env.company
        if self._clean(form):
            # sudo: the form is public, and so are the articles of its company
            company = (
                request.env["crm.ticket.form"].sudo()._find_suggesting(self._clean(form)).company_id
            )
            if not company:
                return self._respond_json([])
        known = request.env["res.lang"]._get_active_by("code")
        if lang in known:
            request.update_context(lang=lang)
        request.update_env(context={**request.env.context, "allowed_company_ids": company.ids})
        Article, domain = self._get_articles()
        source = "form" if form else "portal"
        articles = Article._find(typed, domain, limit=SUGGESTED, sure=True)
        return self._respond_json(
            [
                {
                    "name": article.name,
                    "teaser": article._get_teaser(),
                    "url": f"{article._get_path()}?from={source}",
                }
                for article in articles._choose_translations()
            ]
        )

    def _respond_json(self, answer):
        return request.make_response(
            json.dumps(answer),
            headers=[
                ("Content-Type", "application/json; charset=utf-8"),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
                ("X-Robots-Tag", "noindex"),
            ],
        )
