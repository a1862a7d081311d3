"""When a message goes: at the local time of its recipient, outside quiet hours, and not too often.

Hours and days are those of the clock on the recipient's wall; the database knows when that changes.
"""

from datetime import timedelta

from odoo.tools import SQL

# The easternmost clock there is
EASTERNMOST = timedelta(hours=14)

# Habits change: when somebody reads is learnt of so much time
HABIT = timedelta(days=90)

# The first moment from `since` on at which a clock shows a time: of an hour that it shows twice, in
# the first; where it skips that time, right after the gap. PostgreSQL itself takes the second hour,
# and goes as far behind the gap as the time lies within
MOMENT = """
    SELECT CASE %(shown)s
           WHEN early.at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s THEN early.at
           WHEN late.at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s THEN late.at
           ELSE (SELECT min(minute.at)
                   FROM generate_series(
                            date_trunc('minute', late.at) - interval '3 hours', late.at, '1 minute'
                        ) AS minute(at)
                  WHERE minute.at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s >= %(shown)s)
           END
      FROM (SELECT %(since)s
                   + (%(shown)s - (%(since)s AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s))) AS early(at),
           (SELECT %(shown)s AT TIME ZONE %(tz)s AT TIME ZONE 'UTC') AS late(at)
"""
# A wall clock of the sender, read where the recipient is
LOCAL_DUE = """
    SELECT (%(moment)s)
      FROM (SELECT %(due)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE %(sender)s) AS wall(at)
"""
# The first moment from `due` at which it is neither quiet nor a day without sending. Both are put
# off on the wall, so hours that have begun go on where the clock is set back meanwhile
ALLOWED_DUE = """
    SELECT (%(moment)s)
      FROM (SELECT %(due)s) AS due(at)
CROSS JOIN LATERAL (
           SELECT due.at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s) AS wall(at)
CROSS JOIN LATERAL (
           SELECT extract(epoch FROM wall.at::time) / 3600) AS now(hour)
CROSS JOIN LATERAL (
           SELECT CASE WHEN %(first)s < %(until)s AND now.hour >= %(first)s
                            AND now.hour < %(until)s
                            OR %(first)s > %(until)s AND now.hour < %(until)s
                       THEN wall.at::date + %(until)s * interval '1 hour'
                       WHEN %(first)s > %(until)s AND now.hour >= %(first)s
                       THEN wall.at::date + 1 + %(until)s * interval '1 hour'
                       ELSE wall.at
                  END) AS hour(at)
CROSS JOIN LATERAL (
           SELECT COALESCE(min(n), 0) FROM generate_series(0, 6) AS n
            WHERE extract(isodow FROM hour.at::date + n) = ANY(%(days)s)) AS day(put_off)
CROSS JOIN LATERAL (
           SELECT CASE WHEN day.put_off > 0
                       THEN hour.at::date + day.put_off + %(morning)s * interval '1 hour'
                       ELSE hour.at
                  END) AS shown(at)
"""
# The hour of the day at which each of an audience mostly opens and clicks, on his own clock; of two
# the one that he did last. What programs did tells nothing
USUAL_HOURS = """
    SELECT DISTINCT ON (habit.res_id) habit.res_id, habit.hour
      FROM (SELECT audience.res_id, event.ts,
                   extract(hour FROM event.ts AT TIME ZONE 'UTC' AT TIME ZONE audience.tz)::int
              FROM %(table)s AS audience
        CROSS JOIN LATERAL (
                   SELECT id, ts, kind, actor, company_id FROM crm_engagement
                    WHERE partner_id = audience.partner_id AND ts > %(since)s AND ts <= %(now)s
                    UNION
                   SELECT id, ts, kind, actor, company_id FROM crm_engagement
                    WHERE identity_key = audience.identity_key
                          AND ts > %(since)s AND ts <= %(now)s) AS event
             WHERE audience.reason IS NULL
               AND event.kind IN ('open', 'click') AND event.actor = 'human'
               AND (event.company_id IS NULL OR event.company_id = %(company)s)
           ) AS habit(res_id, ts, hour)
  GROUP BY habit.res_id, habit.hour
  ORDER BY habit.res_id, count(*) DESC, max(habit.ts) DESC
"""
# The first moment from `due` on at which it is this hour on the wall
HOUR_DUE = """
    SELECT (%(moment)s)
      FROM (SELECT %(due)s) AS due(at)
CROSS JOIN LATERAL (
           SELECT due.at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s) AS wall(at)
CROSS JOIN LATERAL (
           SELECT CASE WHEN extract(hour FROM wall.at)::int = %(hour)s THEN wall.at
                       ELSE wall.at::date + make_interval(hours => %(hour)s)
                            + CASE WHEN extract(hour FROM wall.at)::int > %(hour)s
                                   THEN interval '1 day' ELSE interval '0' END
                  END) AS shown(at)
"""
# Whoever has the same address is the same person, and so is the same contact by whichever channel
SAME_PERSON = "(other.identity_key = %(key)s OR other.partner_id = %(partner)s)"
# Nobody knows when what is stopped goes
RUNNING = """
    (mailing.id IS NULL
     OR mailing.state = 'sending' AND mailing.active AND mailing.is_paused IS NOT TRUE)
"""
# The messages that a person got lately, each with its moment: by us, by Odoo's own engine (mailings
# and texts), and on occasions
GOT = """
    SELECT other.sent_at FROM crm_outbox AS other
     WHERE %(same)s
       AND other.id IS DISTINCT FROM %(row)s
       AND other.state IN ('sent', 'uncertain')
       AND other.sent_at > %(since)s::timestamp
 UNION ALL
    SELECT trace.sent_datetime FROM mailing_trace AS trace
     WHERE trace.model = %(model)s AND trace.res_id = %(record)s
       AND trace.sent_datetime > %(since)s::timestamp
       AND trace.is_test_trace IS NOT TRUE
       AND NOT EXISTS (SELECT FROM crm_outbox AS ours WHERE ours.trace_id = trace.id)
 UNION ALL
    SELECT occasion.date::timestamp FROM crm_occasion AS occasion
     WHERE occasion.partner_id = %(partner)s
       AND occasion.state = 'sent'
       AND occasion.date > %(since)s::timestamp
"""
# Those that he is about to get, besides a row
COMING = """
    SELECT other.due_at FROM crm_outbox AS other
 LEFT JOIN mailing_mailing AS mailing ON mailing.id = other.mailing_id
     WHERE %(same)s
       AND other.id IS DISTINCT FROM %(row)s
       AND other.state IN ('planned', 'claimed', 'sending')
       AND %(running)s
"""
# The moment from which the limit lets a person have one more, of those that are held: when so many
# have become old enough that there is a place, after those who were held before. Each of them takes
# a place again
FREE = """
    SELECT GREATEST(%(now)s::timestamp, COALESCE(
               (SELECT (array_agg(got.at ORDER BY got.at DESC))[
                           %(most)s - mod(queue.before, %(most)s)]
                  FROM (%(got)s) AS got(at)),
               %(now)s::timestamp - %(time)s)
           + (1 + queue.before / %(most)s) * %(time)s)
      FROM (SELECT count(*)::int FROM crm_outbox AS other
         LEFT JOIN mailing_mailing AS mailing ON mailing.id = other.mailing_id
             WHERE %(same)s AND other.state = 'held' AND other.id < mine.id
               AND %(running)s) AS queue(before)
"""
# Those that workers hold just now; of one's own batch only those before
TAKEN = """
    (SELECT count(*) FROM crm_outbox AS other
      WHERE (other.identity_key = mine.identity_key OR other.partner_id = mine.partner_id)
        AND other.id != mine.id
        AND (other.state = 'sending' OR other.state = 'claimed'
             AND (other.worker IS DISTINCT FROM mine.worker OR other.id < mine.id)))
"""


