import re
from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...lib import merge_fields, merge_formats

# What may stand in a text; others are files, lists of records, or markup
TYPES = {
    "boolean",
    "char",
    "date",
    "datetime",
    "float",
    "integer",
    "monetary",
    "selection",
    "text",
}
MAX_HOPS = 4
# managers write the white list by hand
MAX_FIELDS = 2000
SECRET = re.compile(
    r"passw|secret|token|totp|signup|oauth|(?:^|_)(?:api_?)?keys?(?:_|$)|hash|credential|otp",
    re.IGNORECASE,
)
# who speaks to strangers needs nothing of these
SECRET_MODELS = re.compile(r"^(?:ir\.|res\.users\.(?!$)|auth|payment\.|base\.|crm\.consent)")


class Step(NamedTuple):
    """One field of a path, and the model that has it."""

    model: str
    field: fields.Field


class CrmMergeField(models.Model):
    """A field that mailings may name in their texts: the white list of `lib/merge_fields.py`.

    Managers decide what stands in it. Whoever uses it needs the right to read the field besides,
    and people see of a record what the owner of the mailing may read of it.
    """

    _name = "crm.merge.field"
    _description = "Merge Field"
    _order = "model_id, sequence, id"
    _rec_name = "label"

    name = fields.Char(
        required=True,
        help="What is written between the brackets: small letters, figures, _ and dots. "
        "The same name on several kinds of recipients lets one text serve them all.",
    )
    label = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    model_id = fields.Many2one(
        "ir.model",
        "Recipients",
        required=True,
        ondelete="cascade",
        index=True,
        domain=[("is_mailing_enabled", "=", True)],
    )
    model_name = fields.Char("Model of Recipients", related="model_id.model")
    field_path = fields.Char(
        "Field",
        required=True,
        help="A field of the recipient, or of a record that he is linked to (country_id.name).",
    )
    transform = fields.Selection(
        [("none", "As It Is"), ("first_name", "First Name of It")],
        default="none",
        required=True,
        help="The first name of a whole name: without titles; companies have none.",
    )
    sample = fields.Char(
        translate=True, help="Stands in previews as long as there is no recipient."
    )
    code = fields.Char("To Insert", compute="_compute_code")
    is_usable = fields.Boolean(
        "I May Use It", compute="_compute_is_usable", search="_search_is_usable"
    )

    _name_unique = models.UniqueIndex(
        "(model_id, name)", "These recipients have a merge field of this name already."
    )

    @api.depends("name", "transform", "field_path", "model_id")
    def _compute_code(self):
        for field in self:
            steps = field._get_steps() if field.model_name and field.field_path else None
            kind = steps[-1].field.type if steps else "char"
            suffix = {
                "monetary": "|currency",
                "float": "|number:2",
                "date": "|date:long",
                "datetime": "|date:long",
            }.get(kind, "")
            if field.transform == "first_name":
                suffix = '|fallback:"%s"' % self.env._("friend")
            field.code = f"[[{field.name}{suffix}]]" if field.name else False

    @api.depends("model_id", "field_path")
    @api.depends_context("uid")
    def _compute_is_usable(self):
        for field in self:
            field.is_usable = field._may_be_used_by(self.env.user)

    def _search_is_usable(self, operator, value):
        if operator != "in":
            return NotImplemented
        everything = self.with_context(active_test=False).search([], limit=MAX_FIELDS)
        usable = everything.filtered("is_usable")
        return [("id", "in" if True in value else "not in", usable.ids)]

    @api.constrains("name")
    def _check_name(self):
        for field in self:
            is_word = field.name in ("if", "else", "end", "not")
            if is_word or len(field.name) > 60 or not merge_fields.FIELD.fullmatch(field.name):
                raise ValidationError(
                    self.env._(
                        "“%s” cannot be the name of a merge field: use small letters, figures, _"
                        " and dots, beginning with a letter.",
                        field.name,
                    )
                )

    @api.constrains("model_id", "field_path")
    def _check_field_path(self):
        for field in self:
            if not field.model_id.is_mailing_enabled:
                raise ValidationError(
                    self.env._("No mailing can be sent to “%s”.", field.model_id.name)
                )
            if not field._get_steps():
                raise ValidationError(
                    self.env._(
                        "“%(path)s” cannot be a merge field of %(model)s. It must be a text, a"
                        " number, a date, a choice or a check box, reached by links to one record"
                        " each, and neither a password nor a key.",
                        path=field.field_path,
                        model=field.model_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # The white list
    # ------------------------------------------------------------------

    @api.model
    def _get_white_list(self, model_name, user=None):
        """:return: ``{name: merge field}`` of a kind of recipients.

        :param user: only what this one may use
        """
        domain = Domain("model_id.model", "=", model_name)
        # sudo: a white list is no secret, and rendering may run as anybody
        found = self.sudo().search(domain)
        return {field.name: field for field in found if user is None or field._may_be_used_by(user)}

    def _get_steps(self):
        """Walk the path.

        :return: a list of :class:`Step`, or None where the path leads nowhere it may
        """
        self.ensure_one()
        steps, model = [], self.env.get(self.model_name)
        for hop in (self.field_path or "").split("."):
            field = model._fields.get(hop) if model is not None else None
            if (
                field is None
                or len(steps) == MAX_HOPS
                or SECRET.search(hop)
                or SECRET_MODELS.search(model._name)
            ):
                return None
            steps.append(Step(model._name, field))
            model = self.env[field.comodel_name] if field.type == "many2one" else None
        last = steps[-1].field
        is_readable = last.type in TYPES and (last.store or last.related)
        return steps if is_readable else None

    def _may_be_used_by(self, user):
        """Say whether somebody has the right to read each field of the path."""
        self.ensure_one()
        steps = self._get_steps()
        if not steps:
            return False
        if user._is_superuser():
            return True
        env = self.with_user(user).sudo(False).env
        return all(
            env[step.model].has_access("read")
            and env[step.model]._has_field_access(step.field, "read")
            for step in steps
        )

    # ------------------------------------------------------------------
    # Values
    # ------------------------------------------------------------------

    def _get_values(self, records):
        """Read the values of these merge fields, in the rights and the language of `records`.

        What the user may not read is empty. The number of queries does not depend on the number
        of records.

        :return: ``{record id: {name: value}}``; values are those of `lib/merge_fields.render`
        """
        values = {record_id: {} for record_id in records.ids}
        readable = records.exists()._filtered_access("read")
        hops = {(): {record.id: record for record in readable.with_prefetch()}}
        for merge_field in self:
            steps = merge_field._get_steps()
            if not steps or not merge_field._may_be_used_by(records.env.user):
                continue
            *links, last = steps
            path = ()
            for step in links:
                path = self._follow(hops, path, step.field.name)
            targets = hops[path]
            if targets:
                self._join(list(targets.values())).fetch([last.field.name])
            for record_id, target in targets.items():
                value = self._read_value(target, last.field)
                if merge_field.transform == "first_name":
                    is_person = not ("is_company" in target._fields and target.is_company)
                    value = is_person and merge_formats.get_first_name(value) or None
                values[record_id][merge_field.name] = value
        return values

    @api.model
    def _follow(self, hops, path, name):
        """Add to `hops` whom the records at a path are linked to by a field."""
        longer = (*path, name)
        if longer not in hops:
            sources = hops[path]
            linked = {record_id: source[name] for record_id, source in sources.items()}
            allowed = self._join(list(linked.values()))._filtered_access("read")
            by_id = {target.id: target for target in allowed.with_prefetch()}
            hops[longer] = {
                record_id: by_id[target.id]
                for record_id, target in linked.items()
                if target.id in by_id
            }
        return longer

    @api.model
    def _join(self, records):
        """One set of many records, in their own rights and language."""
        first, *others = records or [self.browse()]
        return first.union(*others)

    @api.model
    def _read_value(self, record, field):
        value = record[field.name]
        if field.type == "boolean":
            return bool(value)
        if value is False or value is None:
            return None
        if field.type == "selection":
            labels = dict(field._description_selection(record.env))
            return merge_formats.Choice(labels.get(value) or value, value)
        if field.type == "monetary":
            currency = field.get_currency_field(record)
            # sudo: the name of a currency is no secret
            return merge_formats.Money(value, record.sudo()[currency].name or "")
        if field.type == "datetime":
            return fields.Datetime.context_timestamp(record, value).replace(tzinfo=None)
        return value

    def _get_sample_values(self):
        """:return: ``{name: value}`` for previews without a recipient"""
        values = {}
        for field in self:
            steps = field._get_steps()
            kind = steps[-1].field.type if steps else "char"
            text = field.sample or field.label
            if kind in ("date", "datetime"):
                values[field.name] = date(fields.Date.today().year, 3, 15)
            elif kind in ("integer", "float"):
                values[field.name] = 12
            elif kind == "monetary":
                values[field.name] = merge_formats.Money(1250.0, self.env.company.currency_id.name)
            else:
                values[field.name] = kind == "boolean" or text
        return values
