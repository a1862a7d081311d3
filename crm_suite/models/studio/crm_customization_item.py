from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...lib.slug import FILE_NAME_PREFIX, PREFIX
from ..mixins.crm_form_title_mixin import TITLES
from .crm_custom_field_column import CURRENCY

KINDS = [
    ("field", "Custom Field"),
    ("place", "Place"),
    ("tab", "Tab"),
    ("rule", "Rule"),
    ("default", "Default Value"),
    ("pack", "Pack"),
    ("automation", "Automation"),
    ("filter", "Shared Filter"),
    ("column", "Field Made Elsewhere"),
    ("view", "View Changed by Hand"),
]
# numbers of kinds within an id, never to be changed: bookmarks hold ids
NUMBERS = {kind: number for number, (kind, _label) in enumerate(KINDS)}
ARCHIVED = "CASE WHEN item.active THEN 'live' ELSE 'archived' END"
OUR_MODELS = {
    "field": "crm.custom.field",
    "place": "crm.custom.field.place",
    "tab": "crm.form.tab",
    "rule": "crm.form.rule",
    "default": "crm.form.default",
    "pack": "crm.customization.import",
}


class CrmCustomizationItem(models.Model):
    """Everything that makes this database different from any other, one row for each.

    What configurators made, and what was made elsewhere: automations, filters that everybody has,
    fields and views made by hand. Rows of other kinds than ours show names only; who opens them
    needs the rights that Odoo asks for.
    """

    _name = "crm.customization.item"
    _inherit = ["crm.form.title.mixin"]
    _description = "Customization at a Glance"
    _auto = False
    _order = "model_name, kind_number, name, id"
    _rec_name = "name"
    _depends = {
        "crm.custom.field": ["name", "technical_name", "model_id", "state", "field_id"],
        "crm.custom.field.place": ["custom_field_id", "model_id", "outlet"],
        "crm.form.tab": ["name", "model_id", "active", "company_id"],
        "crm.form.rule": ["name", "model_id", "active", "target_field_ids", "condition_domain"],
        "crm.form.default": ["field_id", "model_id", "active", "company_id"],
        "base.automation": ["name", "model_id", "active", "filter_domain"],
        "ir.filters": ["name", "model_id", "active", "domain"],
        "ir.model.fields": ["name", "field_description", "model_id", "state"],
        "ir.ui.view": ["name", "model", "active", "arch_updated"],
    }

    name = fields.Char(readonly=True)
    title = fields.Char("What", compute="_compute_details")
    keywords = fields.Char(
        readonly=True, help="Technical names and conditions in which a field may be mentioned."
    )
    kind = fields.Selection(KINDS, readonly=True)
    kind_number = fields.Integer(readonly=True, aggregator=None)
    model_id = fields.Many2one("ir.model", "Form", readonly=True, context=TITLES)
    model_name = fields.Char("Model", readonly=True)
    res_model = fields.Char("Record Type", readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("live", "In Use"), ("archived", "Archived")], readonly=True
    )
    origin = fields.Selection(
        [("person", "Made Here"), ("module", "Delivered by Apps")],
        readonly=True,
        help="Delivered with an app or a module, or made by people in this database.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", "Last Changed By", readonly=True)
    date = fields.Datetime("Last Change", readonly=True)
    health = fields.Selection(
        [("ok", "Works"), ("broken", "Does not work")],
        compute="_compute_details",
        search="_search_health",
    )
    last_error = fields.Char("Problem", compute="_compute_details")

    @property
    def _table_query(self):
        sources = SQL(" UNION ALL ").join(self._get_sources())
        return SQL(
            """
            SELECT source.res_id * 16 + source.kind_number AS id, source.*,
                   model.id AS model_id, source.model AS model_name,
                   CASE WHEN EXISTS (SELECT FROM ir_model_data data
                                      WHERE data.model = source.res_model
                                        AND data.res_id = source.res_id
                                        AND NOT starts_with(data.module, '__'))
                        THEN 'module' ELSE 'person' END AS origin
              FROM (%(sources)s) source
         LEFT JOIN ir_model model ON model.model = source.model
            """,
            sources=sources,
        )

    @api.model
    def _get_sources(self):
        """Return one query for each kind; their columns are those of `_select`."""
        return [
            *self._get_own_sources(),
            self._get_pack_source(),
            *self._get_foreign_sources(),
            *self._get_manual_sources(),
        ]

    @api.model
    def _select(self, kind, res_model, columns, tables):
        """Return the query of a kind.

        :param columns: SQL of name, keywords, model (its name), state, company_id
        :param tables: SQL of what comes after FROM; the main table is called `item`
        """
        return SQL(
            """
            SELECT item.id AS res_id, %(number)s AS kind_number, %(kind)s AS kind,
                   %(res_model)s AS res_model, item.write_uid AS user_id,
                   item.write_date AS date, %(columns)s
              FROM %(tables)s
            """,
            number=NUMBERS[kind],
            kind=kind,
            res_model=res_model,
            columns=SQL(
                "%s AS name, %s AS keywords, %s AS model, %s AS state, %s::int4 AS company_id",
                *columns,
            ),
            tables=tables,
        )

    @api.model
    def _translated(self, column):
        return SQL(
            "COALESCE(%(column)s->>%(lang)s, %(column)s->>'en_US')",
            column=column,
            lang=self.env.lang or "en_US",
        )

    @api.model
    def _get_own_sources(self):
        archived = SQL(ARCHIVED)
        model = SQL("ON model.id = item.model_id")
        label = self._translated(SQL("field.field_description"))
        name = self._translated(SQL("item.name"))
        field_name = self._translated(SQL("custom.name"))
        none = SQL("NULL")
        plans = {
            "field": (
                (name, SQL("item.technical_name"), SQL("model.model"), SQL("item.state"), none),
                SQL("crm_custom_field item JOIN ir_model model %s", model),
            ),
            "place": (
                (
                    field_name,
                    SQL("concat_ws(' ', custom.technical_name, item.outlet, item.anchor)"),
                    SQL("model.model"),
                    SQL("custom.state"),
                    none,
                ),
                SQL(
                    """crm_custom_field_place item
                       JOIN crm_custom_field custom ON custom.id = item.custom_field_id
                       JOIN ir_model model ON model.id = custom.model_id"""
                ),
            ),
            "tab": (
                (
                    name,
                    SQL("item.condition_domain"),
                    SQL("model.model"),
                    archived,
                    SQL("item.company_id"),
                ),
                SQL("crm_form_tab item JOIN ir_model model %s", model),
            ),
            "rule": (
                self._get_rule_columns(name, label),
                SQL("crm_form_rule item JOIN ir_model model %s", model),
            ),
            "default": (
                (
                    label,
                    SQL("concat_ws(' ', field.name, item.value)"),
                    SQL("model.model"),
                    archived,
                    SQL("item.company_id"),
                ),
                SQL(
                    """crm_form_default item
                       JOIN ir_model_fields field ON field.id = item.field_id
                       JOIN ir_model model %s""",
                    model,
                ),
            ),
        }
        return [self._select(kind, OUR_MODELS[kind], *plan) for kind, plan in plans.items()]

    @api.model
    def _get_rule_columns(self, name, label):
        def join(column, separator):
            return SQL(
                """(SELECT string_agg(%s, %s ORDER BY field.id)
                      FROM crm_form_rule_target_rel target
                      JOIN ir_model_fields field ON field.id = target.field_id
                     WHERE target.rule_id = item.id)""",
                column,
                separator,
            )

        targets = join(label, ", ")
        return (
            SQL("COALESCE(NULLIF(%s, ''), %s)", name, targets),
            SQL(
                "concat_ws(' ', %s, %s, item.condition_domain)",
                targets,
                join(SQL("field.name"), " "),
            ),
            SQL("model.model"),
            SQL(ARCHIVED),
            SQL("item.company_id"),
        )

    @api.model
    def _get_foreign_sources(self):
        archived = SQL(ARCHIVED)
        none = SQL("NULL")
        name = self._translated(SQL("item.name"))
        plans = [
            (
                "automation",
                "base.automation",
                (
                    name,
                    SQL("concat_ws(' ', item.filter_domain, item.filter_pre_domain)"),
                    SQL("model.model"),
                    archived,
                    none,
                ),
                SQL("base_automation item JOIN ir_model model ON model.id = item.model_id"),
            ),
            (
                # filters of single persons are their own business
                "filter",
                "ir.filters",
                (
                    SQL("item.name"),
                    SQL("concat_ws(' ', item.domain, item.context)"),
                    SQL("item.model_id"),
                    archived,
                    none,
                ),
                SQL(
                    """ir_filters item
                       WHERE NOT EXISTS (SELECT FROM ir_filters_res_users_rel person
                                          WHERE person.ir_filters_id = item.id)"""
                ),
            ),
        ]
        return [self._select(*plan) for plan in plans]

    @api.model
    def _get_manual_sources(self):
        """Fields and views that somebody made without us."""
        archived, none = SQL(ARCHIVED), SQL("NULL")
        plans = [
            (
                "column",
                "ir.model.fields",
                (
                    self._translated(SQL("item.field_description")),
                    SQL("item.name"),
                    SQL("item.model"),
                    SQL("'live'"),
                    none,
                ),
                # the columns of analytic plans are made by their app, as people add plans
                SQL(
                    """ir_model_fields item
                       WHERE item.state = 'manual'
                         AND NOT starts_with(item.name, %(field)s)
                         AND NOT starts_with(item.name, %(file)s)
                         AND item.name <> %(currency)s
                         AND NOT (item.relation = 'account.analytic.account'
                                  AND item.name ~ '^x_plan[0-9]+_id$')""",
                    field=PREFIX,
                    file=FILE_NAME_PREFIX,
                    currency=CURRENCY,
                ),
            ),
            (
                "view",
                "ir.ui.view",
                (SQL("item.name"), SQL("item.type"), SQL("item.model"), archived, none),
                SQL(
                    """ir_ui_view item
                       WHERE item.model IS NOT NULL AND item.type <> 'qweb'
                         AND (item.arch_updated
                              OR NOT EXISTS (SELECT FROM ir_model_data data
                                              WHERE data.model = 'ir.ui.view'
                                                AND data.res_id = item.id))"""
                ),
            ),
        ]
        return [self._select(*plan) for plan in plans]

    @api.model
    def _get_pack_source(self):
        """Packs that were imported."""
        none = SQL("NULL")
        return self._select(
            "pack",
            "crm.customization.import",
            (
                SQL("concat_ws(' ', item.name, item.version)"),
                SQL("item.pack_key"),
                none,
                SQL("CASE WHEN item.state = 'undone' THEN 'archived' ELSE 'live' END"),
                SQL("item.company_id"),
            ),
            SQL("crm_customization_import item WHERE item.state <> 'draft'"),
        )

    @api.depends("res_model", "res_id", "kind")
    @api.depends_context("lang", "uid")
    def _compute_details(self):
        for kind, items in self.grouped("kind").items():
            model = self.env.get(OUR_MODELS.get(kind, ""))
            records = model.browse(items.mapped("res_id")).exists() if model is not None else []
            known = {record.id: record for record in records}
            for item in items:
                record = known.get(item.res_id)
                is_broken = bool(record) and "health" in record and record.health != "ok"
                item.title = (record and record.display_name) or item.name
                item.health = "broken" if is_broken else "ok"
                item.last_error = is_broken and record.last_error

    def _search_health(self, operator, value):
        if operator != "in":
            return NotImplemented
        broken = []
        for name in OUR_MODELS.values():
            model = self.env.get(name)
            if model is None or "health" not in model:
                continue
            states = [state for state, _label in model._fields["health"].selection if state != "ok"]
            records = model.with_context(active_test=False).search([("health", "in", states)])
            number = next(NUMBERS[kind] for kind, each in OUR_MODELS.items() if each == name)
            broken += [record_id * 16 + number for record_id in records.ids]
        if set(value) >= {"ok", "broken"}:
            return [(1, "=", 1)]
        if "broken" in value:
            return [("id", "in", broken)]
        return [("id", "not in", broken)] if "ok" in value else [(0, "=", 1)]

    def action_open(self):
        """Open what a row is about."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id)
        try:
            record.check_access("read")
        except AccessError as error:
            raise UserError(
                self.env._("Ask an administrator to open “%(name)s”.", name=self.title)
            ) from error
        return record.get_formview_action()

    def action_view_changes(self):
        """Open the history of what a row is about."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id)
        if self.res_model not in OUR_MODELS.values() or "change_count" not in record:
            raise UserError(self.env._("Changes are written down for fields, tabs and the like."))
        return (record._get_audit_owner() or record).action_view_changes()
