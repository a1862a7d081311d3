from odoo import SUPERUSER_ID, api, models

from .lifting import BY_PERSON


class MailingSubscription(models.Model):
    """Forms on websites subscribe whatever address a visitor writes, to whatever list he names: for
    him the system does it, so rights say nothing here. Whoever left a list comes back by a link in
    his mailbox, and lists that are not shown to people are not theirs to choose.
    """

    _inherit = "mailing.subscription"

    @api.model_create_multi
    def create(self, vals_list):
        if self._is_by_stranger():
            vals_list = [values for values in vals_list if self._is_open_to_strangers(values)]
        return super().create(vals_list)

    def write(self, vals):
        rows = self
        if "opt_out" in vals and not vals["opt_out"] and self._is_by_stranger():
            # the visitor is told nothing: the address may be anybody's
            rows = self.filtered(lambda one: not one.opt_out)
        return super(MailingSubscription, rows).write(vals)

    def _is_by_stranger(self):
        if self.env.uid == SUPERUSER_ID or self.env.context.get("consent_by") is BY_PERSON:
            return False
        return not self.env.user.has_group("mass_mailing.group_mass_mailing_user")

    def _is_open_to_strangers(self, values):
        mailing_list = self.env["mailing.list"].browse(values.get("list_id")).exists()
        contact = self.env["mailing.contact"].browse(values.get("contact_id")).exists()
        if not mailing_list.active or not (
            mailing_list.is_public or self._is_of_website(mailing_list)
        ):
            return False
        same = [
            (name, "=", contact[name])
            for name in ("email_normalized", "phone_sanitized")
            if contact[name]
        ]
        twins = contact
        for condition in same:
            twins |= contact.with_context(active_test=False).search([condition])
        left = [("list_id", "=", mailing_list.id), ("contact_id", "in", twins.ids)]
        return not self.search_count([*left, ("opt_out", "=", True)], limit=1)

    def _is_of_website(self, mailing_list):
        """Whether the settings of a shop offer this list to whoever orders."""
        if "website" not in self.env or "newsletter_id" not in self.env["website"]._fields:
            return False
        return bool(
            self.env["website"].search_count([("newsletter_id", "=", mailing_list.id)], limit=1)
        )
