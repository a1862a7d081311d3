from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import format_date, format_datetime

from odoo.addons.crm_suite.lib.working_time import moment

from ...lib import desk, public_holidays
from ...models.setup.crm_ticket_team import PROMISES
from .crm_desk_hours_mixin import SHAPE

STEPS = ("team", "hours", "holidays", "promises")

# Seconds: a promise of more than that could not be told from none
LONGEST = 10_000 * 3600


class CrmTicketTeamSetup(models.TransientModel):
    """A desk in five answers: who, when, which weekend, which holidays, which promises.

    Answered for a team that exists, it changes that team, its hours and its policy, and makes
    nothing twice.
    """

    _name = "crm.ticket.team.setup"
    _inherit = ["crm.desk.hours.mixin"]
    _description = "Set Up a Desk"

    step = fields.Selection(
        [
            ("team", "Team"),
            ("hours", "Hours and Weekend"),
            ("holidays", "Holidays"),
            ("promises", "Promises"),
        ],
        default="team",
        required=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain="[('id', 'in', allowed_company_ids)]",
    )
    team_id = fields.Many2one(
        "crm.ticket.team",
        "Change an Existing Team",
        domain="[('company_id', '=', company_id)]",
        ondelete="cascade",
        help="Empty: a new team is made.",
    )
    twin_id = fields.Many2one("crm.ticket.team", compute="_compute_twin_id")
    name = fields.Char("Team Name")
    alias_name = fields.Char("Mail Address")
    alias_domain_id = fields.Many2one(
        "mail.alias.domain", "Mail Domain", default=lambda self: self.env.company.alias_domain_id
    )
    user_id = fields.Many2one(
        "res.users",
        "Team Leader",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        default=lambda self: self.env.user,
    )
    member_ids = fields.Many2many(
        "res.users",
        "crm_ticket_team_setup_member_rel",
        string="Members",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    strangers = fields.Char(compute="_compute_strangers")

    country_id = fields.Many2one("res.country")
    holiday_ids = fields.One2many("crm.ticket.team.setup.holiday", "setup_id", "Holidays")
    knows_holidays = fields.Boolean(compute="_compute_knows_holidays")
    promises_response = fields.Boolean("First Response", default=True)
    promises_resolution = fields.Boolean("Resolution", default=True)
    promise_ids = fields.One2many("crm.ticket.team.setup.promise", "setup_id", "Promises")
    example_in_words = fields.Char(compute="_compute_example_in_words")

    # ------------------------------------------------------------------ defaults

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        team = self.env["crm.ticket.team"].browse(values.get("team_id"))
        company = team.company_id or self.env["res.company"].browse(
            values.get("company_id") or self.env.company.id
        )
        if company not in self.env.companies:
            raise AccessError(self.env._("Choose one of your companies."))
        answers = {
            **self._propose(company),
            **(team._get_answers() if team else {"member_ids": [Command.set(self.env.user.ids)]}),
        }
        given = self._get_given_answers()
        values.update({k: v for k, v in answers.items() if k in fields and k not in given})
        return values

    @api.model
    def _get_given_answers(self):
        """Fields whose first value whoever opens the set-up names."""
        return {key.removeprefix("default_") for key in self.env.context if key[:8] == "default_"}

    @api.model
    def _propose(self, company):
        """What is usual where the company is."""
        country = company.country_id
        own = company.resource_calendar_id
        return {
            "country_id": country.id,
            "alias_domain_id": company.alias_domain_id.id,
            "weekend": desk.weekend_of(country.code),
            "tz": desk.time_zone_of(country.code, self.env.user.tz or own.tz) or own.tz or "UTC",
            "holiday_ids": self.env["crm.ticket.team"]._list_holidays(own, keep=False),
            "promise_ids": [
                Command.create({"priority": priority, "first_response": first, "resolution": last})
                for priority, (first, last) in sorted(PROMISES.items(), reverse=True)
            ],
        }

    # ------------------------------------------------------------------ compute

    @api.depends("name", "team_id", "company_id")
    def _compute_twin_id(self):
        for setup in self:
            setup.twin_id = setup._find_twin()

    @api.depends("user_id", "member_ids")
    def _compute_strangers(self):
        for setup in self:
            users = setup.user_id | setup.member_ids
            setup.strangers = ", ".join(setup._get_strangers(users).mapped("name"))

    @api.depends("company_id")
    def _compute_knows_holidays(self):
        self.knows_holidays = public_holidays.is_available()

    @api.depends("holiday_ids", *SHAPE)
    def _compute_example_in_words(self):
        for setup in self:
            hours, start = setup._get_example()
            setup.example_in_words = hours and self.env._(
                "For a ticket that comes in on %s",
                format_datetime(
                    self.env,
                    moment(start),
                    tz=setup._get_time_zone(),
                    dt_format="EEEE d MMMM, HH:mm",
                ),
            )

    @api.onchange("team_id")
    def _onchange_team_id(self):
        if self.team_id:
            self.update(self.team_id._origin._get_answers())

    @api.onchange("company_id")
    def _onchange_company_id(self):
        if self.company_id and self.team_id.company_id != self.company_id:
            self.team_id = False
            self.update(
                {
                    key: value
                    for key, value in self._propose(self.company_id).items()
                    if key not in ("promise_ids", "holiday_ids")
                }
            )

    # ------------------------------------------------------------------ actions

    @api.model
    def action_open(self):
        """Begin to set up a desk."""
        return self._open()

    def action_next(self):
        self.ensure_one()
        self._check_step(self.step)
        if self.step == "team" and not self.team_id and self.twin_id:
            # The rest of the answers are those of the team that goes by this name
            self.write({"team_id": self.twin_id.id, **self.twin_id._get_answers_on_time()})
        position = STEPS.index(self.step)
        self.step = STEPS[min(position + 1, len(STEPS) - 1)]

    def action_back(self):
        self.ensure_one()
        self.step = STEPS[max(STEPS.index(self.step) - 1, 0)]

    def action_propose_holidays(self):
        """Add the public holidays of this year and the next that are not there yet."""
        self.ensure_one()
        if not public_holidays.is_available():
            raise UserError(
                self.env._(
                    "Public holidays cannot be proposed, because the Python library 'holidays' is "
                    "not installed on the server. Type the holidays, or ask an administrator to "
                    "install it (pip install holidays)."
                )
            )
        country = self.country_id
        if not country:
            raise UserError(self.env._("Choose the country whose public holidays are observed."))
        if not public_holidays.is_known(country.code):
            raise UserError(
                self.env._("No public holidays are known for %s: type them.", country.name)
            )
        today = fields.Date.context_today(self)
        region = self.company_id.state_id.filtered(lambda state: state.country_id == country).code
        days = public_holidays.list_days(
            country.code, [today.year, today.year + 1], self.env.lang or "en_US", region or None
        )
        there = [(line.date_from, line.date_to) for line in self.holiday_ids]
        self.holiday_ids = [
            Command.create({"name": name, "date_from": first, "date_to": last})
            for first, last, name in desk.bridge(
                (day, name)
                for day, name in days
                if not any(first <= day <= last for first, last in there)
            )
        ]

    def action_finish(self):
        """Make the desk, or change the one that is there, and open its board."""
        self.ensure_one()
        for step in STEPS:
            self._check_step(step)
        team = self._make_team()
        if self.hours == "day":
            team._set_hours(
                self._get_working_days(), self._get_spans(), self.tz, self._get_holidays()
            )
        elif self.hours == "calendar" and team.calendar_id != self.calendar_id:
            team.calendar_id = self.calendar_id
        team._set_promises("always" if self.hours == "always" else "working", self._get_budgets())
        lines = Markup("").join(
            Markup("<li>%s</li>") % sentence for sentence in self._summarize(team)
        )
        team.message_post(body=Markup("<p>%s</p><ul>%s</ul>") % (self.env._("Set up:"), lines))
        return {
            "type": "ir.actions.client",
            "tag": "crm_suite_helpdesk.desk_ready",
            "params": {
                "title": self.env._("%s is ready", team.name),
                "summary": Markup("<ul class='ps-3 mb-0'>%s</ul>") % lines,
                "next": {**team.action_open_tickets(), "target": "main"},
            },
        }

    @api.model
    def _open(self, team=None):
        """The first question, answered as far as the team or the country answers it."""
        self.check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set Up a Desk"),
            "res_model": self._name,
            "views": [[False, "form"]],
            "target": "current",
            "context": {"default_team_id": team.id} if team else {},
        }

    # ------------------------------------------------------------------ checks

    def _check_step(self, step):
        """:raise UserError: when the answers of a step cannot be used"""
        getattr(self, f"_check_{step}_step")()

    def _check_team_step(self):
        if not (self.name or "").strip():
            raise UserError(self.env._("Give the team a name."))
        typed = (self.alias_name or "").strip()
        if not typed:
            return
        local, domain = self._get_address()
        if not local or not typed.isascii():
            raise UserError(
                self.env._(
                    "%s cannot be a mail address: use Latin letters, digits, dots and hyphens.",
                    typed,
                )
            )
        if "@" in typed and domain.name != typed.rpartition("@")[2].lower():
            raise UserError(
                self.env._(
                    "Mails to %(address)s do not reach Odoo: its mail domains are %(domains)s.",
                    address=typed,
                    domains=", ".join(
                        self.env["mail.alias.domain"].search([], limit=20).mapped("name")
                    )
                    or self.env._("not set up yet"),
                )
            )
        # sudo: an address may be taken by what the manager does not see
        taken = (
            self.env["mail.alias"]
            .sudo()
            .search([("alias_name", "=", local), ("alias_domain_id", "=", domain.id)])
        )
        if taken - (self.team_id or self.twin_id).sudo().alias_id:
            raise UserError(
                self.env._(
                    "The mail address %s is taken by something else. Choose another one.",
                    f"{local}@{domain.name}" if domain else local,
                )
            )

    def _check_holidays_step(self):
        if self.hours != "day":
            return
        for line in self.holiday_ids:
            period = {
                "name": line.name,
                "start": format_date(self.env, line.date_from),
                "end": format_date(self.env, line.date_to),
            }
            if line.date_to < line.date_from:
                raise UserError(
                    self.env._("%(name)s ends on %(end)s, before it starts on %(start)s.", **period)
                )
            if line.date_to - line.date_from > timedelta(days=366):
                raise UserError(
                    self.env._(
                        "%(name)s lasts for more than a year, from %(start)s to %(end)s.", **period
                    )
                )

    def _check_promises_step(self):
        lines = self.promise_ids.filtered("promised")
        if not lines or not (self.promises_response or self.promises_resolution):
            raise UserError(self.env._("Promise something: without promises nothing is ever due."))
        for line in lines:
            name = dict(line._fields["priority"]._description_selection(self.env))[line.priority]
            first, last = line._get_budgets()
            if (self.promises_response and first <= 0) or (self.promises_resolution and last <= 0):
                raise UserError(
                    self.env._(
                        "Priority %s: a promise needs a time greater than zero. Without a promise, "
                        "clear its box.",
                        name,
                    )
                )
            if max(first, last) > LONGEST:
                raise UserError(
                    self.env._(
                        "Priority %(name)s: a promise of more than %(hours)s hours is none.",
                        name=name,
                        hours=LONGEST // 3600,
                    )
                )
            if self.promises_response and self.promises_resolution and last < first:
                raise UserError(
                    self.env._(
                        "Priority %s: the solution is promised before the first response.", name
                    )
                )

    # ------------------------------------------------------------------ business

    def _find_twin(self):
        """The team of the same name in the company, when the answers are not for another team.

        A name in any of the languages counts: who works in Arabic may type the English one.
        """
        self.ensure_one()
        name = (self.name or "").strip().casefold()
        if self.team_id or not name:
            return self.team_id.browse()
        teams = self.team_id.search([("company_id", "=", self.company_id.id)])
        for code, _label in self.env["res.lang"].get_installed():
            translated = teams.with_context(lang=code)
            if twin := translated.filtered(lambda team: team.name.strip().casefold() == name):
                return twin[:1].with_env(self.env)
        return teams.browse()

    def _get_address(self):
        """The part before the @ and the mail domain that were typed or chosen."""
        local, _at, domain_name = (self.alias_name or "").strip().partition("@")
        domain = self.alias_domain_id
        if domain_name:
            named = domain.search([("name", "=", domain_name.lower())], limit=1)
            domain = named or domain
        return self.env["mail.alias"]._sanitize_alias_name(local), domain

    def _get_strangers(self, users):
        """Those of the users who may not work on tickets."""
        return users._origin.filtered(
            lambda user: not user.has_group("crm_suite_helpdesk.group_agent")
        )

    def _get_closed_days(self):
        return [
            (line.date_from, line.date_to)
            for line in self.holiday_ids
            if line.date_from and line.date_to
        ]

    def _get_holidays(self):
        # sudo: the days off of the team's own hours, which is checked before they are changed
        return [
            (line.name, line.date_from, line.date_to, line.leave_id.sudo())
            for line in self.holiday_ids
        ]

    def _get_budgets(self):
        """{(metric, priority): seconds, None for no promise}"""
        budgets = {}
        for line in self.promise_ids:
            first, last = line._get_budgets()
            kept = line.promised and self.promises_response
            budgets["first_response", line.priority] = first if kept else None
            kept = line.promised and self.promises_resolution
            budgets["resolution", line.priority] = last if kept else None
        return budgets

    def _make_team(self):
        local, domain = self._get_address()
        values = {
            "name": self.name.strip(),
            "user_id": self.user_id.id,
            "member_ids": [Command.set(self.member_ids.ids)],
            "alias_name": local,
        }
        if domain:
            values["alias_domain_id"] = domain.id
        team = self.team_id or self.twin_id
        if team:
            team.write(values)
        else:
            team = team.create({**values, "company_id": self.company_id.id})
        team._take_mail_without_domain()
        if self.env.user.has_group("base.group_erp_manager"):
            agents = self.env.ref("crm_suite_helpdesk.group_agent")
            self._get_strangers(self.user_id | self.member_ids).write(
                {"group_ids": [Command.link(agents.id)]}
            )
        self.team_id = team
        return team

    def _summarize(self, team):
        """What was set up, a sentence each."""
        if team.alias_name:
            address = self.env._("Mails to %s become tickets.", team.alias_email or team.alias_name)
        else:
            address = self.env._("The team has no mail address yet.")
        hours = {
            "always": self.env._("Time is counted around the clock."),
            "calendar": self.env._("Working hours: %s.", self.calendar_id.name),
        }.get(self.hours) or self.env._("Open %s.", self.hours_in_words)
        sentences = [address, hours]
        if self.hours == "day" and self.holiday_ids:
            sentences.append(self.env._("Holidays: %s.", len(self.holiday_ids)))
        sentences += [line._get_sentence() for line in self.promise_ids if line.promised]
        strangers = self._get_strangers(self.user_id | self.member_ids)
        if strangers:
            sentences.append(
                self.env._(
                    "Not yet able to see tickets: %s. An administrator has to make them agents of "
                    "Helpdesk.",
                    ", ".join(strangers.mapped("name")),
                )
            )
        return sentences
