from odoo import fields, models


class CrmOutbox(models.Model):
    """What came of a delivery."""

    # each room extends a core model by itself
    _inherit = "crm.outbox"  # pylint: disable=consider-merging-classes-inherited

    engagement_ids = fields.One2many("crm.engagement", "outbox_id", "What Came of It")
