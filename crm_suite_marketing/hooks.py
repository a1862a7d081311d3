from .models.consent.crm_consent import KEY


def uninstall_hook(env):
    """The ledgers go with the module, and so do their guards and the key."""
    env.cr.execute("DROP FUNCTION IF EXISTS crm_consent_entry_guard() CASCADE")
    env.cr.execute("DROP FUNCTION IF EXISTS crm_engagement_guard() CASCADE")
    env["ir.config_parameter"].search([("key", "=", KEY)]).unlink()
