import logging
from collections import namedtuple
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import format_amount, format_date, format_datetime, html2plaintext

from ..mixins.crm_default_value_mixin import (
    MOST_DAYS,
    SETTABLE_TYPES,
    SOURCES,
    SYSTEM_FIELDS,
)
from ..mixins.crm_domain_words_mixin import NAMELESS

_logger = logging.getLogger(__name__)

SHOWN_TEXT = 80
FOUND_RECORDS = 8

CompiledDefault = namedtuple(
    "CompiledDefault", "id name type source value days group_ids company_id"
)


class CrmFormDefault(models.Model):
    """The first value of a field on new records, for a company and for roles.

    It is given as a default of `ir.default` is: to forms, imports and other programs alike, and
    only where nobody says otherwise. What the context, a person's own default or the caller gives
    wins. Of several that fit, the first in the list does.
    """

    _name = "crm.form.default"
    _inherit = ["crm.customization.mixin", "crm.default.value.mixin"]
    _description = "Default Value"
    _order = "model_id, sequence, id"
    _audit_kind = "default"

    sequence = fields.Integer("Priority", default=10)
    active = fields.Boolean(default=True)
    field_id = fields.Many2one(
        "ir.model.fields",
        required=True,
        ondelete="cascade",
        index=True,
        domain=lambda self: self._get_field_domain(),
    )
    field_type = fields.Selection(related="field_id.ttype", string="Field Type")
    field_relation = fields.Char(related="field_id.relation", string="Linked Record Type")
    value_source = fields.Selection(
        [
            ("constant", "This value"),
            ("today", "The day of creation"),
            ("user", "Who creates the record"),
        ],
        "Starts With",
        default="constant",
        required=True,
    )
    value_days = fields.Integer(
        "Days Later", help="Days after the day of creation; negative: before."
    )
    value = fields.Json(help="Text, number, yes or no, date, option, or ids of records.")
    value_html = fields.Html("Formatted Value", compute="_compute_value_html", readonly=False)
    value_spec = fields.Json("Kind of Value", compute="_compute_value_spec")
    value_text = fields.Char("Default", compute="_compute_value_text")
    company_id = fields.Many2one(
        "res.company",
        ondelete="cascade",
        index="btree_not_null",
        help="The default is for people who work in this company. Empty: all companies.",
    )
    group_ids = fields.Many2many(
        "res.groups",
        "crm_form_default_group_rel",
        "default_id",
        "group_id",
        "For",
        # without its last group the default would be everybody's
        ondelete="restrict",
        help="For whom it is the default. Empty: everybody.",
    )
    health = fields.Selection(
        [("ok", "Works"), ("bad_field", "Field missing"), ("bad_value", "Value invalid")],
        compute="_compute_health",
        search="_search_health",
        help="A default that cannot work is skipped; it never blocks a form.",
    )
    last_error = fields.Char("Problem", compute="_compute_health")

    @api.constrains("model_id", "field_id", "value", "value_source", "value_days", "company_id")
    def _check_works(self):
        for default in self:
            if default.health != "ok":
                raise ValidationError(
                    self.env._(
                        "Default of “%(field)s”: %(problem)s",
                        field=default.field_id.field_description,
                        problem=default.last_error,
                    )
                )
            default._check_reader()

    @api.constrains("company_id")
    def _check_company_id(self):
        self._check_own_company()

    @api.depends("field_id", "value_text")
    @api.depends_context("lang", "uid", NAMELESS)
    def _compute_display_name(self):
        for default in self:
            default.display_name = bool(default.field_id) and self.env._(
                "%(field)s = %(value)s",
                field=default.field_id.field_description,
                value=default.value_text or "",
            )

    @api.depends("value", "field_id")
    def _compute_value_html(self):
        for default in self:
            is_html = default.field_type == "html" and isinstance(default.value, str)
            default.value_html = default.value if is_html else False

    @api.depends("field_id", "value", "company_id")
    @api.depends_context("lang", "uid")
    def _compute_value_spec(self):
        """Describe the field for the widget: its type, options, names of the chosen records."""
        for default in self:
            field = default._get_field()
            if field is None:
                default.value_spec = {}
                continue
            spec = {"type": field.type, "label": self._get_label(field)}
            if field.type == "selection":
                spec["options"] = field._description_selection(self.env)
            elif field.relational:
                spec["relation"] = field.comodel_name
                spec["names"] = default._get_value_names(field)
            default.value_spec = spec

    @api.depends("field_id", "value", "value_source", "value_days")
    @api.depends_context("lang", "uid", NAMELESS)
    def _compute_value_text(self):
        for default in self:
            default.value_text = default._get_value_text()

    @api.depends("model_id", "field_id", "value", "value_source", "value_days", "company_id")
    @api.depends_context("lang")
    def _compute_health(self):
        for default in self:
            default.health, default.last_error = "ok", False
            if not default._is_allowed_field(default._get_field()):
                default.health = "bad_field"
                default.last_error = self.env._("this field cannot have a default value.")
                continue
            try:
                default._compile()
            except ValidationError as error:
                default.health, default.last_error = "bad_value", error.args[0]

    def _search_health(self, operator, value):
        if operator != "in":
            return NotImplemented
        defaults = self.search([("active", "in", [True, False])])
        return [("id", "in", defaults.filtered(lambda each: each.health in value).ids)]

    @api.onchange("model_id")
    def _onchange_model_id(self):
        if self.field_id.model_id != self.model_id:
            self.field_id = False

    @api.onchange("field_id")
    def _onchange_field_id(self):
        self.value = False
        if self.field_type not in SOURCES[self.value_source or "constant"]:
            self.value_source = "constant"
        if self.field_type == "boolean":
            self.value = True

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_html(values) for values in vals_list])

    def write(self, vals):
        return super().write(self._with_html(vals))

    @api.model
    def _with_html(self, values):
        # not an inverse: what is formatted must be there when the value is checked
        values = dict(values)
        formatted = values.pop("value_html", False)
        return {**values, "value": str(formatted)} if formatted else values

    @api.model
    def _get_field_domain(self):
        """The fields that can be chosen; `_is_allowed_field` has the last word."""
        return [
            ("model_id.model", "in", self._get_customizable_models()),
            ("ttype", "in", sorted(SETTABLE_TYPES)),
            ("store", "=", True),
            ("readonly", "=", False),
            ("related", "=", False),
            ("company_dependent", "=", False),
            ("groups", "=", False),
            ("name", "not in", sorted(SYSTEM_FIELDS)),
        ]

    @api.model
    def search_records(self, field_id, text="", ids=()):
        """Return records that can be the value of a field, for a configurator to choose from.

        Whoever may not read them gets their names only, if they are set-up and not business data.

        :param field_id: id of the `ir.model.fields`
        :param ids: leave these out
        :rtype: list[tuple[int, str]]
        """
        self.check_access("write")
        # sudo: which model and name, of a field whose id anybody could send
        chosen = self.env["ir.model.fields"].sudo().browse(int(field_id)).exists()
        field = None
        if chosen.model in self._get_customizable_models():
            field = self.env[chosen.model]._fields.get(chosen.name)
        if not self._is_allowed_field(field) or not field.relational:
            raise AccessError(self.env._("This field has no records to choose from."))
        comodel = self._get_readable(self.env[field.comodel_name])
        domain = [("id", "not in", [int(each) for each in ids])]
        if field.comodel_name == "res.users":
            domain.append(("share", "=", False))
        if "company_id" in comodel and comodel.env.su:
            domain.append(("company_id", "in", [False, *self.env.companies.ids]))
        return comodel.name_search(str(text), domain, limit=FOUND_RECORDS)

    @api.model
    def _get_set_up_models(self):
        """Return models whose records are no secret for configurators: they are set-up."""
        return {
            "account.fiscal.position",
            "account.incoterms",
            "account.payment.term",
            "crm.lost.reason",
            "crm.recurring.plan",
            "crm.stage",
            "crm.tag",
            "crm.team",
            "product.pricelist",
            "res.country",
            "res.country.state",
            "res.currency",
            "res.lang",
            "res.partner.category",
            "res.partner.industry",
            "res.users",
            "utm.campaign",
            "utm.medium",
            "utm.source",
        }

    @api.model
    def _get_readable(self, comodel):
        if comodel.has_access("read") or comodel._name not in self._get_set_up_models():
            return comodel
        # sudo: names of set-up, for configurators who otherwise have no right on sales
        return comodel.sudo()

    def _check_reader(self):
        """Refuse records that who chooses them may not see."""
        field = self._get_field()
        if self.env.uid == SUPERUSER_ID or self.value_source != "constant" or not field.relational:
            return
        # constraints are checked in sudo: back to the rights of the person
        ids = [self.value] if field.type == "many2one" else self.value
        self.sudo(False)._check_chosen(field.comodel_name, ids)

    @api.model
    def _check_chosen(self, comodel_name, ids):
        """Refuse records that the current user may not see in any of his companies."""
        # sudo: one's own companies
        companies = self.env.user.sudo().company_ids
        comodel = self.env[comodel_name].with_context(allowed_company_ids=companies.ids)
        chosen = self._get_readable(comodel).browse(ids)
        if chosen.env.su:
            is_open = "company_id" not in chosen or not chosen.company_id - companies
        else:
            is_open = not chosen - chosen._filtered_access("read")
        if not is_open:
            raise AccessError(self.env._("You cannot choose records that you may not see."))

    def _get_field(self):
        """Return the field of the ORM, None when there is none any more."""
        self.ensure_one()
        # sudo: configurators read fields, in forms of others too
        field, model = self.field_id.sudo(), self.env.get(self.model_name)
        if model is None or field.model != self.model_name:
            return None
        return model._fields.get(field.name)

    def _get_value_names(self, field):
        """Return the names of the chosen records by id; of what the reader may not see, its id."""
        value = self.value if isinstance(self.value, list) else [self.value]
        ids = [each for each in value if isinstance(each, int) and not isinstance(each, bool)]
        records = self._get_readable(self.env[field.comodel_name]).browse(ids).exists()
        readable = records._filtered_access("read")
        if self.env.context.get(NAMELESS) and field.comodel_name not in self._get_set_up_models():
            readable = records.browse()
        return {
            record.id: record.display_name if record in readable else f"#{record.id}"
            for record in records
        }

    def _get_value_text(self):
        """Return the value in words."""
        field = self._get_field()
        if field is None:
            return ""
        if self.value_source == "user":
            return self.env._("Who creates the record")
        if self.value_source == "today":
            if self.value_days:
                return self.env._("The day of creation %(days)+d days", days=self.value_days)
            return self.env._("The day of creation")
        value = self.value
        if field.relational:
            return ", ".join(self._get_value_names(field).values())
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if value in (None, False, ""):
            return ""
        return self._format_value(field, value)

    def _format_value(self, field, value):
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, str(value))
        if field.type == "monetary" and isinstance(value, (int, float)):
            return format_amount(self.env, value, (self.company_id or self.env.company).currency_id)
        try:
            if field.type == "date":
                return format_date(self.env, value)
            if field.type == "datetime":
                return format_datetime(self.env, value)
        except ValueError:
            return str(value)
        text = html2plaintext(value) if field.type == "html" else str(value)
        text = " ".join(text.split())
        return text if len(text) <= SHOWN_TEXT else text[: SHOWN_TEXT - 1] + "…"

    def _get_audit_text(self, name):
        if name == "value":
            return self.value_text or ""
        return super()._get_audit_text(name)

    def _compile(self):
        """Return this default ready for use.

        :rtype: CompiledDefault
        :raise ValidationError: with the reason why it cannot work
        """
        self.ensure_one()
        field = self._get_field()
        if not self._is_allowed_field(field):
            raise ValidationError(self.env._("this field cannot have a default value."))
        if field.type not in SOURCES[self.value_source] or (
            self.value_source == "user" and field.comodel_name != "res.users"
        ):
            raise self._get_refusal(field)
        if abs(self.value_days) > MOST_DAYS:
            raise ValidationError(self.env._("these are too many days."))
        value = None
        if self.value_source == "constant":
            value = self._read_value(field, self.value, self.company_id)
        return CompiledDefault(
            id=self.id,
            name=field.name,
            type=field.type,
            source=self.value_source,
            value=tuple(value) if isinstance(value, list) else value,
            days=self.value_days,
            group_ids=tuple(self.group_ids.ids),
            company_id=self.company_id.id,
        )

    @api.model
    @tools.ormcache("model_name", cache="templates")
    def _get_compiled_defaults(self, model_name):
        # sudo: everybody's new records start with what only configurators may read
        defaults = self.sudo().search([("model_id.model", "=", model_name)])
        compiled = []
        for default in defaults:
            try:
                compiled.append(default._compile())
            except Exception as error:  # noqa: BLE001 no default breaks a form
                _logger.warning("Default value %s is skipped: %s", default.id, error)
        return tuple(compiled)

    @api.model
    @tools.ormcache(cache="templates")
    def _get_relations(self):
        """Return the models whose records are default values somewhere."""
        # sudo: asked whenever anybody deletes anything
        defaults = self.sudo().search([("active", "in", [True, False])])
        return frozenset(defaults.mapped("field_relation")) - {False}

    @api.model
    def _get_fitting(self, model_name):
        """Return the defaults of a model for the current user in his company, one per field.

        :rtype: dict[str, CompiledDefault]
        """
        if not self.env.registry.ready:
            return {}
        defaults = self._get_compiled_defaults(model_name)
        if not defaults or not self._is_enabled():
            return {}
        if not self.env[model_name]._takes_form_defaults():
            return {}
        # sudo: which groups somebody has decides what he starts with
        group_ids = set(self.env.user.sudo()._get_group_ids())
        fitting = {}
        for default in defaults:
            if default.company_id and default.company_id != self.env.company.id:
                continue
            if default.group_ids and group_ids.isdisjoint(default.group_ids):
                continue
            fitting.setdefault(default.name, default)
        return fitting

    @api.model
    def _get_values(self, model_name):
        """Return what new records of a model start with, as `ir.default` returns it.

        :rtype: dict[str, object]
        """
        values = {}
        for name, default in self._get_fitting(model_name).items():
            value = self._evaluate(default)
            if value is not None:
                values[name] = value
        return values

    @api.model
    def _evaluate(self, default):
        if default.source == "today":
            if default.type == "date":
                today = fields.Date.context_today(self)
                return fields.Date.to_string(today + timedelta(days=default.days))
            now = fields.Datetime.now() + timedelta(days=default.days)
            return fields.Datetime.to_string(now)
        if default.source == "user":
            # sudo: machines and people from outside are responsible for nothing
            user = self.env.user.sudo()
            if not user.active or user.share:
                return None
            return user.id if default.type == "many2one" else [user.id]
        return list(default.value) if isinstance(default.value, tuple) else default.value

    @api.model
    def _discard_records(self, records):
        """Archive the defaults whose value was deleted; called when records are deleted."""
        if not self.env.registry.ready or records._name not in self._get_relations():
            return
        defaults = self.search(
            [
                ("active", "in", [True, False]),
                ("field_relation", "=", records._name),
                ("value_source", "=", "constant"),
            ]
        )
        deleted = set(records.ids)
        for default in defaults:
            if isinstance(default.value, list):
                left = [each for each in default.value if each not in deleted]
                if left and left != default.value:
                    default.value = left
                elif not left:
                    default.active = False
            elif default.value in deleted:
                default.active = False
        # after a deletion, what is not written yet is forgotten
        defaults.flush_recordset()
