from collections import namedtuple

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from ...lib.slug import NoFreeName, technical_name
from .crm_custom_field_column import UNTRACKED
from .crm_custom_field_definition import (
    NOT_REQUIRED,
    TEXT_LIMITS,
    check_text,
    check_translations,
)
from .crm_custom_field_value import RELATIONAL

# Who holds this object holds Python: it cannot be sent through RPC.
INTERNAL = object()
# What a field gets by its buttons, and begins with
DRAFT = {"state": "draft", "field_id": False, "required_rule_id": False}
KINDS = [
    ("char", "Text"),
    ("text", "Long Text"),
    ("html", "Formatted Text"),
    ("integer", "Whole Number"),
    ("float", "Decimal Number"),
    ("monetary", "Amount of Money"),
    ("boolean", "Checkbox"),
    ("date", "Date"),
    ("datetime", "Date and Time"),
    ("selection", "Selection"),
    ("many2one", "Link to a Record"),
    ("many2many", "Links to Records"),
    ("binary", "File"),
    ("image", "Image"),
]
# PostgreSQL has room for 1,600 columns, and a form for far fewer
MAX_FIELDS = 200

LiveField = namedtuple(
    "LiveField", "id name kind comodel currency_field file_name_field group_ids options"
)
LiveOption = namedtuple("LiveOption", "value color active")


