from odoo import api, fields, models


class CrmTicketDocumentMixin(models.AbstractModel):
    """A document about which customers open tickets."""

    _name = "crm.ticket.document.mixin"
    _description = "Document with Tickets"

    # The field of `crm.ticket` that names such a document
    _ticket_link = None

    crm_ticket_count = fields.Integer(
        "Tickets", compute="_compute_crm_ticket_count", groups="crm_suite_helpdesk.group_agent"
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_ticket_count(self):
        link = self._ticket_link
        counts = {
            document.id: count
            for document, count in self.env["crm.ticket"]._read_group(
                [(link, "in", self.ids)], [link], ["__count"]
            )
        }
        for document in self:
            document.crm_ticket_count = counts.get(document.id, 0)

    def action_open_tickets(self):
        """The tickets about this document; a new one while there is none."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action"
        )
        action["display_name"] = self.env._("Tickets: %s", self.display_name)
        action["domain"] = [(self._ticket_link, "=", self.id)]
        action["context"] = self._prepare_ticket_context()
        if not self.crm_ticket_count:
            action["views"] = [(False, "form")]
        return action

    def _prepare_ticket_context(self):
        """The ``default_*`` values of a ticket about this document."""
        self.ensure_one()
        company = self.company_id or self.env.company
        values = {
            "team_id": self.env["crm.ticket.team"]._get_default_team(company).id,
            "company_id": company.id,
            "partner_id": self.partner_id.id,
            "product_id": self._get_ticket_product().id,
            self._ticket_link: self.id,
        }
        return {f"default_{name}": value for name, value in values.items() if value}

    def _get_ticket_product(self):
        """The product of a document that is about one only."""
        return self.env["product.product"]
