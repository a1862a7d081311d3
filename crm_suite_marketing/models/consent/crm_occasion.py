from odoo import fields, models


class CrmOccasion(models.Model):
    _inherit = "crm.occasion"

    skip_kind = fields.Selection(
        selection_add=[("consent", "Has not agreed, or has refused")],
        ondelete={"consent": "set null"},
    )

    def _get_mail_refusal(self):
        refusal = super()._get_mail_refusal()
        email = self.partner_id.email_normalized
        if refusal or not email:
            return refusal
        # sudo: the system asks; rules of all companies name their purpose
        found = (
            self.env["crm.consent"]
            .sudo()
            ._get_refusals([email], "email", self.rule_id.sudo().purpose_id)
        )
        return "consent" if found else None
