from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

# For opportunities without a sales team
STALL_DAYS = 14
STEP_DAYS = 3
ATTENTION = """
        SELECT watched.*
          FROM (
            SELECT lead.id,
                   lead.team_id,
                   lead.last_touch_at,
                   meeting.quiet_at,
                   GREATEST(meeting.quiet_at, lead.snoozed_until) AS base_at,
                   GREATEST(
                       meeting.quiet_at + make_interval(days => allowed.days),
                       lead.snoozed_until
                   ) AS since,
                   meeting.quiet_at + make_interval(days => silence.days) <= %(now)s
                       AS is_silent,
                   CASE
                       WHEN lead.snoozed_until > %(now)s THEN 'snoozed'
                       WHEN COALESCE(team.stall_watch, TRUE) AND meeting.quiet_at
                           + make_interval(days => allowed.days) <= %(now)s THEN
                           CASE WHEN lead.escalated_at
                                     > GREATEST(meeting.quiet_at, lead.snoozed_until)
                                THEN 'escalated' ELSE 'stalled' END
                       WHEN NOT step.planned THEN 'no_step'
                   END AS attention
              FROM crm_lead lead
         LEFT JOIN crm_team team ON team.id = lead.team_id
         LEFT JOIN crm_stage stage ON stage.id = lead.stage_id
         LEFT JOIN (
                SELECT event.opportunity_id AS lead_id, MAX(event.start) AS start
                  FROM calendar_event event
                 WHERE event.active AND %(meetings)s
              GROUP BY event.opportunity_id) held ON held.lead_id = lead.id
         LEFT JOIN (
                SELECT DISTINCT activity.res_id AS lead_id
                  FROM mail_activity activity
                 WHERE activity.res_model = 'crm.lead'
                   AND activity.active
                   AND activity.is_follow_up IS NOT TRUE
                   AND %(activities)s) todo ON todo.lead_id = lead.id
CROSS JOIN LATERAL (
                SELECT GREATEST(lead.last_touch_at, held.start) AS quiet_at) meeting
CROSS JOIN LATERAL (
                SELECT todo.lead_id IS NOT NULL
                    OR COALESCE(held.start > %(now)s, FALSE) AS planned) step
CROSS JOIN LATERAL (
                SELECT COALESCE(
                    NULLIF(stage.rotting_threshold_days, 0), team.stall_days, %(stall)s
                ) AS days) silence
CROSS JOIN LATERAL (
                SELECT CASE
                    WHEN step.planned THEN silence.days
                    ELSE LEAST(silence.days, COALESCE(team.step_days, %(step)s))
                END AS days) allowed
             WHERE lead.type = 'opportunity'
               AND lead.active
               AND lead.won_status = 'pending'
               AND %(inner)s) watched
         WHERE %(outer)s
"""
ATTENTION_FACTS = {
    "last_touch_at",
    "escalated_at",
    "snoozed_until",
    "snooze_id",
    "snooze_count",
}


