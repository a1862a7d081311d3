from odoo import api, fields, models
from odoo.tools import SQL

KEY = "crm_suite_marketing.contact_score"


class CrmContactScoreQueue(models.Model):
    """Contacts who did something, or were changed, since they were scored.

    Rows are only ever added and taken, may repeat, and name contacts that are gone: nobody waits
    for anybody.
    """

    _name = "crm.contact.score.queue"
    _description = "Contact to Score"
    _rec_name = "contact"
    _log_access = False

    contact = fields.Integer(required=True)

    @api.model
    def _add(self, query):
        """:param SQL query: of the ids of contacts"""
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_contact_score_queue (contact)
                   SELECT DISTINCT found.id FROM (%s) AS found(id) WHERE found.id IS NOT NULL""",
                query,
            )
        )

    @api.model
    def _add_ids(self, partner_ids):
        if partner_ids:
            self._add(SQL("SELECT unnest(%s::int[])", list(partner_ids)))

    @api.model
    def _collect(self, kind, ids):
        """Remember contacts, or those of orders, until the transaction ends: then one statement
        writes them all.

        :param kind: `partner` or `order`
        """
        precommit = self.env.cr.precommit
        if KEY not in precommit.data:
            precommit.data[KEY] = {"partner": set(), "order": set()}
            # sudo: whoever changes a contact knows nothing of scores
            precommit.add(self.sudo()._write_collected)
        precommit.data[KEY][kind].update(ids)

    def _write_collected(self):
        found = self.env.cr.precommit.data.pop(KEY, {})
        self._add_ids(sorted(found.get("partner", ())))
        if orders := sorted(found.get("order", ())):
            self._add(SQL("SELECT partner_id FROM sale_order WHERE id = ANY(%s)", orders))

    @api.model
    def _take(self, limit):
        """Return contacts to score, of at most `limit` rows, and forget them."""
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM crm_contact_score_queue
                 WHERE id IN (SELECT id FROM crm_contact_score_queue
                            ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
             RETURNING contact
                """,
                limit,
            )
        )
        return sorted({contact for [contact] in rows})

    @api.model
    def _empty(self):
        """Forget whoever is on the list, before everybody is scored."""
        self.env.cr.execute(SQL("DELETE FROM crm_contact_score_queue"))
