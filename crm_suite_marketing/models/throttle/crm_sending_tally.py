from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..sending import tally


class CrmSendingTally(models.Model):
    """What mail servers made of the messages of a mailing in one minute. Workers write it."""

    _name = "crm.sending.tally"
    _description = "Minute of Sending"
    _log_access = False

    mailing_id = fields.Many2one("mailing.mailing", required=True, ondelete="cascade")
    minute = fields.Datetime(required=True)
    handed = fields.Integer("Handed Over")
    errors = fields.Integer("Not Taken")
    unreached = fields.Integer("Without Connection")

    _minute_uniq = models.UniqueIndex("(mailing_id, minute)")

    @api.autovacuum
    def _gc_tally(self):
        before = fields.Datetime.now() - timedelta(days=tally.DAYS)
        self.env.cr.execute(SQL("DELETE FROM crm_sending_tally WHERE minute < %s", before))
