from odoo import api, fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner"]

    ticket_count = fields.Integer(
        "Number of Tickets",
        compute="_compute_ticket_count",
        groups="crm_suite_helpdesk.group_agent",
        help="Tickets of this contact and of everybody in the same company.",
    )

    def _compute_ticket_count(self):
        commercial = self.commercial_partner_id
        counts = {
            partner.id: count
            for partner, count in self.env["crm.ticket"]._read_group(
                [("commercial_partner_id", "in", commercial.ids)],
                ["commercial_partner_id"],
                ["__count"],
            )
        }
        for partner in self:
            partner.ticket_count = counts.get(partner.commercial_partner_id.id, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_covered_by_policy(self):
        self.env["crm.sla.policy"]._refuse_losing("partner_ids", self)

    def action_open_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action"
        )
        action["domain"] = [("commercial_partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {"default_partner_id": self.id}
        return action
