from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class CrmTicketIncident(models.TransientModel):
    """Put tickets that share one cause under an incident."""

    _name = "crm.ticket.incident"
    _inherit = ["crm.ticket.dialog.mixin"]
    _description = "Link to an Incident"
    _dialog_subject = "incident_id"

    ticket_ids = fields.Many2many(
        "crm.ticket",
        "crm_ticket_incident_rel",
        "wizard_id",
        "ticket_id",
        string="Tickets",
        domain="[('company_id', '=', company_id), ('id', '!=', incident_id),"
        " ('merged_into_id', '=', False)]",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    is_new = fields.Selection(
        [("no", "One that is there"), ("yes", "A new one")],
        "Incident is",
        required=True,
        default="no",
    )
    incident_id = fields.Many2one(
        "crm.ticket",
        domain="[('company_id', '=', company_id), ('id', 'not in', ticket_ids),"
        " ('parent_id', '=', False), ('merged_into_id', '=', False)]",
        ondelete="cascade",
    )
    name = fields.Char("Subject")
    solves_children = fields.Boolean(
        "Solve Tickets Together",
        help="When the incident is solved or closed, so are its open tickets.",
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        context = self.env.context
        if context.get("active_model") == "crm.ticket":
            incident_id = values.get("incident_id")
            tickets = self.env["crm.ticket"].browse(context.get("active_ids")).exists()
            tickets.check_access("write")
            values["company_id"] = tickets[:1].company_id.id
            linked = tickets.filtered(lambda t: not t.merged_into_id and t.id != incident_id)
            values["ticket_ids"] = [Command.set(linked.ids)]
            if incident_id:
                incident = self.env["crm.ticket"].browse(incident_id)
                incident.check_access("write")
                values["solves_children"] = incident.solves_children
        return values

    @api.onchange("incident_id")
    def _onchange_incident_id(self):
        self.solves_children = self.incident_id.solves_children

    def action_link(self):
        self.ensure_one()
        tickets = self.ticket_ids
        if not tickets:
            raise UserError(self.env._("Choose at least one ticket."))
        tickets.check_access("write")
        if len(tickets.company_id) > 1:
            raise UserError(
                self.env._("Tickets of different companies cannot belong to one incident.")
            )
        if self.is_new == "yes":
            incident = self._create_incident(tickets)
        elif self.incident_id:
            incident = self.incident_id
            incident.check_access("write")
        else:
            raise UserError(self.env._("Choose the incident."))
        if incident.solves_children != self.solves_children:
            incident.solves_children = self.solves_children
        tickets.write({"parent_id": incident.id})
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.ticket",
            "res_id": incident.id,
            "views": [(False, "form")],
        }

    def _create_incident(self, tickets):
        if not self.name:
            raise UserError(self.env._("Give the incident a subject."))
        return self.env["crm.ticket"].create(
            {
                "name": self.name,
                "team_id": tickets[:1].team_id.id,
                "company_id": tickets.company_id.id,
                "user_id": self.env.uid,
                "priority": max(tickets.mapped("priority")),
            }
        )
