"""Form rules know their state from now on; it can only be told once all models are loaded."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    api.Environment(cr, SUPERUSER_ID, {})["crm.form.rule"]._check_health()
