from odoo import models
from odoo.tools import SQL

from ...lib.timeline import TimelineSource
from ..timeline import sql

ICONS = {
    "created": "fa-star-o",
    "converted": "fa-exchange",
    "stage": "fa-long-arrow-right",
    "won": "fa-trophy",
    "lost": "fa-thumbs-o-down",
    "restored": "fa-undo",
}


class CrmTimeline(models.AbstractModel):
    """How the leads of the customer moved."""

    _name = "crm.timeline"
    _inherit = ["crm.timeline"]

    def _get_sources(self):
        return [
            *super()._get_sources(),
            TimelineSource(
                key="move",
                label=self.env._("Lead Moves"),
                chip=self.env._("Leads"),
                icon="fa-long-arrow-right",
                model="crm.stage.move",
                keys=self._move_keys,
                rows=self._move_rows,
                can_search=True,
                has_leads=True,
            ),
            TimelineSource(
                key="meeting",
                label=self.env._("Meeting"),
                chip=self.env._("Interactions"),
                icon="fa-users",
                model="calendar.event",
                keys=self._meeting_keys,
                rows=self._meeting_rows,
                can_search=True,
                has_leads=True,
            ),
        ]

    def _move_keys(self, query):
        return self._make_keys(
            query,
            "crm.stage.move",
            customer_field="customer_id",
            # moves name no contact: who may read the lead may read them
            partner_field=None,
            lead_field="lead_id",
            texts=lambda column: [
                sql.in_record(column("lead_id"), self.env["crm.lead"]),
                sql.in_choice(column("to_stage_id"), self.env["crm.stage"]),
                sql.in_choice(column("from_stage_id"), self.env["crm.stage"]),
                sql.in_user_name(column("create_uid")),
            ],
        )

    def _move_rows(self, moves):
        labels = self._get_move_labels()
        rows = {}
        for move in moves:
            stages = [move.from_stage_id.name, move.to_stage_id.name]
            if move.kind != "stage":
                stages = stages[1:]
            rows[move.id] = {
                "title": move.lead_id.name or "",
                "label": labels[move.kind],
                "icon": ICONS[move.kind],
                "author": self._get_name(move.create_uid),
                # an arrow that points the right way in both directions of writing
                "state": " ⟶ ".join(filter(None, stages)),
                "res_model": "crm.lead",
                "res_id": move.lead_id.id,
            }
        return rows

    def _get_move_labels(self):
        return {
            **self._selection_labels("crm.stage.move", "kind"),
            "created": self.env._("New Lead"),
            "converted": self.env._("Became an Opportunity"),
            "won": self.env._("Opportunity Won"),
            "lost": self.env._("Opportunity Lost"),
            "restored": self.env._("Opportunity Restored"),
        }

    # ------------------------------------------------------------------
    # Meetings
    # ------------------------------------------------------------------

    def _meeting_keys(self, query):
        """Meetings on a lead without contact; those with a customer are interactions."""
        if not query.lead_id:
            return SQL("SELECT NULL::timestamp, NULL::integer WHERE FALSE")
        return self._make_keys(
            query,
            "calendar.event",
            date_field="start",
            lead_field="opportunity_id",
            domain=[("active", "=", True)],
            where=self._get_meeting_conditions,
            texts=lambda column: [
                sql.in_raw_text(column("name")),
                sql.in_user_name(column("user_id")),
            ],
        )

    def _get_meeting_conditions(self, column):
        """Private meetings leave no trace."""
        return [
            SQL(
                """
                CASE WHEN %(privacy)s IS NOT NULL THEN %(privacy)s <> 'private'
                     ELSE NOT EXISTS (SELECT FROM res_users_settings AS setting
                                       WHERE setting.user_id = %(user)s
                                         AND setting.calendar_default_privacy = 'private') END
                """,
                privacy=column("privacy"),
                user=column("user_id"),
            ),
            SQL(
                "NOT EXISTS (SELECT FROM crm_interaction AS told WHERE told.event_id = %s)",
                column("id"),
            ),
        ]

    def _meeting_rows(self, events):
        return {
            event.id: {"title": event.name or "", "author": self._get_name(event.user_id)}
            for event in events
        }
