from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.arabic import normalize
from odoo.addons.crm_suite.lib.search_text import LINE, escape_like

from ...lib.knowledge import get_terms

# Longest text that is searched for: the first sentences say what it is about
TYPED_LENGTH = 400
CANDIDATES = 60
# What an article must have of what was typed before it is put under somebody's eyes unasked
SUGGESTED_SHARE = 0.5
# What a word counts in the name and in the text: as it was typed, and in another form
NAME, NAME_FORM, TEXT, TEXT_FORM = 4.0, 3.0, 1.3, 1.0
# How like a word one with typing errors is; below this, everything is like everything
SIMILAR = 0.45
# Every article would be compared with every word: the newest ones are enough to help
COMPARED = 5000


class CrmKnowledgeSearch(models.AbstractModel):
    """Finds articles by what somebody writes about his problem, the best ones first.

    An article counts for each word that it has: more if the word is in its name, more if few other
    articles have it. So rare words decide, and an article with all words is before one with some.
    """

    _name = "crm.knowledge.search"
    _description = "Article Search"

    @api.model
    def _get_audience_domain(self):
        """The articles that the user may be shown on the pages of the help centre.

        This is the one place that says so. Portal users and the public have no rights on articles:
        what they get passes through here.
        """
        user = self.env.user
        domain = Domain("state", "=", "published") & Domain(
            "company_id", "in", [False, self.env.company.id]
        )
        if user._is_public():
            return domain & Domain("visibility", "=", "public")
        return domain & Domain("visibility", "in", ["portal", "public"])

    @api.model
    def _find(self, typed, domain=Domain.TRUE, *, limit=10, sure=False, also=()):
        """Return articles in which the words of a text are found, the best ones first.

        With typing errors, articles whose names have similar words, if nothing else is found.

        :param typed: anything that somebody typed, in English or Arabic
        :param domain: where to look
        :param sure: leave out what has less than half of what was typed
        :param also: {article id: points} of articles that are near for another reason; one point
            is a word of the text that is in no other article
        """
        terms = get_terms(normalize((typed or "")[:TYPED_LENGTH]))
        points = dict(also)
        hits = self._search_terms(terms, domain) if terms else []
        if terms and not hits and not sure:
            hits = self._search_similar(terms, domain)
        for article_id, weight, found in hits:
            share = found / len(terms)
            if not sure or share >= SUGGESTED_SHARE:
                points[article_id] = points.get(article_id, 0) + weight * share
        articles = self.browse(points).with_prefetch()
        lang = self.env.lang
        # what the reader does not understand helps him less, but more than nothing
        factor = {article: 1.0 if article.lang in (False, lang) else 0.4 for article in articles}
        order = sorted(articles, key=lambda a: (-points[a.id] * factor[a], -a.id))
        return self.browse([article.id for article in order[:limit]])

    @api.model
    def _search_terms(self, terms, domain):
        """:return: (article id, weight, number of terms found)"""
        self.env[self._name].flush_model(["search_index"])
        query = self._search(domain)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT hit.id, SUM(hit.weight), COUNT(*)
                  FROM (SELECT article.id,
                               CASE WHEN line.names LIKE term.word THEN %(name)s
                                    WHEN line.names LIKE term.part THEN %(name_form)s
                                    WHEN article.search_index LIKE term.word THEN %(text)s
                                    ELSE %(text_form)s END
                               / (1 + ln(COUNT(*) OVER (PARTITION BY term.part))) AS weight
                          FROM unnest(%(parts)s, %(words)s) AS term(part, word)
                          JOIN %(table)s AS article ON article.search_index LIKE term.part
                    CROSS JOIN LATERAL split_part(article.search_index, %(line)s, 1)
                               AS line(names)
                         WHERE article.id IN %(allowed)s) AS hit
              GROUP BY hit.id
              ORDER BY SUM(hit.weight) * COUNT(*) DESC, hit.id DESC
                 LIMIT %(limit)s
                """,
                line=LINE,
                name=NAME,
                name_form=NAME_FORM,
                text=TEXT,
                text_form=TEXT_FORM,
                parts=[escape_like(term.part) for term in terms],
                words=[escape_like(f" {term.word} ") for term in terms],
                table=SQL.identifier(self._table),
                allowed=query.subselect(),
                limit=CANDIDATES,
            )
        )
        return [(article_id, float(weight), found) for article_id, weight, found in rows]

    @api.model
    def _search_similar(self, terms, domain):
        """Articles with words that look like those which were typed, as (id, weight, number)."""
        words = [term.part for term in terms if len(term.part) >= 4]
        if not words or not self.pool.has_trigram:
            return []
        query = self._search(domain, order="id desc", limit=COMPARED)
        self._set_similarity(SIMILAR)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT article.id, SUM(word_similarity(term.word, article.search_index)), COUNT(*)
                  FROM unnest(%(words)s) AS term(word)
                  JOIN %(table)s AS article ON article.search_index %%> term.word
                 WHERE article.id IN %(allowed)s
              GROUP BY article.id
              ORDER BY 2 DESC, article.id DESC
                 LIMIT %(limit)s
                """,
                words=words,
                table=SQL.identifier(self._table),
                allowed=query.subselect(),
                limit=CANDIDATES,
            )
        )
        self._set_similarity(0.6)  # as PostgreSQL has it
        return rows

    @api.model
    def _set_similarity(self, least):
        """What the operator `%>` takes for similar, until the end of the transaction."""
        self.env.execute_query(
            SQL("SELECT set_config('pg_trgm.word_similarity_threshold', %s, TRUE)", str(least))
        )
