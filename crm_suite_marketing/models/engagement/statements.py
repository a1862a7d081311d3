"""SQL of the events: the guard of the ledger, and what is written to Odoo's statistics."""

from odoo.tools import SQL

# What the database itself lets nobody do. Records that an event names may go (their number is
# taken out), erasure takes out what tells of the person, and the verdict follows from the facts.
GUARD = """
    CREATE OR REPLACE FUNCTION crm_engagement_guard() RETURNS trigger AS $$
    DECLARE
        loose text[] := ARRAY[
            'outbox_id', 'mailing_id', 'campaign_id', 'trace_id', 'partner_id', 'link_id'];
        verdict text[] := ARRAY['actor', 'actor_reason'];
        name text;
    BEGIN
        IF TG_OP = 'UPDATE' AND current_setting('crm_suite.consent_erasure', true) = 'on' THEN
            RETURN NEW;
        END IF;
        IF TG_OP = 'UPDATE'
           AND current_setting('crm_suite.engagement_verdict', true) = 'on'
           AND to_jsonb(NEW) - verdict = to_jsonb(OLD) - verdict
        THEN
            RETURN NEW;
        END IF;
        IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - loose = to_jsonb(OLD) - loose THEN
            FOREACH name IN ARRAY loose LOOP
                IF to_jsonb(NEW) ->> name IS NOT NULL
                   AND to_jsonb(NEW) -> name IS DISTINCT FROM to_jsonb(OLD) -> name
                   AND name != 'partner_id'
                THEN
                    RAISE EXCEPTION 'The events of mailings are append-only';
                END IF;
            END LOOP;
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'The events of mailings are append-only';
    END
    $$ LANGUAGE plpgsql;
    DROP TRIGGER IF EXISTS crm_engagement_guard ON crm_engagement;
    CREATE TRIGGER crm_engagement_guard BEFORE UPDATE OR DELETE ON crm_engagement
        FOR EACH ROW EXECUTE FUNCTION crm_engagement_guard();
    DROP TRIGGER IF EXISTS crm_engagement_guard_all ON crm_engagement;
    CREATE TRIGGER crm_engagement_guard_all BEFORE TRUNCATE ON crm_engagement
        FOR EACH STATEMENT EXECUTE FUNCTION crm_engagement_guard();
"""

# Whom and what a message belongs to, by its delivery or by its row of the statistics
OF_DELIVERY = """
    SELECT outbox.id, outbox.company_id, outbox.mailing_id, outbox.campaign_id, outbox.trace_id,
           outbox.partner_id, outbox.identity_key,
           outbox.identity IS NULL AND outbox.identity_key IS NOT NULL
      FROM crm_outbox AS outbox
     WHERE outbox.id = ANY(%s)
"""
OF_TRACE = """
    SELECT trace.id, outbox.company_id, trace.mass_mailing_id, trace.campaign_id, outbox.id,
           COALESCE(outbox.partner_id, partner.id), outbox.identity_key,
           trace.email, trace.res_id < 0, trace.is_test_trace
      FROM mailing_trace AS trace
 LEFT JOIN crm_outbox AS outbox ON outbox.trace_id = trace.id
 LEFT JOIN res_partner AS partner ON trace.model = 'res.partner' AND partner.id = trace.res_id
     WHERE trace.id = ANY(%s)
"""

# What Odoo had noted of a message before there was a ledger, or behind its back
ADOPT = """
    INSERT INTO crm_engagement (
           event_key, ts, kind, mailing_id, campaign_id, trace_id, partner_id, outbox_id,
           company_id, identity_key, actor, actor_reason, evidence)
    SELECT 'adopted:' || trace.id || ':' || noted.kind,
           COALESCE(noted.ts, trace.write_date, trace.create_date),
           noted.kind, trace.mass_mailing_id, trace.campaign_id, trace.id, partner.id, outbox.id,
           COALESCE(outbox.company_id, responsible.company_id),
           COALESCE(
               outbox.identity_key,
               CASE WHEN trace.email IS NOT NULL AND NOT (%(odd)s)
                    THEN encode(
                        sha256(convert_to(%(salt)s || lower(trace.email), 'UTF8')), 'hex') END),
           'unknown', 'adopted', '{"source": "odoo"}'
      FROM mailing_trace AS trace
 LEFT JOIN res_partner AS partner ON trace.model = 'res.partner' AND partner.id = trace.res_id
 LEFT JOIN crm_outbox AS outbox ON outbox.trace_id = trace.id
 LEFT JOIN mailing_mailing AS mailing ON mailing.id = trace.mass_mailing_id
 LEFT JOIN res_users AS responsible
        ON responsible.id = COALESCE(mailing.user_id, mailing.write_uid)
CROSS JOIN LATERAL (
           VALUES ('open', trace.open_datetime, trace.trace_status IN ('open', 'reply')),
                  ('click', trace.links_click_datetime, trace.links_click_datetime IS NOT NULL),
                  ('reply', trace.reply_datetime, trace.trace_status = 'reply'),
                  ('bounce_soft', trace.write_date, trace.trace_status = 'bounce')
           ) AS noted(kind, ts, is_noted)
     WHERE noted.is_noted
       AND trace.is_test_trace IS NOT TRUE
       AND NOT EXISTS (
           SELECT FROM crm_engagement AS known
            WHERE known.trace_id = trace.id
              AND (known.kind = noted.kind OR noted.kind LIKE 'bounce%%'
                   AND known.kind LIKE 'bounce%%'))
        ON CONFLICT (event_key) DO NOTHING
 RETURNING trace_id
"""