class CrmCustomField(models.Model):
    """A field that a configurator adds to a customizable model; its column is a manual field."""

    _name = "crm.custom.field"
    _inherit = [
        "crm.customization.mixin",
        "crm.custom.field.column",
        "crm.custom.field.definition",
        "crm.custom.field.value",
        "mail.thread",
    ]
    _description = "Custom Field"
    _order = "model_id, sequence, id"
    _audit_kind = "field"
    _audit_ignored = frozenset(
        ["currency_field_id", "field_id", "file_name_field_id", "technical_name"]
    )

    name = fields.Char("Label", required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    technical_name = fields.Char(
        copy=False,
        help="How imports, exports and other programs call the field. It is made of the label when"
        " the field goes live, and never changes.",
    )
    kind = fields.Selection(KINDS, default="char", required=True)
    option_ids = fields.One2many(
        "crm.custom.field.option",
        "custom_field_id",
        "Options",
        copy=True,
        context={"active_test": False},
    )
    comodel_id = fields.Many2one(
        "ir.model",
        "Linked Records",
        ondelete="cascade",
        domain=lambda self: [("model", "in", self._get_comodels())],
    )
    comodel_name = fields.Char(related="comodel_id.model", string="Linked Model")
    domain = fields.Char(
        "Filter", default="[]", help="Which records can be chosen. Without a filter: all of them."
    )
    help = fields.Char(
        "Help Text", translate=True, help="What people read when they point at the label."
    )
    is_required = fields.Boolean(
        "Required",
        help="A form rule requires the field on all records that are made or changed. For a"
        " condition, add a rule of your own.",
    )
    required_rule_id = fields.Many2one(
        "crm.form.rule", "Rule", readonly=True, copy=False, ondelete="set null"
    )
    is_tracked = fields.Boolean("Log Changes", help="Changes are noted on the record.")
    is_indexed = fields.Boolean(
        "Searched Often", help="Searching is faster, and saving a little slower."
    )
    is_copied = fields.Boolean(
        "Copied with the Record", default=True, help="A copy of a record gets the value too."
    )
    group_ids = fields.Many2many(
        "res.groups",
        "crm_custom_field_group_rel",
        "custom_field_id",
        "group_id",
        "Visible To",
        # without its last group everybody could read the field
        ondelete="restrict",
        help="Only users of these groups can see, search, import and export the field. Empty:"
        " everybody who sees the record.",
    )
    can_be_tracked = fields.Boolean(related="model_id.is_mail_thread")
    health = fields.Selection(
        [("ok", "Works"), ("column_missing", "Column missing")],
        compute="_compute_health",
        search="_search_health",
    )
    last_error = fields.Char("Problem", compute="_compute_health")
    usage_count = fields.Integer("Used in", compute="_compute_usage_count")
    place_ids = fields.One2many("crm.custom.field.place", "custom_field_id", "Shown In")
    field_id = fields.Many2one(
        "ir.model.fields", "Column", readonly=True, copy=False, ondelete="set null", index=True
    )
    state = fields.Selection(
        [("draft", "Draft"), ("live", "Live"), ("archived", "Archived")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )

    _name_unique = models.UniqueIndex(
        "(model_id, technical_name) WHERE technical_name IS NOT NULL",
        "This form already has a custom field with this technical name.",
    )

    @api.depends("field_id", "state")
    @api.depends_context("lang")
    def _compute_health(self):
        for field in self:
            # somebody with system rights deleted the column
            is_missing = field.state != "draft" and not field.field_id
            field.health = "column_missing" if is_missing else "ok"
            field.last_error = is_missing and self.env._(
                "The column of this field was deleted, and its values with it."
            )

    def _search_health(self, operator, value):
        if operator != "in":
            return NotImplemented
        missing = Domain("state", "!=", "draft") & Domain("field_id", "=", False)
        return Domain.OR(
            domain
            for health, domain in (("column_missing", missing), ("ok", ~missing))
            if health in value
        )

    @api.depends("field_id")
    def _compute_usage_count(self):
        uses = self.env["crm.custom.field.usage"]._find(self._origin)
        for field in self:
            field.usage_count = len(uses[field._origin])

    @api.onchange("kind", "model_id")
    def _onchange_kind(self):
        if self.kind in NOT_REQUIRED:
            self.is_required = False
        if self.kind in UNTRACKED:
            self.is_tracked = False
        if self.kind not in RELATIONAL:
            self.comodel_id = False

    @api.onchange("comodel_id")
    def _onchange_comodel_id(self):
        self.domain = "[]"

    # ------------------------------------------------------------------ create, write, unlink

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_internal(vals)
        waiting = self.with_context(crm_custom_field_waiting=INTERNAL)
        # said here, so that no default of the context says it
        vals_list = [{**vals, **DRAFT} for vals in vals_list]
        records = super(CrmCustomField, waiting).create(vals_list)
        return records.with_env(self.env)

    def write(self, vals):
        self._check_internal(vals)
        self._check_frozen(vals)
        restrictions = self._get_restrictions() if "group_ids" in vals else {}
        waiting = self.with_context(crm_custom_field_waiting=INTERNAL)
        result = super(CrmCustomField, waiting).write(vals)
        self._check_restrictions(restrictions)
        self._sync_columns(set(vals))
        if {"is_required", "group_ids"} & vals.keys():
            self._sync_required_rules()
        return result

    def _write_internal(self, vals):
        """Write what nobody may write but this code."""
        internal = {"crm_custom_field": INTERNAL, "crm_custom_field_waiting": INTERNAL}
        self.with_context(**internal).write(vals)

    def _check_internal(self, vals):
        check_text(self.env, vals)
        if self.env.context.get("crm_custom_field") is INTERNAL:
            return
        if DRAFT.keys() & vals.keys():
            raise AccessError(
                self.env._("A custom field goes live and out of use by its buttons only.")
            )

    def _check_frozen(self, vals):
        frozen = {"model_id", "kind", "comodel_id", "technical_name"} & vals.keys()
        for field in self.filtered("field_id") if frozen else ():
            for name in frozen:
                if vals[name] != field._fields[name].convert_to_write(field[name], field):
                    raise UserError(
                        self.env._(
                            "“%(field)s” has a column already: its form, kind, technical name and"
                            " linked records stay as they are. Make another field instead.",
                            field=field.name,
                        )
                    )

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        if field_name in TEXT_LIMITS:
            is_label = field_name == "name"
            translations = check_translations(
                self.env, translations, TEXT_LIMITS[field_name], is_needed=is_label
            )
        result = super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang
        )
        self._check_name()
        self._sync_columns({field_name})
        return result

    def _is_waiting(self):
        # options that are written with their field wait for it
        return self.env.context.get("crm_custom_field_waiting") is INTERNAL

    @api.ondelete(at_uninstall=False)
    def _unlink_except_live(self):
        if self.field_id and self.env.context.get("crm_custom_field") is not INTERNAL:
            raise UserError(
                self.env._(
                    "“%s” holds values. Archive it, then drop it: you get the values in a file"
                    " first.",
                    self.filtered("field_id")[0].name,
                )
            )

    # ------------------------------------------------------------------ the life of a field

    @api.model
    def _publish(self, values_list):
        """Make fields live with their options and places, in one reload of the registry.

        :param values_list: list of dicts of values for `create`
        :rtype: crm.custom.field
        """
        fields_ = self.create(values_list)
        fields_.action_publish()
        return fields_

    def action_publish(self):
        """Make the columns of drafts, all in one reload of the registry."""
        self._check_configurator()
        if published := self.filtered(lambda field: field.state != "draft"):
            raise UserError(self.env._("“%s” is live already.", published[0].name))
        for field in self:
            if field.kind == "selection" and not field.option_ids.filtered("active"):
                raise UserError(self.env._("“%s” needs an option.", field.name))
        self._check_room()
        for field in self.filtered(lambda field: not field.technical_name):
            field.technical_name = field._make_technical_name()
        if self:
            self._create_columns()
            self.env["crm.custom.field.place"]._create_default_places(self)
            self._sync_required_rules()
        # the browser knows the fields of each form by heart
        return {"type": "ir.actions.client", "tag": "reload"}

    def action_archive_field(self):
        """Take live fields out of all forms; their columns and values stay."""
        self._check_configurator()
        self._check_state("live")
        self._write_internal({"state": "archived"})
        self._sync_required_rules()
        return {"type": "ir.actions.client", "tag": "reload"}

    def action_restore(self):
        """Show archived fields again, where they were."""
        self._check_configurator()
        self._check_state("archived")
        self._write_internal({"state": "live"})
        self._sync_required_rules()
        return {"type": "ir.actions.client", "tag": "reload"}

    def action_drop(self):
        """Open the dialog that hands out the values and drops an archived field."""
        self.ensure_one()
        self._check_configurator()
        self._check_state("archived")
        dialog = self.env["crm.custom.field.drop"].create({"custom_field_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Drop “%s”", self.name),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _drop(self):
        """Drop archived fields with their columns and values; nothing may use them any more."""
        self._check_configurator()
        self._check_state("archived")
        uses = self.env["crm.custom.field.usage"]._list(self)
        if refused := uses.filtered(lambda use: not use.is_deleted):
            raise UserError(
                self.env._(
                    "“%(field)s” is still used: %(uses)s.",
                    field=refused[0].custom_field_id.name,
                    uses=", ".join(f"{use.kind} “{use.name}”" for use in refused[:5]),
                )
            )
        uses._delete_used()
        rules = self.required_rule_id
        self._drop_columns()
        rules.unlink()
        self.with_context(crm_custom_field=INTERNAL).unlink()

    def action_view_usages(self):
        """Open the page that shows where these fields are used."""
        self._check_configurator()
        uses = self.env["crm.custom.field.usage"]._list(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite.crm_custom_field_usage_action"
        )
        return {**action, "domain": [("id", "in", uses.ids)]}

    def action_view_values(self):
        """Open the records that have a value in this field."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.model_name,
            "views": [(False, "list"), (False, "form")],
            "domain": [(self.technical_name, "!=", False)],
            "context": {"active_test": False},
        }

    def _check_configurator(self):
        if not self.env.su and not self.env.user.has_group("crm_suite.group_configurator"):
            raise AccessError(self.env._("Only configurators shape forms."))
        self.check_access("write")

    def _check_state(self, state):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for field in self:
            if field.state != state:
                raise UserError(
                    self.env._(
                        "“%(field)s” is not in the state “%(state)s”.",
                        field=field.name,
                        state=labels[state],
                    )
                )

    def _check_room(self):
        for model, fields_ in self.grouped("model_id").items():
            live = self.search_count([("model_id", "=", model.id), ("field_id", "!=", False)])
            if live + len(fields_) > MAX_FIELDS:
                raise UserError(
                    self.env._(
                        "“%(model)s” has room for %(limit)s custom fields.",
                        model=model._get_form_title(model.model),
                        limit=MAX_FIELDS,
                    )
                )

    def _make_technical_name(self):
        try:
            return technical_name(self.with_context(lang=None).name, self._get_taken_names())
        except NoFreeName as error:
            raise UserError(
                self.env._("There is no technical name left for “%s”.", self.name)
            ) from error

    def _get_taken_names(self):
        """Return the names of columns and of custom fields on the model of this one."""
        names = {name for name in self.env[self.model_name]._fields if name.startswith("x_")}
        others = self.search([("model_id", "=", self.model_id.id), ("id", "not in", self.ids)])
        names.update(name for name in others.mapped("technical_name") if name)
        return names - {self.technical_name if self.field_id else None}

    def _sync_required_rules(self):
        """Let the rule that requires a field on all records follow the field."""
        for field in self.filtered("field_id"):
            is_wanted = field.is_required and field.state == "live"
            rule = field.required_rule_id
            if not rule and not is_wanted:
                continue
            values = {"active": is_wanted, "group_ids": [Command.set(field.group_ids.ids)]}
            if rule:
                rule.write(values)
                continue
            values |= {
                "model_id": field.model_id.id,
                "kind": "required",
                "target_field_ids": [Command.set(field.field_id.ids)],
            }
            field._write_internal({"required_rule_id": self.env["crm.form.rule"].create(values).id})

    # ------------------------------------------------------------------ for the other rooms

    @api.model
    def _get_live(self, model_name):
        """Return the custom fields of a model that are live and have a column.

        Who may see them says `group_ids`; their labels are those of the columns.

        :rtype: tuple[LiveField]
        """
        # The registry is not ready while modules are loaded: their data must not depend on fields
        if not self.env.registry.ready:
            return ()
        return self._get_columns(model_name)[0]

    @api.model
    def _get_hidden_names(self, model_name):
        """Return the names of the columns of archived fields: kept, and shown nowhere."""
        if not self.env.registry.ready:
            return frozenset()
        return self._get_columns(model_name)[1]

    @api.model
    @tools.ormcache("model_name", cache="templates")
    def _get_columns(self, model_name):
        # sudo: what everybody's forms show is kept where only configurators read
        fields_ = self.sudo().search(
            [("model_id.model", "=", model_name), ("field_id", "!=", False)]
        )
        known = self.env[model_name]._fields
        fields_ = fields_.filtered(lambda field: field.technical_name in known)
        live = fields_.filtered(lambda field: field.state == "live")
        hidden = [
            name
            for field in fields_ - live
            for name in (field.technical_name, field._get_file_name_field())
            if name
        ]
        return tuple(field._prepare_live() for field in live), frozenset(hidden)

    def _prepare_live(self):
        self.ensure_one()
        return LiveField(
            id=self.id,
            name=self.technical_name,
            kind=self.kind,
            comodel=self.comodel_id.model if self.kind in RELATIONAL else "",
            currency_field=self._get_currency_field() if self.kind == "monetary" else "",
            file_name_field=self._get_file_name_field(),
            group_ids=tuple(self.group_ids.ids),
            options=tuple(
                LiveOption(option.value, option.color, option.active)
                for option in self._get_all_options()
                if self.kind == "selection"
            ),
        )

    def _get_all_options(self):
        """Return the options in the order of their choices: what is archived comes last."""
        options = self.with_context(active_test=False).option_ids
        return options.sorted(lambda option: (not option.active, option.sequence, option.id))
