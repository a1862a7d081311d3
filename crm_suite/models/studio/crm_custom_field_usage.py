import re
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, groupby, unique

from ...lib.slug import mention

# Fields of any model that hold domains, contexts, views or code
CODE_FIELDS = re.compile(
    r"(^|_)(arch|arch_db|condition|context|domain|expression|filter|formula|path|sort)(_|$)"
    r"|^code$|^record_getter$|^domain_force$"
)
# Texts in which people write placeholders
RENDERED = ("mail.render.mixin",)
TEXT_FIELDS = {
    "ir.exports.line": ["name"],
    "ir.model.fields": ["compute", "currency_field", "depends", "related"],
    "ir.ui.view": ["arch_db"],
    "mail.canned.response": ["substitution"],
    "mail.template": ["body_html", "email_cc", "email_from", "email_to", "partner_to", "reply_to"]
    + ["scheduled_date", "subject", "lang"],
}
# What mentions a custom field because it is a part of it, or only remembers it
LEFT_OUT = (
    "base_import.",
    "crm.custom.field",
    "crm.customization.",
    "ir.model",
    "mail.message",
    "mail.tracking",
)
# What cannot work without the field and is worth nothing else goes with it
DELETED = ("ir.exports.line", "ir.filters")
LINKED = ("crm.custom.field", "ir.model.fields")
MODEL_FIELDS = ("model_id", "model", "model_name", "res_model", "resource", "mailing_model_id")


