from odoo import api, fields, models


class CrmInteraction(models.Model):
    _inherit = "crm.interaction"

    ticket_id = fields.Many2one(
        "crm.ticket",
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
    )

    @api.depends("ticket_id.partner_id")
    def _compute_partner_id(self):
        return super()._compute_partner_id()

    @api.depends("ticket_id")
    def _compute_company_id(self):
        return super()._compute_company_id()

    # an override replaces the fields of the constraint, it does not add to them
    @api.constrains("partner_id", "lead_id", "order_id", "move_id", "ticket_id")
    def _check_contact(self):
        return super()._check_contact()

    def _get_linked_documents(self):
        documents = super()._get_linked_documents()
        return [self.ticket_id, *documents] if self.ticket_id else documents
