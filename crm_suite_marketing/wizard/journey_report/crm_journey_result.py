from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...lib.ab_test import Rate, get_rate_interval, judge

# Who has had the time counts, and what happened in that time: a version of last week is not worse
# than that of last year because its people are still on the way
SUBJECTS = """
    SELECT subject.key,
           count(*) AS entered,
           count(*) FILTER (WHERE participant.state = 'running') AS running,
           count(*) FILTER (WHERE participant.state = 'done') AS done,
           count(*) FILTER (WHERE participant.state = 'left') AS left_early,
           count(participant.goal_at) AS goals,
           count(*) FILTER (WHERE %(watched)s) AS watched,
           count(*) FILTER (WHERE %(watched)s AND %(in_time)s) AS watched_goals,
           avg(%(hours)s) AS hours_average,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY %(hours)s) AS hours_median,
           sum(participant.revenue) AS revenue
      FROM (%(subjects)s) AS subject(key, participant_id)
      JOIN crm_journey_participant AS participant ON participant.id = subject.participant_id
  GROUP BY subject.key
"""
MESSAGES = """
    SELECT subject.key,
           count(*) FILTER (WHERE delivery.state = 'sent') AS sent,
           count(*) FILTER (
               WHERE COALESCE(trace.open_datetime, trace.reply_datetime) IS NOT NULL) AS opened,
           count(trace.links_click_datetime) AS clicked
      FROM (%(subjects)s) AS subject(key, participant_id)
      JOIN crm_journey_step AS step ON step.participant_id = subject.participant_id
      JOIN crm_outbox AS delivery ON delivery.id = step.outbox_id
 LEFT JOIN mailing_trace AS trace ON trace.id = delivery.trace_id
  GROUP BY subject.key
"""
# Somebody may come by the same test several times: the first arm is his
ARMS = """
    SELECT DISTINCT ON (step.participant_id) step.port, step.participant_id
      FROM crm_journey_step AS step
     WHERE step.node_id = ANY(%(nodes)s) AND step.port IS NOT NULL
  ORDER BY step.participant_id, step.pass_number
"""
VERSIONS = """
    SELECT version_id, id FROM crm_journey_participant WHERE journey_id = %(journey)s
"""
TESTS = ("split", "ab")


class CrmJourneyResult(models.TransientModel):
    """What a journey brought: its versions side by side, and the ways of its tests."""

    _name = "crm.journey.result"
    _description = "Results of a Journey"
    _rec_name = "journey_id"

    journey_id = fields.Many2one("crm.journey", required=True, readonly=True, ondelete="cascade")
    days = fields.Integer(
        "Goals Within (Days)",
        help="0: all goals so far. Else only those who entered so many days ago are compared, and "
        "only goals that they reached in that time: so a new version and an old one are compared "
        "fairly.",
    )
    version_line_ids = fields.One2many(
        "crm.journey.result.line", "result_id", domain=[("kind", "=", "version")], readonly=True
    )
    arm_line_ids = fields.One2many(
        "crm.journey.result.line", "result_id", domain=[("kind", "=", "arm")], readonly=True
    )

    @api.depends("journey_id.name")
    def _compute_display_name(self):
        for result in self:
            result.display_name = self.env._("Results of %s", result.journey_id.display_name)

    def action_refresh(self):
        """Count again, with the time that was chosen."""
        self._fill()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Results of %s", self.journey_id.display_name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_view_performance(self):
        return self.journey_id.action_view_performance()

    def action_view_node_performance(self):
        return self.journey_id.action_view_node_performance()

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------

    def _fill(self):
        self.ensure_one()
        journey = self.journey_id
        journey.check_access("read")
        self.env["crm.journey.participant"].check_access("read")
        lines = self._make_lines(
            "version",
            SQL(VERSIONS, journey=journey.id),
            [
                (version.id, version._get_title(), {"version_id": version.id})
                for version in journey.version_ids.sorted("number")
                if version.state != "draft"
            ],
        )
        for node in self._get_tests():
            nodes = journey.version_ids.node_ids.filtered(lambda one, uid=node.uid: one.uid == uid)
            lines += self._make_lines(
                "arm",
                SQL(ARMS, nodes=nodes.ids),
                [
                    (arm.port, arm.name, {"node_id": node.id})
                    for arm in nodes._get_arms_by_port().values()
                ],
            )
        (self.version_line_ids + self.arm_line_ids).unlink()
        self.env["crm.journey.result.line"].create(lines)

    def _get_tests(self):
        """:return: the tests of all versions that were launched, each once in its newest version"""
        versions = self.journey_id.version_ids.filtered(lambda version: version.state != "draft")
        found = {}
        for node in versions.sorted("number").node_ids.filtered(lambda one: one.kind in TESTS):
            found[node.uid] = node
        return found.values()

    def _make_lines(self, kind, subjects, named):
        """:return: values of lines for what the query tells apart

        :param named: list of (key, name, more values)
        """
        counts, messages = self._count(subjects), self._count_messages(subjects)
        rates = [
            Rate(counts.get(key, {}).get("watched_goals", 0), counts.get(key, {}).get("watched", 0))
            for key, _name, _more in named
        ]
        judgement = judge(rates) if rates else None
        lines = []
        for place, (key, name, more) in enumerate(named):
            interval = get_rate_interval(rates[place])
            lines.append(
                {
                    "result_id": self.id,
                    "kind": kind,
                    "sequence": len(named) - place if kind == "version" else place,
                    "name": name,
                    **more,
                    **counts.get(key, {}),
                    **messages.get(key, {}),
                    "goal_rate": 100 * rates[place].value,
                    "rate_low": 100 * interval.low,
                    "rate_high": 100 * interval.high,
                    "verdict": judgement.verdicts[place] if len(named) > 1 else False,
                    "needed": judgement.needed or 0,
                }
            )
        return lines

    def _count(self, subjects):
        """:return: ``{key: values of a line}``"""
        watched = in_time = SQL("TRUE")
        if self.days > 0:
            since = fields.Datetime.now() - timedelta(days=self.days)
            watched = SQL("participant.entered_at <= %s", since)
            in_time = SQL(
                "participant.goal_at <= participant.entered_at + make_interval(days => %s)",
                self.days,
            )
        else:
            in_time = SQL("participant.goal_at IS NOT NULL")
        query = SQL(
            SUBJECTS,
            watched=watched,
            in_time=in_time,
            hours=SQL("extract(epoch FROM participant.goal_at - participant.entered_at) / 3600.0"),
            subjects=subjects,
        )
        self._flush_sources()
        rows = self.env.execute_query_dict(query)
        Line = self.env["crm.journey.result.line"]
        reads_revenue = Line._has_field_access(Line._fields["revenue"], "read")
        for row in rows:
            revenue = row.pop("revenue")
            if reads_revenue:
                row["revenue"] = revenue
        return {row.pop("key"): row for row in rows}

    def _count_messages(self, subjects):
        rows = self.env.execute_query_dict(SQL(MESSAGES, subjects=subjects))
        return {row.pop("key"): row for row in rows}

    def _flush_sources(self):
        for model in ("crm.journey.participant", "crm.journey.step", "crm.outbox", "mailing.trace"):
            self.env[model].flush_model()
