from odoo import models

from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Contacts that are merged keep the custom fields that whoever merges does not see."""

    _inherit = "base.partner.merge.automatic.wizard"  # pylint: disable=consider-merging-classes-inherited

    def _update_values(self, src_partners, dst_partner):
        super()._update_values(src_partners, dst_partner)
        carried = self.env["crm.custom.field"]._get_carried("res.partner")
        # links to several records are carried over by core, in their tables
        names = [f.name for f in carried if f.is_restricted and f.kind != "many2many"]
        if not names:
            return
        # sudo: values must not be lost because somebody merges who does not see them
        target = dst_partner.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE)
        target.write(
            {
                name: next((p[name] for p in src_partners.sudo() if p[name]), False)
                for name in names
                if not target[name]
            }
        )
