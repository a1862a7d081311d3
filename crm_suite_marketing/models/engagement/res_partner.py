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

    def _compute_campaign_mail_count(self):
        self.campaign_mail_count = 0
        family = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", self.ids)], ["parent_id"]
        )
        counts = self.env["mailing.trace"]._read_group(
            self._get_campaign_mail_domain(family), ["res_id"], ["__count"]
        )
        for partner_id, count in counts:
            partner = self.browse(partner_id)
            while partner:
                if partner in self:
                    partner.campaign_mail_count += count
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

    def _get_campaign_mail_domain(self, partners):
        return [
            ("model", "=", "res.partner"),
            ("res_id", "in", partners.ids),
            ("sent_datetime", "!=", False),
        ]
