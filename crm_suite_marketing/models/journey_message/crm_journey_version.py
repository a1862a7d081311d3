from odoo import models


class CrmJourneyVersion(models.Model):
    _inherit = "crm.journey.version"  # pylint: disable=consider-merging-classes-inherited

    def write(self, vals):
        """The messages of a version are open from its launch on; they close with the journey, as
        people go on through old versions.
        """
        begins = self.browse()
        if vals.get("state") == "live":
            begins = self.filtered(lambda version: version.state != "live")
        result = super().write(vals)
        begins.node_ids.mailing_id._open_for_journey()
        begins.journey_id.filtered(lambda journey: journey.state == "paused")._pause_messages()
        return result

    def unlink(self):
        messages = self.node_ids.mailing_id
        result = super().unlink()
        messages._drop_from_journey()
        return result
