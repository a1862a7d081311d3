from odoo import models

from .res_partner import ACQUISITION

# what a person may see or not is no reason to lose it
CARRIED = (
    "birthdate",
    "income_band_id",
    "customer_type_id",
    *ACQUISITION.values(),
    "preferred_channel",
    "preferred_weekday",
    "preferred_daytime",
    "disturbance_note",
)


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=consider-merging-classes-inherited

    def _update_foreign_keys(self, src_partners, dst_partner):
        # sudo: relations are merged as a whole, also those that whoever merges does not see
        self.env["crm.partner.relation"].sudo()._merge_contacts(src_partners, dst_partner)
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _update_values(self, src_partners, dst_partner):
        result = super()._update_values(src_partners, dst_partner)
        # sudo: values must not be lost because somebody merges who does not see them
        target = dst_partner.sudo()
        known = {}
        for name in CARRIED:
            found = next((partner for partner in src_partners.sudo() if partner[name]), None)
            if found and not target[name]:
                known[name] = target._fields[name].convert_to_write(found[name], found)
        if known:
            target.write(known)
        return result
