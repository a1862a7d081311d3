from odoo import api, fields, models
from odoo.tools import SQL


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.interaction.mixin", "crm.contacted.mixin"]

    interaction_ids = fields.One2many("crm.interaction", "lead_id", string="Interactions")
    interaction_count = fields.Integer(
        compute="_compute_interaction_count", groups="sales_team.group_sale_salesman"
    )

    @api.depends("interaction_ids")
    def _compute_interaction_count(self):
        counts = dict(
            self.env["crm.interaction"]._read_group(
                [("lead_id", "in", self.ids)], ["lead_id"], ["__count"]
            )
        )
        for lead in self:
            lead.interaction_count = counts.get(lead._origin, 0)

    @api.depends("interaction_ids.date", "message_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_last_contact_at(self):
        return super()._compute_last_contact_at()

    @api.model
    def _get_contact_queries(self, keys=None, since=None):
        """Interactions, and what was written to or by the customer on the lead itself."""
        return [
            *super()._get_contact_queries(keys, since),
            self._get_interaction_contacts("lead_id", keys, since),
            self._get_message_contacts(
                SQL("entry.res_id"), keys, since, SQL("entry.model = 'crm.lead'")
            ),
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_interactions_without_contact(self):
        """What was logged on a lead without a contact belongs to nobody once the lead is gone."""
        # sudo: the interactions of colleagues on this lead go with it as well
        self.env["crm.interaction"].sudo().search(
            [("lead_id", "in", self.ids), ("partner_id", "=", False)]
        ).unlink()

    def action_view_interactions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_suite.crm_interaction_action")
        action["domain"] = [("lead_id", "=", self.id)]
        action["context"] = self._prepare_interaction_context()
        return action

    def _prepare_interaction_context(self):
        return {
            **super()._prepare_interaction_context(),
            "default_lead_id": self.id,
            "default_partner_id": self.partner_id.id,
        }

    def _merge_dependences(self, opportunities):
        """Merged leads bring their interactions along."""
        # before the meetings, which would not find the interactions they have already.
        # sudo: the history moves as a whole, also what colleagues have logged
        self.env["crm.interaction"].sudo().search([("lead_id", "in", opportunities.ids)]).write(
            {"lead_id": self.id}
        )
        return super()._merge_dependences(opportunities)
