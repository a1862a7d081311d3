from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command


class RuleRun:
    """What rules have set already in one operation: each rule sets a record once, so that rules
    that set each other's fields come to an end. Only Python can make one.
    """

    __slots__ = ("done",)

    def __init__(self):
        self.done = set()


class CrmRuleValueMixin(models.AbstractModel):
    """How rules set values: in the form at once, and for whoever creates and writes."""

    _name = "crm.rule.value.mixin"
    _description = "Values of Form Rules"

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        for rule in self._get_form_rules():
            # what is set under no condition is set from the start
            name = rule.targets[0] if rule.kind == "value" else None
            if (
                name in fields
                and not rule.inputs
                and rule.apply_on != "write"
                and f"default_{name}" not in self.env.context
                and rule.company_id in (0, self.env.company.id)
                and not (rule.detail.only_empty and values.get(name))
            ):
                value = self._get_rule_value(rule)
                is_many = self._fields[name].type == "many2many"
                values[name] = [Command.set(value)] if is_many else value
        return values

    def _has_onchange(self, field, other_fields):
        # what a rule sets when this field changes is seen in the form at once
        return super()._has_onchange(field, other_fields) or any(
            rule.kind == "value" and field.name in rule.inputs for rule in self._get_form_rules()
        )

    def _apply_onchange_methods(self, field_name, result):  # pylint: disable=missing-return
        super()._apply_onchange_methods(field_name, result)
        moment = "write" if self._origin else "create"
        for rule in self._get_form_rules():
            if (
                rule.kind == "value"
                and field_name in rule.inputs
                and rule.apply_on in ("both", moment)
                and not (rule.detail.only_empty and not self._is_unset(rule.targets[0]))
                and self._match_rule(rule)
                and not self._origin._match_rule(rule)
            ):
                name = rule.targets[0]
                value = self._get_rule_value(rule)
                if self._fields[name].type == "many2many":
                    self[name] += self[name].browse(value)
                else:
                    self[name] = value

    def _set_rule_values(self, rules, moment, before, given):
        """Set what rules set on the records whose condition has become true.

        What was given wins over what a rule says.
        """
        run = self.env.context.get("crm_form_rule_run")
        run = run if isinstance(run, RuleRun) else RuleRun()
        for rule in rules:
            if rule.kind != "value" or not rule.on_server or rule.apply_on not in ("both", moment):
                continue
            fresh = self._match_rule(rule) - before.get(rule.id, self.browse())
            if fresh:
                spoken_for = {
                    record.id
                    for record, vals in zip(self, given, strict=True)
                    if (
                        vals.get(rule.targets[0]) if moment == "create" else rule.targets[0] in vals
                    )
                }
                fresh._set_rule_value(rule, run, spoken_for)

    def _set_rule_value(self, rule, run, spoken_for):
        """Set what a rule sets on those of these records that it may still set.

        :param spoken_for: ids of the records for which somebody gave a value
        """
        [name] = rule.targets
        chosen = self.filtered(
            lambda record: (
                record.id not in spoken_for
                and (rule.id, record.id) not in run.done
                and not (rule.detail.only_empty and not record._is_unset(name))
            )
        )
        run.done.update((rule.id, record.id) for record in self)
        value = self._get_rule_value(rule)
        if self._fields[name].type == "many2many":
            value = [Command.link(record_id) for record_id in value]
        if chosen:
            chosen.with_context(crm_form_rule_run=run).write({name: value})

    @api.model
    def _get_rule_value(self, rule):
        """Return what a rule sets, as `write` takes it; ids for many2many."""
        source, constant, days, _only_empty = rule.detail
        if source == "constant":
            return list(constant) if isinstance(constant, tuple) else constant
        if source == "today":
            return fields.Date.context_today(self) + timedelta(days=days)
        if source == "now":
            return fields.Datetime.now() + timedelta(days=days)
        if source == "user":
            return self.env.uid
        return [] if self._fields[rule.targets[0]].type == "many2many" else False
