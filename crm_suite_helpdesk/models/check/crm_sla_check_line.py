from odoo import api, fields, models


class CrmSlaCheckLine(models.Model):
    """One thing that a clock, or its ticket, holds and its ledger says otherwise."""

    _name = "crm.sla.check.line"
    _description = "SLA Difference"
    _order = "check_id desc, ticket_id, clock_id, id"
    _rec_name = "field"

    check_id = fields.Many2one(
        "crm.sla.check", required=True, readonly=True, index=True, ondelete="cascade"
    )
    ticket_id = fields.Many2one("crm.ticket", readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True)
    clock_id = fields.Many2one("crm.sla.clock", readonly=True, index=True, ondelete="cascade")
    metric = fields.Selection(related="clock_id.metric")
    field = fields.Char("Technical Name", required=True, readonly=True)
    field_name = fields.Char("What Differs", compute="_compute_field_name")
    stored = fields.Char("Is", readonly=True)
    expected = fields.Char("By the Ledger", readonly=True)

    @api.depends("field")
    @api.depends_context("lang")
    def _compute_field_name(self):
        for line in self:
            model, _dot, name = line.field.rpartition(".")
            fields_of_model = self.env["crm.ticket" if model else "crm.sla.clock"]._fields
            if line.field == "ledger":
                line.field_name = self.env._("Entries of the ledger are missing")
            elif name in fields_of_model:
                label = fields_of_model[name].get_description(self.env, ["string"])["string"]
                line.field_name = self.env._("Ticket: %s", label) if model else label
            else:
                line.field_name = line.field

    def action_open_ticket(self):
        """The ticket of a difference."""
        self.ensure_one()
        return self.ticket_id.get_formview_action()
