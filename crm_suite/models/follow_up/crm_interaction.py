from odoo import api, models

# What of an interaction decides whether and when it was a contact
CONTACT_FIELDS = {"date", "direction", "channel", "outcome_id", "lead_id", "order_id"}


class CrmInteraction(models.Model):
    _inherit = "crm.interaction"

    @api.model_create_multi
    def create(self, vals_list):
        interactions = super().create(vals_list)
        leads = interactions._touch_leads()
        leads._sync_first_contact()
        leads.filtered(
            lambda lead: lead.first_contact_at and lead.first_contact_reminded_at
        )._drop_reminders()
        return interactions

    def write(self, vals):
        concerned = self._get_followed_leads() if CONTACT_FIELDS & vals.keys() else None
        result = super().write(vals)
        if concerned is not None:
            (concerned | self._touch_leads())._sync_first_contact()
        return result

    def unlink(self):
        leads = self._get_followed_leads()
        result = super().unlink()
        leads = leads.exists()
        leads._sync_first_contact()
        if leads:
            leads._refill_last_touch(leads.ids)
        return result

    def _get_followed_leads(self):
        # sudo: the lead follows what is logged, whoever may read the orders in between
        interactions = self.sudo()
        return interactions.lead_id | interactions.order_id.opportunity_id

    def _touch_leads(self):
        """Note on the leads of these interactions that they were touched.

        :return: these leads
        """
        leads = self._get_followed_leads()
        for interaction in self.sudo():  # as above
            followed = interaction.lead_id or interaction.order_id.opportunity_id
            if followed:
                followed._touch(interaction.date)
        return leads
