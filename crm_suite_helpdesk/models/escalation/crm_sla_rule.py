from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list, ormcache

from ...lib import sla_ladder

LONGEST_HOURS = 24 * 366
SHORTEST_REPETITION = 5 / 60
# Fields that say when a step is due, so that clocks have to look again
TIMING_FIELDS = {
    "active",
    "policy_id",
    "metric",
    "kind",
    "share",
    "delay",
    "every",
    "times",
    "only_working_hours",
}


class CrmSlaRule(models.Model):
    """A step of the escalation ladder of a policy: when it is due, who is told, what is done.

    Rules are no part of what was promised, so a changed rule holds for open tickets at once; what
    they have passed by then is not made up for.
    """

    _name = "crm.sla.rule"
    _description = "SLA Escalation Rule"
    _order = "policy_id, sequence, id"
    _check_company_auto = True

    policy_id = fields.Many2one("crm.sla.policy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    metric = fields.Selection(
        selection="_get_metrics",
        string="Promise",
        help="Promise that is watched. Empty: each promise of the policy.",
    )
    kind = fields.Selection(
        [
            ("share", "Share of the time"),
            ("before", "Before the deadline"),
            ("after", "After the deadline"),
        ],
        "When",
        required=True,
        default="share",
    )
    share = fields.Integer("Time Spent (%)", default=75)
    delay = fields.Float(
        "Time",
        help="Hours and minutes before or after the deadline, counted as the promise is: in its "
        "working hours, and not while it is paused.",
    )
    every = fields.Float("Again Every", help="Counted as the promise is. Empty: only once.")
    times = fields.Integer(
        "At Most",
        default=3,
        help="How often the step is repeated. 0: until the promise is kept.",
    )
    only_working_hours = fields.Boolean(
        default=True,
        help="What falls due at night or on a day off waits until work begins. A promise around "
        "the clock follows the working hours of the team of the ticket, else of the company.",
    )
    to_agent = fields.Boolean(
        "Assigned Agent", default=True, help="The team leader while nobody is assigned."
    )
    to_leader = fields.Boolean("Team Leader")
    to_managers = fields.Boolean(
        "Leader's Manager",
        help="The manager of the team leader, as known to the Employees app; without one, the "
        "helpdesk managers of the company.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Users",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        context={"active_test": False},
        help="People must be allowed to read the ticket.",
    )
    group_ids = fields.Many2many("res.groups", string="Groups")
    notify = fields.Selection(
        [
            ("preference", "As each of them prefers"),
            ("inbox", "In Odoo"),
            ("email", "By e-mail"),
        ],
        "Tell Them",
        default="preference",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        "Plan an Activity",
        domain="[('res_model', 'in', [False, 'crm.ticket'])]",
        ondelete="restrict",
        help="Each of them gets this activity on the ticket.",
    )
    note = fields.Text("What to Do", translate=True, help="Part of the message and the activity.")
    raise_priority = fields.Boolean(
        help="By one. The promise for the new priority holds from then on."
    )
    assign_to = fields.Selection([("leader", "Team leader"), ("user", "User")], "Assign Ticket to")
    assign_user_id = fields.Many2one(
        "res.users",
        "New Agent",
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        ondelete="restrict",
    )
    team_id = fields.Many2one(
        "crm.ticket.team", "Move to Team", check_company=True, ondelete="restrict"
    )
    tag_ids = fields.Many2many("crm.ticket.tag", string="Add Tags", context={"active_test": False})
    problem = fields.Char(
        readonly=True, copy=False, help="Why this rule last could not do what it should."
    )
    problem_at = fields.Datetime("Noticed on", readonly=True, copy=False)
    when_text = fields.Char("Due", compute="_compute_when_text")
    who_text = fields.Char("Who", compute="_compute_who_text")
    what_text = fields.Char("What Happens", compute="_compute_what_text")

    # ------------------------------------------------------------------ constraints

    @api.constrains("kind", "share", "delay", "every", "times")
    def _check_times(self):
        for rule in self:
            if rule.kind == "share" and not 1 <= rule.share <= 1000:
                raise ValidationError(self.env._("The share of the time is between 1 and 1000 %."))
            lengths = [rule.delay, rule.every]
            if min(lengths) < 0 or max(lengths) > LONGEST_HOURS or rule.times < 0:
                raise ValidationError(
                    self.env._("The times of an escalation rule are from 0 hours to a year.")
                )
            if rule.kind == "before" and not rule.delay:
                raise ValidationError(self.env._("Say how long before the deadline it is due."))
            if rule.every and rule.kind != "after":
                raise ValidationError(
                    self.env._("Only what is due after the deadline can be repeated.")
                )
            if 0 < rule.every < SHORTEST_REPETITION:
                raise ValidationError(self.env._("Repeat it every five minutes at most."))

    @api.constrains("assign_to", "assign_user_id")
    def _check_new_agent(self):
        for rule in self:
            if rule.assign_to == "user" and not rule.assign_user_id:
                raise ValidationError(self.env._("Choose to whom the ticket is assigned."))

    # ------------------------------------------------------------------ compute

    @api.model
    def _get_metrics(self):
        return self.env["crm.sla.target"]._fields["metric"]._description_selection(self.env)

    @api.depends("kind", "share", "delay", "every", "times")
    @api.depends_context("lang")
    def _compute_when_text(self):
        for rule in self:
            rule.when_text = rule._get_when_text()

    @api.depends("when_text")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = rule.when_text

    @api.depends("to_agent", "to_leader", "to_managers", "user_ids", "group_ids")
    @api.depends_context("lang")
    def _compute_who_text(self):
        for rule in self:
            people = [
                self._fields[name].get_description(self.env, ["string"])["string"]
                for name in ("to_agent", "to_leader", "to_managers")
                if rule[name]
            ]
            # sudo: managers of the helpdesk may not read all users and groups
            people += rule.sudo().user_ids.mapped("name") + rule.sudo().group_ids.mapped("name")
            rule.who_text = format_list(self.env, people, style="unit")

    @api.depends(
        "notify",
        "activity_type_id",
        "raise_priority",
        "assign_to",
        "assign_user_id",
        "team_id",
        "tag_ids",
    )
    @api.depends_context("lang")
    def _compute_what_text(self):
        for rule in self:
            rule.what_text = format_list(self.env, rule._get_what_texts(), style="unit")

    def _get_when_text(self):
        self.ensure_one()
        delay = _hours_text(self.delay)
        if self.kind == "share":
            return self.env._("At %s %% of the time", self.share)
        if self.kind == "before":
            return self.env._("%s before the deadline", delay)
        text = self.env._("%s after the deadline", delay) if self.delay else ""
        text = text or self.env._("At the deadline")
        if not self.every:
            return text
        every = _hours_text(self.every)
        if self.times:
            return self.env._(
                "%(when)s, then every %(every)s, %(times)s times",
                when=text,
                every=every,
                times=self.times,
            )
        return self.env._("%(when)s, then every %(every)s", when=text, every=every)

    def _get_what_texts(self):
        """What this rule does, as short texts; other rooms may add theirs."""
        self.ensure_one()
        texts = []
        if self.notify and self._has_recipients():
            ways = {
                "preference": self.env._("Message"),
                "inbox": self.env._("Message in Odoo"),
                "email": self.env._("E-mail"),
            }
            texts.append(ways[self.notify])
        if self.activity_type_id:
            texts.append(self.env._("Activity: %s", self.activity_type_id.name))
        if self.raise_priority:
            texts.append(self.env._("Raise the priority"))
        if self.assign_to == "leader":
            texts.append(self.env._("Assign to the team leader"))
        elif self.assign_to:
            # sudo: managers of the helpdesk may not read all users
            texts.append(self.env._("Assign to %s", self.assign_user_id.sudo().name))
        if self.team_id:
            texts.append(self.env._("Move to %s", self.team_id.name))
        if self.tag_ids:
            texts.append(self.env._("Tags: %s", ", ".join(self.tag_ids.mapped("name"))))
        return texts

    def _has_recipients(self):
        self.ensure_one()
        fields_who = ("to_agent", "to_leader", "to_managers", "user_ids", "group_ids")
        return any(self[name] for name in fields_who)

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._on_timing_changed()
        return rules

    def write(self, vals):
        policies = self.policy_id
        if not vals.keys() <= {"problem", "problem_at"}:
            # whoever changes a rule has seen what was wrong with it
            vals = {"problem": False, "problem_at": False, **vals}
        res = super().write(vals)
        if TIMING_FIELDS & vals.keys():
            self._on_timing_changed(policies)
        return res

    def unlink(self):
        policies = self.policy_id
        res = super().unlink()
        self.browse()._on_timing_changed(policies)
        return res

    def _on_timing_changed(self, policies=None):
        policies = (policies or self.env["crm.sla.policy"]) | self.policy_id
        self.env.registry.clear_cache()
        policies.exists()._look_at_ladder_again()

    # ------------------------------------------------------------------ business

    @api.model
    @ormcache("policy_id", "metric")
    def _get_steps(self, policy_id, metric):
        """The ladder of a policy for a metric.

        :return: tuple of `sla_ladder.Step`
        """
        # sudo: clocks climb the same ladder whoever moves them
        rules = self.sudo().search([("policy_id", "=", policy_id)])
        return tuple(rule._to_step() for rule in rules if rule.metric in (False, metric))

    def _to_step(self):
        self.ensure_one()
        return sla_ladder.Step(
            rule=self.id,
            kind=self.kind,
            amount=self.share if self.kind == "share" else _seconds(self.delay),
            every=_seconds(self.every),
            times=self.times,
            only_open=self.only_working_hours,
        )


def _seconds(hours):
    """Entered in hours and minutes: whole minutes, not what a float makes of them."""
    return round(hours * 60) * 60


def _hours_text(hours):
    """Hours and minutes as they are entered: 04:30."""
    minutes = round(hours * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
