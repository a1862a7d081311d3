"""One run of one worker: it takes the steps that are due, of all journeys that run."""

import logging
import time
from contextlib import contextmanager
from datetime import timedelta

import psycopg2
from psycopg2.errors import QueryCanceled
from psycopg2.extensions import TransactionRollbackError

from odoo import fields, modules
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.crm_suite.models.mixins.filter_guard import (
    DATABASE_ERRORS,
    FILTER_ERRORS,
    limit_statements,
)

from ...lib.journey_graph import KINDS
from ..journey.outcome import DONE, Outcome
from ..sending.session import Session
from . import queries
from .looks import JOURNEY_SPACE, MOST_SECONDS, Looks
from .mover import Mover

_logger = logging.getLogger(__name__)

# first key of the advisory locks of the workers
WORKER_SPACE = 0x43524D36
BATCH = 200
LEASE = timedelta(minutes=15)
# an action is tried so often, each time after a longer wait
WAITS = (timedelta(minutes=5), timedelta(hours=1))
ATTEMPTS = len(WAITS) + 1
# times that all nodes with something due are gone through in one run
MOST_ROUNDS = 500
# statements for one node in one round: who comes back to it at once is not all there is
MOST_CHUNKS = 100
# whoever comes by the same node so often in a minute goes in circles
LOOP_PASSES, LOOP_TIME = 50, timedelta(minutes=1)
MOST_WORDS = 1000


STILL_DUE = "SELECT id FROM crm_journey_step WHERE id = ANY(%s) AND state = 'due'"


@contextmanager
def refuse_commits(env):
    """What an action does is committed with the end of its steps: one that commits by itself would
    be done again and again.
    """
    cr = env.cr

    def refuse():
        raise UserError(env._("A step of a journey may neither commit nor roll back."))

    ours = {name: vars(cr).get(name) for name in ("commit", "rollback")}
    cr.commit = cr.rollback = refuse
    try:
        yield
    finally:
        for name, method in ours.items():
            if method:
                setattr(cr, name, method)
            else:
                delattr(cr, name)