# Rows of the clicks that Odoo's own reports read
DROP_CLICKS = """
    DELETE FROM link_tracker_click AS click
     USING crm_engagement AS event
 LEFT JOIN res_company AS company ON company.id = COALESCE(event.company_id, %(company)s)
     WHERE click.engagement_id = event.id
       AND event.id = ANY(%(events)s)
       AND event.actor = 'bot'
       AND company.engagement_count_bots IS NOT TRUE
"""
ADD_CLICKS = """
    INSERT INTO link_tracker_click (
           link_id, campaign_id, mass_mailing_id, mailing_trace_id, country_id, engagement_id,
           create_uid, write_uid, create_date, write_date)
    SELECT event.link_id, link.campaign_id, event.mailing_id, event.trace_id, country.id, event.id,
           %(uid)s, %(uid)s, event.ts, event.ts
      FROM crm_engagement AS event
      JOIN link_tracker AS link ON link.id = event.link_id
 LEFT JOIN res_country AS country ON country.code = event.evidence ->> 'country'
 LEFT JOIN res_company AS company ON company.id = COALESCE(event.company_id, %(company)s)
     WHERE event.id = ANY(%(events)s)
       AND event.kind = 'click'
       AND (event.actor <> 'bot' OR company.engagement_count_bots)
        ON CONFLICT (engagement_id) WHERE engagement_id IS NOT NULL DO NOTHING
"""
# Odoo counts all clicks of a link anew at each click; here many at a time
COUNT_CLICKS = """
    UPDATE link_tracker AS link
       SET count = counted.clicks
      FROM (
           SELECT listed.id, count(click.id) AS clicks
             FROM unnest(%(links)s::int[]) AS listed(id)
        LEFT JOIN link_tracker_click AS click ON click.link_id = listed.id
         GROUP BY listed.id
           ) AS counted
     WHERE link.id = counted.id
       AND link.count IS DISTINCT FROM counted.clicks
"""
# Whatever comes of a message proves that it went: also that of which somebody has said that it did
# not, while the second copy waits
RESOLVE = """
    UPDATE crm_outbox
       SET state = 'sent',
           reason = NULL,
           detail = %(detail)s,
           sent_at = COALESCE(sent_at, %(now)s),
           worker = NULL,
           lease_until = NULL
     WHERE id = ANY(%(deliveries)s)
       AND (state = 'uncertain'
            -- what is refused at the door tells so by an event, too
            OR resent > 0 AND (state IN ('planned', 'held', 'claimed')
                               OR state = 'failed' AND reason IS DISTINCT FROM 'refused'))
 RETURNING trace_id
"""

SWITCH_ERASURE = "SELECT set_config('crm_suite.consent_erasure', %s, true)"
# Odoo wants the number of a record in its statistics: one that is none
FORGET = (
    """
    UPDATE crm_engagement
       SET partner_id = NULL, evidence = NULL, identity_key = %(key)s
     WHERE identity_key = %(key)s
        OR outbox_id = ANY(%(deliveries)s)
        OR trace_id = ANY(%(traces)s)
    """,
    "UPDATE link_tracker_click SET ip = NULL WHERE mailing_trace_id = ANY(%(traces)s)",
    """
    UPDATE mailing_trace
       SET email = NULL, sms_number = NULL, failure_reason = NULL, res_id = -id
     WHERE id = ANY(%(traces)s)
    """,
)


def select_counted(event):
    """Return the condition that an event counts: the same in the statistics of mailings, in A/B
    tests and for the money. Programs do not, but where their company wants them to.

    :param str event: alias of the table
    """
    return SQL(
        """(%(actor)s <> 'bot' OR EXISTS (
               SELECT FROM res_company AS counting
                WHERE counting.id = COALESCE(%(company)s, (SELECT MIN(id) FROM res_company))
                  AND counting.engagement_count_bots))""",
        actor=SQL.identifier(event, "actor"),
        company=SQL.identifier(event, "company_id"),
    )


def insert(rows, names):
    """Return the statement that adds these events; those that are known are left out."""
    return SQL(
        """INSERT INTO crm_engagement (%(names)s) VALUES %(rows)s
               ON CONFLICT (event_key) DO NOTHING RETURNING id""",
        names=SQL(", ").join(SQL.identifier(name) for name in names),
        rows=SQL(", ").join(
            SQL("(%s)", SQL(", ").join(SQL("%s", one) for one in row)) for row in rows
        ),
    )


def update_traces(rows, columns, now):
    """Return the statement that writes these values, each row with its id first.

    :param columns: list of (name, type of the database)
    """
    values = SQL(", ").join(
        SQL("(%s)", SQL(", ").join(SQL("%s", value) for value in row)) for row in rows
    )
    return SQL(
        """UPDATE mailing_trace AS trace SET %(sets)s, write_date = %(now)s
             FROM (VALUES %(values)s) AS found(id, %(names)s)
            WHERE trace.id = found.id::int""",
        sets=SQL(", ").join(
            SQL("%s = %s::%s", SQL.identifier(name), SQL.identifier("found", name), SQL(kind))
            for name, kind in columns
        ),
        names=SQL(", ").join(SQL.identifier(name) for name, _kind in columns),
        values=values,
        now=now,
    )
