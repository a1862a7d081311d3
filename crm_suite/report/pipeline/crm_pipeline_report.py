from odoo import fields, models
from odoo.tools import SQL


class CrmPipelineReport(models.AbstractModel):
    """What the reports on the pipeline have in common.

    Amounts are in the currency of the current company, at today's rate. Every percentage and
    average is a figure of the single row (100 or 0, or empty where the row has no part in it), so
    that the database averages over all rows of a group, never over averages.
    """

    _name = "crm.pipeline.report"
    _description = "Report on the Pipeline"
    _auto = False
    _rec_name = "lead_id"

    lead_id = fields.Many2one("crm.lead", string="Lead or Opportunity", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    medium_id = fields.Many2one("utm.medium", readonly=True)
    campaign_id = fields.Many2one("utm.campaign", readonly=True)
    lost_reason_id = fields.Many2one("crm.lost.reason", readonly=True)

    def action_open_lead(self):
        """Open the lead or opportunity of this row."""
        self.ensure_one()
        return self.lead_id.redirect_lead_opportunity_view()

    def _get_company_rates(self):
        """Return a table `rate(company_id, value)`: what one unit of the currency of a company is
        worth in the currency of the current company.
        """
        today = fields.Date.context_today(self)
        company = self.env.company
        rates = [
            SQL(
                "(%s, %s::numeric)",
                each.id,
                each.currency_id._get_conversion_rate(
                    each.currency_id, company.currency_id, company, today
                ),
            )
            # sudo: the currencies of the companies that the user has chosen are no secret
            for each in self.env.companies.sudo()
        ]
        return SQL("(VALUES %s) AS rate (company_id, value)", SQL(", ").join(rates))

    def _join_rates(self, alias):
        return SQL(
            "LEFT JOIN %s ON rate.company_id = %s",
            self._get_company_rates(),
            SQL.identifier(alias, "company_id"),
        )

    def _get_order_amount(self):
        """Return the amount of a `sale_order` without taxes, where `_join_rates` has joined."""
        return SQL(
            """sale_order.amount_untaxed / COALESCE(NULLIF(sale_order.currency_rate, 0), 1)
               * COALESCE(rate.value, 1)"""
        )
