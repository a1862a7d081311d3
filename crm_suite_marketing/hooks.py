from .models.consent.crm_consent import KEY


def uninstall_hook(env):
    """The ledger goes with the module, and so do its guard and its key."""
    env.cr.execute("DROP FUNCTION IF EXISTS crm_consent_entry_guard() CASCADE")
    env["ir.config_parameter"].search([("key", "=", KEY)]).unlink()
