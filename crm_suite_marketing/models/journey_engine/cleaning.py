"""The steps of those who have ended long ago: their passages stay, where they went does not."""

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


def make_cleaning(since, before, most=BATCH):
    return SQL(OLD_STEPS, since=since, before=before, most=most)
