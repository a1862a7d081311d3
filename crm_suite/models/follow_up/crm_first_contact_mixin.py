import logging

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...lib.working_time import clock_text, epoch, moment

_logger = logging.getLogger(__name__)

HOUR = 3600
# The share of the promised time after which a lead that still waits is due soon
RISK_SHARE = 0.75
PARAMETER = "crm_suite.first_contact_hours"
FIRST_CONTACT_FACTS = {
    "first_contact_deadline",
    "first_contact_risk_at",
    "first_contact_at",
    "first_contact_message_at",
    "first_contact_hours",
    "first_contact_target",
    "first_contact_stopped_at",
    "first_contact_reminded_at",
    "first_contact_calendar_id",
    "first_contact_calendar_rev",
}


class CrmFirstContactMixin(models.AbstractModel):
    """The promise to contact a lead within some working hours of its arrival.

    Stored are facts only: by when it was promised, when it was done. Whether a lead is late follows
    from them and the present, so no cron has to run for it to be true.
    """

    _name = "crm.first.contact.mixin"
    _description = "First Contact Promise"

    first_contact_deadline = fields.Datetime(
        "First Contact by",
        readonly=True,
        copy=False,
        help="The customer is promised a first contact until then: arrival of the lead plus the "
        "working hours that its sales team promises.",
    )
    first_contact_risk_at = fields.Datetime(
        "First Contact Due Soon from", readonly=True, copy=False
    )
    first_contact_at = fields.Datetime(
        "First Contact on",
        readonly=True,
        copy=False,
        help="The first call, visit, meeting or message to the customer. Mails of the customer, "
        "internal notes, automatic mails and attempts without an answer do not count. Known for "
        "leads with a promise only.",
    )
    first_contact_message_at = fields.Datetime(
        "First Message to the Customer on", readonly=True, copy=False
    )
    first_contact_hours = fields.Float(
        "Hours to First Contact",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Working hours from the arrival of the lead to the first contact.",
    )
    first_contact_target = fields.Float(
        "Promised Hours", readonly=True, copy=False, aggregator=None
    )
    first_contact_stopped_at = fields.Datetime(
        "First Contact Given up on",
        readonly=True,
        copy=False,
        help="The lead was won, lost or archived before anybody contacted the customer.",
    )
    first_contact_reminded_at = fields.Datetime(
        "Reminded of First Contact on", readonly=True, copy=False
    )
    first_contact_calendar_id = fields.Many2one(
        "resource.calendar", "First Contact Working Hours", readonly=True, copy=False
    )
    first_contact_calendar_rev = fields.Integer(readonly=True, copy=False, aggregator=None)
    first_contact_state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("due_soon", "Due Soon"),
            ("late", "Late"),
            ("kept", "In Time"),
            ("missed", "Missed"),
        ],
        "First Contact",
        compute="_compute_first_contact_state",
        search="_search_first_contact_state",
    )
    first_contact_text = fields.Char(
        "First Contact Time",
        compute="_compute_first_contact_text",
        help="Working time that is left, or by which the first contact is late.",
    )

    # What still waits, for the late list and the crons; rows leave it with the contact
    _first_contact_waiting = models.Index(
        "(first_contact_deadline) WHERE first_contact_deadline IS NOT NULL"
        " AND first_contact_at IS NULL AND first_contact_stopped_at IS NULL"
    )
    _first_contact_arrival = models.Index("(create_date) WHERE first_contact_deadline IS NOT NULL")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends(
        "first_contact_deadline",
        "first_contact_risk_at",
        "first_contact_at",
        "first_contact_stopped_at",
    )
    def _compute_first_contact_state(self):
        now = self.env.cr.now()
        held = self._get_held_contacts()
        for lead in self:
            deadline = lead.first_contact_deadline
            contact = lead.first_contact_at or held.get(lead._origin.id)
            stopped = lead.first_contact_stopped_at
            if not deadline:
                lead.first_contact_state = False
            elif contact:
                lead.first_contact_state = "kept" if contact <= deadline else "missed"
            elif stopped:
                lead.first_contact_state = "missed" if deadline < stopped else False
            elif deadline < now:
                lead.first_contact_state = "late"
            elif lead.first_contact_risk_at and lead.first_contact_risk_at <= now:
                lead.first_contact_state = "due_soon"
            else:
                lead.first_contact_state = "waiting"

    @api.model
    def _search_first_contact_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = self.env.cr.now()
        promised = Domain("first_contact_deadline", "!=", False)
        contacted = Domain("first_contact_at", "!=", False)
        given_up = Domain("first_contact_stopped_at", "!=", False)
        # meetings that took place since the cron last looked
        met = Domain("interaction_ids", "any!", self._get_contact_domain())
        running = promised & ~contacted & ~given_up & ~met
        in_time = self._compare_columns("first_contact_at", "first_contact_deadline", "<=")
        held_in_time = Domain(
            "interaction_ids",
            "any!",
            self._get_contact_domain() & self._compare_to_deadline(),
        )
        missed_before_the_end = given_up & self._compare_columns(
            "first_contact_deadline", "first_contact_stopped_at", "<"
        )
        domains = {
            "late": running & Domain("first_contact_deadline", "<", now),
            "due_soon": running
            & Domain("first_contact_deadline", ">=", now)
            & Domain("first_contact_risk_at", "<=", now),
            "waiting": running
            & Domain("first_contact_deadline", ">=", now)
            & Domain("first_contact_risk_at", ">", now),
            "kept": promised & (contacted & in_time | ~contacted & ~given_up & held_in_time),
            "missed": promised
            & (
                contacted & ~in_time
                | ~contacted & missed_before_the_end
                | ~contacted & ~given_up & met & ~held_in_time
            ),
            False: ~promised | (~contacted & given_up & ~missed_before_the_end),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("first_contact_state")
    def _compute_first_contact_text(self):
        now = epoch(self.env.cr.now())
        for lead in self:
            deadline = epoch(lead.first_contact_deadline)
            state, hours = lead.first_contact_state, lead._get_first_contact_hours()
            if state in ("waiting", "due_soon"):
                text = self.env._(
                    "%(time)s working hours left", time=clock_text(hours.worked(now, deadline))
                )
            elif state == "late":
                text = self.env._(
                    "%(time)s working hours late", time=clock_text(hours.worked(deadline, now))
                )
            elif state and lead.first_contact_at:
                text = self.env._(
                    "Contacted after %(time)s working hours",
                    time=clock_text(round(lead.first_contact_hours * HOUR)),
                )
            elif state == "missed":
                text = self.env._("Never contacted")
            else:
                text = False
            lead.first_contact_text = text

    # ------------------------------------------------------------------
    # Definition
    # ------------------------------------------------------------------

    @api.model
    def _get_contact_domain(self):
        """Interactions that were a contact with the customer.

        Whatever we sent or said, and talks that the customer began, when somebody was reached.
        """
        return (
            (
                Domain("direction", "=", "out")
                | Domain("channel", "in", ("phone", "meeting", "visit", "chat"))
            )
            & (Domain("outcome_id", "=", False) | Domain("outcome_id.is_contact", "=", True))
            & Domain("date", "<=", self.env.cr.now())
        )

    @api.model
    def _compare_columns(self, name, other, operator):
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s %s",
                model._field_to_sql(alias, name, query),
                SQL(operator),
                model._field_to_sql(alias, other, query),
            )
        )

    @api.model
    def _compare_to_deadline(self):
        """Interactions dated before the deadline of their lead."""
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s <= (SELECT lead.first_contact_deadline FROM crm_lead lead WHERE lead.id = %s)",
                model._field_to_sql(alias, "date", query),
                model._field_to_sql(alias, "lead_id", query),
            )
        )

    def _get_held_contacts(self):
        """The first contact of the leads for which none is recorded yet.

        A meeting becomes a contact when its time has come, not when somebody writes something.

        :return: instant by lead id
        """
        open_ids = [
            lead._origin.id
            for lead in self
            if lead.first_contact_deadline
            and not lead.first_contact_at
            and not lead.first_contact_stopped_at
        ]
        return self._get_first_talks(open_ids) if open_ids else {}

    @api.model
    def _get_first_talks(self, lead_ids):
        """The first interaction with each lead that was a contact with the customer.

        :return: instant by lead id
        """
        # sudo: whether the customer was contacted does not depend on who looks
        groups = (
            self.env["crm.interaction"]
            .sudo()
            ._read_group(
                Domain("lead_id", "in", lead_ids) & self._get_contact_domain(),
                ["lead_id"],
                ["date:min"],
            )
        )
        return {lead.id: date for lead, date in groups}

    # ------------------------------------------------------------------
    # Promise
    # ------------------------------------------------------------------

    def _promise_first_contact(self):
        """Give leads that just arrived the promise of their team.

        Imported leads are a backlog, not arrivals: they carry no promise.
        """
        if self.env.context.get("import_file") or "_import_current_module" in self.env.context:
            return
        arrivals = self.filtered(lambda lead: lead.active and lead.won_status == "pending")
        for promise, leads in arrivals.grouped(lambda lead: lead._get_promise()).items():
            if promise:
                leads._count_deadlines(*promise)

    def _get_promise(self):
        """What is promised to one lead: (hours, calendar), or None."""
        self.ensure_one()
        team = self.team_id.sudo()  # reading a team takes more rights than sending it a mail
        if team and not team._promises_first_contact(self.type):
            return None
        if not team and self.type != "lead":
            return None
        hours = team.first_contact_hours if team else self._get_hours_without_team()
        company = self.company_id or team.company_id or self.env.company
        # sudo: whoever enters a lead, it is promised in the hours of the company
        calendar = team.calendar_id or company.sudo().resource_calendar_id
        return (hours, calendar.with_env(self.env)) if hours > 0 else None

    @api.model
    def _get_hours_without_team(self):
        # sudo: parameters are for administrators
        value = self.env["ir.config_parameter"].sudo().get_param(PARAMETER)
        try:
            return float(value or 0)
        except ValueError:
            return 0.0

    def _count_deadlines(self, hours, calendar):
        """Store the promise of these leads: hours of work in a calendar, from their arrival on."""
        for (start, company), leads in self.grouped(
            lambda lead: (lead._get_arrival(), lead._get_working_company())
        ).items():
            count = calendar._get_follow_up_hours(company)
            try:
                risk = count.add(epoch(start), round(hours * HOUR * RISK_SHARE))
                due = count.add(epoch(start), round(hours * HOUR))
            except pytz.UnknownTimeZoneError:
                # a lead is worth more than its deadline: no mail may be lost for this
                _logger.info("No first contact can be promised in calendar %s", calendar.id)
                continue
            if due is None:
                continue
            leads._store_facts(
                first_contact_target=hours,
                first_contact_calendar_id=calendar.id,
                first_contact_calendar_rev=calendar.sudo().working_time_revision,  # as above
                first_contact_risk_at=moment(risk),
                first_contact_deadline=moment(due),
            )

    def _get_arrival(self):
        return (self.create_date or self.env.cr.now()).replace(microsecond=0)

    def _get_working_company(self):
        # sudo: the company of a lead that one may read, whose days off count
        return self.sudo().company_id or self.sudo().team_id.company_id or self.env.company

    def _get_first_contact_hours(self):
        # sudo: users may not read all calendars
        calendar = self.sudo().first_contact_calendar_id
        return calendar._get_follow_up_hours(self._get_working_company())

    def _follow_team(self):
        """Another team has other hours. A promise that was broken, kept or given up stays."""
        now = self.env.cr.now()
        running = self.filtered(
            lambda lead: (
                lead.first_contact_deadline
                and not lead.first_contact_at
                and not lead.first_contact_stopped_at
                and lead.first_contact_deadline >= now
            )
        )
        for promise, leads in running.grouped(lambda lead: lead._get_promise()).items():
            if promise:
                leads._count_deadlines(*promise)
            else:
                leads._store_facts(first_contact_deadline=False, first_contact_risk_at=False)

    def _follow_status(self):
        """Stop the promise of leads that are closed, take it up again when they are reopened."""
        now = self.env.cr.now().replace(microsecond=0)
        promised = self.filtered(
            lambda lead: lead.first_contact_deadline and not lead.first_contact_at
        )
        for lead in promised:
            is_open = lead.active and lead.won_status == "pending"
            stopped = lead.first_contact_stopped_at
            if not is_open and not stopped:
                lead._store_facts(first_contact_stopped_at=now)
            elif is_open and stopped:
                values = {"first_contact_stopped_at": False}
                if stopped <= lead.first_contact_deadline:
                    values.update(lead._shift_deadline(stopped, now))
                lead._store_facts(**values)

    def _shift_deadline(self, stopped, now):
        """The deadline with the time left that it had when the lead was closed."""
        hours, shifted = self._get_first_contact_hours(), {}
        for name in ("first_contact_risk_at", "first_contact_deadline"):
            left = hours.worked(epoch(stopped), epoch(self[name]))
            due = hours.add(epoch(now), left)
            if due is not None:
                shifted[name] = moment(due)
        return shifted

    # ------------------------------------------------------------------
    # Contact
    # ------------------------------------------------------------------

    def _register_message_contact(self):
        """Note that an employee has just written to the customers of these leads."""
        waiting = self.filtered(
            lambda lead: lead.first_contact_deadline and not lead.first_contact_message_at
        )
        if waiting:
            waiting._store_facts(first_contact_message_at=self.env.cr.now().replace(microsecond=0))
            waiting._sync_first_contact()

    def _sync_first_contact(self):
        """Bring the first contact in line with messages and interactions."""
        promised = self.filtered("first_contact_deadline")
        if not promised:
            return
        talks = self._get_first_talks(promised.ids)
        for lead in promised:
            contacts = [at for at in (lead.first_contact_message_at, talks.get(lead.id)) if at]
            # what was said before the lead came in was no answer to it, but nobody waits either
            first = max(min(contacts), lead._get_arrival()) if contacts else False
            if first == lead.first_contact_at:
                continue
            worked = 0
            if first:
                worked = lead._get_first_contact_hours().worked(
                    epoch(lead._get_arrival()), epoch(first)
                )
            lead._store_facts(first_contact_at=first, first_contact_hours=worked / HOUR)