class CrmCustomFieldUsage(models.TransientModel):
    """Where a custom field is used: the rows of a page, read when it is opened."""

    _name = "crm.custom.field.usage"
    _inherit = ["crm.record.link.mixin"]
    _description = "Use of a Custom Field"
    _order = "res_model, name"

    custom_field_id = fields.Many2one("crm.custom.field", required=True, ondelete="cascade")
    kind = fields.Char("Where", required=True)
    name = fields.Char(required=True)
    res_model = fields.Char("Record Type", required=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", required=True)
    is_deleted = fields.Boolean(
        "Goes with the Field", help="It cannot work without the field, and is dropped with it."
    )

    def _delete_used(self):
        """Delete what cannot work without a field that is dropped."""
        for model_name, rows in self.filtered("is_deleted").grouped("res_model").items():
            # sudo: favorites and exports of all users; the dialog announced that they go
            records = self.env[model_name].sudo().browse(rows.mapped("res_id"))
            if model_name == "ir.exports":
                names = rows.custom_field_id.mapped("technical_name")
                records = records.export_fields.filtered(
                    lambda line, names=names: (
                        not set(re.split(r"[/.:]", line.name)).isdisjoint(names)
                    )
                )
            records.unlink()

    @api.model
    def _list(self, custom_fields):
        """Make a row of this page for each use of the fields.

        :rtype: crm.custom.field.usage
        """
        return self.create(
            [
                values
                for field, uses in self._find(custom_fields).items()
                for values in self._prepare_rows(field, uses)
            ]
        )

    @api.model
    def _find(self, custom_fields):
        """Find what mentions the columns of fields, in one query over all that could.

        :return: {custom field: [(model name, id)]}
        """
        columns = custom_fields.filtered(lambda field: field.technical_name and field.field_id)
        found = defaultdict(list, {field: [] for field in custom_fields})
        if not columns:
            return found
        self.env.flush_all()
        query = SQL(" UNION ALL ").join([*self._get_text_queries(), *self._get_link_queries()])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT c.id, source.model, source.id, source.text
                  FROM unnest(%(ids)s, %(column_ids)s, %(patterns)s) AS c(id, column_id, pattern)
                  JOIN (%(query)s) AS source
                    ON source.column_id = c.column_id OR source.text ~ c.pattern
                 ORDER BY c.id, source.model, source.id
                """,
                ids=columns.ids,
                column_ids=[field.field_id.id for field in columns],
                patterns=[mention(field.technical_name) for field in columns],
                query=query,
            )
        )
        for field_id, model_name, res_id, text in rows:
            field = columns.browse(field_id)
            if (model_name, res_id) not in found[field] and self._concerns(
                field, model_name, res_id, text
            ):
                found[field].append((model_name, res_id))
        for field, uses in self._find_in_spreadsheets(columns).items():
            found[field].extend(uses)
        return found

    @api.model
    def _concerns(self, field, model_name, res_id, text):
        """Return whether a row means this field, and not one of the same name on another form."""
        if model_name == "crm.form.rule" and res_id == field.required_rule_id.id:
            return False
        # sudo: what is asked is of which form a row speaks
        record = self.env[model_name].sudo().browse(res_id)
        # the column itself, as users have it from their contacts
        if model_name == "ir.model.fields" and record.name == field.technical_name:
            return False
        if text is None or f".{field.technical_name}" in text:
            return True
        if model_name == "ir.exports.line":
            record = record.export_id
        for name in MODEL_FIELDS:
            if name not in record._fields:
                continue
            value = record[name]
            value = value.model if record._fields[name].relational else value
            if value:
                return value in self.pool.descendants([field.model_name], "_inherit", "_inherits")
        return True

    @api.model
    def _get_text_queries(self):
        for model_name, names in self._get_text_sources().items():
            model = self.env[model_name]
            texts = [SQL("%s::text", SQL.identifier("t", name)) for name in names]
            yield SQL(
                """
                SELECT %(model)s AS model, t.id, NULL::integer AS column_id,
                       concat_ws(' ', %(texts)s) AS text
                  FROM %(table)s t
                 WHERE concat_ws(' ', %(texts)s) LIKE %(hint)s
                """,
                model=model_name,
                texts=SQL(", ").join(texts),
                table=SQL.identifier(model._table),
                hint="%x\\_cs\\_%",
            )

    @api.model
    def _get_text_sources(self):
        """Return which columns may mention a custom field.

        :return: {model name: [names of fields]}
        """
        sources = defaultdict(list)
        rendered = self.pool.descendants(RENDERED, "_inherit")
        for model_name, model in self._get_tables():
            for name, field in model._fields.items():
                if (
                    not field.store
                    or not field.column_type
                    or field.type not in ("char", "html", "json", "text")
                ):
                    continue
                if (
                    name in TEXT_FIELDS.get(model_name, ())
                    or model_name in rendered
                    or CODE_FIELDS.search(name)
                ):
                    sources[model_name].append(name)
        return sources

    @api.model
    def _get_link_queries(self):
        for model_name, model in self._get_tables():
            for name, field in model._fields.items():
                if not field.store or field.comodel_name not in LINKED:
                    continue
                if field.comodel_name == "crm.custom.field":
                    if field.type == "many2one":
                        yield self._get_part_query(model_name, name)
                    continue
                table, record, column = model._table, "id", name
                if field.type == "many2many":
                    table, record, column = field.relation, field.column1, field.column2
                elif field.type != "many2one":
                    continue
                yield SQL(
                    "SELECT %s AS model, t.%s, t.%s AS column_id, NULL AS text FROM %s t"
                    " WHERE t.%s IS NOT NULL",
                    model_name,
                    SQL.identifier(record),
                    SQL.identifier(column),
                    SQL.identifier(table),
                    SQL.identifier(column),
                )

    @api.model
    def _get_part_query(self, model_name, name):
        """Of what is linked to the custom field itself, as the lines of public forms are."""
        return SQL(
            "SELECT %s AS model, t.id, c.field_id AS column_id, NULL AS text FROM %s t"
            " JOIN crm_custom_field c ON c.id = t.%s",
            model_name,
            SQL.identifier(self.env[model_name]._table),
            SQL.identifier(name),
        )

    @api.model
    def _get_tables(self):
        for model_name, model in self.env.items():
            if (
                model._auto
                and not model._abstract
                and not model._transient
                and (model_name in TEXT_FIELDS or not model_name.startswith(LEFT_OUT))
            ):
                yield model_name, model

    @api.model
    def _find_in_spreadsheets(self, columns):
        """Return the dashboards made of spreadsheets that mention fields."""
        found = defaultdict(list)
        if "spreadsheet.mixin" not in self.env:
            return found
        # sudo: dashboards are files; what is asked is whether they mention a field
        files = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    (
                        "res_model",
                        "in",
                        list(self.pool.descendants(["spreadsheet.mixin"], "_inherit")),
                    ),
                    ("res_field", "!=", False),
                    ("mimetype", "=", "application/json"),
                ]
            )
        )
        for file in files:
            text = (file.raw or b"").decode(errors="ignore")
            for field in columns:
                if re.search(rf"\b{field.technical_name}\b", text):
                    found[field].append((file.res_model, file.res_id))
        return found

    @api.model
    def _get_wholes(self):
        """Return, for lines that mean nothing to people by themselves, which field names what they
        are a part of, by model.
        """
        return {"crm.lead.form.field": "form_id", "ir.exports.line": "export_id"}

    @api.model
    def _prepare_rows(self, field, uses):
        wholes = self._get_wholes()
        for model_name, pairs in groupby(unique(uses), lambda use: use[0]):
            # sudo: configurators read where their fields are used, by name only
            records = self.env[model_name].sudo().browse([res_id for _model, res_id in pairs])
            kind = self.env["ir.model"]._get(model_name).name
            for record in records.exists():
                if model_name in wholes:
                    record = record[wholes[model_name]]
                    kind = self.env["ir.model"]._get(record._name).name
                yield {
                    "custom_field_id": field.id,
                    "kind": kind,
                    "name": self._get_name(record),
                    "res_model": record._name,
                    "res_id": record.id,
                    "is_deleted": model_name in DELETED,
                }

    @api.model
    def _get_name(self, record):
        if (
            record._name == "ir.filters"
            and record.user_ids
            and self.env.user not in record.user_ids
        ):
            # what somebody calls his own favorites is his own affair
            return self.env._("A favorite of %s", ", ".join(record.user_ids.mapped("name")))
        return record.display_name or f"{record._name},{record.id}"
