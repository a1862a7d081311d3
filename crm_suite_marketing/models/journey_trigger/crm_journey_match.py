from odoo import fields, models


class CrmJourneyMatch(models.Model):
    """A record that matched the filter of a start when that looked last: who matches and is not
    here has come to match since. Rows are written by the looks, by SQL.
    """

    _name = "crm.journey.match"
    _description = "Record That Matches a Start"
    _rec_name = "res_id"
    _log_access = False

    look_id = fields.Many2one("crm.journey.look", required=True, readonly=True, ondelete="cascade")
    res_id = fields.Integer("Record", required=True, readonly=True)

    _record_uniq = models.UniqueIndex("(look_id, res_id)")