class Worker(Looks, Session):
    """The state of a run. Its environment runs the actions: what they do and the end of their
    steps are committed together.
    """

    def __init__(self, env, cr, name, is_thorough=False):
        super().__init__(env, cr)
        self.name, self.is_thorough = name, is_thorough
        # nodes that something is wrong with: not again in this run
        self.resting = set()
        self.taken = 0
        self.deadline = float("inf")

    # ------------------------------------------------------------------
    # Transactions
    # ------------------------------------------------------------------

    def undo(self):  # pylint: disable=missing-return
        super().undo()
        if not modules.module.current_test:
            self.cr.rollback()

    def try_lock(self, space, key):
        return self.query(SQL("SELECT pg_try_advisory_lock(%s, %s)", space, key))[0][0]

    def unlock(self, space, key):
        self.query(SQL("SELECT pg_advisory_unlock(%s, %s)", space, key))

    def get_key(self, name):
        return self.query(SQL("SELECT hashtext(%s)", name))[0][0]

    def lock_worker(self):
        is_ours = self.try_lock(WORKER_SPACE, self.get_key(self.name))
        self.commit()
        return is_ours

    def close(self):
        if self.cr.connection.closed:
            return
        if not modules.module.current_test:
            self.cr.rollback()
        self.unlock(WORKER_SPACE, self.get_key(self.name))
        self.commit()
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # A run
    # ------------------------------------------------------------------

    def run(self, deadline):
        """Take what is due until nothing is, or the time (`time.monotonic`) is over.

        :return: number of steps that were taken
        """
        self.deadline = deadline
        self.recover()
        self.renew()
        self.look_through()
        for number in range(MOST_ROUNDS):
            now = fields.Datetime.now()
            busy = {}
            for node_id, journey_id in self.query(queries.make_busy_nodes(now)):
                if node_id not in self.resting:
                    busy.setdefault(journey_id, []).append(node_id)
            self.commit()
            before = self.taken
            for journey_id, node_ids in busy.items():
                if self.has_time():
                    self.run_journey(journey_id, node_ids, now)
            if self.taken == before or not self.has_time():
                break
            if number % 10 == 9:
                self.stop_circles(now)
        return self.taken

    def has_time(self):
        return time.monotonic() < self.deadline

    def recover(self):
        """Free what dead workers took. A worker that lives holds its lock, which ends with its
        process: so this is known at once.
        """
        self.cr.execute(queries.make_expire(fields.Datetime.now()))
        self.commit()
        names = self.query(
            SQL("SELECT DISTINCT worker FROM crm_journey_step WHERE worker IS NOT NULL")
        )
        for [name] in names:
            key = self.get_key(name)
            if name != self.name and not self.try_lock(WORKER_SPACE, key):
                continue
            try:
                self.cr.execute(queries.make_release(name))
                self.commit()
            finally:
                if name != self.name:
                    self.unlock(WORKER_SPACE, key)

    def get_journey(self, journey_id):
        """:return: the journey if it runs and its responsible may answer for it"""
        # sudo: workers run journeys of all companies
        journey = self.env["crm.journey"].sudo().browse(journey_id).exists()
        if journey.state != "running":
            return journey.browse()
        problem = journey._find_owner_problem()
        if problem:
            self.pause(journey, problem)
            return journey.browse()
        return journey

    def pause(self, journey, reason):
        try:
            journey._pause_for(reason)
            self.renew()
        except TransactionRollbackError:
            # somebody else writes on it just now, maybe for the same reason
            self.undo()
            _logger.info("Journey %s is paused in the next run", journey.id)

    def run_journey(self, journey_id, node_ids, now):
        self.renew()
        journey = self.get_journey(journey_id)
        if not journey:
            return
        nodes = self.env["crm.journey.node"].sudo().browse(node_ids)  # sudo: as above
        try:
            rules = journey._list_exit_rules()
        except FILTER_ERRORS as error:
            self.stop_for(journey, error)
            return
        except Exception:
            # others do not wait for what nobody has thought of
            self.undo()
            _logger.exception("The rules of journey %s cannot be read", journey.id)
            return
        pure = nodes.filtered(lambda node: KINDS[node.kind].is_pure)
        if pure and self.try_lock(JOURNEY_SPACE, journey_id):
            try:
                for node in pure:
                    self.guard(node, self.move, rules, now)
            finally:
                self.unlock(JOURNEY_SPACE, journey_id)
                self.commit()
        for node in nodes - pure:
            self.guard(node, self.act, rules, now)

    def guard(self, node, method, rules, now):
        """What is wrong with one journey does not keep the others."""
        if node.journey_id.state != "running" or not self.has_time():
            return
        try:
            method(node, rules, now)
        except QueryCanceled:
            self.undo()
            reason = node.env._("The filters take too long. Make them simpler.")
            self.pause(node.journey_id, f"{node.display_name}: {reason}")
        except psycopg2.OperationalError:
            # somebody else writes on it, or the database is away: in the next run
            self.undo()
            self.resting.add(node.id)
            _logger.info("Node %s waits for the next run", node.id, exc_info=True)
        except (*FILTER_ERRORS, *DATABASE_ERRORS) as error:
            self.undo()
            self.stop_for(node.journey_id, error, node)
        except psycopg2.InterfaceError:
            # the connection is gone, and the lock with it
            raise
        except Exception:
            # others do not wait for what nobody has thought of
            self.undo()
            self.resting.add(node.id)
            _logger.exception("Node %s cannot be taken", node.id)

    def stop_for(self, journey, error, node=None):
        _logger.info("Journey %s cannot go on", journey.id, exc_info=error)
        words = journey.env._(
            "The filter does not work: %s", (str(error).strip() or repr(error))[:MOST_WORDS]
        )
        self.pause(journey, f"{node.display_name}: {words}" if node else words)

    # ------------------------------------------------------------------
    # Nodes that decide and wait
    # ------------------------------------------------------------------

    def take(self, node, state, now, most=queries.CHUNK):
        return [id_ for [id_] in self.query(queries.make_chunk(node.id, state, now, most))]

    def move(self, node, rules, now):
        mover = Mover(self.cr, node, now)
        for state, method in (("waiting", mover.end_wait), ("due", mover.arrive)):
            for _chunk in range(MOST_CHUNKS):
                with limit_statements(self.cr, MOST_SECONDS, clear=False):
                    ids = self.take(node, state, now)
                    if ids:
                        left = self.ask_exits(rules, ids)
                        if left:
                            method(left)
                self.commit()
                self.taken += len(ids)
                if len(ids) < queries.CHUNK or not self.has_time():
                    break

    def ask_exits(self, rules, ids):
        """Take out whoever must not take his next step.

        :return: ids of the steps of the others
        """
        Participant = self.env["crm.journey.participant"]
        gone = set()
        for reason, condition in rules:
            who = SQL(
                """SELECT participant.id
                     FROM crm_journey_step AS step
                     JOIN crm_journey_participant AS participant
                       ON participant.id = step.participant_id
                    WHERE step.id = ANY(%s) AND %s""",
                ids,
                condition,
            )
            gone.update(Participant._exit_on(self.cr, who, reason))
        if not gone:
            return ids
        still = SQL(
            "SELECT id FROM crm_journey_step WHERE id = ANY(%s) AND participant_id != ALL(%s)",
            ids,
            list(gone),
        )
        return [id_ for [id_] in self.query(still)]

    def ask_goals(self, node, ids, now):
        """Nothing more is done to whom a goal takes out, as whoever has paid since the last look.

        :return: ids of the steps of the others
        """
        journey = node.journey_id
        reached = journey._make_reached(node.version_id) if journey.exit_on_goal else None
        if not reached:
            return ids
        here = SQL(
            """SELECT aim.id, aim.uid FROM (%s) AS aim
                 JOIN crm_journey_step AS step ON step.participant_id = aim.id
                WHERE step.id = ANY(%s)""",
            reached,
            ids,
        )
        self.mark_reached(journey, here, now)
        return [id_ for [id_] in self.query(SQL(STILL_DUE, ids))]

    def stop_circles(self, now):
        """Pause the journeys in which somebody goes in circles without ever waiting."""
        rows = self.query(
            SQL(
                """
                SELECT DISTINCT node.id, node.journey_id
                  FROM crm_journey_step AS step
                  JOIN crm_journey_step AS past
                    ON past.participant_id = step.participant_id
                   AND past.node_uid = step.node_uid
                   AND past.pass_number = step.pass_number - %s
                  JOIN crm_journey_node AS node ON node.id = step.node_id
                  JOIN crm_journey AS journey ON journey.id = node.journey_id
                 WHERE step.state IN ('due', 'waiting') AND step.pass_number > %s
                   AND past.entered_at > %s AND journey.state = 'running'
                """,
                LOOP_PASSES,
                LOOP_PASSES,
                now - LOOP_TIME,
            )
        )
        self.commit()
        for node_id, journey_id in rows:
            self.renew()
            journey = self.get_journey(journey_id)
            if journey:
                node = self.env["crm.journey.node"].sudo().browse(node_id)  # sudo: as above
                reason = journey.env._(
                    "People go in circles at “%s” without waiting. Put a wait into the loop.",
                    node.display_name,
                )
                self.pause(journey, reason)

    # ------------------------------------------------------------------
    # Nodes that do something
    # ------------------------------------------------------------------

    def act(self, node, rules, now):
        """Take one batch of a node."""
        Mover(self.cr, node, now).expire()
        ids = self.take(node, "due", now, BATCH)
        # who leaves makes no room for others: nobody has asked them
        left = ids and self.ask_exits(rules, self.ask_goals(node, ids, now))
        rows = left and self.query(queries.make_claim(self.name, left, now + LEASE))
        self.commit()
        self.taken += len(ids) - len(rows)
        if not rows:
            return
        steps = [dict(zip(queries.COLUMNS, row, strict=True)) for row in rows]
        steps.sort(key=lambda step: step["id"])
        # what was claimed is seen by the transaction that acts
        self.renew()
        try:
            steps = self.keep_held(steps)
            if steps:
                self.write_down(steps, self.run_batch(node, steps))
            self.renew()
        except TransactionRollbackError:
            self.undo()
            self.resting.add(node.id)
            self.cr.execute(queries.make_release(self.name, [row[0] for row in rows]))
            self.commit()
            _logger.info("A batch of node %s is taken again", node.id, exc_info=True)
        self.taken += len(rows)

    def keep_held(self, steps):
        """Leave out whom somebody has taken out since they were claimed. From here on the
        transaction sees nothing that others do, and fails where they have changed its steps.
        """
        self.env.cr.execute(
            SQL(
                """SELECT id FROM crm_journey_step
                    WHERE id = ANY(%s) AND state = 'claimed' AND worker = %s""",
                [step["id"] for step in steps],
                self.name,
            )
        )
        held = {id_ for [id_] in self.env.cr.fetchall()}
        return [step for step in steps if step["id"] in held]

    def run_batch(self, node, steps):
        """:return: ``{step id: Outcome}``"""
        try:
            return self.run_steps(node, steps)
        except (psycopg2.OperationalError, MemoryError):
            raise
        except Exception as error:
            _logger.info("A batch of node %s fails", node.id, exc_info=True)
            if len(steps) == 1:
                return {steps[0]["id"]: self.judge(error)}
        # one record that cannot be done must not keep the others
        outcomes = {}
        for step in steps:
            outcomes |= self.run_batch(node, [step])
        return outcomes

    def run_steps(self, node, steps):
        journey = node.journey_id
        owner = journey.user_id
        acting = node.with_user(owner).with_context(
            allowed_company_ids=journey.company_id.ids, lang=owner.lang, tz=owner.tz
        )
        with self.env.cr.savepoint(), refuse_commits(self.env):
            outcomes = getattr(acting, f"_run_{node.kind}")(steps) or {}
            self.env.flush_all()
        return {step["id"]: outcomes.get(step["id"], DONE) for step in steps}

    def judge(self, error):
        self.env.invalidate_all()
        words = str(error) if isinstance(error, UserError) else repr(error)
        words = words.replace("\0", "")[:MOST_WORDS]
        return Outcome(state="retry", reason="error", detail=words)

    def write_down(self, steps, outcomes):
        """End the steps and note what becomes of the others, in the transaction of the actions."""
        now = fields.Datetime.now()
        ends, fates = [], []
        for step in steps:
            outcome = outcomes[step["id"]]
            if outcome.state in ("done", "skipped"):
                ends.append((step["id"], outcome))
            else:
                fates.append(self.decide(step, outcome, now))
        # whom the action itself has taken out has no open step any more
        if ends:
            source = queries.make_outcome_source(ends)
            self.env.cr.execute(queries.make_finish(source, now, self.name))
        if fates:
            self.env.cr.execute(queries.make_note(self.name, fates))

    def decide(self, step, outcome, now):
        """:return: a row of `queries.make_note`"""
        state, due, attempts = outcome.state, outcome.due_at, 0
        if state == "retry":
            attempts = 1
            if step["attempt"] + 1 >= ATTEMPTS:
                state = "failed"
            else:
                state, due = "due", due or now + WAITS[step["attempt"]]
        elif state == "put_off":
            state = "due"
            # never at once: it would be taken again and again
            due = max(due or now, now + timedelta(minutes=1))
        return (
            step["id"],
            state,
            due,
            attempts,
            outcome.reason,
            outcome.detail,
            outcome.outbox_id,
        )
