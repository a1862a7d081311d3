"""SQL that sources of the timeline share: which texts words are looked for in, and local days.

A *text* is a function: pattern of LIKE -> SQL condition. Columns that hold normalised text are
compared as they are; what people typed is normalised on the way, which is worth it for short texts.
"""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column, table_exists

from ...lib.arabic import get_folding
from ...lib.search_text import escape_like

FROM, TO = get_folding()


def in_search_text(column):
    """The text of a column that holds normalised text, like `search_index`."""
    return lambda pattern: SQL("%s LIKE %s", column, pattern)


def in_raw_text(column):
    """The text of a column as people typed it: a name, a number."""
    text = _normalize(column)
    return lambda pattern: SQL("%s LIKE %s", text, pattern)


def in_choice(column, model, name="name"):
    """The name, as the reader sees it, of the record that a column refers to, for models with few
    records: stages, outcomes.
    """
    found = _normalize(model._field_to_sql(model._table, name))
    return lambda pattern: SQL(
        "%s IN (SELECT %s FROM %s WHERE %s LIKE %s)",
        column,
        SQL.identifier(model._table, "id"),
        SQL.identifier(model._table),
        found,
        pattern,
    )


def in_record(column, model, name="name"):
    """The name, as the reader sees it, of the record that a column refers to."""
    found = _normalize(model._field_to_sql(model._table, name))
    return lambda pattern: SQL(
        "EXISTS (SELECT FROM %s WHERE %s = %s AND %s LIKE %s)",
        SQL.identifier(model._table),
        SQL.identifier(model._table, "id"),
        column,
        found,
        pattern,
    )


def in_user_name(column):
    """The name of the user that a column refers to."""
    name = _normalize(SQL.identifier("person", "name"))
    return lambda pattern: SQL(
        """
        %s IN (SELECT login.id
                 FROM res_users AS login
                 JOIN res_partner AS person ON person.id = login.partner_id
                WHERE %s LIKE %s)
        """,
        column,
        name,
        pattern,
    )


def find_words(words, texts):
    """The condition that all words are found, each in any of the texts."""

    def found(fragment):
        pattern = escape_like(fragment)
        return SQL("(%s)", SQL(" OR ").join(text(pattern) for text in texts))

    return SQL(" AND ").join(
        SQL(
            "(%s)",
            SQL(" OR ").join(
                SQL("(%s)", SQL(" AND ").join(found(part) for part in parts)) for parts in group
            ),
        )
        for group in words.groups
    )


def _normalize(column):
    """The text of a column in the spelling of :mod:`lib.arabic`, between spaces."""
    return SQL(
        """(' ' || CASE WHEN octet_length(%(column)s) = length(%(column)s) THEN lower(%(column)s)
                        ELSE translate(lower(COALESCE(%(column)s, '')), %(old)s, %(new)s) END
            || ' ')""",
        column=column,
        old=FROM,
        new=TO,
    )


def at_midnight(column, tz):
    """The moment at which a day begins in a time zone, in UTC."""
    if tz in ("", "UTC"):
        return SQL("%s::timestamp", column)
    return SQL("timezone('UTC', timezone(%s, %s::timestamp))", tz, column)


def add_customer_column(model, name, contact):
    """Add the column of a stored customer and fill it by one statement, before the ORM would
    compute it for all records in memory.

    :param contact: the column of the contact whose commercial partner it is
    """
    cr = model.env.cr
    if table_exists(cr, model._table) and not column_exists(cr, model._table, name):
        create_column(cr, model._table, name, model._fields[name].column_type[1])
        cr.execute(
            SQL(
                """
                UPDATE %(table)s AS document
                   SET %(name)s = contact.commercial_partner_id
                  FROM res_partner AS contact
                 WHERE contact.id = document.%(contact)s
                """,
                table=SQL.identifier(model._table),
                name=SQL.identifier(name),
                contact=SQL.identifier(contact),
            )
        )
