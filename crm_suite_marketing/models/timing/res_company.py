from odoo import models
from odoo.tools import SQL

from . import timing


class ResCompany(models.Model):
    # each room extends a model by itself
    _inherit = "res.company"  # pylint: disable=consider-merging-classes-inherited

    def _has_quiet_times(self):
        self.ensure_one()
        return self.quiet_hours or len(self._get_sending_days()) < 7

    def _find_quiet_zones(self, zones, now):
        """Return where mailings must wait now.

        :param zones: time zones that the database knows
        :return: ``{time zone: the first moment at which they may go}``
        """
        self.ensure_one()
        zones = list(zones)
        if not zones:
            return {}
        rows = self.env.execute_query(
            SQL(
                "SELECT zone.tz, %s FROM unnest(%s::text[]) AS zone(tz)",
                timing.make_allowed(SQL("%s::timestamp", now), SQL("zone.tz"), self),
                zones,
            )
        )
        return {tz: moment for tz, moment in rows if moment > now}
