from odoo import api, fields, models
from odoo.tools import SQL


class CrmWebDay(models.Model):
    """How many pages of a site were looked at on a day by people who have not agreed to more than
    being counted. Nothing else is known of them.
    """

    _name = "crm.web.day"
    _description = "Anonymous Page Views"
    _order = "date desc, id desc"
    _rec_name = "date"
    _log_access = False

    site_id = fields.Many2one("crm.web.site", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    date = fields.Date(required=True, readonly=True)
    count = fields.Integer("Page Views", readonly=True)
    last_at = fields.Datetime("Last Seen", readonly=True)

    _day_uniq = models.UniqueIndex("(site_id, date)")

    @api.model
    def _count(self, cr, site):
        now = fields.Datetime.now()
        cr.execute(
            SQL(
                """INSERT INTO crm_web_day AS known (site_id, company_id, date, count, last_at)
                   VALUES (%(site)s, %(company)s, %(date)s, 1, %(now)s)
                       ON CONFLICT (site_id, date) DO UPDATE
                      SET count = known.count + 1, last_at = excluded.last_at""",
                site=site.id,
                company=site.company_id.id,
                date=now.date(),
                now=now,
            )
        )
