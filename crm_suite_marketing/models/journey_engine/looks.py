"""Those who are not due: what may have happened to them meanwhile."""

import logging

import psycopg2
from psycopg2.errors import QueryCanceled

from odoo import fields
from odoo.tools import SQL

from odoo.addons.crm_suite.models.mixins.filter_guard import (
    DATABASE_ERRORS,
    FILTER_ERRORS,
    limit_statements,
)

from . import queries
from .crm_journey import LOOK
from .mover import Mover

_logger = logging.getLogger(__name__)

# first key of the advisory locks of the journeys whose decisions one worker makes
JOURNEY_SPACE = 0x43524D37
# what a filter may take
MOST_SECONDS = 60


class Looks:
    """What a worker asks of all who are on the way, besides what is due."""

    def look_through(self):
        """Ask those who wait for what may have happened meanwhile: goals, rules, conditions; each
        journey every few minutes.
        """
        now = fields.Datetime.now()
        rows = self.query(
            SQL(
                """SELECT journey.id FROM crm_journey AS journey
                    WHERE journey.state = 'running'
                      AND (%s OR journey.looked_at IS NULL OR journey.looked_at <= %s
                           -- the clock was set back since
                           OR journey.looked_at > %s)
                      AND EXISTS (SELECT FROM crm_journey_participant AS participant
                                   WHERE participant.journey_id = journey.id
                                     AND participant.state = 'running')
                 ORDER BY journey.sequence, journey.id""",
                self.is_thorough,
                now - LOOK,
                now,
            )
        )
        self.commit()
        for [journey_id] in rows:
            if not self.try_lock(JOURNEY_SPACE, journey_id):
                continue
            try:
                journey = self.get_journey(journey_id)
                if journey:
                    self.look(journey, now)
            finally:
                self.unlock(JOURNEY_SPACE, journey_id)
                self.commit()

    def look(self, journey, now):
        try:
            with limit_statements(self.cr, MOST_SECONDS, clear=False):
                self.look_at_all(journey, now)
            self.commit()
            self.look_at_conditions(journey, now)
            self.env["crm.journey.node"]._decide_tests(journey)
            self.renew()
            self.cr.execute(
                SQL("UPDATE crm_journey SET looked_at = %s WHERE id = %s", now, journey.id)
            )
            self.commit()
        except QueryCanceled:
            self.undo()
            self.pause(journey, journey.env._("The filters take too long. Make them simpler."))
        except psycopg2.OperationalError:
            self.undo()
            _logger.info("Journey %s is looked at in the next run", journey.id, exc_info=True)
        except (*FILTER_ERRORS, *DATABASE_ERRORS) as error:
            self.undo()
            self.stop_for(journey, error)
        except psycopg2.InterfaceError:
            # the connection is gone, and the lock with it
            raise
        except Exception:
            # others do not wait for what nobody has thought of
            self.undo()
            _logger.exception("Journey %s cannot be looked at", journey.id)
        self.env.invalidate_all()

    def look_at_all(self, journey, now):
        Participant = self.env["crm.journey.participant"]
        for reason, condition in journey._list_exit_rules():
            Participant._exit_on(self.cr, journey._make_everybody(condition), reason)
        self.cr.execute(
            SQL(
                """SELECT DISTINCT version_id FROM crm_journey_participant
                    WHERE journey_id = %s AND state = 'running'""",
                journey.id,
            )
        )
        ids = [id_ for [id_] in self.cr.fetchall()]
        for version in self.env["crm.journey.version"].sudo().browse(ids):  # sudo: as above
            if reached := journey._make_reached(version):
                self.mark_reached(journey, reached, now)

    def mark_reached(self, journey, reached, now):
        """:param reached: query of participants, and the keys of their goals"""
        marked = self.query(
            SQL(
                """UPDATE crm_journey_participant AS participant
                      SET goal_at = %s, goal_uid = reached.uid
                     FROM (%s) AS reached
                    WHERE participant.id = reached.id AND participant.goal_at IS NULL
                RETURNING participant.id""",
                now,
                reached,
            )
        )
        if journey.exit_on_goal:
            Participant = self.env["crm.journey.participant"]
            Participant._exit_on(self.cr, [id_ for [id_] in marked], "goal")

    def look_at_conditions(self, journey, now):
        nodes = self.query(
            SQL(
                """SELECT node.id FROM crm_journey_node AS node
                     JOIN crm_journey_version AS version ON version.id = node.version_id
                    WHERE node.journey_id = %s AND version.state != 'draft'
                      AND (node.kind = 'condition' AND (%s OR node.asks != 'event')
                           AND EXISTS (SELECT FROM crm_journey_step AS step
                                        WHERE step.node_id = node.id AND step.state = 'waiting')
                           OR node.expiry_amount > 0
                           AND EXISTS (SELECT FROM crm_journey_step AS step
                                        WHERE step.node_id = node.id
                                          AND step.state IN ('due', 'failed')))""",
                journey.id,
                # whatever happens wakes those who wait for it
                self.is_thorough,
            )
        )
        # sudo: as above
        for node in self.env["crm.journey.node"].sudo().browse([id_ for [id_] in nodes]):
            mover = Mover(self.cr, node, now)
            method = mover.look if node.kind == "condition" else mover.expire
            count = queries.CHUNK
            while count >= queries.CHUNK and self.has_time():
                with limit_statements(self.cr, MOST_SECONDS, clear=False):
                    count = method()
                self.commit()
                self.taken += count
