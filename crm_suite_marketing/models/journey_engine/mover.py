"""What the nodes that only decide and wait do with all who are due, in one statement each."""

from fractions import Fraction

from odoo.tools import SQL

from ...lib.ab_test import BUCKETS, share_out
from ...lib.schedule import GRACE
from . import queries
from .clock import make_due

# steps that are looked at, with their participants
STEPS = """
    SELECT %(columns)s
      FROM crm_journey_step AS step
      JOIN crm_journey_participant AS participant ON participant.id = step.participant_id
           %(joins)s
     WHERE step.id = ANY(%(ids)s)
"""
FATE = """
    step.id, (%s)::varchar AS port, 'done'::varchar AS state, step.reason,
    NULL::text AS detail, NULL::int AS outbox_id
"""
# Where the participant is, by the clock of his contact; else by that of the company
ZONES = """
    LEFT JOIN res_partner AS contact ON contact.id = participant.partner_id
    LEFT JOIN unnest(%(zones)s::text[]) AS zone(name) ON zone.name = contact.tz
"""
WAIT = """
    UPDATE crm_journey_step AS waiter
       SET state = 'waiting', due_at = plan.due_at, port = plan.port, reason = plan.reason
      FROM (%(plan)s) AS plan
     WHERE waiter.id = plan.id
"""
# The same number as in `lib/ab_test.py`: whoever asks again gets the same arm
BUCKET = """
    ('x' || substr(md5(step.journey_id || '/' || step.node_uid || ':' || step.participant_id),
                   1, 8))::bit(32)::bigint %% %s
"""


