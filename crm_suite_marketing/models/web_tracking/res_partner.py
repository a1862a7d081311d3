from odoo import fields, models


class ResPartner(models.Model):
    # each room extends a core model by itself
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    web_visit_count = fields.Integer(
        "Page Visits",
        compute="_compute_web_visit_count",
        groups="crm_suite_marketing.group_marketing_user",
        help="Pages of our web sites that this contact, and the contacts below it, looked at.",
    )

    def _compute_web_visit_count(self):
        self._count_in_family(
            "web_visit_count", "crm.web.visit", "partner_id", self._get_web_visit_domain
        )

    def action_view_web_visits(self):
        """Open the pages that the contact, and the contacts below it, looked at."""
        self.ensure_one()
        family = self.with_context(active_test=False).search([("id", "child_of", self.ids)])
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_web_visit_action"
        )
        return action | {"domain": self._get_web_visit_domain(family)}

    def _get_web_visit_domain(self, partners):
        return [("partner_id", "in", partners.ids), ("actor", "!=", "bot")]
