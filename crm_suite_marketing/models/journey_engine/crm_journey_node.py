import json

import pytz

from odoo import api, fields, models, modules, tools
from odoo.tools import SQL

from . import enrolment
from .decision import count_arms, find_winner, is_time_to_look
from .people import make_people


class CrmJourneyNode(models.Model):
    """People come in at the start."""

    _inherit = "crm.journey.node"  # pylint: disable=consider-merging-classes-inherited

    ab_minimum = fields.Integer(
        "People per Arm before the Decision",
        default=100,
        help="Nothing is decided before so many have gone through each arm.",
    )
    ab_confidence = fields.Float("Certainty", default=0.95, help="0.95: one error in 20 tests.")
    ab_decides_itself = fields.Boolean(
        "Send Everybody to the Winner",
        default=True,
        help="As soon as one arm is better for certain.",
    )
    ab_decided_port = fields.Char("Key of the Winner", readonly=True, copy=False)
    ab_next_goals = fields.Integer(
        "Goals before the Next Look", readonly=True, copy=False, help="Of all arms together."
    )
    ab_winner = fields.Char("Winner", compute="_compute_ab_winner")

    _ab_confidence_range = models.Constraint(
        "CHECK (ab_confidence IS NULL OR ab_confidence >= 0.5 AND ab_confidence < 1)",
        "The certainty lies between 0.5 and 1.",
    )

    @api.depends("ab_decided_port", "arm_ids.name")
    def _compute_ab_winner(self):
        for node in self:
            arms = node.arm_ids.filtered(lambda arm, node=node: arm.port == node.ab_decided_port)
            node.ab_winner = node.ab_decided_port and arms[:1].name

    # ------------------------------------------------------------------
    # For the other rooms
    # ------------------------------------------------------------------

    def _find_entrants(self):
        """:return: ``SQL`` that selects who is due to enter here, or None; see `_enrol`"""
        return

    def _make_event_condition(self):
        """Return the condition, ``SQL`` over ``participant`` and ``step``, that the event of this
        node has happened; None when it never can.
        """
        return

    @api.model
    @tools.ormcache()
    def _get_known_zones(self):
        """:return: the time zones that both the database and we know"""
        rows = self.env.execute_query(SQL("SELECT name FROM pg_timezone_names"))
        return tuple(sorted({name for [name] in rows} & pytz.all_timezones_set))

    @api.model
    def _decide_tests(self, journey):
        """Send everybody to the winner of each A/B test that is decided."""
        domain = [
            ("kind", "=", "ab"),
            ("journey_id", "=", journey.id),
            ("version_id.state", "=", "live"),
            ("ab_decides_itself", "=", True),
            ("ab_decided_port", "=", False),
        ]
        # sudo: what is launched is written by the system alone
        for node in self.sudo().search(domain):
            ports = node.arm_ids.filtered("weight").mapped("port")
            rates = count_arms(self.env, node, ports)
            if not is_time_to_look(node, rates):
                continue
            self.env.cr.execute(
                SQL(
                    """UPDATE crm_journey_node SET ab_decided_port = %s, ab_next_goals = %s
                        WHERE id = %s""",
                    find_winner(node, rates, ports),
                    2 * sum(rate.successes for rate in rates),
                    node.id,
                )
            )
            node.invalidate_recordset(["ab_decided_port", "ab_next_goals"])

    # ------------------------------------------------------------------
    # The way in
    # ------------------------------------------------------------------

    def _enrol(self, query, entry=None):
        """Let records in at this start.

        Whoever is in the journey, may not enter again, matches the exit rule or is in an exclusive
        journey that goes first stays out.

        :param query: ``SQL`` that selects ids `AS res_id`; it may have a column `entry`, JSON: what
            led him in
        :param entry: the same for all
        :return: how many came in
        """
        self.ensure_one()
        # sudo: who comes in is decided by the query, with the rights of the responsible
        node = self.sudo()
        journey = node.journey_id
        if journey.state != "running" or journey.live_version_id != node.version_id:
            return 0
        if problem := journey._find_owner_problem():
            journey._pause_for(problem)
            return 0
        self.env.flush_all()
        [[ids, entries]] = self.env.execute_query(SQL(enrolment.ENTRANTS, query))
        if not ids:
            return 0
        count = 0
        for start in range(0, len(ids), enrolment.CHUNK):
            part = ids[start : start + enrolment.CHUNK]
            if entry is not None:
                words = [json.dumps(entry)] * len(part)
            else:
                words = entries and entries[start : start + enrolment.CHUNK]
            count += node._let_in(part, words or [None] * len(part))
            if start + enrolment.CHUNK < len(ids):
                node._commit_chunk(len(part))
        self.env["crm.journey.participant"].invalidate_model()
        self.env["crm.journey.step"].invalidate_model()
        if count:
            self.env["crm.journey.step"]._wake_workers()
        return count

    def _commit_chunk(self, number):
        """In a scheduled job what came in stays, whatever happens to those behind."""
        if self.env.context.get("ir_cron_progress_id") and not modules.module.current_test:
            self.env["ir.cron"]._commit_progress(number)

    def _let_in(self, ids, entries):
        journey, model = self.journey_id, self.env[self.journey_id.model_name]
        now = fields.Datetime.now()
        first = self.edge_ids.filtered(lambda edge: edge.port == "next").target_id
        rivals = journey._find_rivals()
        stronger = rivals.filtered(lambda other: other.sequence <= journey.sequence)
        weaker = rivals - stronger
        has_past = self._has_past()
        conditions = [SQL("TRUE")]
        if has_past:
            conditions += enrolment.make_reentry(journey, journey.model_name, now)
        if stronger:
            rival = enrolment.make_rival(stronger.ids, journey.model_name)
            conditions.append(SQL("NOT %s", rival))
        if journey._has_conditions(journey.exit_domain):
            conditions.append(
                SQL(
                    "NOT EXISTS (SELECT FROM (%s) AS out WHERE out.id = person.res_id)",
                    journey._select_matching(journey.exit_domain),
                )
            )
        statement = SQL(
            enrolment.ENROL,
            people=make_people(model, SQL("SELECT unnest(%s::int[])", ids), journey._is_apart()),
            ids=ids,
            entries=entries,
            condition=SQL(" AND ").join(conditions),
            journey=journey.id,
            version=self.version_id.id,
            company=journey.company_id.id,
            uid=self.uid,
            model=journey.model_name,
            rotation=self._make_rotation() if has_past else SQL("1"),
            state="running" if first else "done",
            now=now,
            exited=SQL("NULL::timestamp") if first else now,
            reason=None if first else "end",
            node=SQL("%s::int", first.id or None),
            node_uid=first.uid or None,
            result=SQL("array_agg(id)") if weaker else SQL("count(*)"),
        )
        [[result]] = self.env.execute_query(statement)
        if not weaker:
            return result
        if result:
            yielding = enrolment.make_yielding(weaker.ids, result)
            self.env["crm.journey.participant"]._exit(yielding, "priority")
        return len(result or ())

    def _has_past(self):
        [[found]] = self.env.execute_query(
            SQL(
                "SELECT EXISTS (SELECT FROM crm_journey_participant WHERE journey_id = %s)",
                self.journey_id.id,
            )
        )
        return found

    def _make_rotation(self):
        """Return the number of this passage of an entrant."""
        return SQL(
            """1 + COALESCE((SELECT max(past.rotation) FROM crm_journey_participant AS past
                              WHERE past.journey_id = %s AND past.model = %s
                                AND past.res_id = entrant.res_id), 0)""",
            self.journey_id.id,
            self.journey_id.model_name,
        )
