from odoo import fields, models


class CrmTicketMergeLine(models.Model):
    """One thing that a merge or a split moved, made or changed."""

    _name = "crm.ticket.merge.line"
    _description = "Journal of a Merge"
    _order = "merge_id, id"
    _log_access = False
    _rec_name = "res_model"

    merge_id = fields.Many2one(
        "crm.ticket.merge", required=True, readonly=True, index=True, ondelete="cascade"
    )
    action = fields.Selection(
        [("move", "Moved"), ("copy", "Copied"), ("follow", "Follows"), ("field", "Changed")],
        required=True,
        readonly=True,
    )
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Integer("Record", required=True, readonly=True)
    field_name = fields.Char("Field", readonly=True)
    before = fields.Json(readonly=True)
    after = fields.Json(readonly=True)

    # What else happened to the same record, in the order in which it did
    _of_record = models.Index("(res_model, res_id, id)")
