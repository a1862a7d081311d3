import csv
import io
import zipfile

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, human_size, split_every

FILES = frozenset(["binary", "image"])
RELATIONAL = frozenset(["many2many", "many2one"])
AT_ONCE = 1000
# What fits into the memory of a server beside its work
MAX_BYTES = 200 * 1024 * 1024


class CrmCustomFieldValue(models.AbstractModel):
    """The values of custom fields: how many there are, and the file that hands them out."""

    _name = "crm.custom.field.value"
    _description = "Values of a Custom Field"

    value_count = fields.Integer(
        "Values", compute="_compute_value_count", help="How many records have a value."
    )

    @api.depends("field_id")
    def _compute_value_count(self):
        self.value_count = 0
        for model_name, fields_ in self.grouped("model_name").items():
            if model_name not in self.env:
                continue
            model = self.env[model_name]
            fields_ = fields_.filtered(
                lambda field, model=model: field.field_id and field.technical_name in model._fields
            )
            in_table = fields_.filtered(
                lambda field, model=model: model._fields[field.technical_name].column_type
            )
            for field, count in zip(in_table, in_table._count_in_table(model), strict=True):
                field.value_count = count
            for field in fields_ - in_table:
                # sudo: how many records have a value is no secret of any of them
                records = model.sudo().with_context(active_test=False)
                field.value_count = records.search_count([(field.technical_name, "!=", False)])

    def _count_in_table(self, model):
        """Count the values of all fields in one pass over the table of their model."""
        if not self:
            return ()
        model.flush_model(self.mapped("technical_name"))
        counts = [
            SQL("count(*) FILTER (WHERE %s)", field._get_filled_condition()) for field in self
        ]
        [row] = self.env.execute_query(
            SQL("SELECT %s FROM %s", SQL(", ").join(counts), SQL.identifier(model._table))
        )
        return row

    def _get_filled_condition(self):
        column = SQL.identifier(self.technical_name)
        if self.kind in ("boolean",):
            return column
        if self.kind in ("char", "html", "text"):
            return SQL("%s <> ''", column)
        if self.kind in ("float", "integer", "monetary"):
            return SQL("%s <> 0", column)
        return SQL("%s IS NOT NULL", column)

    # ------------------------------------------------------------------ the file

    def _export_values(self):
        """Return the values as a file that can be imported again: CSV, or a ZIP with the files.

        :return: (name of the file, bytes, number of values)
        :raise UserError: when there are values on records that the user may not read
        """
        self.ensure_one()
        records = self._find_records_with_values()
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([".id", self.env._("Record"), *self._get_file_header()])
        paths = {}
        for ids in split_every(AT_ONCE, records.ids):
            for record in records.browse(ids):
                writer.writerow(
                    [record.id, self._make_safe(record.display_name), *self._get_row(record)]
                )
                if self.kind in FILES:
                    paths[record.id] = self._get_path(record)
            self.env.invalidate_all()
        # the mark by which spreadsheets know that this is Unicode
        content = text.getvalue().encode("utf-8-sig")
        name = f"{self.model_name}.{self.technical_name}"
        if self.kind in FILES:
            return f"{name}.zip", self._make_archive(content, paths), len(records)
        return f"{name}.csv", content, len(records)

    def _find_records_with_values(self):
        """Return all records with a value, whatever their company, if the user may read them."""
        companies = self.env.user.company_ids
        model = self.env[self.model_name].with_context(
            active_test=False, allowed_company_ids=companies.ids, bin_size=True
        )
        domain = [(self.technical_name, "!=", False)]
        # sudo: nothing may be lost that nobody was handed; only the difference is told
        hidden = model.sudo().search_count(domain)
        records = model.browse()
        if model.has_access("read") and model._has_field_access(
            model._fields[self.technical_name], "read"
        ):
            records = model.search(domain, order="id")
        hidden -= len(records)
        if hidden:
            raise UserError(
                self.env._(
                    "%(count)s records with a value of “%(field)s” are not open to you. Somebody"
                    " who may read all of them has to drop the field, so that the values are"
                    " handed out first.",
                    count=hidden,
                    field=self.name,
                )
            )
        return records

    def _get_file_header(self):
        if self.kind == "selection":
            return [self.technical_name, self.env._("Label")]
        if self.kind in RELATIONAL:
            return [f"{self.technical_name}/.id", self.env._("Label")]
        return [self.technical_name]

    def _get_row(self, record):
        value = record[self.technical_name]
        if self.kind == "selection":
            labels = dict(record._fields[self.technical_name]._description_selection(self.env))
            return [self._make_safe(value), self._make_safe(labels.get(value, ""))]
        if self.kind in RELATIONAL:
            # sudo: the names of what records are linked to, as any form shows them
            linked = value.sudo()
            names = ", ".join(name or "" for name in linked.mapped("display_name"))
            return [",".join(map(str, linked.ids)), self._make_safe(names)]
        if self.kind in FILES:
            return [self._get_path(record)]
        if self.kind == "boolean":
            return ["1"]
        if self.kind in ("date", "datetime"):
            return [fields.Datetime.to_string(value) if self.kind == "datetime" else str(value)]
        return [self._make_safe(value) if isinstance(value, str) else value]

    @api.model
    def _make_safe(self, text):
        """Keep spreadsheets from taking a text for a formula, as the exports of Odoo do."""
        return f"'{text}" if text and text.startswith(("=", "-", "+", "@")) else text or ""

    def _get_path(self, record):
        name = record[self._get_file_name_field()] or ""
        # a name that people gave may say anything, also where else to write
        name = "".join(char for char in name if char.isalnum() or char in " ._-()").strip(" .")
        return f"files/{record.id}-{name or 'file'}"

    def _make_archive(self, content, paths):
        # sudo: files of records that the user was just found to read
        files = self.env["ir.attachment"].sudo()
        files = files.search(
            [
                ("res_model", "=", self.model_name),
                ("res_field", "=", self.technical_name),
                ("res_id", "in", list(paths)),
            ]
        )
        size = sum(files.mapped("file_size"))
        if size > MAX_BYTES:
            raise UserError(
                self.env._(
                    "The files of “%(field)s” take %(size)s: too much for one file. Export and"
                    " empty some of them first.",
                    field=self.name,
                    size=human_size(size),
                )
            )
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            # without the time of day: the same values make the same file
            archive.writestr(zipfile.ZipInfo("values.csv"), content)
            for file in files:
                archive.writestr(zipfile.ZipInfo(paths[file.res_id]), file.raw or b"")
        return buffer.getvalue()
