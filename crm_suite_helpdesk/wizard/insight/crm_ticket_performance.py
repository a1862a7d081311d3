from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

from .performance_figures import PerformanceFigures

MAX_MISSES = 100
# Beyond these a day has no beginning in some time zones
EARLIEST, LATEST = date(1900, 1, 1), date(9000, 12, 31)


class CrmTicketPerformance(models.TransientModel):
    """Which time, teams and agents the printed performance report is about, and in what language.

    Everything in it is read with the rights of whoever prints. Besides, people read of others only
    what is theirs to judge: an agent prints his own figures, the leader of a team those of his
    team and his own, a manager all.
    """

    _name = "crm.ticket.performance"
    _description = "Print Support Performance"

    date_from = fields.Date(
        "From", required=True, default=lambda self: self._get_last_month() - relativedelta(months=1)
    )
    date_to = fields.Date(
        "To", required=True, default=lambda self: self._get_last_month() - timedelta(days=1)
    )
    scope = fields.Selection(
        [("own", "My own figures"), ("team", "My teams and my own"), ("all", "All teams")],
        "What I May Print",
        compute="_compute_scope",
    )
    team_ids = fields.Many2many(
        "crm.ticket.team", string="Teams", help="Empty: all teams whose figures you may print."
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Agents",
        domain="[('share', '=', False)]",
        help="Empty: all agents whose figures you may print.",
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        required=True,
        default=lambda self: self.env.lang or "en_US",
        help="The language of whoever will read it.",
    )
    miss_limit = fields.Integer(
        "Worst Misses",
        required=True,
        default=15,
        help="How many of the promises that were missed are listed, the worst first.",
    )

    # ------------------------------------------------------------------ compute

    @api.model
    def _get_last_month(self):
        """The first day of this month, before which last month ends."""
        return self.env["crm.ticket"]._get_local_today().replace(day=1)

    @api.depends_context("uid")
    def _compute_scope(self):
        self.scope = self._get_scope()

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for report in self:
            is_known = EARLIEST <= report.date_from and report.date_to <= LATEST
            if not is_known or report.date_from > report.date_to:
                raise ValidationError(
                    self.env._("The period must begin before it ends: check the dates.")
                )

    @api.constrains("miss_limit")
    def _check_miss_limit(self):
        for report in self:
            if not 0 <= report.miss_limit <= MAX_MISSES:
                raise ValidationError(
                    self.env._("Between 0 and %(limit)s misses can be listed.", limit=MAX_MISSES)
                )

    # ------------------------------------------------------------------ actions

    def action_print(self):
        self.ensure_one()
        report = self.env.ref("crm_suite_helpdesk.crm_ticket_performance_print")
        return {**report.report_action(self, config=False), "close_on_report_download": True}

    # ------------------------------------------------------------------ business

    @api.model
    def _get_scope(self):
        if self.env.user.has_group("crm_suite_helpdesk.group_manager"):
            return "all"
        return "team" if self.env["crm.ticket.desk"]._get_led_teams() else "own"

    def _get_domain(self):
        """What the report is about, on tickets and on the reports on them.

        Whose figures the user may print is asked here, whatever was chosen in the dialog.
        """
        self.ensure_one()
        own = Domain("user_id", "=", self.env.uid)
        allowed = {
            "own": own,
            "team": own | Domain("team_id", "in", self.env["crm.ticket.desk"]._get_led_teams().ids),
            "all": Domain.TRUE,
        }[self._get_scope()]
        chosen = Domain.TRUE
        if self.team_ids:
            chosen &= Domain("team_id", "in", self.team_ids.ids)
        if self.user_ids:
            chosen &= Domain("user_id", "in", self.user_ids.ids)
        return allowed & chosen

    def _get_period(self):
        """The instants at which the period begins and has ended."""
        Ticket = self.env["crm.ticket"]
        return (
            Ticket._get_day_start(self.date_from),
            Ticket._get_day_start(self.date_to + timedelta(days=1)),
        )

    def _get_report_name(self):
        return self.env._(
            "Support Performance %(start)s - %(end)s", start=self.date_from, end=self.date_to
        )

    def _get_report(self):
        """What is printed, in the language of the environment, for the QWeb template."""
        self.ensure_one()
        return {
            **PerformanceFigures(self).read_all(),
            "title": self.env._("Support Performance"),
            "period": self.env._(
                "%(start)s to %(end)s",
                start=format_date(self.env, self.date_from),
                end=format_date(self.env, self.date_to),
            ),
            "about": self._get_about(),
            "company": self.env.company.name,
            "definitions": self._get_definitions(),
            "printed_at": format_datetime(
                self.env, self.env["crm.ticket"]._now(), dt_format="short"
            ),
        }

    def _get_about(self):
        """Whom the report is about, as (label, text)."""
        # sudo: the names of teams and colleagues are no secret
        teams, users = self.team_ids.sudo(), self.user_ids.sudo()
        scopes = dict(self._fields["scope"]._description_selection(self.env))
        about = []
        if teams:
            about.append((self.env._("Teams"), ", ".join(teams.mapped("display_name"))))
        if users:
            about.append((self.env._("Agents"), ", ".join(users.mapped("name"))))
        scope = self._get_scope()
        if scope != "all" or not about:
            text = self.env.user.name if scope == "own" else scopes[scope]
            about.append((self.env._("Figures of"), text))
        return about

    def _get_definitions(self):
        """What each figure means, as (name, meaning), in the order of the tables."""
        return [*self._define_times(), *self._define_outcomes()]

    def _define_times(self):
        return [
            (
                self.env._("Opened, solved"),
                self.env._(
                    "Tickets that came in, and solutions (stage solved or closed), in this "
                    "period. A ticket that is reopened and solved again counts as two solutions. "
                    "Team, agent, customer and category are those of the ticket today."
                ),
            ),
            (
                self.env._("Open at the end"),
                self.env._("Tickets that were open when the last day of the period ended."),
            ),
            (
                self.env._("First response"),
                self.env._(
                    "Working time of the team from the opening of a ticket to its first answer: "
                    "a message or a call by which the customer was reached. Of the tickets first "
                    "answered in this period."
                ),
            ),
            (
                self.env._("Solution"),
                self.env._(
                    "Working time of the team from the opening of a ticket to its solution, times "
                    "of waiting included. Of the solutions in this period."
                ),
            ),
            (
                self.env._("Average and median"),
                self.env._(
                    "The median is the time that half of the tickets stayed below: a few very "
                    "long ones do not move it. It stands in brackets."
                ),
            ),
        ]

    def _define_outcomes(self):
        return [
            (
                self.env._("SLA met"),
                self.env._(
                    "Promises that were met, of those that were met or missed in this period. A "
                    "promise is missed at its deadline. What was forgiven is shown apart, what "
                    "was cancelled does not count."
                ),
            ),
            (
                self.env._("Missed by"),
                self.env._(
                    "Working time over the target, pauses left out. With a plus when the clock "
                    "still runs."
                ),
            ),
            (
                self.env._("Reopened"),
                self.env._("Solutions after which the ticket was opened again, of all solutions."),
            ),
            (
                self.env._("First contact"),
                self.env._(
                    "Solutions that took one answer at most and lasted, of all solutions: the "
                    "ticket was never reopened, before or after."
                ),
            ),
        ]
