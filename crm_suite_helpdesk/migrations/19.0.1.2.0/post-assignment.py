from odoo.api import SUPERUSER_ID, Environment


def migrate(cr, version):
    """Make agents of the members that teams have."""
    env = Environment(cr, SUPERUSER_ID, {"active_test": False})
    env["crm.ticket.team"].search([])._sync_agents()
