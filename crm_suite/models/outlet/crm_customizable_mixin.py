from markupsafe import Markup

from odoo import api, models
from odoo.tools.image import image_data_uri
from odoo.tools.misc import limited_field_access_token

from ...lib.custom_value import is_empty
from .crm_custom_field import to_copy

# What fills a line of its own where other values stand side by side
WIDE_KINDS = ("text", "html", "image", "many2many")


class CrmCustomizableMixin(models.AbstractModel):
    """What records show of their custom fields outside of the back office."""

    _inherit = "crm.customizable.mixin"

    @api.model
    def _get_custom_outlets(self):
        """Return where the custom fields of this model can be shown besides its own views.

        :return: subset of `portal`, `print`, and `ask` where customers enter records themselves
        """
        return ()

    @api.model
    def _get_custom_successors(self):
        """Return the names of the models that records of this one become: quotations of leads."""
        return ()

    def _get_custom_copies(self, model_name):
        """Return what this record hands over to a record of another model that is made of it.

        :param model_name: one of `_get_custom_successors`
        :return: values by name of the field there; what is empty is left out
        """
        copies = self.env["crm.custom.field"]._get_copies(self._name, model_name)
        if not copies or not self:
            return {}
        return self._read_copies(copies)

    def _read_copies(self, copies):
        """Return the values that this record gives to fields of another model, by their names.

        :param copies: the `CopiedField` of the two models
        """
        self.ensure_one()
        values = {copied.target: to_copy(self, copied) for copied in copies}
        return {name: value for name, value in values.items() if value is not None}

    @api.model
    def _add_custom_copies(self, vals_list, link):
        """Return values of new records with what the records that they are made of hand over.

        What is named in the values, even as empty, or is a default of the context, stays.

        :param link: the field that names the record from which each one is made
        """
        source = self._fields[link].comodel_name
        copies = self.env["crm.custom.field"]._get_copies(source, self._name)
        if not copies:
            return vals_list
        context = self.env.context
        copies = [copied for copied in copies if f"default_{copied.target}" not in context]
        default = context.get(f"default_{link}")
        ids = [vals.get(link, default) for vals in vals_list]
        ids = [id_ if type(id_) is int and id_ > 0 else None for id_ in ids]
        known = self.env[source].browse(set(ids) - {None})
        # nobody reads a record by making another one of it
        readable = known.exists()._filtered_access("read")
        handed = {record.id: record._read_copies(copies) for record in readable}
        return [
            {**handed.get(source_id, {}), **vals}
            for vals, source_id in zip(vals_list, ids, strict=True)
        ]

    def _get_custom_rows(self, outlet):
        """Return the custom fields of this record as an outlet shows them, in its language.

        Whoever calls this has found out that the reader may see this record.

        :param outlet: `portal` or `print`
        :return: list of dicts with name, kind, label, value (Markup), is_wide; fields without a
            value are left out
        """
        self.ensure_one()
        rows = []
        for field in self.env["crm.custom.outlet"]._get_fields(self._name, outlet, "show"):
            if field.kind != "boolean" and is_empty(self[field.name]):
                continue
            if field.kind == "binary" and outlet == "print":
                continue
            rows.append(
                {
                    "name": field.name,
                    "kind": field.kind,
                    "label": self._fields[field.name]._description_string(self.env),
                    "value": self._get_custom_html(field, outlet),
                    "is_wide": field.kind in WIDE_KINDS,
                }
            )
        return rows

    def _get_custom_html(self, field, outlet="portal"):
        """Return the value of a custom field as HTML, as its reader writes days and numbers."""
        if field.kind == "binary":
            return self._get_custom_link(field)
        if field.kind == "image":
            # paper is printed by a program that logs in nowhere
            source = (
                image_data_uri(self[field.name])
                if outlet == "print"
                else self._get_custom_url(field.name, "image")
            )
            return Markup('<img class="o_custom_image" alt="" src="%s"/>') % source
        return self._get_custom_text(field)

    def _get_custom_text(self, field):
        """Return the value of a custom field that is no file, as HTML; empty without value."""
        if field.kind == "boolean":
            return Markup("%s") % (self.env._("Yes") if self[field.name] else self.env._("No"))
        if is_empty(self[field.name]):
            return Markup("")
        column = self._fields[field.name]
        converter = self.env.get(f"ir.qweb.field.{column.type}", self.env["ir.qweb.field"])
        value = converter.record_to_html(self, field.name, {"widget": column.type})
        return Markup("%s") % (value or "")

    def _get_custom_link(self, field):
        url = self._get_custom_url(field.name, "content")
        if field.file_name:
            url = f"{url}&filename_field={field.file_name}"
        return Markup('<a href="%s&amp;download=true">%s</a>') % (
            url,
            (field.file_name and self[field.file_name]) or self.env._("Download"),
        )

    def _find_missing(self, values, names):
        """Return which of some fields a rule requires on this record, or a new one, with values, as
        a form of the back office would: of the company of the record, and not what another rule
        hides.

        :param names: fields that whoever enters the record can fill
        :return: what to tell him, by name of the field
        """
        other_moment = "create" if self else "write"
        working = [rule for rule in self._get_form_rules() if rule.apply_on != other_moment]
        rules = [
            rule
            for rule in working
            if rule.kind == "required" and not set(names).isdisjoint(rule.targets)
        ]
        if not rules:
            return {}
        defaults = {} if self else self.default_get(list(self._fields))
        record = self.new({**defaults, **values}, origin=self)
        hidden = {
            name
            for rule in working
            if rule.kind == "invisible" and record._match_rule(rule)
            for name in rule.targets
        }
        missing = {}
        for rule in rules:
            # sudo: only configurators may read rules, everybody may read their messages
            message = self.env["crm.form.rule"].sudo().browse(rule.id).message
            if record._match_rule(rule):
                text = message or self.env._("Please fill in this field.")
                asked = [name for name in rule.targets if name in names and name not in hidden]
                missing |= {name: text for name in asked if record._is_unset(name)}
        return missing

    def _get_custom_url(self, name, route):
        """Return an address that opens the file of one field to whoever has it, for some weeks.

        :param route: `content` or `image`
        """
        token = limited_field_access_token(self, name, scope="binary")
        return f"/web/{route}/{self._name}/{self.id}/{name}?access_token={token}"
