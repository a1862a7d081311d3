from odoo import models
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.timeline import TimelineSource
from odoo.addons.crm_suite.models.timeline import sql

# Awesome fonts know no more of them
ICONS = {"happy": "fa-smile-o", "neutral": "fa-meh-o", "unhappy": "fa-frown-o"}


class CrmTimeline(models.AbstractModel):
    """What a customer said of our work, and when he is to be called about a ticket.

    Calls that were made are interactions, which have a source of their own.
    """

    _name = "crm.timeline"
    _inherit = ["crm.timeline"]

    def _get_sources(self):
        sources = super()._get_sources()
        # Activities have no rights of their own: who reads no tickets reads no calls about them
        if not self.env["crm.ticket"].has_access("read"):
            return sources
        return [
            *sources,
            TimelineSource(
                key="rating",
                label=self.env._("Ratings"),
                icon="fa-smile-o",
                model="crm.ticket.survey",
                keys=self._rating_keys,
                rows=self._rating_rows,
                can_search=True,
            ),
            TimelineSource(
                key="call",
                label=self.env._("Calls to Make"),
                icon="fa-phone",
                model="mail.activity",
                keys=self._call_keys,
                rows=self._call_rows,
                is_day=True,
            ),
        ]

    # ------------------------------------------------------------------ ratings

    def _rating_keys(self, query):
        return self._make_keys(
            query,
            "crm.ticket.survey",
            date_field="answered_at",
            customer_field="commercial_partner_id",
            texts=lambda column: [
                sql.in_raw_text(column("feedback")),
                sql.in_user_name(column("user_id")),
            ],
        )

    def _rating_rows(self, surveys):
        faces = dict(surveys._fields["satisfaction"]._description_selection(self.env))
        return {
            survey.id: {
                "title": self.env._(
                    "%(face)s with %(ticket)s",
                    face=faces.get(survey.satisfaction, ""),
                    ticket=survey.ticket_id.display_name,
                ),
                "label": self.env._("Rating"),
                "icon": ICONS.get(survey.satisfaction, "fa-smile-o"),
                "preview": self._shorten_text(survey.feedback),
                "author": self._get_name(survey.partner_id) or survey.email or "",
                "res_model": "crm.ticket",
                "res_id": survey.ticket_id.id,
            }
            for survey in surveys
        }

    def _shorten_text(self, text):
        words = " ".join((text or "").split())
        return words if len(words) <= 200 else words[:199] + "…"

    # ------------------------------------------------------------------ calls

    def _call_keys(self, query):
        """Open calls on tickets that the reader may read. There are few of them, whatever the
        number of tickets, so they are where the search begins.
        """
        tickets = self.env["crm.ticket"].with_context(active_test=False)
        readable = tickets._search([("commercial_partner_id", "=", query.customer_id)])
        if query.hidden_ids:
            readable.add_where(
                SQL(
                    "(crm_ticket.partner_id IS NULL OR crm_ticket.partner_id <> ALL(%s))",
                    list(query.hidden_ids),
                )
            )
        moment = sql.at_midnight(SQL("call.date_deadline"), str(self.env.tz))
        after = SQL("TRUE")
        if query.before is not None:
            after = SQL("(%s, call.id) < (%s, %s)", moment, query.before, query.before_id)
        return SQL(
            """
            SELECT %(moment)s, call.id
              FROM mail_activity call
              JOIN mail_activity_type type ON type.id = call.activity_type_id
             WHERE call.res_model = 'crm.ticket'
               AND call.active
               AND type.category = 'phonecall'
               AND call.res_id IN (%(tickets)s)
               AND %(after)s
          ORDER BY 1 DESC, 2 DESC
             LIMIT %(limit)s
            """,
            moment=moment,
            tickets=readable.select(SQL("crm_ticket.id")),
            after=after,
            limit=query.limit,
        )

    def _call_rows(self, calls):
        today = self.env["crm.ticket"]._get_local_today()
        # The reader may read the calls, so he may read their tickets
        tickets = self.env["crm.ticket"].browse(calls.mapped("res_id"))
        names = {ticket.id: ticket.display_name for ticket in tickets._filtered_access("read")}
        return {
            call.id: {
                "title": call.summary or self.env._("Call"),
                "label": self.env._("Call to Make"),
                "preview": names.get(call.res_id, ""),
                "author": self._get_name(call.user_id),
                "state": self.env._("Overdue")
                if call.date_deadline < today
                else self.env._("Planned"),
                "res_model": "crm.ticket" if call.res_id in names else False,
                "res_id": call.res_id if call.res_id in names else False,
            }
            for call in calls
        }
