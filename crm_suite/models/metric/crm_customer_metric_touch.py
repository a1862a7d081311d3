from odoo import api, fields, models
from odoo.tools import SQL

KEY = "crm_suite.customer_metric"


QUERIES = {
    "partner": "SELECT id FROM res_partner WHERE id = ANY(%s)",
    "order": "SELECT partner_id FROM sale_order WHERE id = ANY(%s)",
    # what changes on a quotation changes no figure
    "sold": "SELECT partner_id FROM sale_order WHERE id = ANY(%s) AND state = 'sale'",
    "line": """
        SELECT sale_order.partner_id
          FROM sale_order_line line
          JOIN sale_order ON sale_order.id = line.order_id
         WHERE line.id = ANY(%s) AND sale_order.state = 'sale'""",
    "move": "SELECT partner_id FROM account_move WHERE id = ANY(%s)",
    "item": """
        SELECT line.partner_id
          FROM account_move_line line
          JOIN account_account account ON account.id = line.account_id
         WHERE line.id = ANY(%s) AND account.account_type = 'asset_receivable'""",
}


class CrmCustomerMetricTouch(models.Model):
    """Customers whose figures the next pass has to compute anew.

    Documents that change are collected in memory and written down with one statement at the end of
    the transaction. Rows are only ever added and taken, and may repeat: nobody waits for anybody.
    """

    _name = "crm.customer.metric.touch"
    _description = "Customer Figures to Refresh"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )

    @api.model
    def _collect(self, kind, records):
        """Remember that documents have changed.

        :param str kind: see `_select_customers`
        """
        if not records.ids:
            return
        precommit = self.env.cr.precommit
        if KEY not in precommit.data:
            precommit.data[KEY] = {}
            # sudo: figures are computed for all, whoever changes a document
            precommit.add(self.sudo()._write_collected)
        precommit.data[KEY].setdefault(kind, set()).update(records.ids)

    @api.model
    def _collect_now(self, kind, records):
        """Remember the customers that documents have now, before they change or go."""
        if records.ids:
            self._insert({kind: records.ids})

    def _write_collected(self):
        collected = self.env.cr.precommit.data.pop(KEY, None)
        if collected:
            self._insert(collected)

    def _insert(self, collected):
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_customer_metric_touch (partner_id)
                SELECT DISTINCT commercial_partner_id
                  FROM res_partner
                 WHERE id IN (%s) AND commercial_partner_id IS NOT NULL
                """,
                SQL(" UNION ALL ").join(
                    self._select_customers(kind, sorted(ids))
                    for kind, ids in sorted(collected.items())
                ),
            )
        )

    @api.model
    def _select_customers(self, kind, ids):
        """Return the query of the contacts of documents.

        :param str kind: one of `QUERIES`; add-ons know others
        """
        return SQL(QUERIES[kind], ids)

    @api.model
    def _take(self, limit):
        """Return the customers to refresh, at most `limit` rows of them, and forget them."""
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM crm_customer_metric_touch
                 WHERE id IN (SELECT id
                                FROM crm_customer_metric_touch
                            ORDER BY id
                               LIMIT %s
                                 FOR UPDATE SKIP LOCKED)
             RETURNING partner_id
                """,
                limit,
            )
        )
        return self.env["res.partner"].browse({partner_id for [partner_id] in rows})
