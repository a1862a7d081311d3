from odoo import api, models


class CrmEngagementVerdict(models.AbstractModel):
    # each room extends a model by itself
    _inherit = "crm.engagement.verdict"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _judge(self, deliveries, traces):
        """What was judged otherwise counts otherwise."""
        changed = super()._judge(deliveries, traces)
        if changed:
            self.env["crm.engagement"]._queue_for_score(changed)
        return changed
