from odoo import api, fields, models
from odoo.tools import SQL

from .conversions import select_customer

KEY = "crm_suite_marketing.attribution"


class CrmAttributionQueue(models.Model):
    """Customers whose attribution the next pass has to compute anew.

    Rows are only ever added and taken, and may repeat: nobody waits for anybody.
    """

    _name = "crm.attribution.queue"
    _description = "Attribution to Compute"
    _rec_name = "key"
    _log_access = False

    key = fields.Char("Customer or Address", required=True)

    @api.model
    def _add_customers(self, query):
        """:param SQL query: of the ids of contacts"""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_attribution_queue (key)
                SELECT DISTINCT 'p' || commercial_partner_id
                  FROM res_partner
                 WHERE id IN (%s) AND commercial_partner_id IS NOT NULL
                """,
                query,
            )
        )

    @api.model
    def _add_leads_now(self, leads):
        """Remember who leads are of, before they change or go."""
        if leads.ids:
            self._insert_leads(leads.ids)

    @api.model
    def _add_leads(self, leads):
        """Remember who leads are of when the transaction ends."""
        if not leads.ids:
            return
        precommit = self.env.cr.precommit
        if KEY not in precommit.data:
            precommit.data[KEY] = set()
            # sudo: figures are computed for all, whoever changes a lead
            precommit.add(self.sudo()._write_collected)
        precommit.data[KEY].update(leads.ids)

    def _write_collected(self):
        self._insert_leads(sorted(self.env.cr.precommit.data.pop(KEY, ())))

    def _insert_leads(self, ids):
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_attribution_queue (key)
                SELECT DISTINCT coming.key
                  FROM crm_lead
            CROSS JOIN LATERAL (%(customer)s) customer
            CROSS JOIN LATERAL (VALUES (customer.key),
                                       ('e' || NULLIF(crm_lead.email_normalized, ''))) coming(key)
                 WHERE crm_lead.id = ANY(%(ids)s) AND coming.key IS NOT NULL
                """,
                customer=select_customer(
                    SQL("crm_lead.partner_id"), SQL("crm_lead.email_normalized")
                ),
                ids=ids,
            )
        )

    @api.model
    def _take(self, limit):
        """Return the keys to compute, at most `limit` rows of them, and forget them."""
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM crm_attribution_queue
                 WHERE id IN (SELECT id
                                FROM crm_attribution_queue
                            ORDER BY id
                               LIMIT %s
                                 FOR UPDATE SKIP LOCKED)
             RETURNING key
                """,
                limit,
            )
        )
        return sorted({key for [key] in rows})
