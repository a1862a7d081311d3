"""What is left to do when the add-on is taken out."""


def uninstall_hook(env):
    """Forget the settings that people made; Odoo takes away only what has an external id."""
    env["ir.config_parameter"].search([("key", "=like", r"crm\_suite\_helpdesk.%")]).unlink()
