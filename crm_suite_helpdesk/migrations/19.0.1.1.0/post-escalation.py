from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    # The tick has taken the place of the job that recorded breaches. Jobs are not updated, for
    # administrators change them.
    cron = env.ref("crm_suite_helpdesk.ir_cron_sla_breach", raise_if_not_found=False)
    if cron and cron.code and "_cron_record_breaches" in cron.code:
        cron.write(
            {
                "name": "Helpdesk: SLA breaches, warnings and escalations",
                "code": "model._cron_tick()",
            }
        )
    # The default policy gets the ladder that it has in new databases; what customers made
    # themselves tells nobody until they say so
    policy = env.ref("crm_suite_helpdesk.crm_sla_policy_default", raise_if_not_found=False)
    if policy and not policy.rule_ids:
        policy.rule_ids = policy._prepare_default_rules()
