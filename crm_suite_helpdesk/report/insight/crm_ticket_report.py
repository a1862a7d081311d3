from odoo import fields, models
from odoo.tools import SQL

from ...models.ticket.crm_ticket import PRIORITIES


class CrmTicketReport(models.AbstractModel):
    """What the reports on tickets have in common.

    Everything is read with the rights of the reader on tickets, so nobody counts what he may not
    see. Team, agent, customer, category and priority are those of the ticket today. Every
    percentage and duration is a figure of the single row (100 or 0, or empty where the row has no
    part in it), so that the database averages over all rows of a group, never over averages.
    """

    _name = "crm.ticket.report"
    _description = "Report on Tickets"
    _auto = False
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one("crm.ticket", readonly=True)
    team_id = fields.Many2one("crm.ticket.team", readonly=True)
    user_id = fields.Many2one("res.users", "Agent", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    priority = fields.Selection(PRIORITIES, readonly=True)
    category_id = fields.Many2one("crm.ticket.category", readonly=True)
    customer_tier_id = fields.Many2one("crm.customer.tier", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    def action_open_ticket(self):
        """Open the ticket of this row."""
        self.ensure_one()
        self.ticket_id.check_access("read")
        return self.ticket_id.get_formview_action()

    def _get_dimensions(self):
        """Columns by which every report can be grouped, as SQL on `crm_ticket`, by field name."""
        return {
            "ticket_id": SQL("crm_ticket.id"),
            "team_id": SQL("crm_ticket.team_id"),
            "user_id": SQL("crm_ticket.user_id"),
            "partner_id": SQL("crm_ticket.commercial_partner_id"),
            "priority": SQL("crm_ticket.priority"),
            "category_id": SQL("crm_ticket.category_id"),
            "customer_tier_id": SQL("crm_ticket.customer_tier_id"),
            "product_id": SQL("crm_ticket.product_id"),
            "company_id": SQL("crm_ticket.company_id"),
        }

    def _select_dimensions(self):
        return SQL(", ").join(
            SQL("%s AS %s", column, SQL.identifier(name))
            for name, column in self._get_dimensions().items()
        )

    def _get_medians(self):
        """Names of fields of which the median is shown wherever an average is asked for."""
        return ()

    def _read_group_select(self, aggregate_spec, query):
        fname, _, function = aggregate_spec.partition(":")
        if function == "avg" and fname in self._get_medians():
            return SQL(
                "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %s)",
                self._field_to_sql(self._table, fname, query),
            )
        return super()._read_group_select(aggregate_spec, query)
