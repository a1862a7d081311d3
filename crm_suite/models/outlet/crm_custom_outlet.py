from ast import literal_eval
from datetime import UTC
from typing import NamedTuple
from zoneinfo import ZoneInfo

from odoo import api, fields, models, tools
from odoo.tools import plaintext2html

from ...lib import custom_value

# More cannot be chosen from in a page; they are asked in another way
MAX_OPTIONS = 500
STEPS = {"integer": "1", "float": "any", "monetary": "any"}


class OutletField(NamedTuple):
    """A live custom field as it is shown outside of the back office."""

    id: int
    name: str
    kind: str
    is_required: bool
    comodel: str
    domain: str
    file_name: str
    use: str


class CrmCustomOutlet(models.AbstractModel):
    """Custom fields outside of the back office: on portal pages, public forms and documents.

    Fields that only certain groups of users see never leave the back office: what is printed or
    shown must not depend on who prints it.
    """

    _name = "crm.custom.outlet"
    _description = "Custom Fields Outside of the Back Office"

    # ------------------------------------------------------------------ which fields

    @api.model
    def _get_fields(self, model_name, outlet, use=None):
        """Return the fields of a model that have a place in an outlet, in the order of the places.

        :param outlet: `portal` or `print`
        :param use: `ask` or `show`; None: whatever is done with them
        :rtype: list[OutletField]
        """
        if not self.env["crm.custom.field.place"]._is_enabled():
            return []
        return [
            field
            for field in self._get_placed_fields(model_name, outlet)
            if use is None or field.use in (use, "both")
        ]

    @api.model
    @tools.ormcache("model_name", "outlet", cache="templates")
    def _get_placed_fields(self, model_name, outlet):
        # sudo: only configurators may read places, everybody sees what is placed
        places = (
            self.env["crm.custom.field.place"]
            .sudo()
            .search(
                [
                    ("model_id.model", "=", model_name),
                    ("outlet", "=", outlet),
                    ("custom_field_id.state", "=", "live"),
                ],
                order="sequence, id",
            )
        )
        uses = {place.custom_field_id.id: place.portal_use or "both" for place in places}
        return tuple(
            self._to_outlet_field(field, uses[field.id])
            for field in places.custom_field_id
            if self._may_leave(field)
        )

    @api.model
    def _may_leave(self, field):
        """Return whether a custom field may be shown outside of the back office at all.

        :param field: crm.custom.field, as superuser
        """
        live = self.env["crm.custom.field"]._get_live(field.model_name)
        return any(each.id == field.id and not each.group_ids for each in live)

    @api.model
    def _to_outlet_field(self, field, use="both"):
        live = next(
            live
            for live in self.env["crm.custom.field"]._get_live(field.model_name)
            if live.id == field.id
        )
        return OutletField(
            id=field.id,
            name=field.technical_name,
            kind=field.kind,
            is_required=field.is_required,
            comodel=field.comodel_id.model or "",
            domain=field.domain or "[]",
            file_name=live.file_name_field,
            use=use,
        )

    # ------------------------------------------------------------------ what is asked

    @api.model
    def _describe(self, model_name, asked):
        """Return fields as a page asks for them, in the language of the environment.

        A link offers what the visitor may read himself, and is left out when that is nothing.

        :param asked: list[OutletField]
        :return: list of dicts with name, kind, label, help, required, options [(text, label)],
            limit, step
        """
        described = []
        for field in asked:
            options = self._get_options(model_name, field)
            if not options and field.kind in ("selection", "many2one", "many2many"):
                continue
            column = self.env[model_name]._fields[field.name]
            described.append(
                {
                    "name": field.name,
                    "kind": field.kind,
                    "label": column._description_string(self.env),
                    "help": column._description_help(self.env) or "",
                    "required": field.is_required and field.kind != "boolean",
                    "options": options,
                    "limit": custom_value.LIMITS.get(field.kind, 64),
                    "file_name": field.file_name,
                    "step": STEPS.get(field.kind),
                }
            )
        return described

    @api.model
    def _get_options(self, model_name, field):
        """Return what may be chosen for a field, as (text, label)."""
        if field.kind == "selection":
            column = self.env[model_name]._fields[field.name]
            live = self.env["crm.custom.field"]._get_live(model_name)
            [options] = [each.options for each in live if each.id == field.id]
            offered = {option.value for option in options if option.active}
            choices = column._description_selection(self.env)
            return [(value, label) for value, label in choices if value in offered]
        if field.kind not in ("many2one", "many2many") or field.comodel not in self.env:
            return []
        # as the visitor: nobody learns from a list what he may not read
        Comodel = self.env[field.comodel].sudo(False)
        if not Comodel.has_access("read"):
            return []
        records = Comodel.search(literal_eval(field.domain), limit=MAX_OPTIONS)
        return [(str(record.id), record.display_name) for record in records]

    @api.model
    def _read_sent(self, described, sent):
        """Check what was sent for fields.

        :param described: as `_describe` returns them
        :param sent: werkzeug MultiDict
        :return: texts to show again by name, codes of errors by name (`lib/custom_value`)
        """
        texts, errors = {}, {}
        for field in described:
            name, kind = field["name"], field["kind"]
            if kind in ("binary", "image"):
                continue
            text = custom_value.clean(kind, sent.getlist(name))
            allowed = {value for value, _label in field["options"]}
            if error := custom_value.find_error(kind, text, field["required"], allowed):
                errors[name] = error
            texts[name] = custom_value.shorten(kind, text)
        return texts, errors

    @api.model
    def _to_values(self, described, texts, tz=None):
        """Return values of a record of texts that have no error.

        :param tz: name of the time zone of whoever typed moments
        """
        values = {}
        for field in described:
            name, kind = field["name"], field["kind"]
            if name not in texts:
                continue
            value = custom_value.read(kind, texts[name])
            if value is None:
                continue
            if kind == "datetime":
                local = value.replace(tzinfo=ZoneInfo(tz or self._get_tz()))
                value = local.astimezone(UTC).replace(tzinfo=None)
            elif kind == "html":
                value = plaintext2html(value)
            elif kind == "many2many":
                value = [fields.Command.set(value)]
            values[name] = value
        return values

    @api.model
    def _get_tz(self):
        # sudo: in whose time zone the company works
        company = self.env.company.sudo()
        return self.env.user.tz or company.partner_id.tz or "UTC"

    @api.model
    def _get_texts_in_words(self, field, text):
        """Return what was chosen or typed as people read it; empty when there is nothing."""
        labels = dict(field["options"])
        if field["kind"] == "boolean":
            return self.env._("Yes") if text else self.env._("No")
        if field["kind"] == "many2many":
            return ", ".join(labels[choice] for choice in text if choice in labels)
        if labels:
            return labels.get(text, "")
        return (text or "").replace("T", " ") if field["kind"] == "datetime" else text or ""

    @api.model
    def _get_error_texts(self):
        """Return what people read when a value is wrong, by the code of the error."""
        return {
            "required": self.env._("Please fill in this field."),
            "long": self.env._("This is too long."),
            "choice": self.env._("Please choose from the list."),
            "choices": self.env._("Please choose fewer."),
            "whole": self.env._("Please enter a whole number."),
            "number": self.env._("Please enter a number. Example: 1250.50"),
            "range": self.env._("This number is too large."),
            "date": self.env._("Please enter a day. Example: 2026-12-31"),
            "datetime": self.env._("Please enter a day and a time. Example: 2026-12-31 14:30"),
            "type": self.env._("Files of this kind cannot be sent."),
            "size": self.env._("This file is too large."),
            "image": self.env._("This is no picture."),
        }