class CrmAttentionMixin(models.AbstractModel):
    """Which open opportunities need attention: nothing is planned, or nothing happens.

    An opportunity stalls when nothing was logged on it for as many days as its stage or its team
    allows, sooner when it has no next step. `last_touch_at` is the one stored fact; meetings speak
    for themselves: one that is planned or was held is looked up, because its time comes without
    anybody writing anything.
    """

    _name = "crm.attention.mixin"
    _description = "Attention to Opportunities"

    last_touch_at = fields.Datetime(
        "Last Touch on",
        readonly=True,
        copy=False,
        help="The last interaction, message from or to the customer, done activity or move between "
        "stages. Meetings count besides, when they take place.",
    )
    attention = fields.Selection(
        [
            ("no_step", "No Next Step"),
            ("stalled", "Stalled"),
            ("escalated", "Escalated"),
            ("snoozed", "Snoozed"),
        ],
        compute="_compute_attention",
        search="_search_attention",
        help="No next step: nothing is planned. Stalled: nothing happened for too long. Escalated: "
        "stalled, and somebody besides the salesperson was told. Snoozed: left alone until a date.",
    )
    stalled_since = fields.Datetime(compute="_compute_attention")
    attention_text = fields.Char("What Is Wrong", compute="_compute_attention")
    escalated_at = fields.Datetime("Escalated on", readonly=True, copy=False)
    escalation_ids = fields.One2many("crm.escalation", "lead_id", "Escalations", readonly=True)
    has_next_step = fields.Boolean(
        compute="_compute_next_step",
        search="_search_has_next_step",
        help="An open activity or a meeting ahead. Automatic reminders are none.",
    )
    next_step = fields.Char(compute="_compute_next_step")
    next_step_date = fields.Date(compute="_compute_next_step")
    snooze_ids = fields.One2many("crm.snooze", "lead_id", "Snoozes", readonly=True)
    snooze_id = fields.Many2one("crm.snooze", "Current Snooze", readonly=True, copy=False)
    snooze_text = fields.Char("Snooze", compute="_compute_snooze_text")
    snoozed_until = fields.Datetime(readonly=True, copy=False)
    snooze_count = fields.Integer(
        "Times Snoozed", readonly=True, copy=False, aggregator="sum", default=0
    )

    # What may be stalled, most silent first
    _quiet = models.Index(
        "(last_touch_at) WHERE active AND type = 'opportunity' AND won_status = 'pending'"
    )
    _snoozed = models.Index("(snoozed_until) WHERE snoozed_until IS NOT NULL")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends(
        "active",
        "activity_ids",
        "calendar_event_ids.start",
        "escalated_at",
        "last_touch_at",
        "snoozed_until",
        "stage_id.rotting_threshold_days",
        "team_id.stall_days",
        "team_id.stall_watch",
        "team_id.step_days",
        "type",
        "won_status",
    )
    @api.depends_context("lang", "tz")
    def _compute_attention(self):
        rows = {}
        if ids := self._origin.ids:
            query = self._get_attention_query(ids=ids)
            rows = {row["id"]: row for row in self.env.execute_query_dict(query)}
        for lead in self:
            row = rows.get(lead._origin.id)
            lead.attention = row["attention"] if row else False
            is_stalled = lead.attention in ("stalled", "escalated")
            lead.stalled_since = row["since"] if is_stalled else False
            lead.attention_text = lead._get_attention_text(row) if is_stalled else False

    def _get_attention_text(self, row):
        if row["is_silent"]:
            return self.env._(
                "Nothing was logged for %(days)s days.",
                days=(self.env.cr.now() - row["quiet_at"]).days,
            )
        return self.env._(
            "There is no next step, and nothing was logged for %(days)s days.",
            days=(self.env.cr.now() - row["quiet_at"]).days,
        )

    @api.model
    def _search_attention(self, operator, value):
        if operator != "in":
            return NotImplemented
        states = tuple(state for state in value if state and state != "snoozed")
        wanted = Domain.FALSE
        if "snoozed" in value:
            wanted = self._get_open_domain() & Domain("snoozed_until", ">", self.env.cr.now())
        if states:
            condition = SQL("watched.attention IN %s", states)
            if "no_step" not in states:
                condition = SQL("%s AND %s", condition, self._get_quiet_condition())
            query = self._get_attention_query(condition=condition)
            wanted |= Domain("id", "in", SQL("(SELECT id FROM (%s) attention)", query))
        if False in value:
            every = self._get_attention_query(condition=SQL("watched.attention IS NOT NULL"))
            wanted |= Domain("id", "not in", SQL("(SELECT id FROM (%s) attention)", every))
        return wanted

    @api.model
    def _get_open_domain(self):
        return (
            Domain("type", "=", "opportunity")
            & Domain("active", "=", True)
            & Domain("won_status", "=", "pending")
        )

    @api.model
    def _get_quiet_condition(self):
        """What every stalled opportunity fulfils, and an index can find."""
        # sudo: the limits of all teams and stages decide, whoever looks
        teams = self.env["crm.team"].sudo().with_context(active_test=False)
        [(stall, step)] = teams._read_group([], [], ["stall_days:min", "step_days:min"])
        stages = self.env["crm.stage"].sudo()  # as above
        [(rot,)] = stages._read_group(
            [("rotting_threshold_days", ">", 0)], [], ["rotting_threshold_days:min"]
        )
        shortest = min(
            STALL_DAYS, STEP_DAYS, *(days for days in (stall, step, rot) if days is not None)
        )
        return SQL(
            "watched.last_touch_at <= %s - make_interval(days => %s)", self.env.cr.now(), shortest
        )

    @api.model
    def _get_attention_query(self, ids=None, condition=None):
        """One row for each open opportunity, or for some of them, whoever looks.

        `quiet_at`: last sign of life; `base_at`: when the present silence, or the present chance
        after a snooze, began: by it one stall is told from the next; `since`: when it stalled.

        :param ids: of leads
        :param SQL condition: on `watched`, which has the columns of the result
        """
        self._flush_attention()
        # the same joins serve a few leads, by index, and all of them, by hash
        which = tuple(ids or (0,))
        every = ids is None
        return SQL(
            ATTENTION,
            now=self.env.cr.now(),
            stall=STALL_DAYS,
            step=STEP_DAYS,
            inner=SQL("TRUE") if every else SQL("lead.id IN %s", which),
            meetings=SQL("event.opportunity_id IS NOT NULL")
            if every
            else SQL("event.opportunity_id IN %s", which),
            activities=SQL("TRUE") if every else SQL("activity.res_id IN %s", which),
            outer=condition or SQL("TRUE"),
        )

    @api.model
    def _flush_attention(self):
        self.flush_model(
            [
                "active",
                "escalated_at",
                "last_touch_at",
                "snoozed_until",
                "stage_id",
                "team_id",
                "type",
                "won_status",
            ]
        )
        self.env["crm.team"].flush_model(["stall_days", "stall_watch", "step_days"])
        self.env["crm.stage"].flush_model(["rotting_threshold_days"])
        self.env["mail.activity"].flush_model(["active", "is_follow_up", "res_id", "res_model"])
        self.env["calendar.event"].flush_model(["active", "opportunity_id", "start"])

    @api.depends("activity_ids.date_deadline", "activity_ids.summary", "calendar_event_ids.start")
    @api.depends_context("uid", "lang", "tz")
    def _compute_next_step(self):
        meetings = self.env["calendar.event"].search(
            [("opportunity_id", "in", self._origin.ids), ("start", ">", self.env.cr.now())],
            order="start desc",
        )
        # the next one comes last and stays
        next_meetings = {meeting.opportunity_id.id: meeting for meeting in meetings}
        for lead in self:
            activity = lead.activity_ids.filtered(lambda a: not a.is_follow_up).sorted(
                "date_deadline"
            )[:1]
            meeting = next_meetings.get(lead._origin.id)
            day = activity.date_deadline
            if meeting:
                start = fields.Datetime.context_timestamp(self, meeting.start).date()
                if not day or start <= day:
                    day, activity = start, activity.browse()
            lead.has_next_step = bool(day)
            lead.next_step_date = day
            lead.next_step = (
                activity.summary or activity.activity_type_id.name
                if activity
                else meeting.name
                if meeting
                else False
            )

    @api.model
    def _search_has_next_step(self, operator, value):
        if operator != "in":
            return NotImplemented
        # any!: what is planned by a colleague is planned
        planned = Domain(
            "activity_ids", "any!", [("is_follow_up", "=", False), ("active", "=", True)]
        ) | Domain("calendar_event_ids", "any!", [("start", ">", self.env.cr.now())])
        return planned if True in value else ~planned

    # ------------------------------------------------------------------
    # Snooze
    # ------------------------------------------------------------------

    @api.depends("snooze_id")
    @api.depends_context("lang")
    def _compute_snooze_text(self):
        for lead in self:
            snooze = lead.snooze_id
            lead.snooze_text = snooze and snooze._get_text()

    def action_snooze(self):
        """Ask for the reason and the date of a snooze."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Snooze"),
            "res_model": "crm.snooze",
            "views": [(self.env.ref("crm_suite.crm_snooze_view_form_dialog").id, "form")],
            "target": "new",
            "context": {"default_lead_id": self.id},
        }

    def action_wake(self):
        """End the snooze of these opportunities now."""
        self.check_access("write")
        for lead in self.filtered("snooze_id"):
            lead.message_post(
                body=self.env._(
                    "The snooze until %(date)s was ended.",
                    date=format_date(self.env, lead.snooze_id.until),
                ),
                subtype_xmlid="mail.mt_note",
            )
        self._end_snooze()
        return True

    def _end_snooze(self):
        now = self.env.cr.now().replace(microsecond=0)
        # sudo: the history of snoozes is written by the system only
        self.snooze_id.sudo().filtered(lambda snooze: snooze.until_at > now).write(
            {"ended_at": now, "ended_by_id": self.env.uid}
        )
        snoozed = self.filtered(lambda lead: lead.snoozed_until and lead.snoozed_until > now)
        snoozed._store_facts(snoozed_until=now)
        self._store_facts(snooze_id=False)

    def action_view_escalations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_suite.crm_escalation_action")
        return {**action, "domain": [("lead_id", "=", self.id)], "context": {}}

    def action_plan_next_step(self):
        """Open the dialog that schedules an activity."""
        self.ensure_one()
        if not self.active:
            raise UserError(self.env._("Nothing can be planned on an archived opportunity."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan the Next Step"),
            "res_model": "mail.activity.schedule",
            "views": [(False, "form")],
            "target": "new",
            "context": {"active_model": self._name, "active_id": self.id, "active_ids": self.ids},
        }

    # ------------------------------------------------------------------
    # Touches
    # ------------------------------------------------------------------

    def _touch(self, at=None):
        """Note that something happened on these leads.

        :param at: when, if not now. What lies ahead was planned now.
        """
        now = self.env.cr.now()
        at = min(at or now, now).replace(microsecond=0)
        # sudo: who may log something on a lead may say that it was touched
        self.sudo().filtered(
            lambda lead: not lead.last_touch_at or lead.last_touch_at < at
        )._store_facts(last_touch_at=at)

    @api.model
    def _refill_last_touch(self, ids=None):
        """Read the last touch of leads from what is logged: of all that have none, if not given.

        One statement, whatever the number of leads.
        """
        self.env.flush_all()
        which = SQL("last_touch_at IS NULL")
        if ids is not None:
            which = SQL("id IN %s", tuple(ids) or (0,))
        self.env.cr.execute(
            SQL(
                """
                WITH touch AS (
                    SELECT id AS lead_id, GREATEST(create_date, date_last_stage_update) AS at
                      FROM crm_lead
                     UNION ALL
                    SELECT message.res_id, message.date
                      FROM mail_message message
                 LEFT JOIN mail_message_subtype subtype ON subtype.id = message.subtype_id
                     WHERE message.model = 'crm.lead'
                       AND (message.message_type IN ('comment', 'email')
                            AND message.is_internal IS NOT TRUE
                            AND subtype.internal IS NOT TRUE
                            OR message.mail_activity_type_id IS NOT NULL)
                     UNION ALL
                    SELECT sale.opportunity_id, message.date
                      FROM mail_message message
                      JOIN sale_order sale ON sale.id = message.res_id
                 LEFT JOIN mail_message_subtype subtype ON subtype.id = message.subtype_id
                     WHERE message.model = 'sale.order'
                       AND sale.opportunity_id IS NOT NULL
                       AND message.message_type IN ('comment', 'email')
                       AND message.is_internal IS NOT TRUE
                       AND subtype.internal IS NOT TRUE
                     UNION ALL
                    SELECT COALESCE(talk.lead_id, sale.opportunity_id),
                           LEAST(talk.date, talk.create_date)
                      FROM crm_interaction talk
                 LEFT JOIN sale_order sale ON sale.id = talk.order_id
                     WHERE talk.lead_id IS NOT NULL OR sale.opportunity_id IS NOT NULL),
                last AS (
                    SELECT lead_id, LEAST(MAX(at), %(now)s) AS at
                      FROM touch
                     WHERE lead_id IN (SELECT id FROM crm_lead WHERE %(which)s)
                  GROUP BY lead_id)
                UPDATE crm_lead lead
                   SET last_touch_at = date_trunc('second', last.at)
                  FROM last
                 WHERE lead.id = last.lead_id
                """,
                now=self.env.cr.now(),
                which=which,
            )
        )
        self.invalidate_model(["last_touch_at"])
