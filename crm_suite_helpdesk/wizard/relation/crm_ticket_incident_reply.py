from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import is_html_empty


class CrmTicketIncidentReply(models.TransientModel):
    """Answer all tickets of an incident at once.

    Each customer gets a mail of his own, in the conversation of his own ticket.
    """

    _name = "crm.ticket.incident.reply"
    _inherit = ["crm.ticket.dialog.mixin"]
    _description = "Reply to the Tickets of an Incident"
    _dialog_subject = "incident_id"

    incident_id = fields.Many2one("crm.ticket", required=True, readonly=True, ondelete="cascade")
    ticket_ids = fields.Many2many(
        "crm.ticket",
        "crm_ticket_incident_reply_rel",
        "wizard_id",
        "ticket_id",
        "To the Customers of",
        domain="[('parent_id', '=', incident_id), ('merged_into_id', '=', False)]",
    )
    body = fields.Html("Message", sanitize_style=True)
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "crm_ticket_incident_reply_attachment_rel",
        "wizard_id",
        "attachment_id",
        "Attachments",
        bypass_search_access=True,
    )
    solve = fields.Boolean("Solve Them", help="Move these tickets to their solved stage as well.")
    mail_count = fields.Integer(compute="_compute_mail_count")
    nobody_ids = fields.Many2many(
        "crm.ticket", string="Without an Address", compute="_compute_mail_count"
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        context = self.env.context
        incident_id = values.get("incident_id")
        if not incident_id and context.get("active_model") == "crm.ticket":
            incident_id = context.get("active_id")
        if incident_id:
            incident = self.env["crm.ticket"].browse(incident_id)
            incident.check_access("write")
            children = incident.child_ids.filtered(
                lambda t: not t.closed_at and not t.merged_into_id
            )
            values["incident_id"] = incident.id
            values["ticket_ids"] = [Command.set(children._filtered_access("write").ids)]
        return values

    @api.depends("ticket_ids")
    def _compute_mail_count(self):
        for wizard in self:
            nobody = wizard.ticket_ids.filtered(
                lambda t: not t.partner_id.email and not t.email_normalized
            )
            wizard.nobody_ids = nobody
            wizard.mail_count = len(wizard.ticket_ids - nobody)

    def action_send(self):
        self.ensure_one()
        tickets = self.ticket_ids
        if not tickets:
            raise UserError(self.env._("Choose at least one ticket."))
        if is_html_empty(self.body) and not self.attachment_ids:
            raise UserError(self.env._("Write a message first."))
        tickets.check_access("write")
        if tickets.merged_into_id or any(t.parent_id != self.incident_id for t in tickets):
            raise UserError(self.env._("Only tickets of this incident can be answered here."))
        tickets._reply_each(self.body, self.attachment_ids)
        self.incident_id._register_reply_to_all(tickets, self.body)
        if self.solve:
            tickets.filtered(lambda t: not t.closed_at)._move_to_type(("solved", "closed"))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%s tickets were answered.", len(tickets)),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
