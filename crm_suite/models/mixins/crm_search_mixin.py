from odoo import api, fields, models
from odoo.fields import Domain
from odoo.modules.db import has_trigram
from odoo.tools import SQL, split_every
from odoo.tools.sql import column_exists, create_column, table_exists

from ...lib.search_text import LINE, SearchWords, build_search_text, escape_like, get_names

FILL_BATCH = 2000


class SearchText(fields.Char):
    """A field that finds words as the search box does, also where Python looks and not SQL."""

    def filter_function(self, records, field_expr, operator, value):
        if isinstance(value, str):
            words = SearchWords.parse(value)
            return lambda record: words.match(record[self.name] or "")
        return super().filter_function(records, field_expr, operator, value)


class CrmSearchMixin(models.AbstractModel):
    """What a model inherits to be found by one indexed text instead of many columns.

    `search_index` holds everything by which people look for a record, in one spelling
    (:mod:`lib/arabic`). It follows the fields in `_get_search_fields`, whoever changes them. Nobody
    reads or writes it: it is looked up by conditions on `search_text`.

        _inherit = ["res.partner", "crm.search.mixin"]

        def _get_search_fields(self):
            return ["name", "ref", "phone", "city"]

        def _prepare_search_text(self):
            return {"names": [self.name], "codes": [self.ref], …}
    """

    _name = "crm.search.mixin"
    _description = "Found by one indexed text"

    search_index = fields.Char(
        compute="_compute_search_index",
        store=True,
        groups=fields.NO_ACCESS,
        prefetch=False,
        export_string_translation=False,
    )
    search_text = SearchText(
        string="Search Text",
        compute="_compute_search_text",
        search="_search_search_text",
        groups="base.group_user",
        exportable=False,
        help="Names, addresses, numbers: whatever the search box finds, in any order and spelling.",
    )

    _search_index_idx = models.Index(
        lambda registry: "USING gin (search_index gin_trgm_ops)" if registry.has_trigram else ""
    )

    @api.depends(lambda self: self._get_search_fields())
    def _compute_search_index(self):
        for record in self:
            record.search_index = build_search_text(**record._prepare_search_text())

    @api.depends("search_index")
    def _compute_search_text(self):
        # sudo: what a record is found by is shown in it
        for record, found in zip(self, self.sudo(), strict=True):
            record.search_text = found.search_index

    def _search_search_text(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator == "in":
            return Domain.OR(
                self._get_search_domain(f'"{text}"') for text in value if isinstance(text, str)
            )
        if not isinstance(value, str):
            return NotImplemented
        return self._get_search_domain(value)

    def _auto_init(self):
        """Fill the column when it is new, before it has an index. As any other new field it would
        be computed for all records at once, in memory.
        """
        cr = self.env.cr
        is_new = (
            self._auto
            and table_exists(cr, self._table)
            and not column_exists(cr, self._table, "search_index")
        )
        if is_new:
            self._require_trigrams()
            column = self._fields["search_index"].column_type[1]
            create_column(cr, self._table, "search_index", column)
            self._fill_search_index()
        return super()._auto_init()

    def _write_multi(self, vals_list):
        """Leave alone who changed a record and when, if only its search text follows something
        else.
        """
        following = [
            record.id
            for record, vals in zip(self, vals_list, strict=True)
            if vals.keys() == {"search_index"}
        ]
        if following:
            rows = self.env.execute_query_dict(
                SQL(
                    "SELECT id, write_uid, write_date FROM %s WHERE id IN %s",
                    SQL.identifier(self._table),
                    tuple(following),
                )
            )
            kept = {row.pop("id"): row for row in rows}
            vals_list = [
                kept.get(record.id, {}) | vals for record, vals in zip(self, vals_list, strict=True)
            ]
        return super()._write_multi(vals_list)

    @api.model
    def _get_search_fields(self):
        """Return the names of the fields that make the search text, also `many2one.field`."""
        return []

    def _prepare_search_text(self):
        """Return the arguments of :func:`build_search_text` for this record."""
        return {"names": []}

    @api.model
    def _get_search_domain(self, typed, *, names_only=False):
        """Return the domain of the records in which the typed words are found.

        :param typed: as somebody typed it; empty finds everything
        :param names_only: look only for names, codes and numbers, not for places
        """
        words = SearchWords.parse(typed)
        if not words:
            return Domain.TRUE

        def to_sql(model, alias, _query):
            return model._get_search_condition(alias, words, names_only)

        def match(record):
            # sudo: what a record is found by is shown in it
            text = record.sudo().search_index or ""
            return words.match(get_names(text) if names_only else text)

        return Domain.custom(to_sql=to_sql, predicate=match)

    @api.model
    def _get_search_condition(self, alias, words, names_only):
        column = SQL.identifier(alias, "search_index", to_flush=self._fields["search_index"])
        condition = self._get_words_condition(column, words)
        if names_only:
            # The index finds candidates in the whole text; these get a second look. In COALESCE,
            # PostgreSQL does not take it for a condition that rules out nearly all of them.
            names = SQL("split_part(%s, %s, 1)", column, LINE)
            again = self._get_words_condition(names, words)
            condition = SQL("(%s AND COALESCE(%s, FALSE))", condition, again)
        return condition

    @api.model
    def _get_words_condition(self, text, words):
        def join(operator, conditions):
            return SQL("(%s)", SQL(f" {operator} ").join(conditions))

        return join(
            "AND",
            [
                join(
                    "OR",
                    [
                        join("AND", [SQL("%s LIKE %s", text, escape_like(part)) for part in parts])
                        for parts in group
                    ],
                )
                for group in words.groups
            ],
        )

    @api.model
    def _require_trigrams(self):
        """Odoo makes this extension in the databases that it creates, but others create some.

        Without it everything is found as well, only slower.
        """
        if self.pool.has_trigram:
            return
        may = self.env.execute_query(
            SQL(
                """
                SELECT 1 FROM pg_available_extension_versions
                 WHERE name = 'pg_trgm' AND trusted
                   AND has_database_privilege(current_database(), 'CREATE')
                """
            )
        )
        if may:
            self.env.cr.execute(SQL("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            self.pool.has_trigram = has_trigram(self.env.cr)

    @api.model
    def _fill_search_index(self):
        """Compute the search text of all records, in batches that fit into memory."""
        own = [name for name in self._get_search_fields() if "." not in name]
        linked = {}
        for path in self._get_search_fields():
            link, _dot, name = path.partition(".")
            if name:
                linked.setdefault(link, []).append(name)
        # sudo: the text is the same for everybody
        model = self.sudo().with_context(active_test=False, prefetch_fields=False)
        ids = model._search([], order="id").get_result_ids()
        for batch in split_every(FILL_BATCH, ids):
            records = model.browse(batch)
            records.fetch([*own, *linked])
            for link, names in linked.items():
                records.mapped(link).fetch(names)
            self.env.add_to_compute(model._fields["search_index"], records)
            records.flush_recordset(["search_index"])
            for found in (*map(records.mapped, linked), records):
                found.invalidate_recordset(flush=False)
