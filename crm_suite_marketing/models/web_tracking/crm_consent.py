from odoo import api, models

from ...lib import consent as lib


class CrmConsent(models.Model):
    # each room extends a core model by itself
    _inherit = "crm.consent"  # pylint: disable=consider-merging-classes-inherited

    def _find_web_visitors(self, identity, channel):
        # sudo: whoever may ask was checked
        visitors = self.env["crm.web.visitor"].sudo()
        found = visitors.search([("identity_key", "=", self._hash(identity, channel))])
        if channel == "email":
            writings = lib.get_writings(identity)
            found |= visitors.search([("partner_id.email_normalized", "in", writings)])
        return found

    @api.model
    def _get_record(self, addresses):
        visitors = self.env["crm.web.visitor"]
        for identity, channel in addresses:
            visitors |= self._find_web_visitors(identity, channel)
        keys = [self._hash(identity, channel) for identity, channel in addresses]
        # sudo: whoever may ask was checked
        posts = self.env["crm.web.form.post"].sudo()
        posts = posts.search([("identity_key", "in", keys)], order="date, id")
        names = ("ts", "kind", "site_id", "url", "title", "referrer", "form")
        visits = visitors.visit_ids.sorted(lambda visit: (visit.ts, visit.id))
        return super()._get_record(addresses) | {
            "page_visits": self._tell(visits, names),
            "forms": self._tell(posts, ("date", "form_id", "state", "url")),
        }

    @api.model
    def _erase(self, identity, channel, reason):
        """Browsers of the person are strangers from now on, and where they were is gone."""
        # sudo: whoever may erase was checked
        posts = self.env["crm.web.form.post"].sudo()
        posts.search([("identity_key", "=", self._hash(identity, channel))]).unlink()
        self._find_web_visitors(identity, channel)._delete()
        return super()._erase(identity, channel, reason)
