from odoo import fields, models


class ResPartner(models.Model):
    # each room extends a core model by itself
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    campaign_mail_count = fields.Integer(
        "Campaign Mails",
        compute="_compute_campaign_mail_count",
        groups="mass_mailing.group_mass_mailing_user",
        help="Campaign mails and text messages sent to this contact and to the contacts below it.",
    )
    engagement_count = fields.Integer(
        "Engagement",
        compute="_compute_engagement_count",
        groups="mass_mailing.group_mass_mailing_user",
        help="What this contact, and the contacts below it, did with campaign mails.",
    )

    def _compute_campaign_mail_count(self):
        self._count_in_family(
            "campaign_mail_count", "mailing.trace", "res_id", self._get_campaign_mail_domain
        )

    def _compute_engagement_count(self):
        self._count_in_family(
            "engagement_count", "crm.engagement", "partner_id", self._get_engagement_domain
        )

    def _count_in_family(self, name, model, contact, make_domain):
        """Count rows of a model for contacts and whoever is above them."""
        self[name] = 0
        family = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", self.ids)], ["parent_id"]
        )
        counts = self.env[model]._read_group(make_domain(family), [contact], ["__count"])
        for found, count in counts:
            partner = self.browse(found if isinstance(found, int) else found.id)
            while partner:
                if partner in self:
                    partner[name] += count
                partner = partner.parent_id

    def action_view_campaign_mails(self):
        """Open the campaign mails of the contact and of the contacts below it."""
        self.ensure_one()
        family = self.with_context(active_test=False).search([("id", "child_of", self.ids)])
        action = self.env["ir.actions.act_window"]._for_xml_id("mass_mailing.mailing_trace_action")
        return action | {
            "name": self.env._("Campaign Mails"),
            "display_name": self.env._("Campaign Mails"),
            "domain": self._get_campaign_mail_domain(family),
            "context": {"create": False},
        }

    def action_view_engagement(self):
        """Open what the contact, and the contacts below it, did with campaign mails."""
        self.ensure_one()
        family = self.with_context(active_test=False).search([("id", "child_of", self.ids)])
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_engagement_action"
        )
        return action | {
            "domain": self._get_engagement_domain(family),
            "context": {"create": False},
        }

    def _get_campaign_mail_domain(self, partners):
        return [
            ("model", "=", "res.partner"),
            ("res_id", "in", partners.ids),
            ("sent_datetime", "!=", False),
        ]

    def _get_engagement_domain(self, partners):
        return [("partner_id", "in", partners.ids)]
