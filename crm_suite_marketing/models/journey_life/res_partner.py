from odoo import fields, models


class ResPartner(models.Model):
    # each room extends a core model by itself
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    journey_count = fields.Integer(
        "Journeys",
        compute="_compute_journey_count",
        groups="crm_suite_marketing.group_marketing_user",
        help="Passages of this contact, and of the contacts below it, through journeys.",
    )

    def _compute_journey_count(self):
        self._count_in_family(
            "journey_count", "crm.journey.participant", "partner_id", self._get_journey_domain
        )

    def _get_journey_domain(self, family):
        return [("partner_id", "in", family.ids)]

    def action_view_journeys(self):
        """Open the passages of the contact, and of those below it, through journeys."""
        self.ensure_one()
        family = self.with_context(active_test=False).search([("id", "child_of", self.ids)])
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_journey_participant_action"
        )
        return action | {"domain": self._get_journey_domain(family), "context": {}}
