import logging
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.filter_text import parse_conditions

from . import queries
from .cleaning import make_cleaning, make_orphans_gone
from .people import is_document

_logger = logging.getLogger(__name__)

# What nobody is due for is looked at so often: goals, exit rules, conditions that are waited for
LOOK = timedelta(minutes=5)
# steps are kept so long after the end, if nobody says otherwise
MONTHS = 24


class CrmJourney(models.Model):
    """Journeys run: who decides, who leaves before his next step, and what stops all of it."""

    _inherit = "crm.journey"  # pylint: disable=consider-merging-classes-inherited

    looked_at = fields.Datetime(
        "Last Looked Through", readonly=True, copy=False, help="Everybody, for goals and rules."
    )

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_enrol(self):
        """Let in whoever has become due to enter."""
        self._enrol_all()

    @api.model
    def _enrol_all(self):
        for node in self._find_entrances():
            query = node._find_entrants()
            if query:
                node._enrol(query)

    @api.model
    def _find_entrances(self):
        """:return: the starts of the live versions of running journeys, in the order of priority"""
        # sudo: journeys of all companies run
        running = self.sudo().search([("state", "=", "running"), ("live_version_id", "!=", False)])
        nodes = running.live_version_id.node_ids.filtered(lambda node: node.kind == "trigger")
        return nodes.sorted(lambda node: (node.journey_id.sequence, node.journey_id.id, node.id))

    @api.model
    def _cron_clean(self):
        """Forget where those went who have ended long ago; that they were in it stays. And all of
        journeys that are no more.
        """
        self._forget_orphans()
        # sudo: a setting, no more
        settings = self.env["ir.config_parameter"].sudo()
        months = int(settings.get_param("crm_suite_marketing.journey_months", MONTHS))
        if months <= 0:
            return
        Step = self.env["crm.journey.step"]
        before = fields.Datetime.subtract(fields.Datetime.now(), months=months)
        since, seconds = datetime.min, 1.0
        while seconds > 0:
            [[count, last]] = self.env.execute_query(make_cleaning(since, before))
            if not count:
                break
            since, seconds = last, Step._commit_progress(count)
        Step.invalidate_model()

    @api.model
    def _forget_orphans(self):
        Step, Participant = self.env["crm.journey.step"], self.env["crm.journey.participant"]
        count, seconds = 1, 1.0
        while count and seconds > 0:
            [[count]] = self.env.execute_query(make_orphans_gone())
            seconds = Step._commit_progress(count) if count else seconds
        Step.invalidate_model()
        Participant.invalidate_model()

    @api.model
    def _process(self):
        """Do all that is due at once, as the scheduled jobs do it bit by bit."""
        self._cron_enrol()
        self.env["crm.journey.step"]._advance("process", is_thorough=True)

    # ------------------------------------------------------------------
    # With whose rights
    # ------------------------------------------------------------------

    def _get_asked_model(self):
        """Return the model of the participants as the responsible sees it, in the company of the
        journey; also what is archived, for whoever is in it is in it.
        """
        self.ensure_one()
        owner = self.user_id
        context = {
            "active_test": False,
            "allowed_company_ids": self.company_id.ids,
            "lang": owner.lang,
            "tz": owner.tz,
        }
        model = self.env[self.model_name].with_user(owner)
        return model.with_context(context)  # pylint: disable=context-overridden

    def _select_matching(self, domain):
        """Return the query of the records that match a filter, as ``SQL``.

        :param domain: text of conditions
        :raise ValueError: or others of `FILTER_ERRORS`, when it cannot be evaluated
        """
        model = self._get_asked_model()
        found = model._search(Domain(parse_conditions(domain or "[]")))
        found.order = None
        return found.select(SQL("%s AS id", SQL.identifier(found.table, "id")))

    def _is_apart(self):
        """:return: whether two records of one person go through it beside each other: orders do,
        and yet nobody is in two exclusive journeys
        """
        self.ensure_one()
        return not self.is_exclusive and is_document(self.env[self.model_name])

    def _find_rivals(self):
        """:return: the exclusive journeys whose participants cannot be in this one, too"""
        self.ensure_one()
        if not self.is_exclusive:
            return self.browse()
        domain = [
            ("is_exclusive", "=", True),
            ("state", "in", ("running", "paused")),
            ("id", "!=", self.id),
        ]
        return self.search(domain)

    def _has_conditions(self, domain):
        return bool(parse_conditions(domain or "[]"))

    def _get_zone(self):
        """:return: the time zone of those whose own is not known"""
        self.ensure_one()
        known = self.env["crm.journey.node"]._get_known_zones()
        for name in (self.company_id.partner_id.tz, self.user_id.tz):
            if name in known:
                return name
        return "UTC"

    def _find_owner_problem(self):
        """:return: why the responsible cannot answer for the journey any more, or None"""
        self.ensure_one()
        # sudo: whether he still works here; the reader may work in fewer companies than he
        owner = self.sudo().user_id
        if not owner.active or not owner._is_internal():
            return self.env._(
                "%s, who is responsible, is no active employee any more. Choose somebody else.",
                owner.name,
            )
        if self.company_id not in owner.company_ids:
            return self.env._(
                "%(owner)s, who is responsible, may not work in the company %(company)s any more.",
                owner=owner.name,
                company=self.company_id.name,
            )
        return None

    def _pause_for(self, reason):
        """Stop for a reason that a person has to look at; everybody stays where he is."""
        for journey in self.filtered(lambda one: one.state == "running"):
            # sudo: the state of journeys is written by the system alone
            journey.sudo().write(
                {
                    "state": "paused",
                    "paused_at": fields.Datetime.now(),
                    "pause_reason": reason,
                }
            )
            journey.sudo().message_post(  # sudo: as above
                body=reason, partner_ids=journey.user_id.partner_id.ids
            )
            _logger.info("Journey %s is paused: %s", journey.id, reason)

    # ------------------------------------------------------------------
    # Who leaves before the next step
    # ------------------------------------------------------------------

    def _list_exit_rules(self):
        """:return: list of (reason, ``SQL`` condition over ``participant``)"""
        self.ensure_one()
        record = SQL(
            "NOT EXISTS (SELECT FROM %s AS record WHERE record.id = participant.res_id)",
            SQL.identifier(self.env[self.model_name]._table),
        )
        rules = [("gone", record)]
        if self._has_conditions(self.exit_domain):
            matching = self._select_matching(self.exit_domain)
            rule = SQL(
                "EXISTS (SELECT FROM (%s) AS met WHERE met.id = participant.res_id)", matching
            )
            rules.append(("exit_rule", rule))
        if self.exit_on_leave:
            rules.append(("left_segment", self._make_left_segment()))
        if rivals := self._find_rivals():
            rules.append(("priority", self._make_outrivaled(rivals)))
        return rules

    def _make_outrivaled(self, rivals):
        """Return the condition that somebody is in an exclusive journey that goes first: two that
        let him in at the same moment have not seen each other.
        """
        other = """
            EXISTS (SELECT FROM crm_journey_participant AS other
                      JOIN crm_journey AS rival ON rival.id = other.journey_id
                     WHERE other.state = 'running' AND other.journey_id = ANY(%(rivals)s)
                       AND %(same)s
                       AND (rival.sequence, other.entered_at, other.id)
                           < (%(sequence)s, participant.entered_at, participant.id))
            """
        # two queries, each by its own index
        parts = [
            SQL(other, rivals=rivals.ids, sequence=self.sequence, same=same)
            for same in (
                SQL("other.identity_key = participant.identity_key"),
                SQL("other.model = participant.model AND other.res_id = participant.res_id"),
            )
        ]
        return SQL("(%s)", SQL(" OR ").join(parts))

    def _make_left_segment(self):
        """Return the condition that somebody has left the segment by which he entered. Whoever was
        put in by hand has left it only if he was in it.
        """
        return SQL(
            """
            EXISTS (SELECT FROM crm_journey_node AS entrance
                CROSS JOIN LATERAL (
                           SELECT COALESCE((participant.entry ->> 'segment')::int,
                                           entrance.segment_id) AS id) AS segment
                     WHERE entrance.version_id = participant.version_id
                       AND entrance.uid = participant.trigger_uid
                       AND entrance.trigger = 'segment_enter'
                       AND segment.id IS NOT NULL
                       AND NOT EXISTS (SELECT FROM crm_segment_member AS member
                                        WHERE member.segment_id = segment.id
                                          AND member.partner_id = participant.partner_id
                                          AND member.left_at IS NULL)
                       AND (participant.entry ->> 'segment' IS NOT NULL
                            OR EXISTS (SELECT FROM crm_segment_member AS past
                                        WHERE past.segment_id = segment.id
                                          AND past.partner_id = participant.partner_id
                                          AND past.left_at
                                              >= date_trunc('second', participant.entered_at))))
            """
        )

    def _make_everybody(self, condition):
        return SQL(
            """SELECT participant.id FROM crm_journey_participant AS participant
                WHERE participant.journey_id = %s AND participant.state = 'running' AND %s""",
            self.id,
            condition,
        )

    def _make_reached(self, version):
        """Return the query of those who have reached a goal by what they are, wherever they are:
        id and key of the goal.
        """
        parts = []
        for node in version.node_ids.filtered(lambda node: node.kind == "goal"):
            if node.asks != "domain" or not self._has_conditions(node.domain):
                continue
            parts.append(
                SQL(
                    """SELECT participant.id, %s AS uid
                         FROM crm_journey_participant AS participant
                         JOIN (%s) AS met ON met.id = participant.res_id
                        WHERE participant.version_id = %s AND participant.state = 'running'
                          AND participant.goal_at IS NULL""",
                    node.uid,
                    self._select_matching(node.domain),
                    version.id,
                )
            )
        return SQL(" UNION ALL ").join(parts) if parts else None

    @api.model
    def _get_next_due(self):
        [[moment]] = self.env.execute_query(queries.make_next_due(fields.Datetime.now()))
        return moment
