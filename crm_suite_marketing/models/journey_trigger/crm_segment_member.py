from odoo import models


class CrmSegmentMember(models.Model):
    """Journeys look for who has left."""

    _inherit = "crm.segment.member"

    _left_idx = models.Index("(segment_id, left_at) WHERE left_at IS NOT NULL")
