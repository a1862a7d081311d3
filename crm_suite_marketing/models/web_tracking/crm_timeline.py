from odoo import models
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.timeline import TimelineSource
from odoo.addons.crm_suite.models.timeline import sql

MOST_TITLES = 3


class CrmTimeline(models.AbstractModel):
    # each room extends a core model by itself
    _inherit = "crm.timeline"  # pylint: disable=consider-merging-classes-inherited

    def _get_sources(self):
        """What a contact looked at on our sites: one row a day, for whoever may read him."""
        return [
            *super()._get_sources(),
            TimelineSource(
                key="web_visit",
                label=self.env._("Website Visit"),
                icon="fa-globe",
                model="crm.web.visit",
                keys=self._web_visit_keys,
                rows=self._web_visit_rows,
                can_search=True,
                by_contact=True,
                chip=self.env._("Website"),
            ),
            TimelineSource(
                key="web_form",
                label=self.env._("Form Posted"),
                icon="fa-wpforms",
                model="crm.web.form.post",
                keys=self._web_form_keys,
                rows=self._web_form_rows,
                by_contact=True,
                chip=self.env._("Website"),
            ),
        ]

    def _web_form_keys(self, query):
        self.env.flush_all()
        before = SQL("TRUE")
        if query.before is not None:
            before = SQL("(date, id) < (%s, %s)", query.before, query.before_id)
        return SQL(
            """
            SELECT date, id
              FROM crm_web_form_post
             WHERE partner_id = ANY(%(contacts)s) AND state = 'done' AND %(before)s
          ORDER BY date DESC, id DESC
             LIMIT %(limit)s
            """,
            contacts=list(query.partner_ids),
            before=before,
            limit=query.limit,
        )

    def _web_form_rows(self, posts):
        return {
            post.id: {
                "title": post.form_id.name,
                "preview": post.url or "",
                "author": post.partner_id.name or "",
                "res_model": "res.partner",
                "res_id": post.partner_id.id,
            }
            for post in posts
        }

    def _web_visit_keys(self, query):
        self.env.flush_all()
        conditions = [
            SQL("visit.partner_id = ANY(%s)", list(query.partner_ids)),
            SQL("visit.actor <> 'bot'"),
        ]
        if query.words:
            texts = [sql.in_raw_text(SQL("visit.title")), sql.in_raw_text(SQL("visit.url"))]
            conditions.append(sql.find_words(query.words, texts))
        having = SQL("TRUE")
        if query.before is not None:
            having = SQL("(MAX(visit.ts), MAX(visit.id)) < (%s, %s)", query.before, query.before_id)
        return SQL(
            """
            SELECT MAX(visit.ts), MAX(visit.id)
              FROM crm_web_visit AS visit
             WHERE %(conditions)s
          GROUP BY visit.partner_id, visit.site_id, visit.ts::date
            HAVING %(having)s
          ORDER BY MAX(visit.ts) DESC, MAX(visit.id) DESC
             LIMIT %(limit)s
            """,
            conditions=SQL(" AND ").join(conditions),
            having=having,
            limit=query.limit,
        )

    def _web_visit_rows(self, visits):
        rows = {}
        found = self.env.execute_query(
            SQL(
                """
                SELECT last.id, COUNT(*) FILTER (WHERE visit.kind = 'visit'),
                       (array_agg(DISTINCT COALESCE(visit.form, visit.title, visit.url)))[:%(most)s]
                  FROM crm_web_visit AS last
                  JOIN crm_web_visit AS visit
                    ON visit.partner_id = last.partner_id
                   AND visit.site_id = last.site_id
                   AND visit.ts::date = last.ts::date
                   AND visit.actor <> 'bot'
                 WHERE last.id = ANY(%(visits)s)
              GROUP BY last.id
                """,
                visits=visits.ids,
                most=MOST_TITLES,
            )
        )
        known = {row[0]: row[1:] for row in found}
        for visit in visits:
            count, titles = known.get(visit.id, (0, []))
            rows[visit.id] = {
                "title": self.env._(
                    "%(count)s pages of %(site)s", count=count, site=visit.site_id.name
                ),
                "preview": " · ".join(titles),
                "author": visit.partner_id.name or "",
                "res_model": "res.partner",
                "res_id": visit.partner_id.id,
            }
        return rows
