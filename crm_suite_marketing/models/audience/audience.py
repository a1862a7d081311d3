"""The audience of a mailing, in a temporary table: who is meant, at which address, and why not.

One statement for each step, however many recipients there are.
"""

from odoo.tools import SQL

TABLE = SQL.identifier("crm_outbox_audience")

CREATE = """
    CREATE TEMPORARY TABLE %s (
        res_id int, partner_id int, company_id int, name text, raw text, address text,
        lang text, tz text, identity text, identity_key text, domain text, reason text,
        outbox_id int, due_at timestamp, is_capped boolean, is_quiet boolean, tz_guessed boolean,
        step_id int, step_key text
    ) ON COMMIT DROP
"""
COLUMNS = SQL("res_id, partner_id, company_id, name, raw, address, lang, tz, reason")
OF_SEGMENT = """
    SELECT partner.id, partner.id, partner.company_id, partner.name, NULL, audience.address,
           partner.lang, partner.tz,
           CASE audience.reason WHEN 'blacklisted' THEN 'blacklist' ELSE audience.reason END
      FROM (%s) AS audience
      JOIN res_partner AS partner ON partner.id = audience.partner_id
"""
# Addresses as the ledger knows them; the odd ones only Python can write
IDENTIFY = """
    UPDATE %(table)s
       SET identity = lower(address),
           identity_key = encode(sha256(convert_to(%(salt)s || lower(address), 'UTF8')), 'hex'),
           domain = split_part(lower(address), '@', 2)
     WHERE address IS NOT NULL AND NOT (%(odd)s)
"""
IDENTIFY_ODD = """
    UPDATE %(table)s AS audience
       SET identity = odd.identity, identity_key = odd.key,
           domain = split_part(odd.identity, '@', 2)
      FROM unnest(%(addresses)s::text[], %(identities)s::text[], %(keys)s::text[])
           AS odd(address, identity, key)
     WHERE audience.address = odd.address
"""
# Contacts of mailing lists who have left them and are in no other
LEFT_ALL_LISTS = SQL(
    """SELECT contact_id FROM mailing_subscription
     GROUP BY contact_id
       HAVING bool_and(COALESCE(opt_out, FALSE))"""
)
# Where a message of this group went to the address, or will, it is no other record's any more
DUPLICATES = """
    UPDATE %(table)s AS audience
       SET reason = 'duplicate'
      FROM (SELECT res_id,
                   row_number() OVER (PARTITION BY identity ORDER BY res_id) AS place,
                   identity
              FROM %(table)s
             WHERE reason IS NULL) AS placed
     WHERE placed.res_id = audience.res_id
       AND (placed.place > 1
            OR EXISTS (SELECT FROM crm_outbox AS other
                        WHERE other.idem_key = %(group)s || ':' || placed.identity
                          AND other.id IS DISTINCT FROM audience.outbox_id))
"""
INSERT = """
    WITH added AS (
         INSERT INTO crm_outbox (
                create_date, company_id, mailing_id, campaign_id, channel, model, res_id,
                partner_id, identity, identity_key, address, lang, tz, tz_guessed, state, reason,
                idem_key, server_id, priority, due_at, attempt, is_assigned, trace_id,
                journey_step_id)
         SELECT %(now)s, COALESCE(company_id, %(company)s), %(mailing)s, %(campaign)s,
                %(channel)s,
                %(model)s, res_id, partner_id, identity, identity_key,
                CASE WHEN reason IS DISTINCT FROM 'missing' THEN %(formatted)s END, lang, tz,
                tz_guessed,
                CASE WHEN reason IS NOT NULL THEN 'suppressed'
                     WHEN is_capped THEN 'held' ELSE 'planned' END,
                CASE WHEN reason IS NOT NULL THEN reason
                     WHEN is_capped THEN 'cap' WHEN is_quiet THEN 'quiet' END,
                CASE WHEN reason IS NULL
                     THEN COALESCE(step_key, %(group)s || ':' || identity) END,
                %(server)s, 10,
                CASE WHEN reason IS NULL THEN due_at END,
                0, reason IS NULL OR reason = 'holdout', nextval('mailing_trace_id_seq'),
                step_id
           FROM %(table)s AS audience
          WHERE outbox_id IS NULL
       ORDER BY res_id
    ON CONFLICT DO NOTHING
      RETURNING res_id, state, reason, trace_id
    ), traced AS (
         INSERT INTO mailing_trace (
                id, create_uid, create_date, write_uid, write_date, trace_type, model, res_id,
                %(column)s, mass_mailing_id, campaign_id, trace_status, failure_type)
         SELECT added.trace_id, %(uid)s, %(now)s, %(uid)s, %(now)s, %(channel)s, %(model)s,
                added.res_id,
                CASE WHEN added.reason IS DISTINCT FROM 'duplicate' THEN audience.address END,
                %(mailing)s, %(campaign)s,
                CASE WHEN added.state = 'suppressed' THEN 'cancel' ELSE 'outgoing' END,
                CASE WHEN added.state = 'suppressed' THEN failure.type END
           FROM added
           JOIN %(table)s AS audience USING (res_id)
      LEFT JOIN unnest(%(reasons)s, %(failures)s) AS failure(reason, type)
             ON failure.reason = added.reason
    )
    SELECT count(*) FILTER (WHERE state != 'suppressed'), count(*) FROM added
"""
PLAN_AGAIN = """
    WITH again AS (
         UPDATE crm_outbox AS outbox
            SET state = CASE WHEN audience.reason IS NOT NULL THEN 'suppressed'
                             WHEN audience.is_capped THEN 'held' ELSE 'planned' END,
                reason = CASE WHEN audience.reason IS NOT NULL THEN audience.reason
                              WHEN audience.is_capped THEN 'cap'
                              WHEN audience.is_quiet THEN 'quiet' END,
                detail = NULL,
                idem_key = CASE WHEN audience.reason IS NULL
                                THEN %(group)s || ':' || audience.identity END,
                identity = audience.identity,
                identity_key = audience.identity_key,
                address = %(formatted)s,
                lang = audience.lang,
                tz = audience.tz,
                tz_guessed = audience.tz_guessed,
                due_at = CASE WHEN audience.reason IS NULL THEN audience.due_at END,
                lease_until = NULL,
                worker = NULL,
                attempt = 0,
                put_off = 0,
                is_assigned = outbox.is_assigned OR audience.reason IS NULL
                              OR audience.reason = 'holdout'
           FROM %(table)s AS audience
          WHERE outbox.id = audience.outbox_id
            AND outbox.state IN ('failed', 'suppressed')
      RETURNING outbox.trace_id, outbox.state, outbox.reason, audience.address
    ), traced AS (
         UPDATE mailing_trace AS trace
            SET trace_status = CASE WHEN again.state = 'suppressed' THEN 'cancel'
                                    ELSE 'outgoing' END,
                failure_type = CASE WHEN again.state = 'suppressed' THEN failure.type END,
                failure_reason = NULL,
                %(column)s = CASE WHEN again.reason IS DISTINCT FROM 'duplicate'
                             THEN again.address END
           FROM again
      LEFT JOIN unnest(%(reasons)s, %(failures)s) AS failure(reason, type)
             ON failure.reason = again.reason
          WHERE trace.id = again.trace_id
    )
    SELECT count(*) FILTER (WHERE state != 'suppressed'), count(*) FROM again
"""
# A name may hold what would end it, or the line
FORMATTED = SQL(
    r"""CASE WHEN trim(COALESCE(audience.name, '')) = '' THEN audience.address
            ELSE '"' || regexp_replace(
                     regexp_replace(trim(audience.name), '[[:cntrl:]]', ' ', 'g'),
                     '(["\\])', '\\\1', 'g')
                 || '" <' || audience.address || '>'
       END"""
)
# The same number as in `lib/ab_test.py`; who has no address is counted in one arm, too
BUCKET = """
    ('x' || substr(md5(%s || ':' || COALESCE(identity, 'record ' || res_id)), 1, 8)
    )::bit(32)::bigint %% 10000
"""


