"""What happens once: after the suite is installed, and before it is taken out."""

import logging
import re

from lxml import etree

from odoo.fields import Command
from odoo.tools import SQL, split_every

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

_logger = logging.getLogger(__name__)

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
    env["crm.customer.metric"]._refresh()
    # in batches, by the job: the stages of all customers who are there
    env.ref("crm_suite.ir_cron_lifecycle")._trigger()


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


def leave_custom_fields(env):
    """Keep or delete the columns of custom fields with their values, as the administrator chose.

    Columns on models of ours go with these models in any case.
    """
    custom_fields = env["crm.custom.field"].search([("field_id", "!=", False)])
    if not custom_fields:
        return
    if not custom_fields._is_kept():
        drop_custom_fields(env, custom_fields)
        return
    drop_links(env, "crm_suite")
    left = custom_fields.filtered("field_id")
    hide_restricted_fields(env, left.filtered("group_ids"))


def drop_links(env, module):
    """Drop the custom fields that link to records which go with a module.

    Odoo drops them as well, and leaves what speaks of them as it is: nobody could open the form.
    """
    going = env["ir.module.module"].search([("name", "=", module)])
    going += going.downstream_dependencies(exclude_states=("uninstalled", "uninstallable"))
    links = env["crm.custom.field"]._find_links_to(going.mapped("name"))
    if links:
        drop_custom_fields(env, links)


def take_tables(env, module):
    """Have the tables of fields that models of a module got from our mixins go with the module:
    Odoo leaves them to the add-on of the mixin.
    """
    env.cr.execute(
        SQL(
            """
            UPDATE ir_model_relation r SET module = going.id
              FROM ir_module_module going
             WHERE going.name = %(module)s
               AND r.module <> going.id
               AND r.model IN (
                       SELECT d.res_id FROM ir_model_data d
                        WHERE d.model = 'ir.model'
                     GROUP BY d.res_id
                       HAVING bool_and(d.module = %(module)s))
            """,
            module=module,
        )
    )


def hide_restricted_fields(env, custom_fields):
    """Keep the columns of fields that some groups only may read, without the fields.

    Odoo does not know groups of manual fields: without the suite everybody could read them. The
    values stay in the database; a field that is made again under the same technical name has them.
    """
    names = {
        (field.model_name, name)
        for field in custom_fields
        for name in (field.technical_name, field._get_file_name_field())
        if name
    }
    if not names:
        return
    columns = env["ir.model.fields"].search([("name", "in", [name for _model, name in names])])
    columns = columns.filtered(lambda column: (column.model, column.name) in names)
    # as users have them from their contacts
    inherited = env["ir.model.fields"].search(
        [
            ("name", "in", columns.mapped("name")),
            ("model", "in", list(env.registry.descendants(columns.mapped("model"), "_inherits"))),
        ]
    )
    stop_uses(env, custom_fields)
    env.flush_all()
    # by SQL: the ORM deletes the columns of fields that it deletes
    env.cr.execute(SQL("DELETE FROM ir_model_fields WHERE id = ANY(%s)", (columns | inherited).ids))
    env.invalidate_all()
    env.registry._setup_models__(env.cr)


def drop_custom_fields(env, custom_fields):
    stop_uses(env, custom_fields)
    uninstalling = custom_fields.with_context(**{MODULE_UNINSTALL_FLAG: True})
    model_names = set(custom_fields.mapped("model_name"))
    uninstalling._drop_columns()
    # what is read from here on has these columns no more
    env.registry._setup_models__(env.cr, model_names)


def stop_uses(env, custom_fields):
    """Let nothing break that people made elsewhere and that speaks of fields that go: views are
    freed of them, or archived; automations are switched off; favorites and exports go.
    """
    uses = env["crm.custom.field.usage"]._find(custom_fields)
    names = custom_fields.mapped("technical_name")
    ids = {}
    for model_name, res_id in {use for found in uses.values() for use in found}:
        ids.setdefault(model_name, set()).add(res_id)
    # views that inherit before those that they inherit from
    views = env["ir.ui.view"].browse(sorted(ids.get("ir.ui.view", ()), reverse=True))
    for view in views.exists():
        free_view(view, names)
    for model_name in ("ir.filters", "ir.exports.line"):
        env[model_name].browse(ids.get(model_name, ())).exists().unlink()
    actions = env["ir.actions.server"].browse(ids.get("ir.actions.server", ())).exists()
    automations = env["base.automation"].browse(ids.get("base.automation", ())).exists()
    for automation in (automations | actions.base_automation_id).filtered("active"):
        automation.active = False
        _logger.info(
            "Automation %s (%s) is off: it needs a field that is dropped", *describe(automation)
        )


def free_view(view, names):
    """Take fields out of a view that somebody made; archive it when more of it speaks of them."""
    arch = etree.fromstring(view.arch_db)
    for node in [node for node in arch.iter("field") if node.get("name") in names]:
        # a place beside the field is none any more
        if node.getparent() is not None:
            node.getparent().remove(node)
    text = etree.tostring(arch, encoding="unicode")
    is_free = not any(re.search(rf"\b{re.escape(name)}\b", text) for name in names)
    if is_free and arch.get("name") not in names:
        try:
            with view.env.cr.savepoint():
                view.arch_db = text
            _logger.info("View %s (%s) was freed of fields that are dropped", *describe(view))
            return
        except Exception:  # noqa: BLE001 whatever it is: the view does not work without the field
            _logger.info("View %s (%s) does not work without the dropped fields", *describe(view))
    view.active = False
    _logger.info("View %s (%s) is archived: it needs fields that are dropped", *describe(view))


def describe(record):
    return record.display_name, record.id


def uninstall_hook(env):
    leave_custom_fields(env)
    keep_activities(env, "crm_suite")
    forget_external_ids(env, "crm_suite")  # the two other add-ons go with this one
    # Interactions and reminders protect their contacts, snoozes their reasons, occasions the types
    # of their activities and rules their groups; the tables go anyway, and demo contacts must go
    # too.
    env.cr.execute(SQL("DELETE FROM crm_interaction"))
    env.cr.execute(SQL("DELETE FROM crm_payment_reminder"))
    env.cr.execute(SQL("UPDATE crm_lead SET snooze_id = NULL WHERE snooze_id IS NOT NULL"))
    env.cr.execute(SQL("DELETE FROM crm_snooze"))
    env.cr.execute(SQL("DELETE FROM crm_form_rule_group_rel"))
    env.cr.execute(SQL("DELETE FROM crm_custom_field_group_rel"))
    env.cr.execute(SQL("DELETE FROM crm_occasion"))
    env.cr.execute(SQL("DELETE FROM crm_occasion_rule"))
    env.cr.execute(SQL("DELETE FROM crm_lifecycle_move"))
    # settings that somebody saved have no external id
    env.cr.execute(SQL("DELETE FROM ir_config_parameter WHERE starts_with(key, 'crm_suite.')"))
    env.cr.execute(
        SQL("UPDATE res_partner SET lifecycle_stage_id = NULL WHERE lifecycle_stage_id IS NOT NULL")
    )
    env.invalidate_all(flush=False)
