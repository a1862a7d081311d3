from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """A meeting of two contacts who turn out to be one is one interaction with that one."""
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # sudo: the history is merged as a whole, also what colleagues have logged
        interactions = (
            self.env["crm.interaction"].sudo().search([("partner_id", "=", dst_partner.id)])
        )
        # the merged row names the customer of the contact that it was logged with
        self.env.add_to_compute(interactions._fields["commercial_partner_id"], interactions)
        by_event = interactions.filtered("event_id").grouped("event_id")
        superfluous = interactions.browse()
        for found in by_event.values():
            superfluous += found._get_superfluous()
        superfluous.unlink()
        return result
