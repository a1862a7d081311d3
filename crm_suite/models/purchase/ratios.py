"""Averages of groups of purchases."""

from odoo.tools import SQL


def select_ratio(model, part, whole, factor):
    """Return the SQL of `factor` times one sum of a group divided by another: an average of sums,
    never of averages. Empty where there is nothing to divide by.
    """
    return SQL(
        "%s * SUM(%s) / NULLIF(SUM(%s), 0)",
        SQL(str(factor)),
        SQL.identifier(model._table, part),
        SQL.identifier(model._table, whole),
    )
