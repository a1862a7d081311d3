from odoo import api, fields, models
from odoo.tools import SQL

from .batches import BATCH, run_in_batches

# Older stalls are shown but nobody is told of them: else everybody would drown at installation
SINCE_PARAMETER = "crm_suite.follow_up_since"


class CrmEscalation(models.Model):
    """Who was told of which stall of an opportunity, and when.

    One row for each level and stall. A stall is known by the last sign of life before it, so that
    the ladder begins anew as soon as something happens. Rows are written by the cron only.
    """

    _name = "crm.escalation"
    _description = "Escalation"
    _order = "date desc, id desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one("crm.lead", "Opportunity", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="lead_id.company_id")
    team_id = fields.Many2one(related="lead_id.team_id", string="Sales Team")
    salesperson_id = fields.Many2one(related="lead_id.user_id", string="Salesperson")
    level_id = fields.Many2one("crm.escalation.level", ondelete="set null", index=True)
    days = fields.Integer("After Days", readonly=True, aggregator="avg")
    base_at = fields.Datetime(
        "Quiet since", required=True, readonly=True, help="The last sign of life before the stall."
    )
    date = fields.Datetime("Told on", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Told", readonly=True, index=True)
    activity_id = fields.Many2one(
        "mail.activity", "Reminder", readonly=True, index="btree_not_null", ondelete="set null"
    )

    # Never two of one level for one stall
    _once_per_stall = models.UniqueIndex("(lead_id, base_at, level_id) WHERE level_id IS NOT NULL")

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_escalate(self):
        """Tell people of stalled opportunities, one level of the ladder after the other.

        Safe to interrupt and to run twice: what was told is committed with the fact that it was.
        """
        run_in_batches(self.env, [self._drop_obsolete, self._escalate])

    @api.model
    def _drop_obsolete(self, last_id):
        """Take back the reminders of stalls that are over, and of leads that were contacted."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT activity.id
                  FROM mail_activity activity
             LEFT JOIN crm_lead lead ON lead.id = activity.res_id
             LEFT JOIN crm_escalation escalation ON escalation.activity_id = activity.id
                 WHERE activity.is_follow_up
                   AND activity.active
                   AND activity.id > %s
                   AND CASE WHEN escalation.id IS NULL
                            THEN lead.first_contact_at IS NOT NULL
                              OR lead.first_contact_stopped_at IS NOT NULL
                            ELSE lead.last_touch_at > escalation.base_at
                              OR lead.snoozed_until > escalation.base_at
                              OR lead.won_status <> 'pending'
                              OR NOT lead.active
                       END
              ORDER BY activity.id
                 LIMIT %s
                """,
                last_id,
                BATCH,
            )
        )
        activities = self.env["mail.activity"].browse(row[0] for row in rows)
        last_id = activities[-1:].id or None
        activities.unlink()
        return last_id

    @api.model
    def _escalate(self, last_id):
        """Tell of the next stalled opportunities whose next level is due.

        A level at which there is nobody to tell is passed over: else a salesperson who has left,
        or a team without a leader, would keep the ladder from everybody above.
        """
        rows = self._select_due(last_id)
        if not rows:
            return None
        leads = self.env["crm.lead"].browse(row["lead_id"] for row in rows)
        waiting = {
            lead: (row["base_at"], row["level_ids"]) for lead, row in zip(leads, rows, strict=True)
        }
        while waiting:
            told = {}
            for lead, (base_at, level_ids) in waiting.items():
                level = self.env["crm.escalation.level"].browse(level_ids[0])
                told.setdefault((level, level._get_user(lead)), {})[lead] = base_at
            done = leads.browse()
            for (level, user), bases in told.items():
                readable = leads.browse().concat(*bases)._get_readable_by(user)
                if readable:
                    self._tell(level, user, readable, bases)
                done += readable
            waiting = {
                lead: (base_at, level_ids[1:])
                for lead, (base_at, level_ids) in waiting.items()
                if lead not in done and level_ids[1:]
            }
        return leads[-1:].id

    @api.model
    def _select_due(self, last_id):
        """Rows of a stalled opportunity, its present silence and the levels that are due, by lead.

        The leads stay locked; those that somebody works on are left for the next time.
        """
        Lead = self.env["crm.lead"]
        self.env.flush_all()
        # sudo: parameters are for administrators
        since = self.env["ir.config_parameter"].sudo().get_param(SINCE_PARAMETER)
        stalled = Lead._get_attention_query(
            condition=SQL(
                "watched.attention IN ('stalled', 'escalated') AND watched.since >= %s AND %s",
                fields.Datetime.to_datetime(since or False) or self.env.cr.now(),
                Lead._get_quiet_condition(),
            )
        )
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT stall.id AS lead_id, stall.base_at, due.level_ids
                  FROM (%(stalled)s) stall
                  JOIN crm_lead locked ON locked.id = stall.id
    LEFT JOIN LATERAL (
                    SELECT told.date, told.days
                      FROM crm_escalation told
                     WHERE told.lead_id = stall.id AND told.base_at = stall.base_at
                  ORDER BY told.date DESC, told.id DESC
                     LIMIT 1) last ON TRUE
    CROSS JOIN LATERAL (
                    SELECT ARRAY_AGG(level.id ORDER BY level.days, level.id) AS level_ids
                      FROM crm_escalation_level level
                     WHERE level.team_id = stall.team_id
                       AND (last.days IS NULL OR level.days >= last.days)
                       AND stall.since + make_interval(days => level.days) <= %(now)s
                       AND (last.date IS NULL
                            OR last.date + make_interval(days => level.days - last.days)
                               <= %(now)s)
                       AND NOT EXISTS (
                           SELECT FROM crm_escalation told
                            WHERE told.lead_id = stall.id
                              AND told.base_at = stall.base_at
                              AND told.level_id = level.id)) due
                 WHERE stall.id > %(last_id)s
                   AND due.level_ids IS NOT NULL
              ORDER BY stall.id
                 LIMIT %(limit)s
                   FOR NO KEY UPDATE OF locked SKIP LOCKED
                """,
                stalled=stalled,
                last_id=last_id,
                now=self.env.cr.now(),
                limit=BATCH,
            )
        )

    @api.model
    def _tell(self, level, user, leads, bases):
        """Tell a user of leads, and note it."""
        now = self.env.cr.now().replace(microsecond=0)
        # in the language of who is told
        translated = leads.with_context(lang=user.lang, tz=user.tz)
        texts = [
            translated.env._("Stalled: %(reason)s", reason=lead.attention_text or "")
            for lead in translated
        ]
        activities = [False] * len(leads)
        if level.kind == "activity":
            activities = leads._create_reminders(user, level.activity_type_id, texts).ids
        else:
            for lead, text in zip(translated, texts, strict=True):
                lead.message_notify(partner_ids=user.partner_id.ids, subject=lead.name, body=text)
        self.create(
            [
                {
                    "lead_id": lead.id,
                    "level_id": level.id,
                    "days": level.days,
                    "base_at": bases[lead],
                    "date": now,
                    "user_id": user.id,
                    "activity_id": activity,
                }
                for lead, activity in zip(leads, activities, strict=True)
            ]
        )
        leads.filtered(lambda lead: lead.user_id != user)._store_facts(escalated_at=now)
