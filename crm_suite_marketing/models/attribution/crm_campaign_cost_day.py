from odoo import fields, models


class CrmCampaignCostDay(models.Model):
    """What falls on a day of a cost, in the currency of its company. Written by the cost alone."""

    _name = "crm.campaign.cost.day"
    _description = "Campaign Cost of a Day"
    _order = "date, id"
    _rec_name = "date"
    _log_access = False

    cost_id = fields.Many2one(
        "crm.campaign.cost", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="cost_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    amount = fields.Monetary(readonly=True)

    _date_idx = models.Index("(date, cost_id)")
