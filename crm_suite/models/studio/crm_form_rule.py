import logging
from ast import literal_eval
from collections import namedtuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...lib.domain_compiler import DomainNotCompilable, compile_domain, domain_fields

_logger = logging.getLogger(__name__)

# numbers and checkboxes always have a value: neither the form nor the server can require one
REQUIRABLE_TYPES = frozenset(
    ["binary", "char", "date", "datetime", "html", "many2many", "many2one"]
    + ["one2many", "reference", "selection", "text"]
)

CompiledRule = namedtuple(
    "CompiledRule", "id targets condition expression inputs group_ids apply_on on_server"
)


class CrmFormRule(models.Model):
    """How a form of a customizable model behaves under a condition, declared once.

    The condition is a domain: the form evaluates it as an expression (`lib/domain_compiler`),
    the server with `filtered_domain`.
    """

    _name = "crm.form.rule"
    _description = "Form Rule"
    _order = "model_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    model_id = fields.Many2one(
        "ir.model",
        string="Form",
        required=True,
        ondelete="cascade",
        domain=lambda self: [("model", "in", self._get_customizable_models())],
        help="The record type whose forms follow this rule.",
    )
    model_name = fields.Char(related="model_id.model", string="Model")
    kind = fields.Selection(
        [("required", "Required when")],
        string="Behavior",
        default="required",
        required=True,
    )
    target_field_ids = fields.Many2many(
        "ir.model.fields",
        "crm_form_rule_target_rel",
        "rule_id",
        "field_id",
        string="Fields",
        domain="[('model_id', '=', model_id), ('store', '=', True), ('readonly', '=', False),"
        f" ('ttype', 'in', {sorted(REQUIRABLE_TYPES)})]",
        help="The fields that must be filled. Numbers and checkboxes always have a value"
        " and cannot be chosen.",
    )
    condition_domain = fields.Char(
        string="Condition",
        default="[]",
        required=True,
        help="The fields are required on the records that match. Without a condition they are"
        " always required.",
    )
    group_ids = fields.Many2many(
        "res.groups",
        "crm_form_rule_group_rel",
        "rule_id",
        "group_id",
        string="User Groups",
        # without its last group the rule would concern everybody
        ondelete="restrict",
        help="The rule concerns the users of these groups only. Empty: everybody.",
    )
    apply_on = fields.Selection(
        [
            ("create", "New records"),
            ("write", "Existing records"),
            ("both", "New and existing records"),
        ],
        default="both",
        required=True,
        string="Applies To",
    )
    message = fields.Char(
        translate=True,
        help="What people read when a field is missing. Empty: a sentence that names the"
        " fields and this rule.",
    )
    enforce = fields.Selection(
        [("form", "In the form"), ("server", "In the form and on the server")],
        default="server",
        required=True,
        string="Enforced",
        help="On the server, the rule also holds for imports, automations and other programs."
        " E-mails are never refused: a record that comes from an incomplete e-mail is kept"
        " and says what is missing.",
    )
    health = fields.Selection(
        [
            ("ok", "Works"),
            ("target_missing", "Field missing"),
            ("bad_condition", "Condition invalid"),
        ],
        compute="_compute_health",
        search="_search_health",
        help="A rule that cannot work is skipped; it never blocks a form.",
    )
    last_error = fields.Char(string="Problem", compute="_compute_health")

    @api.constrains("model_id")
    def _check_model_id(self):
        allowed = set(self._get_customizable_models())
        for rule in self:
            if rule.model_id.model not in allowed:
                raise ValidationError(
                    self.env._("“%(model)s” cannot be customized.", model=rule.model_id.name)
                )

    @api.constrains("model_id", "target_field_ids", "condition_domain")
    def _check_works(self):
        for rule in self:
            health, problem = rule._get_health()
            if health != "ok":
                raise ValidationError(
                    self.env._("Rule “%(rule)s”: %(problem)s", rule=rule.name, problem=problem)
                )

    @api.depends("model_id", "target_field_ids", "condition_domain")
    @api.depends_context("lang")
    def _compute_health(self):
        for rule in self:
            rule.health, rule.last_error = rule._get_health()

    def _search_health(self, operator, value):
        if operator != "in":
            return NotImplemented
        rules = self.search([("active", "in", [True, False])])
        return [("id", "in", rules.filtered(lambda rule: rule.health in value).ids)]

    @api.onchange("model_id")
    def _onchange_model_id(self):
        fields_of_model = self.target_field_ids.filtered(
            lambda field: field.model_id == self.model_id
        )
        if fields_of_model != self.target_field_ids:
            self.target_field_ids = fields_of_model
            self.condition_domain = "[]"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self._clear_view_caches()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._clear_view_caches()
        return result

    def unlink(self):
        result = super().unlink()
        self._clear_view_caches()
        return result

    @api.model
    def _clear_view_caches(self):
        # the forms with the rules in them, and the compiled rules, are cached there by every worker
        self.env.registry.clear_cache("templates")

    @api.model
    def _get_customizable_models(self):
        """Return the names of the models that may have rules: those that inherit the mixin."""
        names = self.env.registry.descendants(["crm.customizable.mixin"], "_inherit")
        return sorted(name for name in names if not self.env[name]._abstract)

    @api.model
    def _is_enabled(self):
        """Return whether rules are applied at all; the safe mode of the settings says no."""
        # sudo: a switch that is no secret, read on behalf of users who may not read parameters
        value = self.env["ir.config_parameter"].sudo().get_param("crm_suite.customization_enabled")
        return tools.str2bool(value or "1", default=True)

    @api.model
    def _get_rules(self, model_name):
        """Return the working rules of a model that concern the current user.

        :rtype: list[CompiledRule]
        """
        # the registry is not ready while modules are loaded: their data must not depend on rules
        if not self.env.registry.ready:
            return []
        rules = self._get_compiled_rules(model_name)
        if not rules or not self._is_enabled():
            return []
        # sudo: which groups somebody has decides what is required of him, also in sudo
        group_ids = set(self.env.user.sudo()._get_group_ids())
        return [
            rule for rule in rules if not rule.group_ids or not group_ids.isdisjoint(rule.group_ids)
        ]

    @api.model
    @tools.ormcache("model_name", cache="templates")
    def _get_compiled_rules(self, model_name):
        # sudo: everybody's forms follow the rules that only configurators may read
        rules = self.sudo().search([("model_id.model", "=", model_name)])
        compiled = []
        for rule in rules:
            try:
                compiled.append(rule._compile())
            except ValidationError as error:
                _logger.warning("Form rule %s (%s) is skipped: %s", rule.id, rule.name, error)
        return tuple(compiled)

    def _get_health(self):
        """Return the state of the rule and, when it cannot work, the reason in words."""
        self.ensure_one()
        if not self.target_field_ids or not self.model_id:
            return "target_missing", self.env._("choose at least one field.")
        try:
            self._get_targets()
        except ValidationError as error:
            return "target_missing", error.args[0]
        try:
            self._compile()
        except ValidationError as error:
            return "bad_condition", error.args[0]
        return "ok", False

    def _compile(self):
        """Return this rule ready for use.

        :rtype: CompiledRule
        :raise ValidationError: with the reason why it cannot work
        """
        self.ensure_one()
        targets = self._get_targets()
        condition = self._parse_condition()
        types = {
            name: field.type
            for name, field in self.env[self.model_name]._fields.items()
            # a form evaluates only what it may hold: stored, and there for every reader
            if field.store and not field.groups
        }
        try:
            expression = compile_domain(condition, types)
            # what compiles may still hold a value that the field does not know
            Domain(condition).validate(self.env[self.model_name])
        except DomainNotCompilable as refusal:
            raise ValidationError(self._explain_refusal(refusal)) from refusal
        except Exception as error:
            raise ValidationError(
                self.env._("the condition cannot be read: %(error)s", error=error)
            ) from error
        return CompiledRule(
            id=self.id,
            targets=targets,
            condition=condition,
            expression=expression,
            inputs=frozenset(domain_fields(condition)) | frozenset(targets),
            group_ids=tuple(self.group_ids.ids),
            apply_on=self.apply_on,
            on_server=self.enforce == "server",
        )

    def _get_targets(self):
        model_fields = self.env[self.model_name]._fields if self.model_name in self.env else {}
        for target in self.target_field_ids:
            field = model_fields.get(target.name)
            if target.model != self.model_name or field is None or not field.store:
                raise ValidationError(
                    self.env._("field “%(field)s” is not on this form.", field=target.name)
                )
            if field.readonly or field.groups:
                raise ValidationError(
                    self.env._(
                        "field “%(field)s” cannot be filled in by everybody.",
                        field=target.field_description,
                    )
                )
            if field.type not in REQUIRABLE_TYPES:
                raise ValidationError(
                    self.env._(
                        "field “%(field)s” always has a value and cannot be required.",
                        field=target.field_description,
                    )
                )
        return tuple(self.target_field_ids.mapped("name"))

    def _parse_condition(self):
        try:
            condition = literal_eval(self.condition_domain or "[]")
        except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
            raise ValidationError(
                self.env._("the condition cannot be read: %(error)s", error=error)
            ) from error
        if not isinstance(condition, (list, tuple)):
            raise ValidationError(self.env._("the condition is not a list of criteria."))
        return list(condition)

    def _explain_refusal(self, refusal):
        reasons = {
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

    def _get_violation_message(self, missing):
        """Return what a user reads when fields of records of this rule are empty.

        :param missing: names of the empty fields
        """
        self.ensure_one()
        if self.message:
            return self.message
        descriptions = self.env[self.model_name].fields_get(missing, ["string"])
        return self.env._(
            "Please fill in %(fields)s (rule “%(rule)s”).",
            fields=", ".join(descriptions[name]["string"] for name in missing),
            rule=self.name,
        )
