from odoo import fields, models


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

    def _action_done(self, feedback=False, attachment_ids=None):
        """A call of a campaign that was made did arrive."""
        # sudo: whoever makes the call need not read the deliveries
        of_campaign = self.sudo().filtered("crm_outbox_id")
        made = {activity.crm_outbox_id.id: activity.id for activity in of_campaign}
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        if made:
            self.env["crm.outbox"]._note_calls(made)
        return result
