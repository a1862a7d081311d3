from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Command

from ...lib.custom_value import is_empty

# What a value of a kind can become without losing anything
TAKEN_BY = {
    "char": ("char", "text"),
    "text": ("text",),
    "integer": ("integer", "float", "monetary"),
    "float": ("float", "monetary"),
    "monetary": ("monetary", "float"),
}


class CarriedField(NamedTuple):
    """A custom field that has a column, live or archived, as merges carry it over."""

    name: str
    kind: str
    is_restricted: bool


class CopiedField(NamedTuple):
    """A field whose value becomes that of a field of another model."""

    name: str
    target: str
    kind: str
    options: frozenset


class CrmCustomField(models.Model):
    """What happens to the values of a field when a record becomes another one."""

    _inherit = "crm.custom.field"

    copy_to_ids = fields.Many2many(
        "crm.custom.field",
        "crm_custom_field_copy_rel",
        "field_id",
        "target_id",
        "Copied To",
        domain="[('id', 'in', copyable_ids)]",
        help="Fields of other forms that take over the value: of a lead when it becomes a"
        " quotation, of a quotation when it becomes an invoice.",
    )
    can_be_copied = fields.Boolean(compute="_compute_copyable_ids")
    copyable_ids = fields.Many2many("crm.custom.field", compute="_compute_copyable_ids")

    @api.depends("model_id", "kind", "comodel_id", "group_ids")
    def _compute_copyable_ids(self):
        for field in self:
            successors = ()
            if field.model_name in self._get_customizable_models():
                successors = self.env[field.model_name]._get_custom_successors()
            field.can_be_copied = bool(successors)
            others = self.search(
                [("model_id.model", "in", successors), ("state", "!=", "archived")]
            )
            field.copyable_ids = others.filtered(
                lambda other, field=field: not field._find_copy_problem(other)
            )

    @api.depends("name", "model_id")
    @api.depends_context("crm_show_form", "lang")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        if self.env.context.get("crm_show_form"):
            for field in self:
                title = self.env["ir.model"]._get_form_title(field.model_name)
                field.display_name = f"{field.name} ({title})"
        return result

    @api.constrains("copy_to_ids", "model_id", "kind", "comodel_id", "group_ids")
    def _check_copy_to(self):
        # in both directions: either of the two may have changed
        for field in self | self.search([("copy_to_ids", "in", self.ids)]):
            for target in field.copy_to_ids:
                if problem := field._find_copy_problem(target):
                    raise ValidationError(
                        self.env._(
                            "“%(field)s” cannot be copied to “%(target)s”: %(problem)s",
                            field=field.name,
                            target=target.name,
                            problem=problem,
                        )
                    )

    def _check_open_to_visitors(self):
        """Refuse what visitors cannot be asked for: fields for some user groups only."""
        for field in self:
            if field.group_ids:
                raise ValidationError(
                    self.env._(
                        "“%s” is visible to some user groups only, so visitors cannot see it.",
                        field.name,
                    )
                )

    def _find_copy_problem(self, target):
        """Return why this field cannot hand its value to another one, in words; None if it can."""
        self.ensure_one()
        if target.model_name not in self.env[self.model_name]._get_custom_successors():
            return self.env._("nothing of the one form becomes one of the other.")
        if target.kind not in TAKEN_BY.get(self.kind, (self.kind,)):
            return self.env._("they are of different kinds.")
        if self.comodel_id != target.comodel_id:
            return self.env._("they link to different records.")
        if self.group_ids or target.group_ids:
            # whoever does the copying could read or fill what he may not
            return self.env._("a field for some user groups only is never copied.")
        return None

    @api.model
    @tools.ormcache("source_model", "target_model", cache="templates")
    def _get_copies(self, source_model, target_model):
        """Return what records of one model hand over when they become one of another.

        :rtype: tuple[CopiedField]
        """
        # sudo: everybody's records are copied, only configurators read how
        pairs = self.sudo().search(
            [("model_id.model", "=", source_model), ("copy_to_ids", "!=", False)]
        )
        sources = {live.id: live for live in self._get_live(source_model)}
        targets = {live.id: live for live in self._get_live(target_model)}
        copies = []
        for field in pairs:
            for target in field.copy_to_ids:
                source, live = sources.get(field.id), targets.get(target.id)
                if not source or not live:
                    continue
                # an option that is not offered any more is not brought back
                options = frozenset(option.value for option in live.options if option.active)
                copies.append(CopiedField(source.name, live.name, source.kind, options))
                if source.file_name_field and live.file_name_field:
                    copies.append(
                        CopiedField(
                            source.file_name_field, live.file_name_field, "char", frozenset()
                        )
                    )
        return tuple(copies)

    @api.model
    @tools.ormcache("model_name", cache="templates")
    def _get_carried(self, model_name):
        """Return all custom fields of a model that may hold values.

        :rtype: tuple[CarriedField]
        """
        # sudo: as above; archived fields keep their values, so merges keep them, too
        made = self.sudo().search(
            [("model_id.model", "=", model_name), ("state", "in", ("live", "archived"))]
        )
        known = self.env[model_name]._fields
        carried = []
        for field in made:
            is_restricted = bool(field.group_ids) or field.state == "archived"
            names = {field.technical_name: field.kind, field._get_file_name_field(): "char"}
            carried += [
                CarriedField(name, kind, is_restricted)
                for name, kind in names.items()
                if name in known
            ]
        return tuple(carried)


def to_copy(record, copied: CopiedField):
    """Return the value of a field of a record as another model takes it; None for nothing."""
    value = record[copied.name]
    if is_empty(value):
        return None
    if copied.kind == "selection":
        return value if value in copied.options else None
    if copied.kind == "many2one":
        return value.id
    if copied.kind == "many2many":
        return [Command.set(value.ids)]
    return value
