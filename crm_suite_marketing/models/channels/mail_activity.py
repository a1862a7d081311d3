from odoo import api, fields, models
from odoo.exceptions import AccessError


class MailActivity(models.Model):
    _inherit = "mail.activity"

    crm_outbox_id = fields.Many2one(
        "crm.outbox",
        "Delivery",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups="mass_mailing.group_mass_mailing_user",
    )

    _crm_outbox_uniq = models.UniqueIndex("(crm_outbox_id) WHERE crm_outbox_id IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        # not by the values alone: defaults may come with the context
        if not self.env.su and activities.sudo().crm_outbox_id:  # sudo: only to look whether
            raise AccessError(self._describe_call_field())
        return activities

    def write(self, vals):
        if not self.env.su and "crm_outbox_id" in vals:
            raise AccessError(self._describe_call_field())
        return super().write(vals)

    def _describe_call_field(self):
        return self.env._("Only the launch of a campaign makes calls of its deliveries.")

    def _action_done(self, feedback=False, attachment_ids=None):
        """A call of a campaign that was made did arrive."""
        # sudo: whoever makes the call need not read the deliveries
        of_campaign = self.sudo().filtered("crm_outbox_id")
        made = {
            activity.crm_outbox_id.id: activity.id
            for activity in of_campaign
            if activity.crm_outbox_id._is_call_of(activity.res_model, activity.res_id)
        }
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        if made:
            self.env["crm.outbox"]._note_calls(made)
        return result
