from markupsafe import Markup

from odoo import api, fields, models

from .newer_message import NewerMessageError

TICKET = "crm.ticket"


class MailComposeMessage(models.TransientModel):
    """The large composer shows what the customer has just written, and sends when asked again."""

    _inherit = "mail.compose.message"

    ticket_seen_id = fields.Integer("Last Message Seen")
    ticket_newer = fields.Html("The Customer Has Just Written", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        composers = super().create(vals_list)
        for composer in composers:
            if ticket := composer._get_answered_ticket():
                seen = self.env.context.get("crm_seen_message_id")
                # sudo: who may not read the ticket is refused when he sends
                composer.ticket_seen_id = (
                    seen if isinstance(seen, int) else ticket.sudo()._get_last_customer_message_id()
                )
        return composers

    def _get_answered_ticket(self):
        """The ticket whose customer is answered; empty for notes and mass mails."""
        self.ensure_one()
        if self.model != TICKET or self.composition_mode != "comment" or self.subtype_is_log:
            return self.env[TICKET]
        ids = self._evaluate_res_ids()
        return self.env[TICKET].browse(ids if len(ids) == 1 else ())

    def action_send_mail(self):
        if question := self._ask_when_newer():
            return question
        # It has been looked at just now
        composer = self.with_context(crm_seen_message_id=None)
        return super(MailComposeMessage, composer).action_send_mail()

    def action_schedule_message(self):
        if question := self._ask_when_newer():
            return question
        composer = self.with_context(crm_seen_message_id=self[:1].ticket_seen_id or None)
        return super(MailComposeMessage, composer).action_schedule_message()

    def _ask_when_newer(self):
        """Show what the customer has written since; whoever sends again has read it."""
        ticket = self._get_answered_ticket() if len(self) == 1 else self.env[TICKET]
        if not ticket:
            return None
        ticket.check_access("read")
        try:
            ticket._check_nothing_newer(self.ticket_seen_id)
        except NewerMessageError as error:
            newer = error.context["crm_newer"]
            self.write(
                {
                    "ticket_seen_id": newer["id"],
                    "ticket_newer": Markup().join(
                        Markup("<p><b>%s</b><br/>%s</p>") % (message["author"], message["text"])
                        for message in newer["messages"]
                    ),
                }
            )
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("The customer has just written"),
                "res_model": self._name,
                "res_id": self.id,
                "views": [(False, "form")],
                "target": "new",
                "context": self.env.context,
            }
        return None
