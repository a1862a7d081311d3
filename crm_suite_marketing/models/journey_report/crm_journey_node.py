from odoo import models


class CrmJourneyNode(models.Model):
    # each room extends a model by itself
    _inherit = "crm.journey.node"  # pylint: disable=consider-merging-classes-inherited

    def _get_arms_by_port(self):
        """:return: the arms of these nodes by their keys; that of the newest version for each"""
        versions = self.version_id.sorted("number")
        found = {}
        for version in versions:
            for arm in self.filtered(lambda node, of=version: node.version_id == of).arm_ids:
                found[arm.port] = arm
        return found
