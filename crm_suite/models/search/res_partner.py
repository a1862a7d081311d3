from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib.search_text import SearchWords

# How many contacts, in the order of their names, are looked at to see whether a word is among them
FIRST_NAMES = 1000


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "crm.search.mixin"]

    @api.model
    def _get_search_fields(self):
        return [
            *super()._get_search_fields(),
            "complete_name",
            "email",
            "ref",
            "vat",
            "company_registry",
            "phone",
            "phone_sanitized",
            "city",
        ]

    def _prepare_search_text(self):
        return {
            "names": [self.complete_name, self.email],
            "codes": [self.ref, self.vat, self.company_registry],
            "phones": [self.phone_sanitized, self.phone],
            "places": [self.city],
        }

    @api.model
    def _search_display_name(self, operator, value):
        """Look for contacts by their search text, wherever one is chosen or filtered by name.

        Places aside: whoever enters a customer does not want all those of a town.
        """
        if operator in ("ilike", "not ilike") and isinstance(value, str):
            found = self._get_search_domain(value, names_only=True)
            return found if operator == "ilike" else ~found
        return super()._search_display_name(operator, value)

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """Keep PostgreSQL from reading all contacts by name until a page of matches is full.

        It believes that matches are spread evenly over the alphabet, but Arabic names come after
        all Latin ones.
        """
        query = super()._search(domain, offset, limit, order, **kwargs)
        if limit and order == self._order:
            words = self._get_searched_words(domain)
            if words and not self._is_found_early(words, offset + limit):
                query.order = SQL(
                    "%s || '', %s DESC",  # an expression that no index is sorted by
                    SQL.identifier(query.table, "complete_name"),
                    SQL.identifier(query.table, "id"),
                )
        return query

    @api.model
    def _get_searched_words(self, domain):
        for condition in Domain(domain).iter_conditions():
            if (
                condition.field_expr in ("search_text", "display_name")
                and condition.operator == "ilike"
                and isinstance(condition.value, str)
            ):
                return SearchWords.parse(condition.value)
        return None

    @api.model
    def _is_found_early(self, words, number):
        """Return whether so many contacts are found among the first ones."""
        self.flush_model(["active", "complete_name", "search_index"])
        [[found]] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*)
                  FROM (SELECT search_index
                          FROM res_partner
                         WHERE active
                      ORDER BY complete_name, id DESC
                         LIMIT %s) first
                 WHERE %s
                """,
                FIRST_NAMES,
                self._get_words_condition(SQL.identifier("first", "search_index"), words),
            )
        )
        return found >= number
