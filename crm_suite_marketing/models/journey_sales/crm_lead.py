from odoo import fields, models


class CrmLead(models.Model):
    """A lead knows the journey that made it."""

    # each room extends a core model by itself
    _inherit = "crm.lead"  # pylint: disable=consider-merging-classes-inherited

    crm_journey_id = fields.Many2one(
        "crm.journey",
        "Journey",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups="crm_suite_marketing.group_marketing_user",
    )
    crm_journey_uid = fields.Char(
        "Place in the Journey",
        readonly=True,
        copy=False,
        groups="crm_suite_marketing.group_marketing_user",
        help="One open lead of a contact comes of each.",
    )

    _crm_journey_idx = models.Index(
        "(crm_journey_id, crm_journey_uid, partner_id) WHERE crm_journey_id IS NOT NULL"
    )

    def action_view_crm_journey(self):
        """Open the journey that made this lead."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.crm_journey_id.display_name,
            "res_model": "crm.journey",
            "res_id": self.crm_journey_id.id,
            "view_mode": "form",
        }