class Mover:
    """Moves steps of one node on the cursor of a worker."""

    def __init__(self, cr, node, now):
        self.cr, self.node, self.now = cr, node, now
        self.journey = node.journey_id

    def arrive(self, ids):
        """Take the steps of those who have just come."""
        getattr(self, f"arrive_{self.node.kind}", self.arrive_other)(ids)

    def end_wait(self, ids):
        """Take the steps whose time is over: the way out was noted when they began."""
        if self.node.kind == "until" and self.node.until_kind == "field":
            ids = self.wait_on(ids)
        if self.node.kind == "condition":
            # once more: nobody is late for what has happened
            self.finish_met(ids, *self.ask())
        self.finish(ids, SQL("COALESCE(step.port, 'next')"))

    # ------------------------------------------------------------------
    # Statements
    # ------------------------------------------------------------------

    def steps(self, ids, columns, joins=None):
        return SQL(STEPS, columns=columns, joins=joins or SQL(), ids=ids)

    def finish(self, ids, port, joins=None):
        source = self.steps(ids, SQL(FATE, port), joins)
        self.cr.execute(queries.make_finish(source, self.now))

    def wait(self, ids, columns, joins=None):
        self.cr.execute(SQL(WAIT, plan=self.steps(ids, columns, joins)))

    def ask(self):
        """:return: joins and condition of what a node asks, both ``SQL``"""
        if self.node.asks == "event":
            condition = self.node._make_event_condition()
            return SQL(), condition or SQL("FALSE")
        matching = self.journey._select_matching(self.node.domain)
        join = SQL("LEFT JOIN (%s) AS met ON met.id = participant.res_id", matching)
        return join, SQL("met.id IS NOT NULL")

    # ------------------------------------------------------------------
    # Time
    # ------------------------------------------------------------------

    def make_zones(self):
        """:return: joins, the zone, and what is noted where it is a guess"""
        known = self.node.env["crm.journey.node"]._get_known_zones()
        home = self.journey._get_zone()
        joins = SQL(ZONES, zones=list(known))
        zone = SQL("COALESCE(zone.name, %s)", home)
        return joins, zone, SQL("CASE WHEN zone.name IS NULL THEN 'company_zone' END")

    def make_due(self, start, zone, amount=None, is_date=False):
        node = self.node
        days = self.journey.company_id._get_sending_days() if node.working_days else None
        return make_due(
            start,
            node.amount if amount is None else amount,
            node.unit or "days",
            zone,
            hour=node.at_hour if node.has_hour else None,
            days=days,
            is_date=is_date,
        )

    def arrive_wait(self, ids):
        joins, zone, guess = self.make_zones()
        due = self.make_due(SQL("step.entered_at"), zone)
        columns = SQL(
            "step.id, GREATEST(%s, step.entered_at) AS due_at, 'next' AS port, %s AS reason",
            due,
            guess,
        )
        self.wait(ids, columns, joins)

    def make_target(self):
        """:return: joins, the moment that a node waits until, and what is noted of it"""
        node = self.node
        joins, zone, guess = self.make_zones()
        if node.until_kind != "field":
            if not node.until_at:
                return joins, SQL("NULL::timestamp"), guess
            start = SQL("%s::timestamp", node.until_at)
            return joins, self.make_due(start, zone, amount=0), guess
        field = node.date_field_id
        record = node.env[self.journey.model_name]
        if not field or field.name not in record._fields:
            return joins, SQL("NULL::timestamp"), guess
        joins = SQL(
            "%s LEFT JOIN %s AS record ON record.id = participant.res_id",
            joins,
            SQL.identifier(record._table),
        )
        start = SQL.identifier("record", field.name)
        amount = -node.amount if node.side == "before" else node.amount
        due = self.make_due(start, zone, amount, is_date=field.ttype == "date")
        return joins, SQL("CASE WHEN %s IS NOT NULL THEN %s END", start, due), guess

    def arrive_until(self, ids):
        joins, target, guess = self.make_target()
        inner = self.steps(
            ids, SQL("step.id, step.entered_at, %s AS target, %s AS reason", target, guess), joins
        )
        plan = SQL(
            """SELECT id, COALESCE(GREATEST(target, entered_at), entered_at) AS due_at, reason,
                      CASE WHEN target >= entered_at - %s THEN 'next' ELSE 'missed' END AS port
                 FROM (%s) AS aimed""",
            GRACE,
            inner,
        )
        self.cr.execute(SQL(WAIT, plan=plan))

    def wait_on(self, ids):
        """Have those wait on whose date is later than it was when they came.

        :return: ids of the others
        """
        joins, target, guess = self.make_target()
        inner = self.steps(ids, SQL("step.id, %s AS due_at, %s AS reason", target, guess), joins)
        plan = SQL(
            "SELECT id, due_at, 'next' AS port, reason FROM (%s) AS aimed WHERE due_at > %s",
            inner,
            self.now,
        )
        self.cr.execute(SQL("%s RETURNING waiter.id", SQL(WAIT, plan=plan)))
        later = {id_ for [id_] in self.cr.fetchall()}
        return [id_ for id_ in ids if id_ not in later]

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------

    def arrive_condition(self, ids):
        joins, met = self.ask()
        self.finish_met(ids, joins, met)
        zones, zone, guess = self.make_zones()
        due = SQL("NULL::timestamp")
        if self.node.amount > 0:
            due = SQL("GREATEST(%s, step.entered_at)", self.make_due(SQL("step.entered_at"), zone))
        columns = SQL("step.id, %s AS due_at, 'timeout' AS port, %s AS reason", due, guess)
        still = SQL("%s AND step.state = 'due'", self.steps(ids, columns, zones))
        self.cr.execute(SQL(WAIT, plan=still))

    def finish_met(self, ids, joins, met):
        source = self.steps(ids, SQL(FATE, SQL("'yes'")), joins)
        self.cr.execute(queries.make_finish(SQL("%s AND %s", source, met), self.now))
        return self.cr.fetchone()[0]

    def look(self):
        """Let those go on who wait for a condition that holds now; so many at most.

        :return: how many did
        """
        joins, met = self.ask()
        waiting = SQL(
            """SELECT step.id
                 FROM crm_journey_step AS step
                 JOIN crm_journey_participant AS participant
                   ON participant.id = step.participant_id
                      %s
                WHERE step.node_id = %s AND step.state = 'waiting' AND %s
                LIMIT %s""",
            joins,
            self.node.id,
            met,
            queries.CHUNK,
        )
        source = queries.make_source(("yes", "done", None, None), waiting)
        self.cr.execute(queries.make_finish(source, self.now))
        return self.cr.fetchone()[0]

    def arrive_branch(self, ids):
        joins, met = self.ask()
        self.finish(ids, SQL("CASE WHEN %s THEN 'yes' ELSE 'no' END", met), joins)

    def arrive_split(self, ids):
        self.finish(ids, self.make_arm())

    def arrive_ab(self, ids):
        decided = self.node.ab_decided_port
        self.finish(ids, SQL("%s", decided) if decided else self.make_arm())

    def make_arm(self):
        arms = [arm for arm in self.node.arm_ids if arm.weight > 0] or list(self.node.arm_ids)
        total = sum(arm.weight for arm in arms)
        if not arms:
            return SQL("''")
        shares = [
            Fraction(arm.weight * 100, total) if total else Fraction(100, len(arms)) for arm in arms
        ]
        parts = [
            SQL("WHEN bucket.n < %s THEN %s", end, arm.port)
            for arm, (_start, end) in zip(arms, share_out(shares), strict=True)
        ]
        return SQL(
            "(SELECT CASE %s END FROM (SELECT %s) AS bucket(n))",
            SQL(" ").join(parts),
            SQL(BUCKET, BUCKETS),
        )

    def arrive_goal(self, ids):
        """Whoever comes by has reached the goal if he is what it asks for; a goal that asks for
        nothing is reached by coming.
        """
        node = self.node
        joins, met = SQL(), SQL("TRUE")
        if node.asks == "event" or self.journey._has_conditions(node.domain):
            joins, met = self.ask()
        found = self.steps(ids, SQL("step.participant_id"), joins)
        self.cr.execute(SQL("%s AND %s", found, met))
        reached = [id_ for [id_] in self.cr.fetchall()]
        self.mark_goal(reached, node.uid)
        if self.journey.exit_on_goal:
            node.env["crm.journey.participant"]._exit_on(self.cr, reached, "goal")
        self.finish(ids, SQL("'next'"))

    def mark_goal(self, participant_ids, uid):
        self.cr.execute(
            SQL(
                """UPDATE crm_journey_participant SET goal_at = %s, goal_uid = %s
                    WHERE id = ANY(%s) AND goal_at IS NULL""",
                self.now,
                uid,
                participant_ids,
            )
        )

    def arrive_jump(self, ids):
        port = SQL(
            "CASE WHEN step.pass_number <= %s THEN 'next' ELSE 'enough' END", self.node.jump_most
        )
        self.finish(ids, port)

    def arrive_other(self, ids):
        self.finish(ids, SQL("'next'"))

    # ------------------------------------------------------------------
    # Expiry
    # ------------------------------------------------------------------

    def expire(self):
        """Let those go on without it who have waited for an action too long.

        :return: how many did
        """
        node = self.node
        if node.expiry_amount <= 0:
            return 0
        late = SQL(
            """SELECT step.id FROM crm_journey_step AS step
                WHERE step.node_id = %s AND step.state IN ('due', 'failed')
                  AND step.entered_at < %s::timestamp - %s
                ORDER BY step.id LIMIT %s FOR UPDATE SKIP LOCKED""",
            node.id,
            self.now,
            SQL("%s * %s::interval", node.expiry_amount, f"1 {node.expiry_unit.removesuffix('s')}"),
            queries.CHUNK,
        )
        source = queries.make_source(("next", "expired", "expired", None), late)
        self.cr.execute(queries.make_finish(source, self.now))
        return self.cr.fetchone()[0]
