"""The queries of the workers. They run on a cursor of their own, at READ COMMITTED: at Odoo's
REPEATABLE READ, rows that another worker has just let go raise serialization errors.
"""

from odoo.tools import SQL

# What a worker knows of a row that it has taken
COLUMNS = (
    "id",
    "mailing_id",
    "company_id",
    "model",
    "res_id",
    "partner_id",
    "identity",
    "address",
    "lang",
    "tz",
    "worker",
    "attempt",
    "put_off",
    "trace_id",
)
# mailings that share a batch get this many messages of it at least
LEAST_SHARE = 10


def make_live_query(now, channel="mail"):
    """Return the query of the mailings that have something due and are not stopped, without reading
    all that is planned.
    """
    return SQL(
        """
        WITH RECURSIVE live(mailing_id) AS (
            (SELECT mailing_id FROM crm_outbox
              WHERE state = 'planned' AND channel = %(channel)s AND mailing_id IS NOT NULL
              ORDER BY mailing_id LIMIT 1)
             UNION ALL
            SELECT (SELECT o.mailing_id FROM crm_outbox o
                     WHERE o.state = 'planned' AND o.channel = %(channel)s
                       AND o.mailing_id > live.mailing_id
                     ORDER BY o.mailing_id LIMIT 1)
              FROM live
             WHERE live.mailing_id IS NOT NULL)
        SELECT mailing.id
          FROM live
          JOIN mailing_mailing mailing ON mailing.id = live.mailing_id
         WHERE mailing.state = 'sending' AND mailing.active AND mailing.is_paused IS NOT TRUE
           AND mailing.mailing_type = %(channel)s
           AND EXISTS (SELECT FROM crm_outbox o
                        WHERE o.mailing_id = live.mailing_id AND o.state = 'planned'
                          AND o.channel = %(channel)s AND o.due_at <= %(now)s)
        """,
        now=now,
        channel=channel,
    )


