from odoo import fields, models
from odoo.tools import SQL

from ...lib.timeline import TimelineSource
from ..timeline import sql


class CrmTimeline(models.AbstractModel):
    """What was talked about with the customer, and written."""

    _name = "crm.timeline"
    _inherit = ["crm.timeline"]

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
            TimelineSource(
                key="mail",
                label=self.env._("E-mails"),
                icon="fa-envelope-o",
                model="mail.message",
                keys=self._mail_keys,
                rows=self._mail_rows,
                can_search=True,
                has_leads=True,
            ),
            *super()._get_sources(),
        ]

    # ------------------------------------------------------------------
    # Interactions
    # ------------------------------------------------------------------

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

    def _prepare_result(self, interaction):
        return {
            "state": self._get_name(interaction.outcome_id),
            "next_step": interaction.next_step or "",
            "next_step_date": fields.Date.to_string(interaction.next_step_date) or "",
        }

    # ------------------------------------------------------------------
    # E-mails
    # ------------------------------------------------------------------

    def _mail_keys(self, query):
        """Messages on documents that the reader may read, from the index of messages."""
        # the contacts themselves: the ones that are hidden are left out below
        readable = [SQL("WHEN 'res.partner' THEN TRUE")]
        for name in self._get_documents():
            records = self.env[name].with_context(active_test=False)
            if name != "res.partner" and records.has_access("read"):
                document = records._search([])
                document.add_where(SQL("%s = entry.res_id", SQL.identifier(document.table, "id")))
                # OFFSET: looked up for each row, not read as a whole to be hashed
                readable.append(
                    SQL("WHEN %s THEN EXISTS (%s OFFSET 0)", name, document.select(SQL("1")))
                )
        conditions = [SQL("CASE entry.model %s ELSE FALSE END", SQL(" ").join(readable))]
        if query.lead_id:
            conditions.append(
                SQL("entry.model = %s AND entry.res_id = %s", "crm.lead", query.lead_id)
            )
        else:
            conditions.append(SQL("entry.customer_id = %s", query.customer_id))
        if query.hidden_ids:
            conditions.append(SQL("entry.partner_id <> ALL(%s)", list(query.hidden_ids)))
        if query.before is not None:
            conditions.append(
                SQL("(entry.date, entry.message_id) < (%s, %s)", query.before, query.before_id)
            )
        if query.words:
            text = sql.in_search_text(SQL("entry.search_index"))
            conditions.append(sql.find_words(query.words, [text]))
        return SQL(
            """
            SELECT entry.date, entry.message_id
              FROM crm_timeline_message AS entry
             WHERE %s
          ORDER BY entry.date DESC, entry.message_id DESC
             LIMIT %s
            """,
            SQL(" AND ").join(conditions),
            query.limit,
        )

    def _mail_rows(self, messages):
        is_print = self.env.context.get("crm_timeline_print")
        results = self._get_mail_results(messages)
        rows = {}
        for message in messages:
            is_sms = message.message_type == "sms"
            rows[message.id] = {
                "title": message.subject or message.record_name or self.env._("Message"),
                "label": self.env._("Text Message") if is_sms else self.env._("E-mail"),
                "icon": "fa-mobile" if is_sms else "fa-envelope-o",
                "preview": self._shorten(message.body) if is_print else message.preview or "",
                "author": self._get_name(message.author_id) or message.email_from or "",
                "res_model": message.model,
                "res_id": message.res_id,
                **results.get(message.id, {}),
            }
        return rows

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
