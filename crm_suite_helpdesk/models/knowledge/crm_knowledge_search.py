from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.arabic import normalize
from odoo.addons.crm_suite.lib.search_text import LINE, escape_like

from ...lib.knowledge import get_terms

# Longest text that is searched for: the first sentences say what it is about
TYPED_LENGTH = 400
CANDIDATES = 60
# Of a word that is in more articles, so many are weighed of those that have it in the name, of
# them all, and of the newest ones
WEIGHED = 500
# What an article must have of what was typed before it is put under somebody's eyes unasked
SUGGESTED_SHARE = 0.5
# What a word counts in the name and in the text: as it was typed, and in another form
NAME, NAME_FORM, TEXT, TEXT_FORM = 4.0, 3.0, 1.3, 1.0
# How like a word one with typing errors is; below this, everything is like everything
SIMILAR = 0.45


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
        candidates = self._select_candidates(terms, domain)
        if candidates is None:
            return []
        rows = self.env.execute_query(
            SQL(
                """
                WITH candidate AS MATERIALIZED (
                         SELECT id, search_index AS text,
                                split_part(search_index, %(line)s, 1) AS names
                           FROM %(table)s
                          WHERE id IN (%(candidates)s)
                     )
                SELECT hit.id, SUM(hit.weight), COUNT(*)
                  FROM (SELECT candidate.id,
                               CASE WHEN candidate.names LIKE term.word THEN %(name)s
                                    WHEN candidate.names LIKE term.part THEN %(name_form)s
                                    WHEN candidate.text LIKE term.word THEN %(text)s
                                    ELSE %(text_form)s END
                               / (1 + ln(COUNT(*) OVER (PARTITION BY term.part))) AS weight
                          FROM candidate
                    CROSS JOIN unnest(%(parts)s, %(words)s) AS term(part, word)
                         WHERE candidate.text LIKE term.part) AS hit
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
                candidates=candidates,
                limit=CANDIDATES,
            )
        )
        return [(article_id, float(weight), found) for article_id, weight, found in rows]

    @api.model
    def _select_candidates(self, terms, domain):
        """The articles that are weighed: all of them, unless a word is in very many.

        Of those, the ones that have it in the name, all that was typed, or that are new. So a word
        that is everywhere costs no more than one that is in some hundred articles.

        :return: SQL of ids, or None for a domain that nothing fulfils
        """
        query = self._search(domain)
        if query.is_empty():
            return None
        text = SQL.identifier(self._table, "search_index")
        names = self._get_names_sql()
        article_id = SQL.identifier(self._table, "id")

        def select(condition, order=None):
            return SQL(
                "(SELECT %s AS id FROM %s WHERE %s AND %s %s LIMIT %s)",
                article_id,
                query.from_clause,
                query.where_clause or SQL("TRUE"),
                condition,
                SQL("ORDER BY %s", order) if order else SQL(),
                WEIGHED,
            )

        parts = [escape_like(term.part) for term in terms]
        lists = [
            select(SQL("%s LIKE %s", where, part)) for where in (text, names) for part in parts
        ]
        if len(parts) > 1:
            every = SQL(" AND ").join(SQL("%s LIKE %s", text, part) for part in parts)
            lists.append(select(every))
        lists.append(select(SQL("TRUE"), SQL("%s DESC", article_id)))
        return SQL(" UNION ").join(SQL("SELECT id FROM %s AS found", found) for found in lists)

    @api.model
    def _get_names_sql(self):
        """The line of names, as in the index on it."""
        return SQL("split_part(%s, E'\\n', 1)", SQL.identifier(self._table, "search_index"))

    @api.model
    def _search_similar(self, terms, domain):
        """Articles whose names have words that look like those which were typed.

        :return: (article id, weight, number of words)
        """
        words = [term.part for term in terms if len(term.part) >= 4]
        if not words or not self.pool.has_trigram:
            return []
        query = self._search(domain)
        if query.is_empty():
            return []
        self._set_similarity(SIMILAR)
        names = self._get_names_sql()
        lists = (
            SQL(
                "(SELECT %s AS id, word_similarity(%s, %s) AS likeness FROM %s WHERE %s AND %s "
                "LIMIT %s)",
                SQL.identifier(self._table, "id"),
                word,
                names,
                query.from_clause,
                query.where_clause or SQL("TRUE"),
                SQL("%s %%> %s", names, word),
                WEIGHED,
            )
            for word in words
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT found.id, SUM(found.likeness), COUNT(*)
                  FROM (%s) AS found
              GROUP BY found.id
              ORDER BY 2 DESC, found.id DESC
                 LIMIT %s
                """,
                SQL(" UNION ALL ").join(lists),
                CANDIDATES,
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
