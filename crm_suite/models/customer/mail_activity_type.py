from odoo import api, fields, models

from .crm_interaction import CHANNELS

# Activities of these core kinds were a talk with the customer
CHANNEL_OF_CATEGORY = {"phonecall": "phone", "meeting": "meeting"}


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"

    # stored and computed, not data: types that exist already get the channel of their kind as well
    interaction_channel = fields.Selection(
        [(value, label) for value, label in CHANNELS if value != "email"],
        string="Becomes an Interaction",
        compute="_compute_interaction_channel",
        store=True,
        precompute=True,
        readonly=False,
        help="An activity of this type that is done on a contact, lead, order or invoice is logged "
        "as an interaction by itself. Leave empty for what is no contact with a customer. E-mails "
        "are on the timeline already and are never logged a second time.",
    )

    @api.depends("category")
    def _compute_interaction_channel(self):
        for activity_type in self:
            activity_type.interaction_channel = (
                CHANNEL_OF_CATEGORY.get(activity_type.category) or activity_type.interaction_channel
            )
