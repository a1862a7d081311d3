from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

MOST_DELETED = 10_000


class CrmWebCall(models.Model):
    """How often one address has called for one site in this minute. The address itself is not
    kept, and what stands for it is gone within the day.
    """

    _name = "crm.web.call"
    _description = "Calls of Pages"
    _log_access = False

    site_id = fields.Many2one("crm.web.site", required=True, readonly=True, ondelete="cascade")
    address_hash = fields.Char(required=True, readonly=True)
    minute = fields.Datetime(required=True, readonly=True)
    calls = fields.Integer(readonly=True)

    _address_uniq = models.UniqueIndex("(site_id, address_hash)")
    _minute_idx = models.Index("(minute)")

    @api.model
    def _count(self, cr, site, address_hash):
        """Count one call on a cursor of its own, which holds nobody up.

        :return: how many there were in this minute
        """
        cr.execute(
            SQL(
                """INSERT INTO crm_web_call AS known (site_id, address_hash, minute, calls)
                   VALUES (%(site)s, %(address)s, %(minute)s, 1)
                       ON CONFLICT (site_id, address_hash) DO UPDATE
                      SET calls = CASE WHEN known.minute = excluded.minute
                                       THEN known.calls ELSE 0 END + 1,
                          minute = excluded.minute
                RETURNING calls""",
                site=site.id,
                address=address_hash,
                minute=fields.Datetime.now().replace(second=0),
            )
        )
        return cr.fetchone()[0]

    @api.autovacuum
    def _gc_old(self):
        self.env.cr.execute(
            SQL(
                """DELETE FROM crm_web_call
                    WHERE id IN (SELECT id FROM crm_web_call WHERE minute < %s LIMIT %s)""",
                fields.Datetime.now() - timedelta(hours=1),
                MOST_DELETED,
            )
        )
        count = self.env.cr.rowcount
        return count, count == MOST_DELETED
