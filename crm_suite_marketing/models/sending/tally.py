"""What mail servers have made of the messages of a mailing, minute by minute.

Workers add to it once for each batch, on their own cursor; what is asked of it is summed up over
a time, whichever worker it was.
"""

from dataclasses import dataclass

from odoo.tools import SQL

# as long as the rates of a mailing look back
DAYS = 7


@dataclass
class Count:
    """Messages of one mailing.

    :ivar handed: a mail server was asked to take these
    :ivar errors: those of them that it did not take
    :ivar unreached: these waited because no connection could be had
    """

    handed: int = 0
    errors: int = 0
    unreached: int = 0


def make_add_query(counts, now):
    """:param counts: ``{mailing id: Count}``"""
    rows = [
        SQL(
            "(%s, %s::timestamp, %s, %s, %s)",
            mailing_id,
            now.replace(second=0, microsecond=0),
            count.handed,
            count.errors,
            count.unreached,
        )
        # in the same order as others, so that nobody waits for each other
        for mailing_id, count in sorted(counts.items())
    ]
    return SQL(
        """
        INSERT INTO crm_sending_tally AS tally (mailing_id, minute, handed, errors, unreached)
        VALUES %s
        ON CONFLICT (mailing_id, minute) DO UPDATE
           SET handed = tally.handed + EXCLUDED.handed, errors = tally.errors + EXCLUDED.errors,
               unreached = tally.unreached + EXCLUDED.unreached
        """,
        SQL(", ").join(rows),
    )


def make_sum_query(mailing_id, recently):
    """Return the query of what the breakers ask, all since the mailing was launched or resumed.

    Returns one row: messages handed over and errors since `recently`; the first minute without a
    connection after the last one with an answer; messages handed over, recipients who bounced for
    good, recipients who complained. Those of messages that went before do not count.
    """
    return SQL(
        """
        WITH counted AS (SELECT * FROM crm_sending_tally WHERE mailing_id = %(mailing)s),
             began AS (SELECT min(minute) AS at FROM counted),
             said AS (
                SELECT event.kind, count(DISTINCT event.outbox_id) AS people
                  FROM crm_engagement AS event
                  JOIN began ON event.ts >= began.at
                  JOIN crm_outbox AS outbox ON outbox.id = event.outbox_id
                 WHERE event.mailing_id = %(mailing)s
                   AND event.kind IN ('bounce_hard', 'complaint')
                   AND COALESCE(outbox.sent_at, event.ts) >= began.at
              GROUP BY event.kind)
        SELECT COALESCE(sum(handed) FILTER (WHERE minute >= %(recently)s), 0),
               COALESCE(sum(errors) FILTER (WHERE minute >= %(recently)s), 0),
               min(minute) FILTER (
                   WHERE unreached > 0
                     AND minute > COALESCE((SELECT max(minute) FROM counted WHERE handed > 0),
                                           '-infinity')),
               COALESCE(sum(handed), 0),
               COALESCE((SELECT people FROM said WHERE kind = 'bounce_hard'), 0),
               COALESCE((SELECT people FROM said WHERE kind = 'complaint'), 0)
          FROM counted
        """,
        mailing=mailing_id,
        recently=recently,
    )
