"""Who comes in: one statement for so many records, whoever they are."""

from odoo.tools import SQL

# records that one statement lets in
CHUNK = 50_000

ENTRANTS = """
    SELECT array_agg(entrant.res_id ORDER BY entrant.res_id),
           CASE WHEN count(entrant.entry) > 0
                THEN array_agg(entrant.entry ORDER BY entrant.res_id) END
      FROM (SELECT DISTINCT ON (found.res_id) found.res_id,
                   to_jsonb(found) ->> 'entry' AS entry
              FROM (%s) AS found
          ORDER BY found.res_id) AS entrant
"""
ENROL = """
    WITH entrant AS MATERIALIZED (
         SELECT DISTINCT ON (COALESCE(person.identity_key, 'record:' || person.res_id))
                person.res_id, person.partner_id, person.identity_key, led.entry
           FROM (%(people)s) AS person
           JOIN unnest(%(ids)s::int[], %(entries)s::text[]) AS led(res_id, entry)
             ON led.res_id = person.res_id
          WHERE %(condition)s
       ORDER BY COALESCE(person.identity_key, 'record:' || person.res_id), person.res_id),
    added AS (
         INSERT INTO crm_journey_participant (
                journey_id, version_id, company_id, trigger_uid, model, res_id, partner_id,
                identity_key, rotation, state, entered_at, exited_at, exit_reason, entry)
         SELECT %(journey)s, %(version)s, %(company)s, %(uid)s, %(model)s, entrant.res_id,
                entrant.partner_id, entrant.identity_key, %(rotation)s,
                %(state)s, %(now)s, %(exited)s, %(reason)s, entrant.entry::jsonb
           FROM entrant
    ON CONFLICT DO NOTHING
      RETURNING id, res_id, identity_key),
    opened AS (
         INSERT INTO crm_journey_step (
                participant_id, journey_id, node_id, node_uid, pass_number, state, entered_at,
                due_at, attempt)
         SELECT added.id, %(journey)s, %(node)s, %(node_uid)s, 1, 'due', %(now)s, %(now)s, 0
           FROM added
          WHERE %(node)s IS NOT NULL)
    SELECT %(result)s FROM added
"""
# Whoever has been through, by his record or by another one of the same person
PAST = """
    SELECT FROM crm_journey_participant AS past
     WHERE past.journey_id = %(journey)s AND %(same)s AND %(condition)s
"""


def _make_past(journey, model, condition):
    """Return the condition that nobody who is the same person has been through."""
    parts = []
    for same in (
        SQL("past.model = %s AND past.res_id = person.res_id", model),
        # two queries, each by its own index
        SQL("past.identity_key = person.identity_key"),
    ):
        past = SQL(PAST, journey=journey.id, same=same, condition=condition)
        parts.append(SQL("NOT EXISTS (%s)", past))
    return SQL(" AND ").join(parts)


def make_reentry(journey, model, now):
    """Return the conditions of whoever was in the journey before."""
    parts = [_make_past(journey, model, SQL("past.state = 'running'"))]
    if journey.reentry == "never":
        parts.append(_make_past(journey, model, SQL("past.state != 'running'")))
    elif journey.reentry == "period":
        unit = (journey.reentry_unit or "days").removesuffix("s")
        since = SQL("%s::timestamp - %s * %s::interval", now, journey.reentry_amount, f"1 {unit}")
        condition = SQL("past.state != 'running' AND past.exited_at > %s", since)
        parts.append(_make_past(journey, model, condition))
    return parts


def make_rival(journey_ids, model):
    """Return the condition that a person is in one of these journeys.

    Each way by its own index.
    """
    return SQL(
        """(EXISTS (SELECT FROM crm_journey_participant AS rival
                     WHERE rival.journey_id = ANY(%(journeys)s) AND rival.state = 'running'
                       AND rival.identity_key = person.identity_key
                       AND rival.identity_key IS NOT NULL)
            OR EXISTS (SELECT FROM crm_journey_participant AS rival
                        WHERE rival.journey_id = ANY(%(journeys)s) AND rival.state = 'running'
                          AND rival.model = %(model)s AND rival.res_id = person.res_id))""",
        journeys=journey_ids,
        model=model,
    )


def make_yielding(journey_ids, entered):
    """Return the query of the participants of these journeys who give way.

    :param entered: ids of the participants who have come in
    """
    return SQL(
        """SELECT rival.id FROM crm_journey_participant AS person
             JOIN crm_journey_participant AS rival
               ON rival.journey_id = ANY(%(journeys)s) AND rival.state = 'running'
              AND rival.identity_key = person.identity_key
            WHERE person.id = ANY(%(entered)s)
            UNION
           SELECT rival.id FROM crm_journey_participant AS person
             JOIN crm_journey_participant AS rival
               ON rival.journey_id = ANY(%(journeys)s) AND rival.state = 'running'
              AND rival.model = person.model AND rival.res_id = person.res_id
            WHERE person.id = ANY(%(entered)s)""",
        journeys=journey_ids,
        entered=entered,
    )
