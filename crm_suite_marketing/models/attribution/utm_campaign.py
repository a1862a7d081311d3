from odoo import api, fields, models

from ...lib.attribution import MODELS
from .readers import REVENUE_READERS

COST_READERS = "mass_mailing.group_mass_mailing_user,sales_team.group_sale_salesman_all_leads"


class UtmCampaign(models.Model):
    _inherit = "utm.campaign"

    cost_ids = fields.One2many(
        "crm.campaign.cost", "campaign_id", string="Costs", groups=COST_READERS
    )
    performance_currency_id = fields.Many2one(
        "res.currency", compute="_compute_performance", string="Currency of the Figures"
    )
    performance_cost = fields.Monetary(
        "Cost",
        compute="_compute_performance",
        currency_field="performance_currency_id",
        groups=COST_READERS,
        help="In the currency of the current company.",
    )
    performance_leads = fields.Float(
        "Leads by Attribution", compute="_compute_performance", digits=(16, 1), groups=COST_READERS
    )
    performance_orders = fields.Float(
        "Orders by Attribution", compute="_compute_performance", digits=(16, 1), groups=COST_READERS
    )
    performance_revenue = fields.Monetary(
        "Revenue by Attribution",
        compute="_compute_revenue",
        currency_field="performance_currency_id",
        groups=REVENUE_READERS,
        help="By the model of the settings, without taxes, in the currency of the current company.",
    )
    performance_roi = fields.Float(
        "ROI (%)",
        compute="_compute_revenue",
        digits=(16, 1),
        groups=REVENUE_READERS,
        help="Revenue less cost, divided by the cost.",
    )
    performance_first = fields.Monetary(
        "First Touch",
        compute="_compute_revenue",
        currency_field="performance_currency_id",
        groups=REVENUE_READERS,
    )
    performance_last = fields.Monetary(
        "Last Touch",
        compute="_compute_revenue",
        currency_field="performance_currency_id",
        groups=REVENUE_READERS,
    )
    performance_linear = fields.Monetary(
        "Linear",
        compute="_compute_revenue",
        currency_field="performance_currency_id",
        groups=REVENUE_READERS,
    )
    performance_time_decay = fields.Monetary(
        "Time Decay",
        compute="_compute_revenue",
        currency_field="performance_currency_id",
        groups=REVENUE_READERS,
    )
    performance_position = fields.Monetary(
        "Position",
        compute="_compute_revenue",
        currency_field="performance_currency_id",
        groups=REVENUE_READERS,
    )

    @api.depends("cost_ids.company_amount")
    @api.depends_context("company", "allowed_company_ids", "attribution_model")
    def _compute_performance(self):
        figures = self._read_performance(["cost:sum", "leads:sum", "orders:sum"])
        for campaign in self:
            campaign.performance_currency_id = self.env.company.currency_id
            (
                campaign.performance_cost,
                campaign.performance_leads,
                campaign.performance_orders,
            ) = figures.get(campaign._origin, (0, 0, 0))

    @api.depends("cost_ids.company_amount")
    @api.depends_context("company", "allowed_company_ids", "attribution_model")
    def _compute_revenue(self):
        names = [f"revenue_{model}:sum" for model in MODELS]
        figures = self._read_performance(["revenue:sum", "roi:avg", *names])
        for campaign in self:
            revenue, roi, *by_model = figures.get(campaign._origin, (0, 0, *[0] * len(MODELS)))
            campaign.performance_revenue = revenue
            campaign.performance_roi = roi or 0
            for model, amount in zip(MODELS, by_model, strict=True):
                campaign[f"performance_{model}"] = amount

    def _read_performance(self, aggregates):
        """Return the figures by campaign."""
        rows = self.env["crm.campaign.performance"]._read_group(
            [("campaign_id", "in", self.ids)], ["campaign_id"], aggregates
        )
        return {campaign: figures for campaign, *figures in rows}

    def action_view_costs(self):
        """Open the cost lines of this campaign."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_campaign_cost_action"
        )
        return {
            **action,
            "domain": [("campaign_id", "=", self.id)],
            "context": {"default_campaign_id": self.id},
        }

    def action_view_performance(self):
        """Open the figures of this campaign, by channel."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_campaign_performance_action"
        )
        return {
            **action,
            "name": self.display_name,
            "display_name": self.display_name,
            "domain": [("campaign_id", "=", self.id)],
            "context": {"search_default_group_medium": 1},
        }
