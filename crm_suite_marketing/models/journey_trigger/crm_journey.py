import logging

from psycopg2 import OperationalError
from psycopg2.errors import QueryCanceled

from odoo import api, fields, models, modules, tools
from odoo.tools import SQL

from odoo.addons.crm_suite.models.mixins.filter_guard import (
    DATABASE_ERRORS,
    FILTER_ERRORS,
    limit_statements,
)

from ..journey_engine.enrolment import CHUNK

_logger = logging.getLogger(__name__)

# How long the database may look for who comes in
LOOK_SECONDS = 300
# How many events are looked at together, and how many where workers come between
EVENTS = (5000, 500, 50, 5)
# What changes for whom journeys look, or who may come in
WATCHED = {"state", "live_version_id", "exit_on_unsubscribe", "active"}


class CrmJourney(models.Model):
    """Looking for who comes in."""

    _inherit = "crm.journey"  # pylint: disable=consider-merging-classes-inherited

    trigger_problem = fields.Text(
        "Problem of the Start",
        readonly=True,
        copy=False,
        help="Why nobody comes in by a start just now.",
    )

    def write(self, vals):
        result = super().write(vals)
        if WATCHED & set(vals):
            self.env.registry.clear_cache()
        if vals.get("state") == "running":
            # who matches at the launch is looked for at once, who comes to later
            self.env["crm.journey.event"]._run_soon()
        return result

    @api.model
    @tools.ormcache()
    def _get_listened(self):
        """Return what journeys that run listen to: triggers, events, and ``refusal``. Asked each
        time when something happens, so it is kept.
        """
        self.env["crm.journey.node"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT CASE WHEN node.kind = 'trigger' THEN node.trigger
                                        ELSE node.event END, journey.exit_on_unsubscribe
                     FROM crm_journey AS journey
                     JOIN crm_journey_version AS version ON version.journey_id = journey.id
                     JOIN crm_journey_node AS node ON node.version_id = version.id
                    WHERE journey.state IN ('running', 'paused')
                      AND version.state IN ('live', 'retired')"""
            )
        )
        names = {name for name, _leaves in rows if name}
        return frozenset(names | ({"refusal"} if any(leaves for _name, leaves in rows) else set()))

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_enrol(self):
        """Let come in who has done what the starts of journeys wait for; and move on who has done
        what a step waits for. Cut off, it goes on where it was.
        """
        progress = self.env["crm.journey.step"]._commit_progress
        while self._take_events():
            if not progress(1):
                return
        # sudo: journeys of all companies run
        journeys = self.sudo().search([("state", "=", "running"), ("live_version_id", "!=", False)])
        progress(remaining=len(journeys))
        for journey in journeys:
            journey._look()
            if not progress(1):
                return

    def _take_events(self):
        """:return: whether there are more"""
        for most in EVENTS:
            try:
                return self.env["crm.journey.event"]._take(most)
            except OperationalError as error:
                # the fewer at once, the fewer of them are just being moved by workers
                self._leave_to_next_look(error)
        return False

    def _leave_to_next_look(self, error):
        """Workers change the same rows just now: nothing of this look stays, the next is soon."""
        if modules.module.current_test:
            # tests are one transaction
            raise error
        self.env.cr.rollback()
        _logger.info("Journeys are looked at next time")
        self.env["crm.journey.event"]._run_soon()

    def _look(self):
        """Look by all starts of one journey; one that does not work does not hold up the others."""
        self.ensure_one()
        if problem := self._find_owner_problem():
            self._pause_for(problem)
            return
        problems = []
        nodes = self.live_version_id.node_ids
        for node in nodes.filtered(lambda one: one.kind == "trigger" and one.trigger):
            if problem := self._look_by(node):
                problems.append(problem)
        try:
            self._leave_segments()
            self._tell_problem("\n".join(problems))
            self.env.flush_all()
        except OperationalError as error:
            self._leave_to_next_look(error)

    def _look_by(self, node):
        """:return: what is wrong, in words, or None"""
        now = fields.Datetime.now()
        try:
            with limit_statements(self.env.cr, LOOK_SECONDS):
                look = self.env["crm.journey.look"]._get(node, now)
                found, since = node._find_all(look, now)
            self._let_in(node, found)
            if node.trigger == "match":
                with limit_statements(self.env.cr, LOOK_SECONDS):
                    node._keep_matching(look, since)
            look.looked_at = now
            look.flush_recordset()
        except QueryCanceled:
            return self.env._("The database takes too long to find who comes in.")
        except OperationalError as error:
            self._leave_to_next_look(error)
        except (*FILTER_ERRORS, *DATABASE_ERRORS) as error:
            return self.env["crm.filter.mixin"]._describe_failure(error)
        return None

    def _let_in(self, node, found):
        """:param found: ids of the records, and what led each in"""
        ids, entries = found
        query = SQL(
            "SELECT led.res_id, led.entry::jsonb AS entry"
            " FROM unnest(%s::int[], %s::text[]) AS led(res_id, entry)",
            ids or [],
            entries or [],
        )
        if not ids:
            return
        if len(ids) > CHUNK:
            # what came in stays: it commits
            node._enrol(query)
            return
        with self.env.cr.savepoint():
            node._enrol(query)

    def _leave_segments(self):
        """Whoever left the segment by which he came in leaves the journey, where it says so."""
        if self.exit_on_leave:
            left = self._make_everybody(self._make_left_segment())
            self.env["crm.journey.participant"]._exit(left, "left_segment")

    def _tell_problem(self, problem):
        """Tell the responsible once that nobody comes in."""
        if (self.trigger_problem or "") == problem:
            return
        had_problem = bool(self.trigger_problem)
        # sudo: a job notes it
        self.sudo().with_context(tracking_disable=True).trigger_problem = problem or False
        activities = ["crm_suite_marketing.mail_activity_type_journey_problem"]
        if not problem:
            self.sudo().activity_unlink(activities)
        elif not had_problem:
            self.sudo().activity_schedule(
                *activities,
                summary=self.env._("Nobody comes in by a start of this journey"),
                note=problem,
                user_id=self.user_id.id,
            )
