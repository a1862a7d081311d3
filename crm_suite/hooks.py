"""What happens once: after the suite is installed, and before it is taken out."""

from odoo.fields import Command
from odoo.tools import SQL, split_every

MEETINGS_AT_ONCE = 500


def post_init_hook(env):
    """Qualify before selling: mails and forms make leads, which become opportunities.

    Settings of Odoo's own CRM, left as they are when the suite goes.
    """
    group = env.ref("crm.group_use_lead")
    env.ref("base.group_user").write({"implied_ids": [Command.link(group.id)]})
    env["crm.team"].search([]).write({"use_leads": True})
    take_up_meetings(env)
    # what happens on leads is known from now on; what happened is read from what is logged
    env["crm.lead"]._score_all_again()
    follow_up(env)


def take_up_meetings(env):
    """Let the meetings with customers that are in the calendar already become interactions."""
    events = env["calendar.event"]._search([("interaction_ids", "=", False)])
    for batch in split_every(MEETINGS_AT_ONCE, events.get_result_ids()):
        env["calendar.event"].browse(batch)._sync_interactions()
        env.invalidate_all()


def follow_up(env):
    """Watch what is there already: when it was last touched, and who is told when it stalls."""
    teams = env["crm.team"].with_context(active_test=False).search([])
    teams.filtered(lambda team: not team.escalation_level_ids)._create_default_levels()
    env["crm.lead"]._refill_last_touch()


def forget_external_ids(env, prefix):
    """Drop the external ids by which other modules know the models that only modules named
    `prefix`... define.

    Odoo reflects inherited mixins and selection fields under the module of the mixin
    (`mail.selection__crm_…`) and leaves those names
    behind, dangling, when the model goes.
    """
    env.cr.execute(
        SQL(
            """
            WITH ours AS (
                SELECT m.id, m.model
                  FROM ir_model m
                  JOIN ir_model_data d ON d.model = 'ir.model' AND d.res_id = m.id
                 GROUP BY m.id
                HAVING bool_and(starts_with(d.module, %(prefix)s))
            )
            DELETE FROM ir_model_data d
             WHERE NOT starts_with(d.module, %(prefix)s)
               AND (   d.model = 'ir.model.inherit' AND d.res_id IN (
                           SELECT i.id FROM ir_model_inherit i JOIN ours ON ours.id = i.model_id)
                    OR d.model = 'ir.model.fields.selection' AND d.res_id IN (
                           SELECT s.id FROM ir_model_fields_selection s
                             JOIN ir_model_fields f ON f.id = s.field_id
                             JOIN ours ON ours.model = f.model))
            """,
            prefix=prefix,
        )
    )


def keep_activities(env, module):
    """Turn activities of the types of a module into to-dos with the name of the type: they belong
    to leads and quotations that stay, and would keep their types here.
    """
    todo = env.ref("mail.mail_activity_data_todo")
    types = env["ir.model.data"].search(
        [("module", "=", module), ("model", "=", "mail.activity.type")]
    )
    for activity_type in env["mail.activity.type"].browse(types.mapped("res_id")).exists():
        for model, summary in (
            ("mail.activity", "summary"),
            ("mail.activity.plan.template", "summary"),
            ("ir.actions.server", "activity_summary"),
        ):
            users = env[model].with_context(active_test=False)
            users = users.search([("activity_type_id", "=", activity_type.id)])
            users.filtered(lambda user, name=summary: not user[name]).write(
                {summary: activity_type.name}
            )
            users.write({"activity_type_id": todo.id})


def uninstall_hook(env):
    keep_activities(env, "crm_suite")
    forget_external_ids(env, "crm_suite")  # the two other add-ons go with this one
    # Interactions and reminders protect their contacts, snoozes their reasons and rules their
    # groups; the tables go anyway, and demo contacts must go too.
    env.cr.execute(SQL("DELETE FROM crm_interaction"))
    env.cr.execute(SQL("DELETE FROM crm_payment_reminder"))
    env.cr.execute(SQL("UPDATE crm_lead SET snooze_id = NULL WHERE snooze_id IS NOT NULL"))
    env.cr.execute(SQL("DELETE FROM crm_snooze"))
    env.cr.execute(SQL("DELETE FROM crm_form_rule_group_rel"))
