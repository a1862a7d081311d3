from odoo import fields, models


class CrmLeadOrigin(models.Model):
    """Where a lead came from that was merged into another one: the other keeps only one origin."""

    _name = "crm.lead.origin"
    _description = "Origin of a Merged Lead"
    _order = "date desc, id desc"

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, ondelete="cascade", index=True
    )
    name = fields.Char("Merged Lead", readonly=True)
    date = fields.Datetime("Lead Date", required=True, readonly=True)
    campaign_id = fields.Many2one(
        "utm.campaign", readonly=True, ondelete="set null", index="btree_not_null"
    )
    source_id = fields.Many2one(
        "utm.source", readonly=True, ondelete="set null", index="btree_not_null"
    )
    medium_id = fields.Many2one(
        "utm.medium",
        string="Channel",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
