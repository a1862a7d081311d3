"""Where people stand, in the database: read to change it, and written."""

from odoo.tools import SQL

UPSERT = """
    INSERT INTO crm_consent (
           identity, identity_key, channel, purpose_id, company_id,
           state, decided_at, paused_at, paused_until,
           create_uid, write_uid, create_date, write_date)
    VALUES %s
        ON CONFLICT (identity_key, channel, COALESCE(purpose_id, 0), COALESCE(company_id, 0))
 DO UPDATE
       SET identity = COALESCE(EXCLUDED.identity, crm_consent.identity),
           state = EXCLUDED.state,
           decided_at = EXCLUDED.decided_at,
           paused_at = EXCLUDED.paused_at,
           paused_until = EXCLUDED.paused_until,
           write_uid = EXCLUDED.write_uid,
           write_date = EXCLUDED.write_date
"""


def make_lock_query(identity_keys):
    """Return the query of the rows of these people, which others wait for until we are done."""
    return SQL(
        """SELECT identity_key, channel, purpose_id, company_id,
                  state, decided_at, paused_at, paused_until
             FROM crm_consent WHERE identity_key = ANY(%s) FOR UPDATE""",
        list(identity_keys),
    )


def make_upsert_query(rows, uid, now):
    """Return the statement that writes these rows, each person, channel, purpose and company once.

    :param rows: (identity, identity_key, channel, purpose_id, company_id, *standing)
    """
    values = SQL(", ").join(
        SQL(
            "(%s, %s, %s, %s::int, %s::int, %s, %s::timestamp, %s::timestamp, %s::timestamp, "
            "%s, %s, %s, %s)",
            *(value or None for value in row),
            *(uid, uid, now, now),
        )
        for row in rows
    )
    return SQL(UPSERT, values)
