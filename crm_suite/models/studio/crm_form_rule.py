import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ..mixins.crm_domain_words_mixin import NAMELESS
from ..mixins.crm_rule_compiler_mixin import TARGET_TYPES

_logger = logging.getLogger(__name__)

HEALTHS = [
    ("ok", "Works"),
    ("target_missing", "Field missing"),
    ("bad_condition", "Condition invalid"),
    ("bad_value", "Value invalid"),
]
LONGEST_MESSAGE = 1000
# All of them are in the form that everybody opens
MOST_RULES = 500
WORKING_FIELDS = (
    "model_id",
    "kind",
    "target_field_ids",
    "condition_domain",
    "company_id",
    "value_source",
    "value",
    "value_days",
    "limit_by",
    "allowed_values",
    "allowed_domain",
)
# What makes a rule say the same as the box "Required" of a custom field, or something else
BOX_FIELDS = frozenset(
    [*WORKING_FIELDS, "active", "apply_on", "enforce", "group_ids", "group_scope"]
)


class CrmFormRule(models.Model):
    """How a form of a customizable model behaves under a condition, declared once.

    The condition is a domain: the form evaluates it as an expression (`lib/domain_compiler`),
    the server with `filtered_domain`.
    """

    _name = "crm.form.rule"
    _inherit = [
        "crm.rule.compiler.mixin",
        "crm.rule.view.mixin",
        "crm.rule.words.mixin",
        "crm.customization.mixin",
    ]
    _description = "Form Rule"
    _order = "model_id, sequence, id"
    _audit_kind = "rule"

    name = fields.Char(
        translate=True, help="A name of your own. Empty: the rule is called what it says."
    )
    sentence = fields.Char("Rule", compute="_compute_sentence")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("required", "Must be filled"),
            ("readonly", "Cannot be changed"),
            ("invisible", "Is hidden"),
            ("limit", "Offers only some options"),
            ("value", "Is set to a value"),
            ("warning", "Show a warning"),
            ("block", "Refuse to save"),
        ],
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
        help="The fields that the rule is about.",
    )
    allowed_target_ids = fields.Many2many(
        "ir.model.fields", compute="_compute_allowed_target_ids", string="Possible Fields"
    )
    target_name = fields.Char(compute="_compute_target")
    target_type = fields.Char(compute="_compute_target")
    target_model = fields.Char(compute="_compute_target")
    condition_domain = fields.Char(
        string="Condition",
        default="[]",
        required=True,
        help="The rule holds for the records that match. Without a condition it always holds.",
    )
    company_id = fields.Many2one(
        "res.company",
        ondelete="cascade",
        help="The rule holds for the records of this company, and for records without a company"
        " while people work in it. Empty: all companies.",
    )
    group_ids = fields.Many2many(
        "res.groups",
        "crm_form_rule_group_rel",
        "rule_id",
        "group_id",
        string="User Groups",
        # without its last group the rule would concern everybody
        ondelete="restrict",
        help="Whom the rule concerns. Empty: everybody.",
    )
    group_scope = fields.Selection(
        [("only", "Only these groups"), ("except", "Everybody but these groups")],
        "Concerns",
        default="only",
        required=True,
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
        help="What people read when they break the rule. Empty: a sentence that names the"
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
    limit_by = fields.Selection(
        [("values", "A list of options"), ("domain", "Options that match a filter")],
        "Options From",
        default="values",
        required=True,
    )
    allowed_values = fields.Json("Options Left", help="Values of the selection, or ids of records.")
    allowed_domain = fields.Char("Filter of Options", default="[]")
    value_source = fields.Selection(
        [
            ("constant", "A value"),
            ("today", "The current day"),
            ("now", "The current moment"),
            ("user", "The current user"),
            ("empty", "Nothing: empty the field"),
        ],
        "Set To",
        default="constant",
        required=True,
    )
    value = fields.Json()
    value_days = fields.Integer("Days Later", help="Days after the current day; negative: before.")
    is_only_empty = fields.Boolean(
        "Only If Empty", default=True, help="Leave alone what somebody has filled in."
    )
    block_moment = fields.Selection(
        [
            ("result", "When the record would fulfil the condition"),
            ("locked", "Any change while the record fulfils the condition"),
            ("delete", "Deleting a record that fulfils the condition"),
        ],
        "Refuse",
        default="result",
        required=True,
    )
    warning_style = fields.Selection(
        [("info", "Information"), ("warning", "Warning"), ("danger", "Urgent Warning")],
        "Look",
        default="warning",
        required=True,
    )
    is_noted = fields.Boolean(
        "Note in the History",
        help="Write the warning into the history of a record when it comes to fulfil the"
        " condition, also by an import or another program.",
    )
    health = fields.Selection(HEALTHS, default="ok", readonly=True, copy=False, index=True)
    last_error = fields.Char("Problem", compute="_compute_last_error")

    @api.constrains(*WORKING_FIELDS)
    def _check_works(self):
        for rule in self:
            health, problem = rule._get_health()
            if health != "ok":
                # constraints are checked as superuser: no names but those that the person may read
                name = rule.sudo(False).display_name
                raise ValidationError(
                    self.env._("Rule “%(rule)s”: %(problem)s", rule=name, problem=problem)
                )
            rule._check_reader()

    @api.constrains("kind", "message", "name")
    def _check_message(self):
        for rule in self:
            if rule.kind == "warning" and not (rule.message or "").strip():
                raise ValidationError(self.env._("Enter what the warning says."))
            self._check_length([rule.message, rule.name])

    @api.model
    def _check_length(self, texts):
        # they are in the form that everybody opens
        for text in texts:
            if isinstance(text, str) and len(text) > LONGEST_MESSAGE:
                raise ValidationError(
                    self.env._("“%(text)s” is too long, or has line breaks.", text=text[:30])
                )

    @api.constrains("model_id", "active")
    def _check_room(self):
        counts = self._read_group(
            [("model_id", "in", self.model_id.ids)], ["model_id"], ["__count"]
        )
        for model, count in counts:
            if count > MOST_RULES:
                raise ValidationError(
                    self.env._(
                        "“%(model)s” has room for %(limit)s active rules. Archive some, or put"
                        " fields with the same condition into one rule.",
                        model=model.name,
                        limit=MOST_RULES,
                    )
                )

    @api.constrains("company_id")
    def _check_company_id(self):
        self._check_own_company()

    def _check_reader(self):
        """Refuse records that who chooses them may not see, and options by such records: the
        server decides for everybody, and whoever tries one option after the other would learn of
        them.
        """
        if self.env.uid == SUPERUSER_ID or self.kind not in ("limit", "value"):
            return
        [target] = self._get_targets()
        field = self.env[self.model_name]._fields[target]
        if self.kind == "limit" and self.limit_by == "domain":
            self._check_readable_options(field)
        elif field.relational and (self.kind == "limit" or self.value_source == "constant"):
            values = self.allowed_values if self.kind == "limit" else self.value
            ids = values if isinstance(values, list) else [values]
            # constraints are checked as superuser: back to the rights of the person
            self.sudo(False).env["crm.form.default"]._check_chosen(field.comodel_name, ids)

    def _check_readable_options(self, target):
        Default = self.env["crm.form.default"]
        for criterion in self._parse_criteria(self.allowed_domain):
            path = criterion[0] if not isinstance(criterion, str) else None
            field = target
            for step in [None, *path.split(".")] if isinstance(path, str) else []:
                field = self.env[field.comodel_name]._fields[step] if step else field
                # as above
                model = self.sudo(False).env[field.comodel_name] if field.relational else Default
                if not Default._get_readable(model).has_access("read"):
                    raise AccessError(self.env._("You cannot choose records that you may not see."))

    @api.depends(*WORKING_FIELDS, "group_ids", "group_scope", "apply_on", "block_moment", "message")
    @api.depends_context("lang", "uid", NAMELESS)
    def _compute_sentence(self):
        for rule in self:
            rule.sentence = rule._describe()

    @api.depends("name", "sentence")
    @api.depends_context("lang", "uid", NAMELESS)
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = rule.name or rule.sentence

    @api.depends("model_id", "kind")
    def _compute_allowed_target_ids(self):
        for rule in self:
            types = TARGET_TYPES[rule.kind or "required"]
            names = [
                name
                for name, field in self.env.get(rule.model_name, self)._fields.items()
                if self._is_open_field(field, rule.kind)
                and not field.groups
                and (types is None or (field.store and not field.readonly and field.type in types))
            ]
            rule.allowed_target_ids = self.env["ir.model.fields"].search(
                [("model_id", "=", rule.model_id.id), ("name", "in", names)]
            )

    @api.depends("model_id", "target_field_ids")
    def _compute_target(self):
        for rule in self:
            target = rule.target_field_ids[:1]
            rule.target_name = target.name
            rule.target_type = target.ttype
            rule.target_model = target.relation

    @api.depends("health")
    @api.depends_context("lang")
    def _compute_last_error(self):
        for rule in self:
            rule.last_error = rule.health != "ok" and rule._get_health()[1]

    @api.onchange("model_id", "kind")
    def _onchange_model_id(self):
        if any(field.model_id != self.model_id for field in self.target_field_ids):
            self.condition_domain = "[]"
        # a kind without fields keeps none, and another kind may not fit the fields
        fitting = self.target_field_ids.filtered(
            lambda field: field._origin in self.allowed_target_ids._origin
        )
        if fitting != self.target_field_ids:
            self.target_field_ids = fitting

    @api.onchange("kind")
    def _onchange_kind(self):
        # a new record is filled in before it is protected
        self.apply_on = "write" if self.kind == "readonly" else "both"

    @api.onchange("target_field_ids", "kind")
    def _onchange_target_field_ids(self):
        self.value = False
        self.allowed_values = False
        self.allowed_domain = "[]"
        if self.value_source != "empty":
            self.value_source = {"date": "today", "datetime": "now"}.get(
                self.target_type, "constant"
            )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create([self._without_health(vals) for vals in vals_list])
        rules._refresh_health()
        return rules

    def write(self, vals):
        result = super().write(self._without_health(vals))
        self._refresh_health()
        if BOX_FIELDS & vals.keys():
            self._follow_required_boxes()
        return result

    def unlink(self):
        boxes = self._get_required_boxes().filtered(lambda field: field.state == "live")
        result = super().unlink()
        if boxes:
            boxes._write_internal({"is_required": False})
        return result

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        self._check_length(translations.values())
        return super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang
        )

    def _get_required_boxes(self):
        """Return the custom fields whose box "Required" made these rules."""
        return self.env["crm.custom.field"].search([("required_rule_id", "in", self.ids)])

    def _follow_required_boxes(self):
        """Let the box "Required" of custom fields say what their rules do: it is ticked as long as
        the rule holds, and a rule that was given a condition of its own is no longer that of a box.
        """
        for field in self._get_required_boxes():
            rule = field.required_rule_id
            if not rule._is_of_required_box(field):
                field._write_internal({"required_rule_id": False, "is_required": False})
            elif field.state == "live" and field.is_required != rule.active:
                field._write_internal({"is_required": rule.active})

    def _is_of_required_box(self, field):
        return (
            (self.kind, self.enforce, self.apply_on) == ("required", "server", "both")
            and self.target_field_ids == field.field_id
            and self.group_ids == field.group_ids
            and (self.group_scope == "only" or not self.group_ids)
            and not self.company_id
            and not self._parse_criteria(self.condition_domain)
        )

    @api.model
    def _without_health(self, vals):
        return {name: value for name, value in vals.items() if name != "health"}

    def action_test(self):
        """Show the records that break the rule today or, for the kinds that nothing can break,
        that it concerns.
        """
        self.ensure_one()
        self.check_access("read")
        Model = self.env[self.model_name]
        # with the rights of the configurator: a rule must not tell what he may not see
        try:
            domain = self._get_test_domain()
            count = Model.search_count(domain)
        except AccessError:
            return self._notify(
                self.env._("You may not read these records. Ask somebody who may."), "warning"
            )
        if not count:
            return self._notify(self.env._("No record today."), "success")
        if self.kind in ("required", "limit", "block"):
            name = self.env._("%(count)s records break the rule today", count=count)
        else:
            name = self.env._("The rule concerns %(count)s records today", count=count)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self.model_name,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
            "context": {"create": False},
        }

    @api.model
    def _notify(self, message, style):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": style, "sticky": False},
        }

    def _get_test_domain(self):
        rule = self._compile()
        domain = rule.condition
        if rule.company_id and "company_id" in self.env[self.model_name]._fields:
            domain &= Domain("company_id", "in", [rule.company_id, False])
        if rule.kind == "required":
            domain &= Domain.OR(Domain(name, "=", False) for name in rule.targets)
        elif rule.kind == "limit":
            [name] = rule.targets
            field = self.env[self.model_name]._fields[name]
            domain &= Domain(name, "!=", False)
            if field.type == "selection":
                domain &= Domain(name, "not in", sorted(rule.detail.values))
            else:
                options = self.env[field.comodel_name]._search(~Domain(rule.detail.criteria))
                domain &= Domain(name, "any", Domain("id", "in", options))
        return domain

    @api.model
    def _check_health(self):
        """Look at all rules anew: after an upgrade, a removed field, and every night."""
        # a configurator makes tens of rules, not thousands
        rules = self.with_context(active_test=False).search([])  # pylint: disable=no-search-all
        rules._refresh_health()

    def _refresh_health(self):  # pylint: disable=missing-return
        for health, rules in self.grouped(lambda rule: rule._get_health()[0]).items():
            changed = rules.filtered(lambda rule: rule.health != health)  # noqa: B023
            if not changed:
                continue
            # not through our own write, which looks at the health again
            super(CrmFormRule, changed).write(  # pylint: disable=super-method-mismatch
                {"health": health}
            )
            for rule in changed.filtered("active") if health != "ok" else ():
                # whoever can mend it sees it on the glance and in the settings
                _logger.info(
                    "Form rule %s (%s) is skipped: %s", rule.id, rule.name, rule.last_error
                )

    @api.model
    def _cron_check_health(self):
        self._check_health()
