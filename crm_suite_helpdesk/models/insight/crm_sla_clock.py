from odoo import models


class CrmSlaClock(models.Model):
    _name = "crm.sla.clock"
    _inherit = ["crm.sla.clock"]

    # The promises that an agent kept this week
    _stopped_of_user = models.Index("(user_id, stopped_at) WHERE state = 'stopped'")
