from odoo import api, models

# Ways of talking, as against writing
TALKS = ("phone", "meeting", "visit", "chat")


class CrmInteraction(models.Model):
    """A talk with the customer answers him as a message does."""

    _name = "crm.interaction"
    _inherit = ["crm.interaction"]

    @api.model_create_multi
    def create(self, vals_list):
        interactions = super().create(vals_list)
        interactions._answer_tickets()
        return interactions

    def write(self, vals):
        before = self.filtered(lambda i: i._is_answer())
        res = super().write(vals)
        if {"ticket_id", "channel", "outcome_id", "partner_id"} & vals.keys():
            (self - before)._answer_tickets()
        return res

    def _answer_tickets(self):
        answers = self.filtered(lambda i: i._is_answer())
        # sudo: that a customer was answered does not depend on the rights of whoever logs it
        for ticket in answers.ticket_id.sudo():
            talks = answers.filtered(lambda i, ticket=ticket: i.ticket_id.id == ticket.id)
            asked = ticket.unanswered_since
            # What was talked about before the customer wrote is no answer to it
            if not ticket.first_response_at or not asked or max(talks.mapped("date")) >= asked:
                ticket._register_agent_message()

    def _is_answer(self):
        """Whether the customer of the ticket was reached.

        Its date is what somebody entered: it never says when, only that it has happened.
        """
        self.ensure_one()
        ticket, customer = self.ticket_id.sudo(), self.commercial_partner_id  # sudo: as above
        return bool(
            ticket
            and self.channel in TALKS
            and self.date <= self.env["crm.ticket"]._now()
            and (not self.outcome_id or self.outcome_id.sudo().is_contact)
            and (not customer or customer == ticket.commercial_partner_id)
            and not self.env.user.share
        )
