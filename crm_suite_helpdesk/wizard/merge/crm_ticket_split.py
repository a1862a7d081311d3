from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.mail import html_to_inner_content

SHOWN_MESSAGES = 80
SHOWN_TEXT = 150


class CrmTicketSplit(models.TransientModel):
    """Choose messages of a ticket that become a ticket of their own."""

    _name = "crm.ticket.split"
    _inherit = ["crm.ticket.dialog.mixin"]
    _description = "Split a Ticket"

    ticket_id = fields.Many2one("crm.ticket", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="ticket_id.company_id")
    line_ids = fields.One2many("crm.ticket.split.line", "split_id", "Messages")
    is_copy = fields.Boolean(
        "Keep Them Here as Well",
        help="The messages are copied, not moved. Answers to them arrive here as before.",
    )
    name = fields.Char("Subject", compute="_compute_name", store=True, readonly=False)
    team_id = fields.Many2one(
        "crm.ticket.team",
        domain="[('company_id', '=', company_id)]",
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users",
        "Assigned to",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        ondelete="cascade",
    )
    customer = fields.Char(compute="_compute_customer")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        context = self.env.context
        ticket = self.env["crm.ticket"].browse(values.get("ticket_id") or context.get("active_id"))
        if context.get("active_model") != "crm.ticket" or not ticket.exists():
            return values
        ticket.check_access("write")
        chosen = set(context.get("crm_message_ids") or [])
        # sudo: the messages of a ticket that the user may write
        messages = ticket.sudo()._get_carried_messages()
        shown = messages[:SHOWN_MESSAGES] | messages.filtered(lambda m: m.id in chosen)
        values.update(
            ticket_id=ticket.id,
            team_id=ticket.team_id.id,
            user_id=ticket.user_id.id,
            line_ids=[
                Command.create(
                    {
                        "message_id": message.id,
                        "is_chosen": message.id in chosen,
                        "date": message.date,
                        "author": message.author_id.name or message.email_from,
                        "text": html_to_inner_content(message.body)[:SHOWN_TEXT]
                        or ", ".join(message.attachment_ids.mapped("name")),
                        "is_note": not ticket._is_public_message(message),
                    }
                )
                for message in shown
            ],
        )
        return values

    @api.depends("line_ids.is_chosen")
    def _compute_name(self):
        for split in self:
            opening = split._get_opening()
            split.name = split._prepare_values(opening)["name"] if opening else False

    @api.depends("line_ids.is_chosen")
    def _compute_customer(self):
        for split in self:
            opening = split._get_opening()
            if not opening:
                split.customer = False
                continue
            values = split._prepare_values(opening)
            # sudo: the author of a message that the user reads here
            partner = self.env["res.partner"].sudo().browse(values["partner_id"])
            split.customer = partner.display_name or values["email_from"]

    def _get_chosen(self):
        """The messages chosen, as superuser; none but those of the ticket."""
        # sudo: the user may write the ticket, which is checked wherever it is named
        messages = self.line_ids.filtered("is_chosen").sudo().message_id._origin
        return messages.filtered(
            lambda m: m.model == "crm.ticket" and m.res_id == self.ticket_id.id
        )

    def _get_opening(self):
        messages = self._get_chosen().sorted("id")
        return messages.filtered(self.ticket_id._is_public_message)[:1] or messages[:1]

    def _prepare_values(self, opening):
        self.ticket_id.check_access("write")
        return self.ticket_id._prepare_values_of_message(opening)

    def action_split(self):
        self.ensure_one()
        messages = self._get_chosen()
        if not messages:
            raise UserError(self.env._("Choose at least one message."))
        values = {"team_id": self.team_id.id, "user_id": self.user_id.id}
        if self.name:
            values["name"] = self.name
        return self.ticket_id._split_off(messages, self.is_copy, **values)._open_afresh()