def make_local(due, sender, tz):
    """Return the expression of the moment at which clocks elsewhere show what that of the sender
    shows at `due`.

    :param sender: time zone of the sender
    :param tz: ``SQL`` of the other time zone; the database knows both
    """
    # a day before, it is not that time anywhere
    moment = SQL(MOMENT, since=SQL("(wall.at - interval '1 day')"), shown=SQL("wall.at"), tz=tz)
    return SQL("(%s)", SQL(LOCAL_DUE, moment=moment, due=due, sender=sender))


def list_usual_hours(table, company, now):
    """Return the query of ``(res_id, hour)`` of who opened or clicked lately."""
    return SQL(USUAL_HOURS, table=table, company=company.id, now=now, since=now - HABIT)


def make_hour(due, tz, hour):
    """Return the expression of the first moment from `due` on at which a clock shows this hour.

    :param due: ``SQL`` of a moment (UTC, without time zone)
    :param tz: ``SQL`` of a time zone that the database knows
    :param hour: ``SQL`` of a whole number
    """
    moment = SQL(MOMENT, since=SQL("due.at"), shown=SQL("shown.at"), tz=tz)
    return SQL("(%s)", SQL(HOUR_DUE, moment=moment, due=due, tz=tz, hour=hour))


def make_allowed(due, tz, company):
    """Return the expression of the first allowed moment from `due` on.

    :param due: ``SQL`` of a moment (UTC, without time zone)
    :param tz: ``SQL`` of a time zone that the database knows
    """
    days = company._get_sending_days()
    if not company.quiet_hours and len(days) == 7:
        return due
    first, until = (company.quiet_from, company.quiet_until) if company.quiet_hours else (0.0, 0.0)
    return SQL(
        "(%s)",
        SQL(
            ALLOWED_DUE,
            moment=SQL(MOMENT, since=SQL("due.at"), shown=SQL("shown.at"), tz=tz),
            due=due,
            tz=tz,
            first=first,
            until=until,
            # a day of sending begins when the night before it has ended
            morning=until if first > until or not first else 0.0,
            days=days,
        ),
    )


