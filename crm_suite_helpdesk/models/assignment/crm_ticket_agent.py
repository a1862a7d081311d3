from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL, format_date, format_datetime

HIGHEST = 1000  # weight, capacity: more is a slip of the finger
# How far the list of agents looks ahead for their next shift
LOOK_AHEAD = timedelta(days=14)
# Who is asked again when this changes
AVAILABILITY = {
    "accepts",
    "active",
    "away_until",
    "capacity",
    "category_ids",
    "language_ids",
    "resource_calendar_id",
    "skill_ids",
    "tag_ids",
    "weight",
}


# What follows from the members of a team and from what was assigned
FOLLOWING = {"active", "credit", "last_assigned_at", "team_id", "user_id"}


class CrmTicketAgent(models.Model):
    """What a member of a team takes: how much, of what kind, and when.

    Every member of a team has one, made and archived with the membership.
    """

    _name = "crm.ticket.agent"
    _inherit = ["crm.availability.mixin", "mail.thread"]
    _description = "Helpdesk Agent"
    _order = "team_id, user_id, id"
    _rec_name = "user_id"

    team_id = fields.Many2one(
        "crm.ticket.team", required=True, readonly=True, ondelete="cascade", index=True
    )
    user_id = fields.Many2one(
        "res.users", "Agent", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="team_id.company_id", store=True)
    active = fields.Boolean(default=True)
    accepts = fields.Boolean(
        "Takes Tickets",
        default=True,
        tracking=True,
        help="Whether tickets may be assigned automatically. Agents switch it on and off at their "
        "desk.",
    )
    away_until = fields.Date(
        tracking=True,
        help="The last day of an absence. Nothing is assigned automatically until it is over. "
        "Days off that are entered in Odoo count by themselves.",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        "Shift",
        ondelete="restrict",
        help="When this agent works for the team. Empty: the working hours of the user, else of "
        "the team, else of the company.",
    )
    weight = fields.Integer(
        default=1,
        aggregator=None,
        required=True,
        tracking=True,
        help="Twice the weight gets twice the tickets, if the team assigns by weight.",
    )
    capacity = fields.Integer(
        "Open Tickets at Most",
        aggregator=None,
        tracking=True,
        help="Nothing is added automatically to who has this many. 0: no limit.",
    )
    skill_ids = fields.Many2many("crm.ticket.skill", string="Skills")
    language_ids = fields.Many2many(
        "res.lang",
        "crm_ticket_agent_lang_rel",
        "agent_id",
        "lang_id",
        string="Languages",
        help="Answers customers who speak one of these. Empty: any language.",
    )
    category_ids = fields.Many2many(
        "crm.ticket.category",
        string="Only Categories",
        help="Gets tickets of these categories, and of those below them. Empty: all tickets.",
    )
    tag_ids = fields.Many2many(
        "crm.ticket.tag",
        string="Only Tags",
        help="Gets tickets with one of these tags. Empty: all tickets.",
    )
    # How much of his share he is behind; the sum over a team is zero
    credit = fields.Integer(readonly=True, copy=False)
    last_assigned_at = fields.Datetime(
        "Last Assigned", readonly=True, copy=False, help="When this agent last got a ticket."
    )
    open_ticket_count = fields.Integer(
        "Open Tickets",
        compute="_compute_open_ticket_count",
        compute_sudo=True,
        help="As far as the limit counts them: see the team.",
    )
    presence = fields.Selection(
        [
            ("here", "Available"),
            ("full", "Full"),
            ("off", "Off duty"),
            ("away", "Away"),
            ("paused", "Takes none"),
        ],
        "Now",
        compute="_compute_presence",
        compute_sudo=True,
    )
    presence_text = fields.Char("Until", compute="_compute_presence", compute_sudo=True)

    _unique_member = models.UniqueIndex(
        "(team_id, user_id)", "This user is an agent of the team already."
    )

    # ------------------------------------------------------------------ compute

    @api.depends("user_id", "team_id")
    def _compute_display_name(self):
        for agent in self:
            # sudo: the names of colleagues are no secret
            agent.display_name = f"{agent.sudo().user_id.name} ({agent.sudo().team_id.name})"

    @api.depends("user_id", "team_id.assignment_load", "team_id.assignment_counts_waiting")
    def _compute_open_ticket_count(self):
        for agent in self:
            agent.open_ticket_count = 0
        for agent, count in self._count_open_tickets().items():
            agent.open_ticket_count = count

    @api.depends("accepts", "away_until", "capacity", "resource_calendar_id")
    @api.depends_context("lang", "tz")
    def _compute_presence(self):
        now = self.env["crm.ticket"]._now()
        starts, leaves = self._get_next_work(now, now + LOOK_AHEAD), self._get_absences(now, now)
        for agent in self:
            start, text = starts[agent.id], False
            if not agent.accepts:
                presence = "paused"
            elif agent.away_until and (agent._get_return() or now) > now:
                presence, text = "away", format_date(self.env, agent.away_until)
            elif start != now:
                presence = "off" if start and not leaves[agent.id] else "away"
                text = start and format_datetime(self.env, start, dt_format="short")
            elif agent.capacity and agent.open_ticket_count >= agent.capacity:
                presence = "full"
            else:
                presence = "here"
            agent.presence, agent.presence_text = presence, text

    @api.constrains("weight", "capacity")
    def _check_numbers(self):
        for agent in self:
            if not 1 <= agent.weight <= HIGHEST:
                raise ValidationError(
                    self.env._("A weight is a number from 1 to %(highest)s.", highest=HIGHEST)
                )
            if not 0 <= agent.capacity <= HIGHEST:
                raise ValidationError(
                    self.env._(
                        "A limit of open tickets is a number from 0, which means none, to "
                        "%(highest)s.",
                        highest=HIGHEST,
                    )
                )

    @api.constrains("resource_calendar_id")
    def _check_calendar(self):
        self.resource_calendar_id._check_countable()

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        agents = super().create(vals_list)
        self.env["crm.ticket"]._retry_assignment()
        return agents

    def write(self, vals):
        if not self.env.su and FOLLOWING & vals.keys():
            raise UserError(self.env._("Who is an agent is decided by the members of a team."))
        res = super().write(vals)
        if AVAILABILITY & vals.keys():
            self.env["crm.ticket"]._retry_assignment()
        return res

    # ------------------------------------------------------------------ actions

    def action_view_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action"
        )
        action["display_name"] = self.display_name
        action["domain"] = [("user_id", "=", self.user_id.id), ("team_id", "=", self.team_id.id)]
        action["context"] = {"search_default_open": 1}
        action["views"] = [(False, "list"), (False, "kanban"), (False, "form")]
        return action

    def action_hand_over(self):
        """Give the queue of this agent to others."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_hand_over_action"
        )
        action["context"] = {
            "default_user_id": self.user_id.id,
            "default_team_ids": [Command.set(self.team_id.ids)],
        }
        return action

    # ------------------------------------------------------------------ business

    def _get_team(self):
        return self.team_id

    def _count_open_tickets(self):
        """How many open tickets each of these agents has, as his team counts them, by two queries
        at most.

        :return: {agent: number}; agents without a ticket are left out
        """
        # sudo: how much somebody has to do does not depend on who asks
        agents, Ticket = self.sudo(), self.env["crm.ticket"].sudo()
        result = {}
        for counts_waiting, group in agents.grouped(
            lambda agent: agent.team_id.assignment_counts_waiting
        ).items():
            domain = [("user_id", "in", group.user_id.ids), ("closed_at", "=", False)]
            if not counts_waiting:
                domain += [("waiting_on", "=", "us"), ("is_snoozed", "=", False)]
            counts, totals = {}, {}
            for user, team, count in Ticket._read_group(
                domain, ["user_id", "team_id"], ["__count"]
            ):
                counts[user, team] = count
                totals[user] = totals.get(user, 0) + count
            for agent in group:
                if agent.team_id.assignment_load == "all":
                    count = totals.get(agent.user_id)
                else:
                    count = counts.get((agent.user_id, agent.team_id))
                if count:
                    result[agent] = count
        return result

    def _lock(self):
        """Lock all agents who are the same people as these: who assigns has to know what others
        have just assigned.

        :raise LockNotAvailable, SerializationFailure: when somebody else assigns to them at this
            moment, or has done so since the transaction began
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM crm_ticket_agent WHERE user_id IN %s ORDER BY id"
                " FOR NO KEY UPDATE NOWAIT",
                tuple(self.user_id.ids) or (0,),
            ),
            log_exceptions=False,
        )
