from odoo import api, models
from odoo.tools import SQL, sql, str2bool

from ...lib.slug import FILE_NAME_PREFIX, PREFIX
from .crm_custom_field_value import FILES, RELATIONAL

TYPES = {"image": "binary"}  # the others are their own
UNTRACKED = frozenset(["binary", "html", "image"])
CURRENCY = "x_csc_currency"


class CrmCustomFieldColumn(models.AbstractModel):
    """The columns of custom fields: manual fields of Odoo, made by us and by nobody else.

    Each set-up of the registry makes all other servers load theirs again at their next request,
    so whatever happens to several fields sets it up once.
    """

    _name = "crm.custom.field.column"
    _description = "Column of a Custom Field"

    def _create_columns(self):
        """Make the columns of these fields, of any models, in one set-up of the registry."""
        # Their groups are read while the registry is set up
        self.group_ids._ensure_external_ids()
        self.env.flush_all()
        values_list = self._prepare_currency_values()
        for field in self:
            values_list.append(field._prepare_column_values())
            if field.kind in FILES:
                values_list.append(field._prepare_file_name_values())
        # sudo: configurators have no right on fields; every value was made here from what was
        # checked, and none is code
        columns = self.env["ir.model.fields"].sudo().with_context(lang=None).create(values_list)
        by_name = {(column.model, column.name): column for column in columns}
        for field in self:
            field._write_internal(
                {"field_id": by_name[field.model_name, field.technical_name].id, "state": "live"}
            )
        self._translate_columns()

    def _prepare_column_values(self):
        self.ensure_one()
        # the label in English: it is what the registry knows
        field = self.with_context(lang=None)
        values = {
            "name": field.technical_name,
            "model_id": field.model_id.id,
            "ttype": TYPES.get(field.kind, field.kind),
            "field_description": field.name,
            "help": field.help,
            "state": "manual",
            "copied": field.is_copied,
            "index": field._is_index_wanted(),
            "tracking": 100 if field.is_tracked else 0,
        }
        if field.kind == "selection":
            # not by commands: superuser rights do not reach the records behind those of a field
            values["selection"] = repr(
                [(option.value, option.name) for option in field._get_all_options()]
            )
        elif field.kind == "monetary":
            values["currency_field"] = self._get_currency_field()
        elif field.kind in RELATIONAL:
            values |= {"relation": field.comodel_id.model, "domain": field.domain or "[]"}
        if field.kind == "many2one":
            values["on_delete"] = "set null"
        elif field.kind == "many2many":
            # Odoo gives all links between two models the same table
            table = f"{self.env[field.model_name]._table}_{field.technical_name}_rel"
            values |= {
                "relation_table": sql.make_identifier(f"x_{table}"),
                "column1": "record_id",
                "column2": "linked_id",
            }
        return values

    def _prepare_file_name_values(self):
        field = self.with_context(lang=None)
        return {
            "name": field._get_file_name_field(),
            "model_id": field.model_id.id,
            "ttype": "char",
            "field_description": self.env._("%s: file name", field.name),
            "state": "manual",
            "copied": field.is_copied,
        }

    def _get_file_name_field(self):
        """Return the name of the column with the name of the file."""
        self.ensure_one()
        return FILE_NAME_PREFIX + self.technical_name[len(PREFIX) :] if self.kind in FILES else ""

    def _is_index_wanted(self):
        return self.is_indexed and self.kind not in FILES | {"many2many", "boolean"}

    def _get_currency_field(self):
        """Return the name of the field that says in which currency an amount is."""
        self.ensure_one()
        return self._find_currency_field(self.model_name) or CURRENCY

    @api.model
    def _find_currency_field(self, model_name):
        for name in ("currency_id", "company_currency", "company_currency_id", CURRENCY):
            field = self.env[model_name]._fields.get(name)
            if field and field.type == "many2one" and field.comodel_name == "res.currency":
                return name
        return ""

    def _prepare_currency_values(self):
        """Return the values of the currencies of models that have none: that of the company."""
        models_ = self.filtered(lambda field: field.kind == "monetary").model_id
        return [
            {
                "name": CURRENCY,
                "model_id": model.id,
                "ttype": "many2one",
                "relation": "res.currency",
                "related": "company_id.currency_id",
                "store": False,
                "readonly": True,
                "field_description": self.env._("Currency of Custom Fields"),
                "state": "manual",
            }
            for model in models_
            if not self._find_currency_field(model.model)
        ]

    def _sync_columns(self, names=None):
        """Let the columns follow what was changed, in one set-up of the registry at most.

        :param names: fields of this model that changed; all if not given
        """
        fields = self.filtered("field_id")
        if not fields or self._is_waiting():
            return
        if names is None or "group_ids" in names:
            fields.group_ids._ensure_external_ids()
        self.env.flush_all()
        changed = fields._sync_attributes()
        known = fields._translate_columns()
        if changed or known or "group_ids" in (names or ()):
            model_names = fields.mapped("model_name")
            self.pool._setup_models__(self.env.cr, model_names)
            if changed:
                models_ = self.pool.descendants(model_names, "_inherits")
                self.pool.init_models(self.env.cr, models_, {"update_custom_fields": True})
        self._clear_view_caches()

    def _sync_attributes(self):
        """Bring the attributes of the columns up to date; the ORM would set the registry up at
        each write.

        :return: whether anything changed
        """
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE ir_model_fields m
                   SET copied = v.copied, index = v.index, tracking = v.tracking, domain = v.domain
                  FROM unnest(%(ids)s, %(copied)s, %(index)s, %(tracking)s, %(domain)s)
                       AS v(id, copied, index, tracking, domain)
                 WHERE m.id = v.id
                   AND (m.copied, m.index, COALESCE(m.tracking, 0), COALESCE(m.domain, '[]'))
                       IS DISTINCT FROM (v.copied, v.index, v.tracking, v.domain)
                RETURNING m.id
                """,
                ids=[field.field_id.id for field in self],
                copied=[field.is_copied for field in self],
                index=[field._is_index_wanted() for field in self],
                tracking=[100 if field.is_tracked else 0 for field in self],
                domain=[
                    field.domain or "[]" if field.kind in RELATIONAL else "[]" for field in self
                ],
            )
        )
        # sudo: configurators have no right on fields
        self.field_id.sudo().invalidate_recordset()
        return bool(rows)

    def _sync_options(self):
        """Let the choices of the columns follow the options; what is archived stays at the end.

        :return: whether anything changed
        """
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO ir_model_fields_selection (field_id, value, name, sequence)
                SELECT f.field_id, o.value, o.name,
                       row_number() OVER (
                           PARTITION BY f.id ORDER BY NOT o.active, o.sequence, o.id) - 1
                  FROM crm_custom_field_option o
                  JOIN crm_custom_field f ON f.id = o.custom_field_id
                 WHERE f.id = ANY(%s) AND f.kind = 'selection'
                    ON CONFLICT (field_id, value)
                    DO UPDATE SET name = EXCLUDED.name, sequence = EXCLUDED.sequence
                 WHERE (ir_model_fields_selection.name, ir_model_fields_selection.sequence)
                       IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.sequence)
                RETURNING id
                """,
                self.ids,
            )
        )
        self.env["ir.model.fields.selection"].invalidate_model()
        return bool(rows)

    def _translate_columns(self):
        """Give the columns label, help and choices in all languages.

        :return: whether anything changed that the registry knows
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE ir_model_fields m
                   SET field_description = f.name, help = f.help
                  FROM crm_custom_field f, ir_model_fields former
                 WHERE m.id = f.field_id AND former.id = m.id AND f.id = ANY(%s)
                   AND (m.field_description, m.help) IS DISTINCT FROM (f.name, f.help)
                RETURNING (former.field_description->>'en_US', former.help->>'en_US')
                          IS DISTINCT FROM (f.name->>'en_US', f.help->>'en_US')
                """,
                self.ids,
            )
        )
        changed = self._sync_options()
        if rows or changed:
            self.env["ir.model.fields"].invalidate_model(["field_description", "help"])
            # labels are cached there, in each language
            self.env.registry.clear_cache("stable")
        return changed or any(known for (known,) in rows)

    def _unlink_column_options(self, pairs):
        """Take choices that no record holds from the columns.

        :param pairs: {(id of the column, value)}
        """
        # sudo: configurators have no right on fields
        choices = self.env["ir.model.fields.selection"].sudo()
        choices.search([("field_id", "in", [field for field, _value in pairs])]).filtered(
            lambda choice: (choice.field_id.id, choice.value) in pairs
        ).unlink()

    @api.model
    def _is_kept(self):
        """Return whether columns and values survive when CRM Suite is uninstalled."""
        # sudo: a setting that is no secret
        value = self.env["ir.config_parameter"].sudo().get_param("crm_suite.keep_custom_fields")
        return str2bool(value or "1", default=True)

    @api.model
    def _find_links_to(self, modules):
        """Return the custom fields with a column that link to models of some modules alone."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT f.id
                  FROM crm_custom_field f
                  JOIN ir_model_data d ON d.model = 'ir.model' AND d.res_id = f.comodel_id
                 WHERE f.field_id IS NOT NULL
                 GROUP BY f.id
                HAVING bool_and(d.module = ANY(%s))
                """,
                list(modules),
            )
        )
        return self.env["crm.custom.field"].browse(field_id for (field_id,) in rows)

    def _drop_columns(self):
        """Drop the columns of these fields with all values, in one set-up of the registry."""
        names = {(field.model_name, field._get_file_name_field()) for field in self}
        # sudo: configurators have no right on fields
        columns = self.field_id.sudo()
        companions = columns.search(
            [("name", "in", [name for _model, name in names if name]), ("state", "=", "manual")]
        ).filtered(lambda column: (column.model, column.name) in names)
        (columns | companions).unlink()
