from odoo import fields, models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead"]

    lifecycle_stage_id = fields.Many2one(
        related="partner_id.commercial_partner_id.lifecycle_stage_id",
        string="Lifecycle Stage",
        groups="sales_team.group_sale_salesman",
        help="At which stage the relation with the customer is.",
    )

    def _log_moves(self, logged, may_close):
        before = {lead: logged[lead.id] for lead in self if lead.id in logged}
        result = super()._log_moves(logged, may_close)
        won = self.browse(
            lead.id
            for lead, old in before.items()
            if old[2] != "won" and logged[lead.id][2] == "won"
        )
        if won:
            # sudo: the customer moves on whoever closes the deal
            self.env["crm.lifecycle.rule"].sudo()._run_at_once(won.sudo().partner_id)
        return result
