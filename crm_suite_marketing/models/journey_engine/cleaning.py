"""The steps of those who have ended long ago: their passages stay, where they went does not. And
all that is left of journeys that went with what went through them, as when an add-on is removed.
"""

from odoo.tools import SQL

BATCH = 5_000

# passages of which nothing is left any more are not looked at again in one run
OLD_STEPS = """
    WITH ended AS MATERIALIZED (
         SELECT participant.id, participant.exited_at
           FROM crm_journey_participant AS participant
          WHERE participant.state != 'running'
            AND participant.exited_at < %(before)s AND participant.exited_at >= %(since)s
            AND EXISTS (SELECT FROM crm_journey_step AS step
                         WHERE step.participant_id = participant.id)
          ORDER BY participant.exited_at, participant.id
          LIMIT %(most)s),
    forgotten AS (
         DELETE FROM crm_journey_step WHERE participant_id IN (SELECT id FROM ended))
    SELECT count(*), max(exited_at) FROM ended
"""

# no key leads from participants to journeys, for speed; each journey is looked at by the index
ORPHANS = """
    WITH RECURSIVE known(id) AS (
         SELECT min(journey_id) FROM crm_journey_participant
          UNION ALL
         SELECT (SELECT min(journey_id) FROM crm_journey_participant WHERE journey_id > known.id)
           FROM known
          WHERE known.id IS NOT NULL),
    orphan AS MATERIALIZED (
         SELECT participant.id
           FROM crm_journey_participant AS participant
          WHERE participant.journey_id = ANY(ARRAY(
                SELECT id FROM known WHERE id IS NOT NULL
                EXCEPT SELECT id FROM crm_journey))
          LIMIT %(most)s),
    steps AS (
         DELETE FROM crm_journey_step WHERE participant_id IN (SELECT id FROM orphan)),
    gone AS (
         DELETE FROM crm_journey_participant WHERE id IN (SELECT id FROM orphan) RETURNING 1)
    SELECT count(*) FROM gone
"""


def make_orphans_gone():
    return SQL(ORPHANS, most=BATCH)


def make_cleaning(since, before, most=BATCH):
    return SQL(OLD_STEPS, since=since, before=before, most=most)
