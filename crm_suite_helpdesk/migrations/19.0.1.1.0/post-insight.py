from odoo.api import SUPERUSER_ID, Environment

from odoo.addons.crm_suite_helpdesk.models.insight.history import fill_insight


def migrate(cr, version):
    """Measure the tickets that were there before, as far as their messages tell."""
    fill_insight(Environment(cr, SUPERUSER_ID, {}))
