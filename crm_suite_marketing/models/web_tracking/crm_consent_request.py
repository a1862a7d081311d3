from odoo import models


class CrmConsentRequest(models.Model):
    # each room extends a model by itself
    _inherit = "crm.consent.request"  # pylint: disable=consider-merging-classes-inherited

    def _confirm(self, **values):
        """What the person had sent with a form waits for this."""
        is_confirmed = super()._confirm(**values)
        if is_confirmed:
            # sudo: the person has no rights; the token of his e-mail was checked
            posts = self.env["crm.web.form.post"].sudo()
            waiting = [("request_id", "=", self.id), ("state", "=", "waiting")]
            for post in posts.search(waiting, order="id", limit=10):
                post._process(is_confirmed=True)
        return is_confirmed
