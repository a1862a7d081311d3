from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from ...lib.routing import LEAST_OPEN

WAIT_HOURS = 24 * 31
STICKY_DAYS = 3660
MANAGERS = 5  # are told of what a team without a leader cannot assign


class CrmTicketTeam(models.Model):
    """How a team hands out its tickets."""

    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    assignment_method = fields.Selection(
        [
            ("manual", "By hand"),
            ("round_robin", "In turn"),
            ("least_open", "Fewest open tickets"),
            ("weighted", "By weight"),
        ],
        "Assign Tickets",
        default="manual",
        required=True,
        tracking=True,
        help="By hand: agents take tickets themselves. In turn: whoever has waited longest. Fewest "
        "open tickets: whoever has the least to do. By weight: shares as the weights of the "
        "agents say.",
    )
    assignment_fit = fields.Selection(
        [("must", "Only to who can"), ("prefer", "Best to who can, else to others")],
        "Skills and Languages",
        default="must",
        required=True,
        tracking=True,
        help="Whether a ticket that needs a skill, a language, a category or a tag that nobody has "
        "stays unassigned, or goes to whoever comes nearest.",
    )
    assignment_off_hours = fields.Selection(
        [("wait", "Wait for the next shift"), ("ahead", "Give to who works next")],
        "While Nobody Is at Work",
        default="wait",
        required=True,
        tracking=True,
    )
    assignment_wait_hours = fields.Integer(
        "Look Ahead (hours)",
        default=72,
        tracking=True,
        help="If nobody who can take a ticket comes to work within this many hours, nobody is "
        "available: the leader is told. 0: whenever nobody is at work.",
    )
    assignment_load = fields.Selection(
        [("team", "Of this team"), ("all", "Of all teams")],
        "Count Open Tickets",
        default="team",
        required=True,
        help="What is compared, and what the limits of the agents are about.",
    )
    assignment_counts_waiting = fields.Boolean(
        "Count Waiting Tickets",
        default=True,
        help="Whether tickets that wait for somebody else, or are snoozed, count as open ones.",
    )
    assignment_keep_owner = fields.Boolean(
        "Customer's Salesperson First",
        tracking=True,
        help="Tickets of a customer go to his salesperson, if he is an agent of the team and can.",
    )
    assignment_sticky_days = fields.Integer(
        "Same Agent For (days)",
        default=0,
        tracking=True,
        help="A customer who wrote within this many days gets the agent of his last ticket in this "
        "team, if he can. 0: never.",
    )
    agent_ids = fields.One2many("crm.ticket.agent", "team_id", "Agents")

    @api.constrains("assignment_wait_hours", "assignment_sticky_days")
    def _check_assignment(self):
        for team in self:
            for name, highest in (
                ("assignment_wait_hours", WAIT_HOURS),
                ("assignment_sticky_days", STICKY_DAYS),
            ):
                if not 0 <= team[name] <= highest:
                    field = self._fields[name].get_description(self.env, ["string"])
                    raise ValidationError(
                        self.env._(
                            "%(field)s is a number from 0 to %(highest)s.",
                            field=field["string"],
                            highest=highest,
                        )
                    )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        teams._sync_agents()
        return teams

    def write(self, vals):
        res = super().write(vals)
        if {"assignment_method", "active"} & vals.keys():
            self.env.registry.clear_cache()
        if "member_ids" in vals:
            self._sync_agents()
        if any(name.startswith("assignment_") for name in vals):
            self.env["crm.ticket"]._retry_assignment()
        return res

    # ------------------------------------------------------------------ actions

    def action_assign_backlog(self):
        """Hand out the open tickets of the team that nobody has."""
        self.check_access("write")
        # sudo: all tickets of the team, whoever of its managers asks
        tickets = (
            self.env["crm.ticket"]
            .sudo()
            .search(
                [("team_id", "in", self.ids), ("user_id", "=", False), ("closed_at", "=", False)]
            )
        )
        if not tickets:
            raise UserError(self.env._("All open tickets of the team are assigned."))
        tickets._wait_for_assignment()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Tickets to be assigned: %(count)s.", count=len(tickets)),
            },
        }

    # ------------------------------------------------------------------ business

    def _sync_agents(self):
        """Every member has an agent; the agents of those who left are archived, and come back with
        what they were.
        """
        # sudo: agents follow the members, whoever may change those
        Agent = self.env["crm.ticket.agent"].sudo().with_context(active_test=False)
        known = {
            (agent.team_id, agent.user_id): agent
            for agent in Agent.search([("team_id", "in", self.ids)])
        }
        missing, back = [], Agent
        for team in self.sudo():  # see above
            for user in team.member_ids:
                agent = known.pop((team, user), None)
                if agent is None:
                    missing.append({"team_id": team.id, "user_id": user.id})
                elif not agent.active:
                    back |= agent
        gone = Agent.union(*known.values()).filtered("active")
        back.write({"active": True})
        gone.write({"active": False})
        Agent.create(missing)

    def _get_alarmed_users(self):
        """Who is told that nobody is available: the leader, else the managers of the company."""
        self.ensure_one()
        # sudo: whoever opens a ticket may not read who leads
        team = self.sudo()
        if team.user_id.active:
            return team.user_id
        managers = team.env.ref("crm_suite_helpdesk.group_manager").all_user_ids
        return managers.filtered(
            lambda user: (
                user.active and not user._is_superuser() and team.company_id in user.company_ids
            )
        )[:MANAGERS]

    def _get_method(self):
        """The way to choose an agent; who asks for it in a team that assigns by hand gets the
        agent with the fewest open tickets.
        """
        self.ensure_one()
        return LEAST_OPEN if self.assignment_method == "manual" else self.assignment_method

    @api.model
    @ormcache(cache="default")
    def _get_automatic_teams(self):
        """The ids of the teams that assign by themselves. Cached: every ticket asks."""
        # sudo: how tickets are assigned does not depend on who creates them
        return frozenset(self.sudo().search([("assignment_method", "!=", "manual")]).ids)
