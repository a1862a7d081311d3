from odoo import api, models


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
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_messages(self):
        self.node_ids._drop_messages()
