from odoo.tools import SQL


def uninstall_hook(env):
    """The ledgers go with the module, and so do their guards, what was set, and the workers that
    were added.
    """
    env.cr.execute("DROP FUNCTION IF EXISTS crm_consent_entry_guard() CASCADE")
    env.cr.execute("DROP FUNCTION IF EXISTS crm_engagement_guard() CASCADE")
    # what they name could not be deleted before them
    for table in ("crm_consent_request", "crm_consent", "crm_consent_entry"):
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
    # an index of ours on a column of core
    env.cr.execute("DROP INDEX IF EXISTS link_tracker__mass_mailing_id_index")
    env["ir.config_parameter"].search([("key", "=like", "crm_suite_marketing.%")]).unlink()
    jobs = env["crm.outbox"]._get_worker_jobs()
    actions = jobs.ir_actions_server_id
    jobs.unlink()
    actions.unlink()
