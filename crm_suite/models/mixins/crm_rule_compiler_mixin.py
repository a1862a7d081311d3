import logging
import math
from ast import literal_eval
from typing import Any, NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import html_sanitize

from ...lib.domain_compiler import (
    DomainNotCompilable,
    compile_domain,
    domain_fields,
    normalize_domain,
)
from ...lib.domain_predicate import compile_tree

_logger = logging.getLogger(__name__)

# numbers and checkboxes always have a value: neither the form nor the server can require one
REQUIRABLE_TYPES = frozenset(
    ["binary", "char", "date", "datetime", "html", "many2many", "many2one"]
    + ["one2many", "reference", "selection", "text"]
)
SETTABLE_TYPES = frozenset(
    ["boolean", "char", "date", "datetime", "float", "html", "integer", "many2many", "many2one"]
    + ["monetary", "selection", "text"]
)
LIMITABLE_TYPES = frozenset(["many2many", "many2one", "selection"])
TARGET_TYPES = {
    "required": REQUIRABLE_TYPES,
    "readonly": SETTABLE_TYPES | {"binary"},
    "invisible": None,
    "limit": LIMITABLE_TYPES,
    "value": SETTABLE_TYPES,
    "warning": frozenset(),
    "block": frozenset(),
}
WITHOUT_TARGET = frozenset(["warning", "block"])
SINGLE_TARGET = frozenset(["limit", "value"])
# What the system keeps for itself: no rule of people decides to whom a record belongs
SYSTEM_FIELDS = frozenset(
    ["access_token", "company_id", "company_ids", "display_name", "id", "parent_path"]
    + ["form_rule_clock", "form_rule_flag", "form_rule_notice"]
    + ["create_date", "create_uid", "write_date", "write_uid"]
)
# What may be asked for although no rule decides it
REQUIRABLE_SYSTEM_FIELDS = frozenset(["company_id", "company_ids"])
# What the mail module keeps on a record is nothing that people fill in
MAIL_PREFIXES = ("activity_", "message_", "my_activity_", "rating_", "website_message_")
OPTION_OPERATORS = frozenset(
    ["=", "!=", "in", "not in", "<", "<=", ">", ">=", "like", "ilike", "not like", "not ilike"]
    + ["=like", "=ilike", "child_of", "parent_of"]
)
LONGEST_PATH = 3
# Records of the system, keys and tokens, what people wrote: no criterion looks into them
CLOSED_MODELS = ("auth_totp.", "ir.", "mail.", "payment.", "res.users.")
MOST_VALUES = 1000
UNFINISHED = (["in", []], ["not in", []])
LONGEST_TEXT = 10_000
MOST_DAYS = 36_500


class ValueOfRule(NamedTuple):
    """What a rule of kind "set value" writes: a constant, or what is known at that moment."""

    source: str
    constant: Any
    days: int
    only_empty: bool


class LimitOfRule(NamedTuple):
    """The options that a rule leaves: listed values, or the records of a domain."""

    values: frozenset | None
    domain: Domain | None
    criteria: list


class CompiledRule(NamedTuple):
    """A rule ready for use. `expression` is what a form evaluates, with company and moment;
    `inputs` are the fields whose change may break the rule.
    """

    id: int
    kind: str
    targets: tuple
    condition: Domain
    tree: tuple | None
    expression: str
    inputs: frozenset
    group_ids: frozenset
    is_for_others: bool
    company_id: int
    apply_on: str
    on_server: bool
    detail: Any

    def concerns(self, group_ids):
        if not self.group_ids:
            return True
        return self.group_ids.isdisjoint(group_ids) == self.is_for_others

    def is_touched(self, field_names):
        """Whether the change of some fields may matter to the rule."""
        if self.kind == "block" and (self.detail == "locked" or not self.inputs):
            return True
        return not self.inputs.isdisjoint(field_names)


