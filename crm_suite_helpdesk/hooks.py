"""What is left to do when the add-on is taken out."""

from odoo.addons.crm_suite.hooks import drop_links, take_tables


def uninstall_hook(env):
    """Forget the settings that people made; Odoo takes away only what has an external id."""
    drop_links(env, "crm_suite_helpdesk")
    take_tables(env, "crm_suite_helpdesk")
    env["ir.config_parameter"].search([("key", "=like", r"crm\_suite\_helpdesk.%")]).unlink()
