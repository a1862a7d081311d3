import logging

from psycopg2.errors import QueryCanceled

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.crm_suite.models.mixins.filter_guard import (
    DATABASE_ERRORS,
    FILTER_ERRORS,
    limit_statements,
)

from ...lib import journey_graph
from ..journey_engine.looks import MOST_SECONDS
from ..journey_engine.mover import Mover

_logger = logging.getLogger(__name__)


class CrmJourney(models.Model):
    """Journeys stand still, go on and end. Nobody is lost, and nothing overdue goes unasked."""

    # each room extends the journey by itself
    _inherit = "crm.journey"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------------
    # Pause, resume, stop
    # ------------------------------------------------------------------

    def action_pause(self):
        """Ask why, and pause: whoever sees that something goes wrong may."""
        self.ensure_one()
        self.check_access("write")
        return self._open_dialog(self.env._("Pause"), "crm.journey.pause")

    def action_resume(self):
        """Ask what becomes of what was due in the meantime."""
        self.ensure_one()
        self._check_may_launch()
        return self._open_dialog(self.env._("Resume"), "crm.journey.resume")

    def action_stop(self):
        """End the journey for everybody; to go on later, launch it again."""
        for journey in self:
            journey._check_may_launch()
            journey._lock()
            if journey.state not in ("running", "paused"):
                raise UserError(self.env._("This journey does not run."))
            journey._by_system().write(
                {"state": "stopped", "paused_at": False, "pause_reason": False}
            )
            count = self.env["crm.journey.participant"]._exit(
                SQL(
                    """SELECT id FROM crm_journey_participant
                        WHERE journey_id = %s AND state = 'running'""",
                    journey.id,
                ),
                "stopped",
            )
            journey.message_post(
                body=self.env._("The journey was stopped. %s people were on their way.", count)
            )
        return True

    def _pause(self, reason):
        """Let everybody stay where he is, until somebody resumes."""
        self.ensure_one()
        self._lock()
        if self.state != "running":
            raise UserError(self.env._("This journey does not run."))
        self._by_system().write(
            {"state": "paused", "paused_at": fields.Datetime.now(), "pause_reason": reason}
        )
        self.message_post(body=self.env._("The journey was paused. %s", reason or ""))

    def _select_overdue(self, *conditions):
        """:return: query of the open steps whose time has come, with their nodes"""
        return SQL(
            """SELECT step.id FROM crm_journey_step step
                 JOIN crm_journey_node node ON node.id = step.node_id
                WHERE step.journey_id = %s AND step.state IN ('waiting', 'due')
                  AND step.due_at <= %s AND %s""",
            self.id,
            fields.Datetime.now(),
            SQL(" AND ").join(conditions or [SQL("TRUE")]),
        )

    def _count_overdue(self):
        """:return: how many steps are overdue, and how many of these are messages"""
        self.ensure_one()
        self.env.flush_all()
        [row] = self.env.execute_query(
            SQL(
                """SELECT count(*), count(*) FILTER (WHERE node.kind IN %s)
                     FROM crm_journey_step step
                     JOIN crm_journey_node node ON node.id = step.node_id
                    WHERE step.id IN (%s)""",
                journey_graph.MESSAGES,
                self._select_overdue(),
            )
        )
        return row

    def _resume(self, overdue, hours=0):
        """Go on.

        :param overdue: ``now``; ``spread`` over so many hours; ``skip``: messages that were due,
            or would be by what has ended meanwhile, are left out
        """
        self.ensure_one()
        self._lock()
        if self.state != "paused":
            raise UserError(self.env._("This journey is not paused."))
        self.env.flush_all()
        if overdue == "skip":
            self._skip_overdue()
        elif overdue == "spread":
            self._spread_overdue(hours)
        self._by_system().write({"state": "running", "paused_at": False, "pause_reason": False})
        self.env["crm.journey.step"]._wake_workers()
        self.message_post(body=self.env._("The journey was resumed."))

    def _skip_overdue(self):
        """Let people go on without the messages that were due, over whatever only waits or decides,
        as workers would: what lies behind a date that has passed was due as well.
        """
        Participant = self.env["crm.journey.participant"]
        try:
            with limit_statements(self.env.cr, MOST_SECONDS):
                # sudo: rules are those of the journey, whoever resumes it
                for reason, condition in self.sudo()._list_exit_rules():
                    Participant._exit(self._make_everybody(condition), reason)
        except (QueryCanceled, *FILTER_ERRORS, *DATABASE_ERRORS):
            # workers pause it again, and say why
            _logger.info("The rules of journey %s cannot be asked", self.id, exc_info=True)
        # one message may follow another; in a loop without end they would not have been launched
        for _round in range(journey_graph.MOST_NODES):
            overdue = self._select_overdue(SQL("node.kind IN %s", journey_graph.MESSAGES))
            left_out = self.env["crm.journey.step"]._finish(
                overdue, state="skipped", reason="paused"
            )
            if not left_out + self._pass_overdue():
                break

    def _pass_overdue(self):
        """Let nodes that only wait or decide take what is overdue.

        :return: how many steps they took
        """
        overdue = self._select_overdue(SQL("node.kind NOT IN %s", journey_graph.ACTIONS))
        rows = self.env.execute_query(
            SQL(
                """SELECT node_id, state, array_agg(id) FROM crm_journey_step
                    WHERE id IN (%s) GROUP BY node_id, state""",
                overdue,
            )
        )
        count = 0
        for node_id, state, ids in rows:
            # sudo: the engine knows the steps of all journeys
            node = self.env["crm.journey.node"].sudo().browse(node_id)
            mover = Mover(self.env.cr, node, fields.Datetime.now())
            try:
                with limit_statements(self.env.cr, MOST_SECONDS):
                    (mover.end_wait if state == "waiting" else mover.arrive)(ids)
                count += len(ids)
            except (QueryCanceled, *FILTER_ERRORS, *DATABASE_ERRORS):
                # as above
                _logger.info("Node %s cannot be taken", node.id, exc_info=True)
        self.env["crm.journey.step"].invalidate_model()
        self.env["crm.journey.participant"].invalidate_model()
        return count

    def _spread_overdue(self, hours):
        """Give each a moment in the next hours, in the order in which they were due."""
        self.env.execute_query(
            SQL(
                """UPDATE crm_journey_step step
                      SET due_at = (now() AT TIME ZONE 'UTC')
                                   + make_interval(secs => %s) * overdue.place
                     FROM (SELECT id, (row_number() OVER (ORDER BY due_at, id) - 1)::float8
                                      / count(*) OVER () AS place
                             FROM crm_journey_step WHERE id IN (%s)) overdue
                    WHERE step.id = overdue.id RETURNING 1""",
                hours * 3600,
                self._select_overdue(),
            )
        )
        self.env["crm.journey.step"].invalidate_model()