def make_claim_query(worker, mailing_ids, now, lease_until, most, channel="mail"):
    """Return the query that takes rows which are due, and returns `COLUMNS`.

    No mailing can take a batch for itself while others wait, whatever its priority.
    """
    share = max(LEAST_SHARE, -(-most // len(mailing_ids)))
    return SQL(
        """
        WITH chosen AS (
            SELECT due.id
              FROM unnest(%(mailings)s) AS mailing(id)
             CROSS JOIN LATERAL (
                   SELECT o.id, o.priority, o.due_at
                     FROM crm_outbox o
                    WHERE o.mailing_id = mailing.id AND o.state = 'planned'
                      AND o.channel = %(channel)s AND o.due_at <= %(now)s
                    ORDER BY o.due_at, o.id
                    LIMIT %(share)s
                      FOR UPDATE SKIP LOCKED) AS due
             ORDER BY row_number() OVER (PARTITION BY mailing.id ORDER BY due.due_at, due.id),
                      due.priority, due.due_at, due.id
             LIMIT %(most)s)
        UPDATE crm_outbox o
           SET state = 'claimed', worker = %(worker)s, lease_until = %(lease)s
          FROM chosen
         WHERE o.id = chosen.id
        RETURNING %(columns)s
        """,
        mailings=mailing_ids,
        now=now,
        share=share,
        most=most,
        channel=channel,
        worker=worker,
        lease=lease_until,
        columns=SQL(", ").join(SQL.identifier("o", name) for name in COLUMNS),
    )


# One statement and one commit for each message: what became of the one before, and that this one
# is on its way. Whoever dies afterwards leaves one row in `sending`, and nobody sends it again.
# Rows that somebody else has taken in the meantime are left alone, and not returned.
NOTE_QUERY = """
    UPDATE crm_outbox o
       SET state = v.state, reason = v.reason, detail = v.detail,
           message_id = COALESCE(v.message_id, o.message_id),
           server_id = COALESCE(v.server_id, o.server_id),
           sent_at = CASE WHEN v.state IN ('sent', 'uncertain') THEN v.at ELSE o.sent_at END,
           due_at = CASE WHEN v.state IN ('planned', 'held') THEN COALESCE(v.at, o.due_at)
                         ELSE o.due_at END,
           attempt = o.attempt + CASE WHEN v.state = 'sending' THEN 1 ELSE 0 END,
           put_off = CASE WHEN v.state = 'planned'
                           AND v.reason IN ('on_hold', 'deferred', 'connection', 'postponed')
                          THEN COALESCE(o.put_off, 0) + GREATEST(extract(
                               epoch FROM v.at - (now() AT TIME ZONE 'UTC'))::int, 0)
                          ELSE o.put_off END,
           idem_key = CASE WHEN v.state = 'suppressed' THEN NULL ELSE o.idem_key END,
           worker = CASE WHEN v.state IN ('planned', 'held') THEN NULL ELSE o.worker END,
           lease_until = CASE WHEN v.state = 'sending' THEN o.lease_until END
      FROM (VALUES %s) AS v(id, was, state, reason, detail, message_id, server_id, at)
     WHERE o.id = v.id AND o.state = v.was AND o.worker = %%s
    RETURNING o.id
"""
NOTE_ROW = "(%s::int, %s, %s, %s::varchar, %s::text, %s::varchar, %s::int, %s::timestamp)"


def make_recover_query(worker, detail):
    """Return the query that frees what a dead worker left, and names what may have gone: the state
    and the domain of each.
    """
    return SQL(
        """
        UPDATE crm_outbox
           SET state = CASE state WHEN 'claimed' THEN 'planned' ELSE 'uncertain' END,
               reason = CASE state WHEN 'claimed' THEN NULL ELSE 'worker_died' END,
               detail = CASE state WHEN 'claimed' THEN NULL ELSE %(detail)s END,
               sent_at = CASE state WHEN 'claimed' THEN sent_at
                                    ELSE (now() AT TIME ZONE 'UTC')::timestamp(0) END,
               worker = CASE state WHEN 'claimed' THEN NULL ELSE worker END,
               lease_until = NULL
         WHERE worker = %(worker)s AND state IN ('claimed', 'sending')
        RETURNING state, split_part(identity, '@', 2)
        """,
        worker=worker,
        detail=detail,
    )


def make_expire_query(now):
    """Return the query that frees what a worker holds that lives, but does not come on: it looks
    before each message whether the row is still his.
    """
    return SQL(
        """
        UPDATE crm_outbox SET state = 'planned', worker = NULL, lease_until = NULL
         WHERE state = 'claimed' AND lease_until < %s
        """,
        now,
    )


def make_refused_query(worker):
    """Return the query of the recipients whom a mail server has refused for good, and of whom the
    statistics do not know yet: id, and what the server said.
    """
    return SQL(
        """
        SELECT id, detail FROM crm_outbox
         WHERE worker = %s AND state = 'failed' AND reason = 'refused' ORDER BY id
        """,
        worker,
    )


def make_trace_query(worker, failures, now):
    """Return the query that brings the traces of core up to date with what a worker has done.

    A trace that tells more already, as an opened mail does, keeps its status.

    :param failures: ``{reason: failure_type}``
    """
    return SQL(
        """
        WITH done AS (
            UPDATE crm_outbox SET worker = NULL, lease_until = NULL
             WHERE worker = %(worker)s AND state IN ('sent', 'failed', 'uncertain', 'suppressed')
         RETURNING trace_id, state, reason, detail, message_id, sent_at)
        UPDATE mailing_trace t
           SET trace_status = CASE WHEN t.trace_status NOT IN ('outgoing', 'process', 'pending')
                                   THEN t.trace_status
                                   ELSE CASE done.state WHEN 'sent' THEN
                                                            -- until the provider says more
                                                            CASE t.trace_type WHEN 'sms'
                                                            THEN 'pending' ELSE 'sent' END
                                                        WHEN 'uncertain' THEN 'process'
                                                        WHEN 'failed' THEN 'error'
                                                        ELSE 'cancel' END END,
               failure_type = CASE WHEN t.trace_status NOT IN ('outgoing', 'process', 'pending')
                                   THEN t.failure_type
                                   WHEN done.state IN ('failed', 'suppressed')
                                   THEN COALESCE(failure.type, 'unknown')
                                   ELSE t.failure_type END,
               failure_reason = COALESCE(done.detail, t.failure_reason),
               message_id = COALESCE(done.message_id, t.message_id),
               sent_datetime = COALESCE(t.sent_datetime,
                                        CASE WHEN done.state = 'sent' THEN done.sent_at END),
               write_date = %(now)s
          FROM done
          LEFT JOIN unnest(%(reasons)s::text[], %(types)s::text[]) AS failure(reason, type)
                 ON failure.reason = done.reason
         WHERE t.id = done.trace_id
        """,
        worker=worker,
        reasons=list(failures),
        types=list(failures.values()),
        now=now,
    )