def list_got(person, row, record, since, coming=True):
    """Return the query of the messages that a person got since then, or is about to get.

    :param person: ``SQL`` of the key of the address and of the contact
    :param row: ``SQL`` of the delivery that does not count
    :param record: ``SQL`` of the model and of the id of the recipient
    """
    key, partner = person
    model, res_id = record
    same = SQL(SAME_PERSON, key=key, partner=partner)
    got = SQL(GOT, same=same, partner=partner, row=row, model=model, record=res_id, since=since)
    if coming:
        coming = SQL(COMING, same=same, row=row, running=SQL(RUNNING))
        got = SQL("%s UNION ALL %s", got, coming)
    return got


def count_got(*args, **options):
    """Return the expression of how many messages `list_got` lists."""
    return SQL("(SELECT count(*) FROM (%s) AS got)", list_got(*args, **options))


def make_free(company, now, is_quiet):
    """Return the expression of the moment from which one that the limit holds can go, as far as is
    known: he may get others before.

    :param is_quiet: ``SQL`` that says whether it keeps quiet hours
    """
    row = SQL("mine.id")
    person = SQL("mine.identity_key"), SQL("mine.partner_id")
    record = SQL("mine.model"), SQL("mine.res_id")
    got = list_got(person, row, record, now - timedelta(days=company.cap_days))
    free = SQL(
        "(%s)",
        SQL(
            FREE,
            now=now,
            most=company.cap_messages,
            time=SQL("%s * interval '1 day'", company.cap_days),
            got=got,
            same=SQL(SAME_PERSON, key=person[0], partner=person[1]),
            running=SQL(RUNNING),
        ),
    )
    allowed = make_allowed(SQL("free.at"), SQL("COALESCE(mine.tz, 'UTC')"), company)
    return SQL(
        "(SELECT CASE WHEN %s THEN %s ELSE free.at END FROM (SELECT %s) AS free(at))",
        is_quiet,
        allowed,
        free,
    )
