from odoo import api, fields, models
from odoo.tools import SQL

# agents see the tickets of their teams, and these figures count those of all
READERS = "crm_suite_helpdesk.group_manager"


class CrmCustomerMetric(models.Model):
    """Figures of the tickets of a customer, beside those of his orders.

    Spam, archived tickets and those that were merged into another one are none. A customer has
    figures here once he has ordered or was invoiced.
    """

    _name = "crm.customer.metric"
    _inherit = ["crm.customer.metric"]

    ticket_count = fields.Integer(
        "Tickets",
        readonly=True,
        groups=READERS,
        help="Without spam and tickets that were merged into others.",
    )
    open_ticket_count = fields.Integer("Open Tickets", readonly=True, groups=READERS)
    rated_ticket_count = fields.Integer(
        "Rated Tickets",
        readonly=True,
        groups=READERS,
        help="Tickets after which the customer answered the survey.",
    )
    satisfaction = fields.Float(
        readonly=True,
        aggregator="avg",
        groups=READERS,
        help="Share of the rated tickets whose customer was happy.",
    )

    def action_open_tickets(self):
        """Open the tickets that are counted, with the rights of the reader."""
        self.ensure_one()
        action = self.partner_id.with_company(self.company_id).action_open_tickets()
        return {
            **action,
            "domain": [
                ("commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("stage_type", "!=", "spam"),
                ("merged_into_id", "=", False),
            ],
            "views": [(False, "list"), (False, "form")],
        }

    @api.model
    def _refresh_further(self, partner_ids):
        result = super()._refresh_further(partner_ids)
        names = ("ticket_count", "open_ticket_count", "rated_ticket_count", "satisfaction")
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_customer_metric metric
                   SET %(assign)s, refreshed_at = %(now)s
                  FROM (SELECT figure.id,
                               COALESCE(ticket.ticket_count, 0) AS ticket_count,
                               COALESCE(ticket.open_ticket_count, 0) AS open_ticket_count,
                               COALESCE(ticket.rated_ticket_count, 0) AS rated_ticket_count,
                               COALESCE(ticket.satisfaction, 0) AS satisfaction
                          FROM crm_customer_metric figure
                     LEFT JOIN (%(tickets)s) ticket USING (partner_id, company_id)
                         WHERE %(figures)s) counted
                 WHERE counted.id = metric.id
                   AND (%(counted)s) IS DISTINCT FROM (%(known)s)
                """,
                assign=SQL(", ").join(
                    SQL("%s = counted.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in names
                ),
                now=fields.Datetime.now(),
                tickets=self._select_tickets(partner_ids),
                figures=self._select_some("figure.partner_id", partner_ids),
                counted=SQL(", ").join(SQL.identifier("counted", name) for name in names),
                # a new row has nothing in them yet, which is read as zero
                known=SQL(", ").join(
                    SQL("COALESCE(%s, 0)", SQL.identifier("metric", name)) for name in names
                ),
            )
        )
        return result

    def _select_tickets(self, partner_ids):
        return SQL(
            """
            SELECT contact.commercial_partner_id AS partner_id, ticket.company_id,
                   COUNT(*) AS ticket_count,
                   COUNT(*) FILTER (WHERE ticket.closed_at IS NULL) AS open_ticket_count,
                   COUNT(ticket.satisfaction) AS rated_ticket_count,
                   ROUND(AVG((ticket.satisfaction = 'happy')::int), 4)::float8 AS satisfaction
              FROM crm_ticket ticket
              JOIN res_partner contact ON contact.id = ticket.partner_id
             WHERE ticket.active
               AND ticket.merged_into_id IS NULL
               AND ticket.stage_type IS DISTINCT FROM 'spam'
               AND %s
          GROUP BY contact.commercial_partner_id, ticket.company_id
            """,
            self._select_some("contact.commercial_partner_id", partner_ids),
        )