def make_source(model, targets, by_phone=False):
    """Return the query of the recipients among the records of a model, with their addresses.

    Like core, the contact of a record is written to before the address on the record, but for
    models that say otherwise.

    :param targets: ``SQL`` that selects ids
    :param by_phone: their numbers instead; that of the record goes before that of its contact
    """
    table = SQL.identifier(model._table)
    is_partner = model._name == "res.partner"
    contact = next(
        (name for name in model._mail_get_partner_fields() if _is_stored(model, name, "many2one")),
        None,
    )
    partner = SQL("NULL::int")
    if is_partner:
        partner = SQL("target.id")
    elif contact:
        partner = SQL("target.%s", SQL.identifier(contact))
    own, raw, name = SQL("NULL"), SQL("NULL"), SQL("NULL")
    normalized = "phone_sanitized" if by_phone else "email_normalized"
    if _is_stored(model, normalized):
        own = SQL("NULLIF(target.%s, '')", SQL.identifier(normalized))
    elif field := _find_field(model, *_get_address_fields(model, by_phone)):
        raw = SQL("NULLIF(target.%s, '')", SQL.identifier(field))
    # a document is not called as the person is
    is_person = model._name in ("res.partner", "mailing.contact")
    if field := _find_field(
        model, "contact_name", "partner_name", model._rec_name if is_person else None
    ):
        name = SQL("target.%s", SQL.identifier(field))
    company = SQL("partner.company_id")
    if _is_stored(model, "company_id", "many2one"):
        company = SQL("COALESCE(target.company_id, partner.company_id)")
    theirs = SQL("NULLIF(partner.%s, '')", SQL.identifier(normalized))
    own_first = by_phone or model._mail_defaults_to_email
    return SQL(
        """
        SELECT target.id, partner.id, %(company)s, COALESCE(%(names)s), %(raw)s,
               COALESCE(%(addresses)s), partner.lang, partner.tz, NULL
          FROM %(table)s AS target
     LEFT JOIN res_partner AS partner ON partner.id = %(partner)s
         WHERE target.id IN (%(targets)s)
        """,
        company=company,
        names=SQL("%s, partner.name", name) if own_first else SQL("partner.name, %s", name),
        raw=SQL("CASE WHEN %s OR %s IS NULL THEN %s END", own_first, theirs, raw),
        addresses=SQL("%s, %s", own, theirs) if own_first else SQL("%s, %s", theirs, own),
        table=table,
        partner=partner,
        targets=targets,
    )


def _get_address_fields(model, by_phone):
    if by_phone:
        return model._phone_get_number_fields()
    return model._mail_get_primary_email_field(), "email_from", "email", "x_email"


def _is_stored(model, name, *kinds):
    field = model._fields.get(name)
    return bool(
        field
        and field.store
        and field.column_type
        and not field.translate
        and field.type in (kinds or ("char",))
    )


def _find_field(model, *names):
    return next((name for name in names if name and _is_stored(model, name)), None)
