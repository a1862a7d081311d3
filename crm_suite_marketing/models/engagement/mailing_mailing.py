from odoo import fields, models
from odoo.exceptions import AccessError

from ...lib.delivery_token import make_token


class MailingMailing(models.Model):
    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    engagement_count = fields.Integer(
        "Events", compute="_compute_engagement_count", help="Opens, clicks, answers, bounces."
    )
    engagement_judged_on = fields.Datetime("Events Judged on", readonly=True, copy=False)
    engagement_next = fields.Integer(
        "Next Event to Judge",
        readonly=True,
        copy=False,
        help="0: nobody asks for it. Else the events of this mailing are judged from this one on.",
    )

    def _compute_engagement_count(self):
        Event, counts = self.env["crm.engagement"], {}
        # administrators read mailings, but not what people did
        if Event.has_access("read"):
            domain = [("mailing_id", "in", self.ids)]
            counts = dict(Event._read_group(domain, ["mailing_id"], ["__count"]))
        for mailing in self:
            mailing.engagement_count = counts.get(mailing._origin, 0)

    def action_view_engagement(self):
        """Open what people, and programs, did with this mailing."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_engagement_action"
        )
        return action | {
            "domain": [("mailing_id", "=", self.id)],
            "context": {"create": False, "search_default_filter_people": 1},
        }

    def action_rebuild_engagement(self):
        """Judge the events of these mailings again, and make their statistics anew."""
        if not self.env.user.has_group("crm_suite_marketing.group_marketing_user"):
            raise AccessError(self.env._("Only marketing users have events judged again."))
        self.check_access("write")
        # sudo: derived values, which nobody has rights to write
        return self.env["crm.engagement.rebuild"].sudo()._start(self)

    def _get_trap_link(self, key, number, base_url):
        """Return the link of a message that programs follow and no person sees, where the company
        wants it.

        :param number: of the delivery
        """
        if not self._get_sending_company().engagement_trap_link:
            return ""
        url = f"{base_url}/c/{make_token(key, 'click', number, 0)}"
        return f'<a href="{url}" style="display:none" aria-hidden="true" tabindex="-1"></a>'
