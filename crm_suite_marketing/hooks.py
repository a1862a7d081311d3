from odoo.tools import SQL

from odoo.addons.crm_suite.hooks import take_tables

MAILING_ACTIONS = (
    "mass_mailing.mailing_mailing_action_mail",
    "mass_mailing_sms.mailing_mailing_action_sms",
)


def uninstall_hook(env):
    """The ledgers go with the module, and so do their guards, what was set, and the workers that
    were added.
    """
    env.cr.execute("DROP FUNCTION IF EXISTS crm_consent_entry_guard() CASCADE")
    env.cr.execute("DROP FUNCTION IF EXISTS crm_engagement_guard() CASCADE")
    # what they name could not be deleted before them
    for table in ("crm_consent_request", "crm_consent", "crm_consent_entry"):
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
    take_tables(env, "crm_suite_marketing")
    # lists of core that leave messages of journeys out
    for name in MAILING_ACTIONS:
        if action := env.ref(name, raise_if_not_found=False):
            action.context = action.context.replace("'search_default_filter_no_journey': 1, ", "")
    # an index of ours on a column of core
    env.cr.execute("DROP INDEX IF EXISTS link_tracker__mass_mailing_id_index")
    env["ir.config_parameter"].search([("key", "=like", "crm_suite_marketing.%")]).unlink()
    jobs = env["crm.outbox"]._get_worker_jobs()
    actions = jobs.ir_actions_server_id
    jobs.unlink()
    actions.unlink()
