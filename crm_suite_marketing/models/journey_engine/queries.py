"""The statements of the engine. Each moves as many participants as are due, in one go."""

from odoo.tools import SQL

from ..journey.choices import OPEN_STEPS

# What a node is told of a step
COLUMNS = ("id", "participant_id", "res_id", "partner_id", "model", "pass_number", "attempt")
COLUMNS += ("entered_at",)
# participants that one statement moves
CHUNK = 20_000

# Ends open steps, opens the next ones, and ends whoever has nowhere to go. What somebody else has
# ended meanwhile is left alone, so it can be repeated
FINISH = """
    WITH source AS MATERIALIZED (%(source)s),
    ended AS (
         UPDATE crm_journey_step AS step
            SET state = source.state, port = source.port, reason = source.reason,
                detail = source.detail, done_at = %(now)s, lease_until = NULL, worker = NULL,
                outbox_id = COALESCE(source.outbox_id, step.outbox_id)
           FROM source
          WHERE step.id = source.id AND step.state = ANY(%(open)s) AND %(mine)s
      RETURNING step.participant_id, step.journey_id, step.node_id, step.port),
    moved AS (
         SELECT ended.participant_id, ended.journey_id, target.id AS node_id, target.uid
           FROM ended
      LEFT JOIN (SELECT source_id, port, target_id FROM crm_journey_edge
                  UNION
                 SELECT jump.id, 'next', aim.id
                   FROM crm_journey_node AS jump
                   JOIN crm_journey_node AS aim
                     ON aim.version_id = jump.version_id AND aim.uid = jump.jump_uid
                  WHERE jump.kind = 'jump'
                    AND NOT EXISTS (SELECT FROM crm_journey_edge AS edge
                                     WHERE edge.source_id = jump.id AND edge.port = 'next')
                ) AS way ON way.source_id = ended.node_id AND way.port = ended.port
      LEFT JOIN crm_journey_node AS target ON target.id = way.target_id),
    opened AS (
         INSERT INTO crm_journey_step (
                participant_id, journey_id, node_id, node_uid, pass_number, state, entered_at,
                due_at, attempt)
         SELECT moved.participant_id, moved.journey_id, moved.node_id, moved.uid,
                1 + COALESCE((SELECT max(past.pass_number) FROM crm_journey_step AS past
                               WHERE past.participant_id = moved.participant_id
                                 AND past.node_uid = moved.uid), 0),
                'due', %(now)s, %(now)s, 0
           FROM moved
          WHERE moved.node_id IS NOT NULL),
    through AS (
         UPDATE crm_journey_participant AS participant
            SET state = 'done', exited_at = %(now)s, exit_reason = 'end'
           FROM moved
          WHERE participant.id = moved.participant_id AND moved.node_id IS NULL
            AND participant.state = 'running')
    SELECT count(*) FROM ended
"""
# Takes participants out. Their steps are closed by `CLOSE`
EXIT = """
    UPDATE crm_journey_participant AS participant
       SET state = %(state)s, exited_at = %(now)s, exit_reason = %(reason)s
     WHERE participant.id IN (%(who)s) AND participant.state = 'running'
 RETURNING participant.id
"""
# Until there is none (`make_has_open`)
CLOSE = """
    UPDATE crm_journey_step
       SET state = 'skipped', reason = %(reason)s, done_at = %(now)s, lease_until = NULL,
           worker = NULL
     WHERE participant_id = ANY(%(participants)s) AND state = ANY(%(open)s)
 RETURNING id
"""


def make_finish(source, now, worker=None):
    """Return the statement that ends steps; it returns how many.

    :param source: ``SQL`` that selects id, port, state, reason, detail, outbox_id
    :param worker: only what this worker holds
    """
    mine = SQL("TRUE")
    if worker:
        mine = SQL("step.state = 'claimed' AND step.worker = %s", worker)
    return SQL(FINISH, source=source, now=now, open=list(OPEN_STEPS), mine=mine)


def make_source(columns, ids):
    """Return the source of `make_finish` for ids that all have the same fate.

    :param columns: port, state, reason and detail
    """
    return SQL(
        "SELECT id, %s::varchar AS port, %s::varchar AS state, %s::varchar AS reason,"
        " %s::text AS detail, NULL::int AS outbox_id FROM (%s) AS chosen(id)",
        *columns,
        ids,
    )


def make_exit(who, reason, now):
    state = "done" if reason in ("end", "goal") else "left"
    return SQL(EXIT, who=who, reason=reason, state=state, now=now)


def make_close(participants, reason, now):
    return SQL(CLOSE, participants=participants, reason=reason, now=now, open=list(OPEN_STEPS))


def make_has_open(participants):
    """Return the query whether any of these participants has an open step."""
    return SQL(
        """SELECT EXISTS (SELECT FROM crm_journey_step
                           WHERE participant_id = ANY(%s) AND state = ANY(%s))""",
        participants,
        list(OPEN_STEPS),
    )


# ----------------------------------------------------------------------
# What is due
# ----------------------------------------------------------------------


