from odoo import fields, models


class CrmLeadScoreHit(models.Model):
    """A lead reached a threshold: what was done then. The record keeps it from being done again."""

    _name = "crm.lead.score.hit"
    _description = "Score Threshold Reached"
    _order = "date desc, id desc"
    _log_access = False
    _rec_name = "threshold_id"

    lead_id = fields.Many2one(
        "crm.lead", string="Lead or Opportunity", required=True, ondelete="cascade", readonly=True
    )
    threshold_id = fields.Many2one(
        "crm.lead.score.threshold", required=True, ondelete="cascade", index=True, readonly=True
    )
    date = fields.Datetime(required=True, readonly=True)
    score = fields.Integer(readonly=True, aggregator="avg")
    result = fields.Text(readonly=True)

    _lead_threshold = models.UniqueIndex("(lead_id, threshold_id)")
