from odoo import fields, models
from odoo.tools import SQL

from ...lib.timeline import TimelineSource
from ..timeline import sql


class CrmTimeline(models.AbstractModel):
    """What was talked about with the customer."""

    _inherit = "crm.timeline"

    def _get_sources(self):
        return [
            TimelineSource(
                key="interaction",
                label=self.env._("Interactions"),
                icon="fa-comments-o",
                model="crm.interaction",
                keys=self._interaction_keys,
                rows=self._interaction_rows,
                can_search=True,
                has_leads=True,
            ),
            *super()._get_sources(),
        ]

    def _interaction_keys(self, query):
        return self._make_keys(
            query,
            "crm.interaction",
            customer_field="commercial_partner_id",
            lead_field="lead_id",
            where=lambda column: [self._is_no_mail(column("message_id"))],
            texts=lambda column: [
                sql.in_search_text(SQL.identifier("crm_interaction", "search_index")),
                sql.in_choice(column("outcome_id"), self.env["crm.interaction.outcome"]),
                sql.in_user_name(column("user_id")),
            ],
        )

    @staticmethod
    def _is_no_mail(message):
        """The outcome and the next step of an e-mail show with the e-mail."""
        return SQL(
            "NOT EXISTS (SELECT FROM crm_timeline_message AS told WHERE told.message_id = %s)",
            message,
        )

    def _interaction_rows(self, interactions):
        channels = self._selection_labels("crm.interaction", "channel")
        return {
            interaction.id: {
                "title": interaction.name,
                "preview": self._shorten(interaction.note),
                "author": self._get_name(interaction.user_id),
                "label": channels[interaction.channel],
                "icon": interaction._get_channel_icons()[interaction.channel],
                **self._prepare_result(interaction),
            }
            for interaction in interactions
        }

    def _get_mail_results(self, messages):
        """What came of e-mails, from the interactions that say so and that the reader may read.

        :return: ``{message id: values of the row}``
        """
        interactions = self.env["crm.interaction"]
        if not interactions.has_access("read"):
            return {}
        found = interactions.search([("message_id", "in", messages.ids)], order="id")
        return {
            interaction.message_id.id: self._prepare_result(interaction) for interaction in found
        }

    def _prepare_result(self, interaction):
        return {
            "state": self._get_name(interaction.outcome_id),
            "next_step": interaction.next_step or "",
            "next_step_date": fields.Date.to_string(interaction.next_step_date) or "",
        }