def make_busy_nodes(now):
    """Return the query of the nodes of running journeys that have something due: id, journey."""
    return SQL(
        """
        SELECT node.id, node.journey_id
          FROM crm_journey_node AS node
          JOIN crm_journey AS journey ON journey.id = node.journey_id
          JOIN crm_journey_version AS version ON version.id = node.version_id
         WHERE journey.state = 'running' AND version.state != 'draft'
           AND (EXISTS (SELECT FROM crm_journey_step AS step
                         WHERE step.node_id = node.id AND step.state = 'due'
                           AND step.due_at <= %(now)s)
                OR EXISTS (SELECT FROM crm_journey_step AS step
                            WHERE step.node_id = node.id AND step.state = 'waiting'
                              AND step.due_at <= %(now)s))
      ORDER BY journey.sequence, journey.id, node.id
        """,
        now=now,
    )


def make_next_due(now):
    """Return the query of the moment at which something becomes due next."""
    return SQL(
        """
        SELECT min(soon.due_at)
          FROM crm_journey_node AS node
          JOIN crm_journey AS journey ON journey.id = node.journey_id
         CROSS JOIN LATERAL (
               -- each by the first row of its own index
               (SELECT step.due_at FROM crm_journey_step AS step
                 WHERE step.node_id = node.id AND step.state = 'due' AND step.due_at > %(now)s
                 ORDER BY step.due_at LIMIT 1)
                UNION ALL
               (SELECT step.due_at FROM crm_journey_step AS step
                 WHERE step.node_id = node.id AND step.state = 'waiting' AND step.due_at > %(now)s
                 ORDER BY step.due_at LIMIT 1)) AS soon
         WHERE journey.state = 'running'
        """,
        now=now,
    )


def make_chunk(node_id, state, now, most=CHUNK):
    """Return the query of the ids of steps at a node that are due, locked."""
    # as literals: the partial indexes are known to fit
    condition = {"due": SQL("step.state = 'due'"), "waiting": SQL("step.state = 'waiting'")}[state]
    return SQL(
        """
        SELECT step.id FROM crm_journey_step AS step
         WHERE step.node_id = %s AND %s AND step.due_at <= %s
         ORDER BY step.due_at, step.id
         LIMIT %s
           FOR UPDATE SKIP LOCKED
        """,
        node_id,
        condition,
        now,
        most,
    )


# ----------------------------------------------------------------------
# Claims
# ----------------------------------------------------------------------


def make_claim(worker, ids, lease_until):
    """Return the query that takes steps which `make_chunk` has locked, and returns `COLUMNS`."""
    return SQL(
        """
        UPDATE crm_journey_step AS step
           SET state = 'claimed', worker = %(worker)s, lease_until = %(lease)s
          FROM crm_journey_participant AS participant
         WHERE step.id = ANY(%(ids)s) AND step.state = 'due'
           AND participant.id = step.participant_id
     RETURNING step.id, step.participant_id, participant.res_id, participant.partner_id,
               participant.model, step.pass_number, step.attempt, step.entered_at
        """,
        ids=list(ids),
        worker=worker,
        lease=lease_until,
    )


def make_release(worker, ids=None):
    """Return the query that gives back what a worker holds: all, or these steps."""
    return SQL(
        """UPDATE crm_journey_step SET state = 'due', worker = NULL, lease_until = NULL
            WHERE state = 'claimed' AND worker = %s AND (%s::int[] IS NULL OR id = ANY(%s))""",
        worker,
        ids,
        ids,
    )


def make_expire(now):
    """Return the query that frees what a worker holds that lives, but does not come on."""
    return SQL(
        """UPDATE crm_journey_step SET state = 'due', worker = NULL, lease_until = NULL
            WHERE state = 'claimed' AND lease_until < %s""",
        now,
    )


NOTE = """
    UPDATE crm_journey_step AS step
       SET state = fate.state, due_at = COALESCE(fate.due_at, step.due_at),
           attempt = step.attempt + fate.attempts, reason = fate.reason, detail = fate.detail,
           outbox_id = COALESCE(fate.outbox_id, step.outbox_id),
           worker = NULL, lease_until = NULL
      FROM unnest(%(ids)s::int[], %(states)s::text[], %(dues)s::timestamp[], %(attempts)s::int[],
                  %(reasons)s::text[], %(details)s::text[], %(outboxes)s::int[])
           AS fate(id, state, due_at, attempts, reason, detail, outbox_id)
     WHERE step.id = fate.id AND step.state = 'claimed' AND step.worker = %(worker)s
 RETURNING step.id
"""


def make_note(worker, fates):
    """Return the query that writes down what becomes of steps whose participants stay.

    :param fates: list of (id, state, due_at, added attempts, reason, detail, outbox_id)
    """
    names = ("ids", "states", "dues", "attempts", "reasons", "details", "outboxes")
    columns = [list(column) for column in zip(*fates, strict=True)]
    return SQL(NOTE, worker=worker, **dict(zip(names, columns, strict=True)))


def make_outcome_source(outcomes):
    """Return the source of `make_finish` for steps that go on, each with its outcome.

    :param outcomes: list of (id, `Outcome`)
    """
    return SQL(
        """SELECT * FROM unnest(%s::int[], %s::varchar[], %s::varchar[], %s::varchar[],
                                %s::text[], %s::int[])
                  AS outcome(id, port, state, reason, detail, outbox_id)""",
        [id_ for id_, _outcome in outcomes],
        *(
            [getattr(outcome, name) for _id, outcome in outcomes]
            for name in ("port", "state", "reason", "detail", "outbox_id")
        ),
    )
