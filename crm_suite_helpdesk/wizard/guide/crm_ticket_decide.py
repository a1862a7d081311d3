from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CrmTicketDecide(models.TransientModel):
    """Record a decision: at once within the authority of the agent, else somebody is asked."""

    _name = "crm.ticket.decide"
    _description = "Decide on a Ticket"

    ticket_id = fields.Many2one("crm.ticket", required=True, readonly=True, ondelete="cascade")
    authority_id = fields.Many2one(
        "crm.ticket.authority", "Decision", required=True, ondelete="cascade"
    )
    limit_kind = fields.Selection(related="authority_id.limit_kind")
    decider = fields.Selection(related="authority_id.decider", string="In General")
    note = fields.Text(related="authority_id.note", string="Conditions")
    currency_id = fields.Many2one(related="authority_id.currency_id")
    limit_text = fields.Char("You May Decide Up To", compute="_compute_who")
    value = fields.Float("How Much")
    reason = fields.Text()
    who = fields.Char("Who Decides", compute="_compute_who")
    is_allowed = fields.Boolean(compute="_compute_who")
    is_forbidden = fields.Boolean(compute="_compute_who")

    @api.depends("authority_id", "value")
    def _compute_who(self):
        labels = dict(
            self.env["crm.ticket.authority"]._fields["decider"]._description_selection(self.env)
        )
        for wizard in self:
            authority = wizard.authority_id
            who = authority._get_decider(wizard.value) if authority else "nobody"
            wizard.is_allowed = who == "agent"
            wizard.is_forbidden = who == "nobody"
            wizard.who = labels[who]
            limited = authority and authority._has_limit()
            wizard.limit_text = limited and authority._format_value(authority.limit_value)

    @api.constrains("ticket_id", "authority_id")
    def _check_authority(self):
        # Constraints are checked as superuser
        for wizard in self.sudo(False):
            wizard.ticket_id.check_access("read")
            guides = self.env["crm.ticket.guide"].sudo(False)._get_for(wizard.ticket_id)
            if wizard.authority_id not in guides.authority_ids:
                raise ValidationError(
                    self.env._("This decision is not part of a guide of this ticket.")
                )

    def action_decide(self):
        self.ensure_one()
        ticket, authority = self.ticket_id, self.authority_id
        ticket.check_access("write")
        if self.value < 0:
            raise UserError(self.env._("How much cannot be negative."))
        if authority.limit_kind != "none" and not self.value:
            raise UserError(self.env._("Say how much."))
        if self.is_forbidden:
            raise UserError(self.env._("We do not do this: %s", authority.name))
        if not self.is_allowed and not (self.reason or "").strip():
            raise UserError(self.env._("Say why, for whoever has to agree."))
        # sudo: facts that are made here alone
        decision = (
            self.env["crm.ticket.decision"]
            .sudo()
            .create(
                {
                    "name": authority.name,
                    "ticket_id": ticket.id,
                    "authority_id": authority.id,
                    "value": self.value,
                    "amount": authority._format_value(self.value) if self.value else False,
                    "reason": self.reason,
                    "user_id": self.env.uid,
                    **(
                        {
                            "state": "decided",
                            "decided_by_id": self.env.uid,
                            "decided_at": fields.Datetime.now(),
                        }
                        if self.is_allowed
                        else {"state": "asked", "decider": authority._get_decider(self.value)}
                    ),
                }
            )
            .sudo(False)
        )
        ticket._message_log(
            body=" — ".join(filter(None, (decision._describe(decision.state), self.reason)))
        )
        if decision.state == "asked":
            decision._ask()
        return {"type": "ir.actions.act_window_close"}