class CrmRuleCompilerMixin(models.AbstractModel):
    """How the rules of forms become what a form and the server can decide quickly."""

    _name = "crm.rule.compiler.mixin"
    _description = "Compiler of Form Rules"

    @api.model
    def _get_rules(self, model_name):
        """Return the working rules of a model that concern the current user.

        :rtype: list[CompiledRule]
        """
        # The registry is not ready while modules are loaded: their data must not depend on rules
        if not self.env.registry.ready:
            return []
        rules = self._get_compiled_rules(model_name)
        if not rules or not self._is_enabled():
            return []
        # sudo: which groups somebody has decides what is required of him, also in sudo
        group_ids = self.env.user.sudo()._get_group_ids()
        return [rule for rule in rules if rule.concerns(group_ids)]

    @api.model
    @tools.ormcache("model_name", cache="templates")
    def _get_compiled_rules(self, model_name):
        # sudo: everybody's forms follow the rules that only configurators may read
        rules = self.sudo().search([("model_id.model", "=", model_name)])
        archived = self.env["crm.custom.field"]._get_hidden_names(model_name)
        compiled = []
        for rule in rules:
            try:
                ready = rule._compile()
                # nobody sees an archived field, so no rule is about it until it is restored
                targets = tuple(name for name in ready.targets if name not in archived)
                if targets or not ready.targets:
                    compiled.append(ready._replace(targets=targets))
            except Exception as error:  # noqa: BLE001 no rule breaks a form
                # its health says so, and was logged when it changed: this is each worker's cache
                _logger.debug("Form rule %s (%s) is skipped: %s", rule.id, rule.name, error)
        return tuple(compiled)

    def _get_health(self):
        """Return the state of the rule and, when it cannot work, the reason in words."""
        self.ensure_one()
        try:
            self._get_targets()
        except ValidationError as error:
            return "target_missing", error.args[0]
        try:
            self._compile_condition()
        except ValidationError as error:
            return "bad_condition", error.args[0]
        try:
            self._compile()
        except ValidationError as error:
            return "bad_value", error.args[0]
        except Exception as error:  # noqa: BLE001 whatever came of a change elsewhere is shown
            return "bad_value", str(error)
        return "ok", False

    def _compile(self):
        """Return this rule ready for use.

        :rtype: CompiledRule
        :raise ValidationError: with the reason why it cannot work
        """
        self.ensure_one()
        targets = self._get_targets()
        criteria, expression = self._compile_condition()
        inputs = frozenset(domain_fields(criteria))
        return CompiledRule(
            id=self.id,
            kind=self.kind,
            targets=targets,
            condition=Domain(criteria),
            tree=compile_tree(criteria, self._get_condition_types()),
            expression=self._restrict_expression(expression),
            # what a rule sets is no reason to set it again, and a locked field may be unlocked
            inputs=inputs | frozenset(targets) if self.kind in ("required", "limit") else inputs,
            group_ids=frozenset(self.group_ids.ids),
            is_for_others=self.group_scope == "except",
            company_id=self.company_id.id,
            apply_on=self.apply_on,
            on_server=self.enforce == "server",
            detail=self._compile_detail(targets),
        )

    def _compile_condition(self):
        """Return the condition as a list of criteria, and as the expression of a form."""
        criteria = self._parse_criteria(self.condition_domain)
        # what the editor leaves before a value is chosen
        if any(
            isinstance(each, (list, tuple)) and list(each[1:]) in UNFINISHED for each in criteria
        ):
            raise ValidationError(self.env._("the condition is incomplete."))
        try:
            types = self._get_condition_types()
            expression = compile_domain(criteria, types)
            criteria = normalize_domain(criteria, types)
            # what compiles may still hold a value that the field does not know
            Domain(criteria).validate(self.env[self.model_name])
        except DomainNotCompilable as refusal:
            raise ValidationError(self._explain_refusal(refusal)) from refusal
        except Exception as error:
            raise ValidationError(
                self.env._("the condition cannot be read: %(error)s", error=error)
            ) from error
        return criteria, expression

    def _get_condition_types(self):
        return {
            name: field.type
            for name, field in self.env[self.model_name]._fields.items()
            # a form evaluates only what it may hold: stored, and there for every reader
            if field.store and not field.groups
        }

    def _restrict_expression(self, expression):
        """Add to a condition for whom and when it holds."""
        if company_id := self.company_id.id:
            own = f"current_company_id == {company_id}"
            if "company_id" in self.env[self.model_name]._fields:
                own = f"(company_id == {company_id} or (not company_id and {own}))"
            expression = f"{own} and ({expression})"
        if self.apply_on == "both":
            return expression
        saved = "id" if self.apply_on == "write" else "not id"
        return f"{saved} and ({expression})"

    def _get_targets(self):
        model_fields = self.env[self.model_name]._fields if self.model_name in self.env else {}
        if not model_fields:
            raise ValidationError(self.env._("this form does not exist any more."))
        if self.kind in WITHOUT_TARGET:
            return ()
        if not self.target_field_ids:
            raise ValidationError(self.env._("choose at least one field."))
        if self.kind in SINGLE_TARGET and len(self.target_field_ids) > 1:
            raise ValidationError(self.env._("choose one field only."))
        for target in self.target_field_ids:
            field = model_fields.get(target.name)
            if target.model != self.model_name or field is None:
                raise ValidationError(
                    self.env._("field “%(field)s” is not on this form.", field=target.name)
                )
            self._check_target(target, field)
        return tuple(self.target_field_ids.mapped("name"))

    @api.model
    def _is_open_field(self, field, kind=None):
        """Return whether rules, or those of one kind, may be about a field at all."""
        if kind == "required" and field.name in REQUIRABLE_SYSTEM_FIELDS:
            return True
        return field.name not in SYSTEM_FIELDS and not field.name.startswith(MAIL_PREFIXES)

    def _check_target(self, target, field):
        types = TARGET_TYPES[self.kind]
        is_open = self._is_open_field(field, self.kind)
        if self.kind == "value":
            # who may not decide the first value of a field may not decide the next one
            is_open = is_open and self.env["crm.default.value.mixin"]._is_allowed_field(field)
        if not is_open:
            raise ValidationError(
                self.env._(
                    "field “%(field)s” belongs to the system.", field=target.field_description
                )
            )
        if types is None:
            return
        if not field.store:
            raise ValidationError(
                self.env._("field “%(field)s” is not on this form.", field=target.name)
            )
        if field.readonly or (field.groups and not self._concerns_readers_only(field)):
            raise ValidationError(
                self.env._(
                    "field “%(field)s” cannot be filled in by everybody.",
                    field=target.field_description,
                )
            )
        if field.type in types:
            return
        if self.kind == "required":
            raise ValidationError(
                self.env._(
                    "field “%(field)s” always has a value and cannot be required.",
                    field=target.field_description,
                )
            )
        raise ValidationError(
            self.env._(
                "field “%(field)s” is of a kind that this rule cannot handle.",
                field=target.field_description,
            )
        )

    def _concerns_readers_only(self, field):
        """Return whether the rule is for users only who may see a field that not everybody may."""
        definitions = self.env["res.groups"]._get_group_definitions()
        readers = {definitions.get_id(group) for group in field.groups.split(",")}
        return self.group_scope == "only" and set() < set(self.group_ids.ids) <= readers

    def _compile_detail(self, targets):
        """Return what the rule needs beside condition and targets."""
        if self.kind == "value":
            return self._compile_value(self.env[self.model_name]._fields[targets[0]])
        if self.kind == "limit":
            return self._compile_limit(self.env[self.model_name]._fields[targets[0]])
        if self.kind == "block":
            return self.block_moment
        if self.kind == "warning":
            return (self.warning_style, self.is_noted)
        return None

    def _compile_value(self, field):
        source = self.value_source
        fitting = {
            "constant": True,
            "empty": field.type not in ("boolean", "float", "integer", "monetary"),
            "today": field.type == "date",
            "now": field.type == "datetime",
            "user": field.type == "many2one" and field.comodel_name == "res.users",
        }
        if not fitting[source] or (source == "empty" and field.required):
            raise ValidationError(self.env._("this value does not fit the field."))
        if abs(self.value_days) > MOST_DAYS:
            raise ValidationError(self.env._("that is too far away in time."))
        constant = self._read_constant(field) if source == "constant" else None
        return ValueOfRule(source, constant, self.value_days, self.is_only_empty)

    def _read_constant(self, field):
        """Return the value of the rule as `write` takes it."""
        value = self.value
        refusal = ValidationError(self.env._("enter a value that fits the field."))
        if field.type == "boolean":
            return bool(value)
        if field.type in ("integer", "float", "monetary"):
            value = value or 0  # JSON keeps no zero
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value) or abs(value) > 1e15:
                raise refusal
            if field.type == "integer" and (value != int(value) or abs(value) >= 2**31):
                raise refusal
            return value
        if field.type == "many2many":
            return tuple(self._read_record_ids(field, value))
        if field.type == "many2one":
            return self._read_record_ids(field, [value])[0]
        if not isinstance(value, str) or not value or len(value) > LONGEST_TEXT:
            raise refusal
        if field.type == "selection" and value not in self._get_selection_values(field):
            raise refusal
        try:
            if field.type == "date":
                return fields.Date.from_string(value)
            if field.type == "datetime":
                return fields.Datetime.from_string(value)
        except ValueError:
            raise refusal from None
        # cleaned as the field does: a new form shows the value before anything is stored
        return str(html_sanitize(value)) if field.type == "html" else value

    def _compile_limit(self, field):
        if self.limit_by == "domain":
            if field.type == "selection":
                raise ValidationError(self.env._("list the options that are allowed."))
            criteria = self._parse_criteria(self.allowed_domain)
            self._check_option_criteria(self.env[field.comodel_name], criteria)
            return LimitOfRule(None, Domain(criteria), criteria)
        values = self.allowed_values
        if not isinstance(values, list) or not values or len(values) > MOST_VALUES:
            raise ValidationError(self.env._("list the options that are allowed."))
        if field.type == "selection":
            known = self._get_selection_values(field)
            if not all(isinstance(value, str) and value in known for value in values):
                raise ValidationError(self.env._("an allowed option does not exist."))
            return LimitOfRule(frozenset(values), None, [])
        ids = self._read_record_ids(field, values)
        return LimitOfRule(frozenset(ids), None, [("id", "in", sorted(ids))])

    def _get_selection_values(self, field):
        return set(field.get_values(self.env))

    def _read_record_ids(self, field, values):
        is_list = isinstance(values, list) and 0 < len(values) <= MOST_VALUES
        if not is_list or not all(type(value) is int and 0 < value < 2**31 for value in values):
            raise ValidationError(self.env._("choose at least one record."))
        # sudo: whether a record exists is all that is looked at
        if len(self.env[field.comodel_name].sudo().browse(set(values)).exists()) < len(set(values)):
            raise ValidationError(self.env._("a chosen record does not exist any more."))
        return values

    def _check_option_criteria(self, comodel, criteria):
        """Refuse criteria of options that read what not everybody may read."""
        for criterion in criteria:
            if isinstance(criterion, str):
                continue
            if not isinstance(criterion, (list, tuple)) or len(criterion) != 3:
                raise ValidationError(self.env._("the allowed options cannot be read."))
            path, operator, _value = criterion
            if (path, operator) in ((1, "="), (0, "=")):
                continue
            names = path.split(".") if isinstance(path, str) else []
            model = comodel
            for name in names[:LONGEST_PATH]:
                is_open = model is not None and not model._name.startswith(CLOSED_MODELS)
                field = model._fields.get(name) if is_open else None
                if field is None or field.groups or not (field.store or field.search):
                    raise ValidationError(
                        self.env._("“%(field)s” cannot be used to choose options.", field=path)
                    )
                model = self.env[field.comodel_name] if field.relational else None
            if not 0 < len(names) <= LONGEST_PATH or operator not in OPTION_OPERATORS:
                raise ValidationError(self.env._("the allowed options cannot be read."))
        try:
            Domain(criteria).validate(comodel)
        except Exception as error:
            raise ValidationError(self.env._("the allowed options cannot be read.")) from error

    def _parse_criteria(self, text):
        if len(text or "") > LONGEST_TEXT * 10:
            raise ValidationError(self.env._("the condition is too long."))
        try:
            criteria = literal_eval(text or "[]")
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise ValidationError(
                self.env._("the condition cannot be read: %(error)s", error=error)
            ) from error
        if not isinstance(criteria, (list, tuple)):
            raise ValidationError(self.env._("the condition is not a list of criteria."))
        return list(criteria)

    def _explain_refusal(self, refusal):
        reasons = {
            "size": self.env._("the condition is too long."),
            "syntax": self.env._("the condition is incomplete."),
            "unknown_field": self.env._(
                "the condition uses “%(field)s”, which this form does not have for every user.",
                field=refusal.field,
            ),
            "path": self.env._(
                "the condition uses “%(field)s”, a field of another record. Only fields of the"
                " form itself can be used.",
                field=refusal.field,
            ),
            "field_type": self.env._(
                "the condition uses “%(field)s”, a kind of field that a form cannot compare.",
                field=refusal.field,
            ),
            "operator": self.env._(
                "“%(operator)s” cannot be used with “%(field)s” in a form. Use: is, is not,"
                " is in, is not in, is set, is not set; for numbers and dates also less and"
                " greater.",
                operator=refusal.operator,
                field=refusal.field,
            ),
            "value": self.env._(
                "“%(value)s” cannot be compared with “%(field)s”.",
                value=refusal.value,
                field=refusal.field,
            ),
        }
        return reasons[refusal.reason]
