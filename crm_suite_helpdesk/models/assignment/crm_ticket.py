import logging
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, split_every

from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from ...lib.routing import Outcome
from .router import Router, render_story, to_log

_logger = logging.getLogger(__name__)

ASSIGN_ACTIVITY = "crm_suite_helpdesk.mail_activity_type_assign"
CRON = "crm_suite_helpdesk.ir_cron_ticket_assign"
BATCH = 200
# until another one who assigns is done
BREAK = timedelta(seconds=10)
MANY = 20_000  # in one run of the scheduled job
# Above this many in one go, agents and leaders read lists: a mail for each would be noise
TELL_EACH = 20
# States in which a ticket waits for an agent
SEARCHING = ("waiting", "later", "nobody")
# What may end the search for an agent, begin it, or free an agent for others
ASSIGNMENT_FIELDS = {"active", "closed_at", "stage_id", "team_id", "user_id"}
# What decides who can take a ticket
ROUTING_FIELDS = {"category_id", "partner_id", "skill_ids", "tag_ids"}


class CrmTicket(models.Model):
    """Who gets a ticket."""

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    assignment_state = fields.Selection(
        [
            ("waiting", "Waiting for Assignment"),
            ("later", "Waits for the Next Shift"),
            ("nobody", "Nobody Available"),
            ("automatic", "Assigned Automatically"),
        ],
        string="Assignment",
        readonly=True,
        copy=False,
        help="What the automatic assignment has done. Empty: a person decides.",
    )
    # codes and ids, so that everybody reads it in his language: see `router.to_log`
    assignment_log = fields.Json(readonly=True, copy=False, prefetch=False)
    assignment_story = fields.Html(
        "Why", compute="_compute_assignment_story", sanitize=False, compute_sudo=True
    )
    assigned_at = fields.Datetime(
        "Assigned on",
        compute="_compute_assigned_at",
        store=True,
        precompute=True,
        help="When the agent got the ticket.",
    )
    skill_ids = fields.Many2many(
        "crm.ticket.skill",
        string="Other Skills",
        copy=False,
        help="Skills that this ticket needs besides those of its category and tags.",
    )
    needed_skill_ids = fields.Many2many(
        "crm.ticket.skill",
        string="Needed Skills",
        compute="_compute_needed_skill_ids",
        compute_sudo=True,
    )

    _searching = models.Index(
        "(priority DESC, sla_deadline, id) WHERE user_id IS NULL AND closed_at IS NULL"
        " AND assignment_state IN ('waiting', 'later', 'nobody')"
    )

    # ------------------------------------------------------------------ compute

    @api.depends("user_id")
    def _compute_assigned_at(self):
        now = self._now()
        for ticket in self:
            ticket.assigned_at = ticket.user_id and now

    @api.depends("assignment_log")
    @api.depends_context("lang", "tz")
    def _compute_assignment_story(self):
        for ticket in self:
            log = ticket.assignment_log
            ticket.assignment_story = log and render_story(ticket, log, self.env)

    @api.depends("category_id", "tag_ids", "skill_ids")
    def _compute_needed_skill_ids(self):
        skills = self.env["crm.ticket.skill"].search(
            ["|", ("category_ids", "!=", False), ("tag_ids", "!=", False)]
        )
        for ticket in self:
            above = set((ticket.category_id.parent_path or "").split("/"))
            ticket.needed_skill_ids = ticket.skill_ids.filtered("active") | skills.filtered(
                lambda skill, ticket=ticket, above=above: (
                    skill.tag_ids & ticket.tag_ids or above & set(map(str, skill.category_ids.ids))
                )
            )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._queue_for_assignment()
        return tickets

    def write(self, vals):
        routed = ROUTING_FIELDS & vals.keys()
        if "assignment_state" in vals or not (routed or ASSIGNMENT_FIELDS & vals.keys()):
            return super().write(vals)
        # sudo: what follows from a change does not depend on who makes it
        tickets = self.sudo()
        closed = tickets.filtered("closed_at") if "stage_id" in vals else tickets.browse()
        freed = "user_id" in vals and any(ticket.user_id for ticket in tickets)
        res = super().write(vals)
        ended = tickets.filtered(
            lambda t: (
                t.assignment_state
                and (
                    "user_id" in vals
                    or t.assignment_state in SEARCHING
                    and (t.closed_at or not t.active)
                )
            )
        )
        ended._end_search()
        if not self.env["crm.ticket.team"]._get_automatic_teams():
            return res
        if "team_id" in vals and "user_id" not in vals:
            tickets._leave_to_new_team()
        opened = closed.filtered(lambda t: not t.closed_at)
        opened.filtered(lambda t: not t.user_id.active)._queue_for_assignment()
        freed |= any(ticket.closed_at and ticket.user_id for ticket in tickets - closed)
        if freed or routed and any(t.assignment_state in SEARCHING for t in tickets):
            self._retry_assignment()
        return res

    # ------------------------------------------------------------------ actions

    def action_assign_automatically(self):
        """Find an agent for those of these tickets that have none; tell what happened."""
        self.check_access("write")
        tickets = self.filtered(lambda t: not t.user_id and not t.closed_at and t.team_id)
        if not tickets:
            raise UserError(self.env._("These tickets have an agent, or are closed."))
        # sudo: the caller may change the tickets; the absences of colleagues decide
        remaining = tickets.sudo()._assign_automatically()
        assigned = len(tickets) - len(remaining)
        messages = []
        if assigned:
            messages.append(self.env._("Tickets assigned: %(count)s.", count=assigned))
        if remaining:
            messages.append(
                self.env._(
                    "Still unassigned: %(count)s. They say why, and are tried again.",
                    count=len(remaining),
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if remaining else "success",
                "message": " ".join(messages),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_explain_assignment(self):
        """Why this agent got the ticket, and the others did not."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why This Agent"),
            "res_model": "crm.ticket",
            "res_id": self.id,
            "views": [
                (
                    self.env.ref("crm_suite_helpdesk.crm_ticket_view_form_assignment_story").id,
                    "form",
                )
            ],
            "target": "new",
            "context": {"dialog_size": "medium"},
        }

    # ------------------------------------------------------------------ beginning and end

    def _queue_for_assignment(self):
        """Let the scheduled job assign those of the tickets whose team assigns by itself.

        Not at once: a mail must neither wait for it nor fail with it.
        """
        teams = self.env["crm.ticket.team"]._get_automatic_teams()
        if teams:
            # sudo: whoever opens a ticket sets nothing of this
            self.sudo().filtered(
                lambda t: (
                    t.team_id.id in teams and not t.user_id.active and not t.closed_at and t.active
                )
            )._wait_for_assignment()

    def _leave_to_new_team(self):
        """A ticket that moves to a team whose agents get tickets is theirs."""
        moved = self.filtered(
            lambda t: (
                t.team_id.assignment_method != "manual"
                and not t.closed_at
                and t.user_id not in t.team_id.member_ids
            )
        )
        moved.filtered("user_id").write({"user_id": False})
        moved._queue_for_assignment()

    def _wait_for_assignment(self, passed=()):
        """Put these tickets into the queue of the scheduled job.

        :param passed: ids of users who have had them
        """
        if not self:
            return
        self._forget_nobody()
        tickets = self.with_context(crm_form_rules=KEEP_INCOMPLETE)
        values = {"assignment_state": "waiting", "assignment_log": False}
        if passed:
            values["assignment_log"] = to_log(Outcome(), "", passed)
        if any(ticket.user_id for ticket in self):
            values["user_id"] = False
        tickets.write(values)
        self._retry_assignment()

    def _end_search(self):
        """A person has decided, or nobody has to."""
        if self:
            self._forget_nobody()
            self.with_context(crm_form_rules=KEEP_INCOMPLETE).write(
                {"assignment_state": False, "assignment_log": False}
            )

    def _forget_nobody(self):
        """Take back the to-dos about tickets that nobody was there for."""
        nobody = self.filtered(lambda t: t.assignment_state == "nobody")
        if nobody:
            nobody.activity_unlink([ASSIGN_ACTIVITY])

    def _hand_over(self, user, way, colleague, at_once):
        """Take these tickets from an agent.

        :param way: "automatic", "user" or "queue"
        :param colleague: who gets them, if it is one
        :param at_once: how many are assigned now; more wait for the scheduled job
        """
        # sudo: the tickets may be out of sight for whoever hands them over as soon as they are not
        # his; that he may write them was checked
        tickets = self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE)
        quiet = tickets.with_context(mail_auto_subscribe_no_notify=len(self) > TELL_EACH)
        if way == "automatic":
            tickets._wait_for_assignment([user.id])
            if len(tickets) <= at_once:
                tickets._assign_automatically()
        else:
            quiet.write({"user_id": colleague.id if way == "user" else False})

    @api.model
    def _retry_assignment(self, at=None):
        """Let the scheduled job look at the tickets that nobody has, if there are any."""
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if cron and (at or self.sudo().search_count(self._get_searching_domain(), limit=1)):
            # sudo: scheduled jobs are the administrator's
            cron.sudo()._trigger(at=at)

    @api.model
    def _get_searching_domain(self):
        return [
            ("assignment_state", "in", SEARCHING),
            ("user_id", "=", False),
            ("closed_at", "=", False),
        ]

    # ------------------------------------------------------------------ assignment

    def _assign_automatically(self):
        """Give these tickets an agent of their team, and say on each of them why.

        Tickets with an agent, closed ones and those that somebody else assigns at this moment are
        left alone. Who calls decides that the tickets are to be assigned: how the team does it
        otherwise is not asked.

        :return: the tickets that still have no agent
        """
        # sudo: absences and loads of colleagues decide, whoever asks
        tickets = self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE)
        tickets = tickets.filtered(
            lambda t: t.team_id and not t.user_id and not t.closed_at and t.active
        )
        locked = tickets._lock_for_assignment() if tickets else tickets
        if locked:
            router = Router(locked)
            outcomes = router.route()
            locked._apply_outcomes(outcomes)
            router.save()
        return self.browse(tickets.filtered(lambda t: not t.user_id).ids)

    def _lock_for_assignment(self):
        """Return those of the tickets that nobody else assigns at this moment.

        The agents are locked, too. Where it cannot be known what others have just assigned, the
        tickets wait for the scheduled job, which sees the present.
        """
        self.flush_recordset()
        try:
            with self.env.cr.savepoint():
                self.team_id.agent_ids._lock()
                self.env.cr.execute(
                    SQL(
                        "SELECT id FROM crm_ticket WHERE id IN %s FOR NO KEY UPDATE SKIP LOCKED",
                        tuple(self.ids),
                    ),
                    log_exceptions=False,
                )
                ids = {row[0] for row in self.env.cr.fetchall()}
        except (psycopg2.errors.LockNotAvailable, psycopg2.errors.SerializationFailure):
            self.filtered(lambda t: t.assignment_state not in SEARCHING)._wait_for_assignment()
            self._retry_assignment(at=self._now() + BREAK)
            return self.browse()
        return self.filtered(lambda ticket: ticket.id in ids)

    def _apply_outcomes(self, outcomes):
        """Write the decisions down.

        :param outcomes: {ticket: Outcome}
        """
        news = self.env["crm.ticket"]
        groups, wakes = {}, set()
        quiet = sum(bool(outcome.agent) for outcome in outcomes.values()) > TELL_EACH
        for ticket, outcome in outcomes.items():
            passed = (ticket.assignment_log or {}).get("passed") or ()
            log = to_log(outcome, ticket.team_id._get_method(), passed)
            if outcome.state == "nobody" and ticket.assignment_state != "nobody":
                news |= ticket
            if outcome.agent:
                groups.setdefault(outcome.agent.user, {})[ticket] = log
            elif ticket.assignment_log != log or ticket.assignment_state != outcome.state:
                if outcome.state != "nobody":
                    ticket._forget_nobody()
                ticket.write({"assignment_state": outcome.state, "assignment_log": log})
                if outcome.wake_at:
                    wakes.add(outcome.wake_at)
        for user_id, logs in groups.items():
            self._give(self.env["res.users"].browse(user_id), logs, quiet)
        if wakes:
            self._retry_assignment(at=min(wakes))
        news._tell_nobody()

    def _give(self, user, logs, quiet):
        """Give tickets to an agent; what cannot be given waits for a person.

        :param logs: {ticket: log}
        """
        env = self.env(context={**self.env.context, "lang": user.lang, "tz": user.tz})
        tickets = self.browse(ticket.id for ticket in logs)
        tickets._forget_nobody()
        failed = tickets._write_each(
            {"user_id": user.id, "assignment_state": "automatic"}, quiet=quiet
        )
        notes = {}
        for ticket, log in logs.items():
            if message := failed.get(ticket.id):
                ticket.assignment_state = False
                notes[ticket.id] = env._(
                    "The ticket cannot be assigned: %(message)s", message=message
                )
            else:
                ticket.assignment_log = log
                notes[ticket.id] = render_story(ticket, log, env)
        tickets._message_log_batch(bodies=notes)

    def _write_each(self, values, quiet):
        """Write all tickets at once or, when that is refused, one by one.

        :return: {id: message} of those that cannot be written
        """
        try:
            with self.env.cr.savepoint():
                self.with_context(mail_auto_subscribe_no_notify=quiet).write(values)
            return {}
        except (UserError, ValidationError, AccessError) as error:
            if len(self) == 1:
                _logger.info("Ticket %s cannot be assigned: %s", self.id, error)
                return {self.id: str(error)}
        failed = {}
        for ticket in self:
            failed.update(ticket._write_each(values, quiet))
        return failed

    # ------------------------------------------------------------------ nobody

    def _tell_nobody(self):
        """Say aloud, once, that nobody is available: a note, and a to-do for the team leader."""
        values, notes = [], {}
        for team, tickets in self.grouped("team_id").items():
            users = team._get_alarmed_users()
            lang = users[:1].lang or self.env.lang
            env = self.env(context={**self.env.context, "lang": lang})
            for ticket in tickets:
                notes[ticket.id] = render_story(ticket, ticket.assignment_log, env)
            for user in users:
                values += tickets._prepare_nobody_activities(user, notes)
        self._message_log_batch(bodies=notes)
        self.env["mail.activity"].create(values)

    def _prepare_nobody_activities(self, user, notes):
        env = self.env(context={**self.env.context, "lang": user.lang, "tz": user.tz})
        summary, told = env._("Nobody is available: assign the ticket"), self
        if len(self) > TELL_EACH:
            summary = env._(
                "Nobody is available: assign this ticket and %(count)s others (filter Nobody "
                "Available)",
                count=len(self) - 1,
            )
            told = self[:1]
        activity_type = self.env.ref(ASSIGN_ACTIVITY, raise_if_not_found=False)
        return [
            {
                "activity_type_id": activity_type and activity_type.id,
                "automated": True,
                "date_deadline": fields.Date.context_today(ticket.with_env(env), self._now()),
                "res_model_id": self.env["ir.model"]._get_id("crm.ticket"),
                "res_id": ticket.id,
                "user_id": user.id,
                "summary": summary,
                "note": notes[ticket.id],
            }
            for ticket in told
        ]

    # ------------------------------------------------------------------ cron

    @api.model
    def _cron_assign(self):
        """Assign what waits, the most urgent first."""
        cron = self.env["ir.cron"]
        tickets = self.search(
            self._get_searching_domain(), order="priority desc, sla_deadline, id", limit=MANY
        )
        cron._commit_progress(remaining=len(tickets))
        for ids in split_every(BATCH, tickets.ids):
            self.browse(ids).exists()._assign_automatically()
            if not cron._commit_progress(len(ids)):
                break
