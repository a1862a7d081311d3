from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

MANY = 10_000
# More than these are assigned by the scheduled job, so that nobody waits for it
AT_ONCE = 500


class CrmTicketHandOver(models.TransientModel):
    """Give the open tickets of an agent who is away, or has left, to others."""

    _name = "crm.ticket.hand.over"
    _description = "Hand Over a Queue"

    user_id = fields.Many2one(
        "res.users",
        "From",
        required=True,
        default=lambda self: self.env.user,
        domain="[('id', 'in', possible_user_ids)]",
        context={"active_test": False},  # also those who have left
        ondelete="cascade",
    )
    possible_user_ids = fields.Many2many(
        "res.users",
        string="Possible Agents",
        compute="_compute_possible",
        context={"active_test": False},
    )
    team_ids = fields.Many2many(
        "crm.ticket.team",
        string="Teams",
        domain="[('id', 'in', possible_team_ids)]",
        help="Empty: all teams in which you may do this.",
    )
    possible_team_ids = fields.Many2many(
        "crm.ticket.team", string="Possible Teams", compute="_compute_possible"
    )
    scope = fields.Selection(
        [("all", "All open tickets"), ("us", "Only those that wait for us")],
        "Tickets",
        required=True,
        default="all",
    )
    way = fields.Selection(
        [
            ("automatic", "To whoever can take them"),
            ("user", "To one colleague"),
            ("queue", "Back to the queue, for whoever takes them"),
        ],
        "Give Them",
        required=True,
        default="automatic",
    )
    new_user_id = fields.Many2one(
        "res.users", "Colleague", domain="[('id', 'in', colleague_ids)]", ondelete="cascade"
    )
    colleague_ids = fields.Many2many(
        "res.users", string="Colleagues", compute="_compute_colleague_ids"
    )
    away_until = fields.Date(
        help="The last day of the absence: nothing new is assigned automatically until it is over."
    )
    note = fields.Char("Reason", help="Is noted on each ticket.")
    ticket_count = fields.Integer("Number of Tickets", compute="_compute_ticket_count")

    # ------------------------------------------------------------------ compute

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_possible(self):
        led, users = self._get_led_teams(), self.env.user
        if led:
            # sudo: leaders see who is in their teams and who still has tickets there
            owners = (
                self.env["crm.ticket"]
                .sudo()
                ._read_group([("team_id", "in", led.ids), ("closed_at", "=", False)], ["user_id"])
            )
            users = users.union(led.sudo().member_ids, *(user for (user,) in owners))
        for wizard in self:
            wizard.possible_team_ids = wizard._get_teams()
            wizard.possible_user_ids = users.sudo(False)

    @api.depends("user_id", "team_ids")
    def _compute_colleague_ids(self):
        for wizard in self:
            # sudo: the names of colleagues are no secret
            members = wizard._get_chosen_teams().sudo().member_ids
            wizard.colleague_ids = (members - wizard.user_id).sudo(False)

    @api.depends("user_id", "team_ids", "scope")
    def _compute_ticket_count(self):
        for wizard in self:
            wizard.ticket_count = self.env["crm.ticket"].search_count(wizard._get_domain())

    # ------------------------------------------------------------------ actions

    def action_view_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action"
        )
        action.update(
            domain=list(self._get_domain()),
            context={},
            views=[(False, "list"), (False, "form")],
        )
        return action

    def action_hand_over(self):
        """Hand the tickets over, and say how many went to whom."""
        self.ensure_one()
        self._check_right()
        if self.way == "user" and (
            not self.new_user_id or self.new_user_id not in self.colleague_ids
        ):
            raise UserError(self.env._("Choose a colleague of the same team."))
        if self.away_until:
            self._note_absence()
        tickets = self.env["crm.ticket"].search(self._get_domain(), limit=MANY)
        if not tickets and not self.away_until:
            raise UserError(self.env._("There are no open tickets to hand over."))
        tickets.check_access("write")
        tickets._message_log_batch(bodies=dict.fromkeys(tickets.ids, self._get_text()))
        tickets._hand_over(self.user_id, self.way, self.new_user_id, AT_ONCE)
        return self._tell(tickets)

    # ------------------------------------------------------------------ business

    def _get_domain(self):
        domain = Domain("user_id", "=", self.user_id.id) & Domain("closed_at", "=", False)
        domain &= Domain("team_id", "in", self._get_chosen_teams().ids)
        if self.scope == "us":
            domain &= Domain("waiting_on", "=", "us")
        return domain

    def _get_teams(self):
        """The teams whose tickets of the chosen user the reader may hand over."""
        if self.user_id == self.env.user:
            return self._get_led_teams() | self.env["crm.ticket.desk"]._get_own_teams()
        return self._get_led_teams()

    def _get_chosen_teams(self):
        teams = self._get_teams()
        return self.team_ids._origin & teams if self.team_ids else teams

    @api.model
    def _get_led_teams(self):
        if self.env.user.has_group("crm_suite_helpdesk.group_manager"):
            return self.env["crm.ticket.team"].search([("active", "=", True)])
        return self.env["crm.ticket.desk"]._get_led_teams()

    def _check_right(self):
        """:raise AccessError: for the queue of a colleague in a team that one does not lead"""
        if self.user_id == self.env.user:
            return
        if not self._get_led_teams() or self.team_ids - self._get_led_teams():
            raise AccessError(
                self.env._("Only leaders hand over the queue of a colleague, in their own teams.")
            )

    def _note_absence(self):
        if self.away_until < fields.Date.context_today(self, self.env["crm.ticket"]._now()):
            raise UserError(self.env._("An absence does not end in the past."))
        # sudo: whoever may hand over the queue may say until when; checked before
        agents = (
            self.env["crm.ticket.agent"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.user_id.id),
                    ("team_id", "in", self._get_chosen_teams().ids),
                ]
            )
        )
        agents.write({"away_until": self.away_until})

    def _get_text(self):
        # sudo: the name of a colleague, also of one who has left
        name = self.user_id.sudo().name
        if self.note:
            return self.env._("Handed over from %(user)s: %(note)s", user=name, note=self.note)
        return self.env._("Handed over from %(user)s", user=name)

    def _tell(self, tickets):
        counts = {}
        for ticket in tickets.sudo():  # those of others may be out of sight now
            if ticket.user_id:
                counts[ticket.user_id.name] = counts.get(ticket.user_id.name, 0) + 1
        lines = [f"{name}: {count}" for name, count in sorted(counts.items())]
        if rest := len(tickets) - sum(counts.values()):
            lines.append(self.env._("Nobody yet: %(count)s", count=rest))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("Tickets handed over: %(count)s", count=len(tickets)),
                "message": ", ".join(lines),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
