from datetime import timedelta
from functools import partial

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from odoo.addons.crm_suite.lib.working_time import epoch, moment
from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from ...lib import silence
from ..ticket.crm_ticket_stage import CLOSED_TYPES

BATCH = 100
# A working day may be an hour shorter, when the clocks change
SLACK = timedelta(hours=2)
KINDS = {silence.REMIND: "reminder", silence.WARN: "warning"}
STEPS = {silence.REMIND: "reminded", silence.WARN: "warned"}
# What was written down as sent
WRITTEN = ("sent", "delivered")


class CrmTicket(models.Model):
    """Tickets whose customer does not answer: he is reminded, warned, and at last given up.

    Only what an agent has put into a stage that waits for the customer counts as waiting for him.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    silent_since = fields.Datetime(
        "Waiting Since",
        compute="_compute_silence",
        store=True,
        precompute=True,
        copy=False,
        help="The last message, or when the ticket began to wait for the customer.",
    )
    silence_step = fields.Selection(
        [
            ("reminded", "Reminded"),
            ("warned", "Warned"),
            ("unreachable", "Could not be warned"),
            ("closed", "Closed for silence"),
        ],
        "Silent Customer",
        compute="_compute_silence",
        store=True,
        precompute=True,
        copy=False,
        help="What was done about the silence of the customer.",
    )
    silence_step_at = fields.Datetime(
        "Step Taken on", compute="_compute_silence", store=True, precompute=True, copy=False
    )
    keep_open = fields.Boolean(
        "Do Not Close by Itself",
        copy=False,
        help="However long the customer is silent, this ticket is not closed automatically.",
    )
    autoclose_at = fields.Datetime("Closes on", compute="_compute_autoclose_at")

    _silent = models.Index("(team_id, silent_since) WHERE silent_since IS NOT NULL")

    # ------------------------------------------------------------------ compute

    @api.depends("stage_id", "last_agent_message_at", "last_customer_message_at")
    def _compute_silence(self):
        for ticket in self:
            kind, since, step = ticket.stage_id.type, ticket.silent_since, ticket.silence_step
            if kind == "waiting_customer":
                latest = max(
                    filter(
                        None,
                        (since, ticket.last_agent_message_at, ticket.last_customer_message_at),
                    ),
                    default=None,
                )
                if since and latest == since:
                    ticket.silent_since, ticket.silence_step = since, step
                    ticket.silence_step_at = ticket.silence_step_at
                    continue
                ticket.silent_since = latest if since else self._now()
                step = False
            else:
                ticket.silent_since = False
                if not (step == "closed" and kind in CLOSED_TYPES):
                    step = False
            ticket.silence_step = step
            ticket.silence_step_at = ticket.silence_step_at if step else False

    @api.depends("silent_since", "silence_step", "keep_open", "team_id")
    def _compute_autoclose_at(self):
        for ticket in self:
            # sudo: the plan of the team, for whoever reads the ticket
            team = ticket.team_id.sudo()
            at = None
            if ticket.silence_step == "warned" and team.autoclose_active and not ticket.keep_open:
                at = ticket._get_silence_plan().get(silence.CLOSE)
            ticket.autoclose_at = moment(at)

    # ------------------------------------------------------------------ actions

    def action_keep_open(self):
        """Whatever the customer does, a person closes this ticket."""
        self.write({"keep_open": True})

    # ------------------------------------------------------------------ business

    def _get_silence_plan(self):
        """When each step is due about the silence of the customer: epoch seconds by step."""
        self.ensure_one()
        # sudo: as above
        ticket = self.sudo()
        team, company = ticket.team_id, ticket.company_id
        calendar = team._get_service_calendar(company)
        hours = calendar._get_working_hours(company)
        zone = pytz.timezone(calendar.tz or company.partner_id.tz or "UTC")
        if not ticket.silent_since:
            return {}
        plan = {}
        if team.reminder_active:
            start = team._get_silence_start(ticket, team.reminder_since)
            plan[silence.REMIND] = silence.after_days(hours, zone, start, team.reminder_days)
        if team.autoclose_active and not ticket.keep_open:
            start = team._get_silence_start(ticket, team.autoclose_since)
            days = team.autoclose_days - team.autoclose_warning_days
            plan[silence.WARN] = silence.after_days(hours, zone, start, days)
            if ticket.silence_step == "warned":
                plan[silence.CLOSE] = silence.after_days(
                    hours, zone, epoch(ticket.silence_step_at), team.autoclose_warning_days
                )
        return plan

    def _follow_silence(self):
        """Do what is due now about the silence of the customer."""
        self.ensure_one()
        done = {"reminded": silence.REMIND, "warned": silence.WARN}.get(self.silence_step)
        step = silence.next_step(self._get_silence_plan(), done, epoch(self._now()))
        if step == silence.CLOSE:
            self._close_for_silence()
        elif step:
            answer = self._answer(KINDS[step])
            if answer.outcome in WRITTEN:
                self._note_silence_step(STEPS[step])
            elif step == silence.WARN:
                self._give_up_warning()
            else:
                # Nobody is reminded twice; the warning will tell that he cannot be reached
                self._note_silence_step("reminded")

    def _note_silence_step(self, step):
        self.write(
            {
                "silence_step": step,
                "silence_step_at": self._now(),
            }
        )

    def _give_up_warning(self):
        """Nobody is given up without a warning: a person has to decide."""
        self._note_silence_step("unreachable")
        user = self.responsible_id
        lang = self.with_context(lang=user.lang)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=user.id or self.env.uid,
            summary=lang.env._("The customer is silent and could not be warned"),
            note=lang.env._(
                "This ticket is not closed automatically, because its customer did not get the "
                "warning. See the automatic messages of the ticket for the reason."
            ),
        )

    def _close_for_silence(self):
        stage = self.team_id._get_autoclose_stage()
        if not stage:
            return self._give_up_warning()
        days = self.team_id.autoclose_days
        self.write(
            {
                "stage_id": stage.id,
                "silent_since": False,
                "silence_step": "closed",
                "silence_step_at": self._now(),
            }
        )
        self._message_log(
            body=self.env._(
                "Closed automatically: the customer was warned, and has not answered for %s "
                "working days.",
                days,
            )
        )
        return self._answer("closing")

    def _get_answer_template(self, kind):
        team = self.team_id
        templates = {
            "reminder": team.reminder_template_id,
            "warning": team.autoclose_warning_template_id,
            "closing": team.autoclose_template_id,
        }
        return templates[kind] if kind in templates else super()._get_answer_template(kind)

    def _get_autoclose_text(self):
        """When this ticket will be closed unless the customer answers, in his words.

        For the text of the warning, which is written before it is noted.
        """
        self.ensure_one()
        # sudo: as above
        ticket = self.sudo()
        team, company = ticket.team_id, ticket.company_id
        calendar = team._get_service_calendar(company)
        zone = pytz.timezone(calendar.tz or company.partner_id.tz or "UTC")
        at = silence.after_days(
            calendar._get_working_hours(company),
            zone,
            epoch(self._now()),
            team.autoclose_warning_days,
        )
        if at is None:
            return ""
        return format_datetime(
            self.env,
            moment(at),
            tz=zone.zone,
            dt_format="EEEE d MMMM y",
            lang_code=self._get_customer_lang(),
        )

    def _is_answer_true(self, answer):
        if answer.kind in ("reminder", "warning"):
            waits = self.stage_type == "waiting_customer" and self.silent_since
            return bool(waits and self.silent_since <= answer.decided_at)
        if answer.kind == "closing":
            return self.silence_step == "closed"
        return super()._is_answer_true(answer)

    def _on_delivery(self, mail, state, reason):
        res = super()._on_delivery(mail, state, reason)
        if state == "failed" and self.silence_step == "warned":
            # sudo: notes are facts
            answer = self.env["crm.ticket.answer"].sudo()._find_by_mail(mail)
            if answer.kind == "warning":
                self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE)._give_up_warning()
        return res

    # ------------------------------------------------------------------ cron

    @api.model
    def _cron_silence(self):
        """Remind, warn and close, in the working hours of each team."""
        Clock = self.env["crm.sla.clock"]
        # sudo: the job serves the teams of all companies
        teams = (
            self.env["crm.ticket.team"]
            .sudo()
            .search(["|", ("reminder_active", "=", True), ("autoclose_active", "=", True)])
        )
        for team in teams:
            if not team._is_open_now(team.company_id, self._now()):
                continue
            last_id, more = 0, True
            while more:
                last_id = Clock._run_safely(
                    partial(self._silence_batch, team, last_id),
                    "crm_suite_helpdesk.ir_cron_ticket_silence",
                )
                more = bool(last_id)
                if not self.env["ir.cron"]._commit_progress(remaining=int(more)):
                    return

    @api.model
    def _silence_batch(self, team, last_id):
        """:return: id of the last ticket that was looked at; 0 when there is none left"""
        domain = Domain("id", ">", last_id) & self._get_silence_domain(team)
        # sudo: the job serves all teams
        found = self.sudo().search(domain, order="id", limit=BATCH)
        tickets = found.try_lock_for_update(allow_referencing=True)
        tickets.invalidate_recordset(["stage_id", "silent_since", "silence_step"])
        for ticket in tickets.with_context(crm_form_rules=KEEP_INCOMPLETE):
            if ticket.stage_type == "waiting_customer":
                ticket._follow_silence()
        return found[-1].id if len(found) == BATCH else 0

    @api.model
    def _get_silence_domain(self, team):
        """Tickets of a team for which something may be due: a working day is no shorter than a day.

        What is exactly due is counted ticket by ticket, in working time.
        """
        now = self._now()
        awake = Domain("snoozed_until", "=", False) | Domain("snoozed_until", "<=", now)
        steps = []
        for step, days in team._get_silence_bounds().items():
            latest = now - timedelta(days=days) + SLACK
            moved = Domain("silence_step_at", "<=", latest) if step == "warned" else Domain.TRUE
            steps.append(
                Domain("silence_step", "=", step) & Domain("silent_since", "<=", latest) & moved
            )
        return (
            Domain("team_id", "=", team.id)
            & Domain("stage_type", "=", "waiting_customer")
            & awake
            & Domain.OR(steps)
        )
