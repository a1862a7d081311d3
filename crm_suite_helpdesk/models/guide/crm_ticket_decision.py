from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

STATES = [
    ("decided", "Decided"),
    ("asked", "Asked"),
    ("approved", "Approved"),
    ("refused", "Refused"),
]


class CrmTicketDecision(models.Model):
    """What was decided for a customer on a ticket: by the agent within his authority, else by whom
    he had to ask.
    """

    _name = "crm.ticket.decision"
    _description = "Decision on a Ticket"
    _order = "id desc"
    _rec_name = "name"

    name = fields.Char("Decision", required=True, readonly=True)
    ticket_id = fields.Many2one(
        "crm.ticket", required=True, index=True, ondelete="cascade", readonly=True
    )
    team_id = fields.Many2one(related="ticket_id.team_id", store=True)
    company_id = fields.Many2one(related="ticket_id.company_id", store=True)
    authority_id = fields.Many2one("crm.ticket.authority", ondelete="set null", readonly=True)
    value = fields.Float(readonly=True, aggregator=None)
    amount = fields.Char("How Much", readonly=True)
    reason = fields.Text(readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, index=True)
    decider = fields.Selection(
        [("leader", "The team leader"), ("manager", "A helpdesk manager")],
        "Waits for",
        readonly=True,
        help="Who has to agree.",
    )
    user_id = fields.Many2one("res.users", "Agent", required=True, readonly=True)
    decided_by_id = fields.Many2one("res.users", "Decided by", readonly=True)
    decided_at = fields.Datetime("Decided on", readonly=True)
    may_decide = fields.Boolean(compute="_compute_may_decide")

    @api.depends("state", "decider", "team_id")
    @api.depends_context("uid")
    def _compute_may_decide(self):
        is_manager = self.env.user.has_group("crm_suite_helpdesk.group_manager")
        for decision in self:
            # sudo: who leads the team is no secret of the ticket
            leads = decision.sudo().team_id.user_id == self.env.user
            decision.may_decide = decision.state == "asked" and (
                is_manager or decision.decider == "leader" and leads
            )

    def action_approve(self):
        self._decide("approved")

    def action_refuse(self):
        self._decide("refused")

    def _decide(self, state):
        self.check_access("read")
        for decision in self:
            if decision.state != "asked":
                raise UserError(self.env._("This is decided already."))
            if not decision.may_decide:
                raise AccessError(self.env._("Only who was asked can decide this."))
        # sudo: a fact that is set here alone
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        for decision in self:
            decision._tell(state)

    def _tell(self, state):
        """Keep it on the ticket, and tell the agent who waits for it."""
        self.ensure_one()
        text = self._describe(state)
        ticket = self.ticket_id
        # sudo: an approver may not read the ticket as an agent does, but he was asked on it
        ticket.sudo().message_post(
            body=text,
            author_id=self.env.user.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=(self.sudo().user_id.partner_id - self.env.user.partner_id).ids,
        )
        # sudo: the to-do of whoever was asked is done
        activities = ticket.sudo().activity_ids.filtered(
            lambda activity: activity.summary == self._get_summary()
        )
        activities.action_feedback(feedback=text)

    def _describe(self, state):
        what = " ".join(filter(None, (self.name, self.amount)))
        texts = {
            "decided": self.env._("Decided within his own authority: %s", what),
            "asked": self.env._("Asked for a decision: %s", what),
            "approved": self.env._("Approved: %s", what),
            "refused": self.env._("Refused: %s", what),
        }
        return texts[state]

    def _get_summary(self):
        return self.env._("Decide: %s", " ".join(filter(None, (self.name, self.amount))))

    def _ask(self):
        """A to-do for whoever has to agree."""
        for decision in self:
            team = decision.sudo().team_id
            approver = team.user_id if decision.decider == "leader" else self._find_manager(team)
            # sudo: a to-do for somebody else on a ticket that the agent may change
            decision.ticket_id.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                summary=decision._get_summary(),
                note=decision.reason or "",
                user_id=(approver or team.user_id or self.env.user).id,
            )

    @api.model
    def _find_manager(self, team):
        """A helpdesk manager of the company, the leader of the team when he is one."""
        group = self.env.ref("crm_suite_helpdesk.group_manager")
        # sudo: users are read to know whom to ask
        managers = group.sudo().all_user_ids.filtered(
            lambda user: user.active and team.company_id in user.company_ids and user.id != 1
        )
        return team.user_id if team.user_id in managers else managers[:1]
