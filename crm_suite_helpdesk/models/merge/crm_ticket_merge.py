from odoo import fields, models


class CrmTicketMerge(models.Model):
    """That a ticket was merged into another one, or that messages were split off it.

    Its lines are the journal: what moved, from where and to where, so that it can be undone.
    """

    _name = "crm.ticket.merge"
    _description = "Merge of Tickets"
    _order = "id desc"
    _rec_name = "source_id"

    kind = fields.Selection(
        [("merge", "Merge"), ("split", "Split")], required=True, readonly=True, default="merge"
    )
    source_id = fields.Many2one(
        "crm.ticket",
        "From Ticket",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The ticket that was merged into another one, or that messages were taken from.",
    )
    target_id = fields.Many2one(
        "crm.ticket",
        "Into Ticket",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The ticket that goes on, or that the messages went to.",
    )
    state = fields.Selection(
        [("done", "Done"), ("undone", "Undone")], required=True, readonly=True, default="done"
    )
    date = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Done by", readonly=True, ondelete="set null")
    undone_at = fields.Datetime("Undone on", readonly=True)
    undone_by_id = fields.Many2one("res.users", "Undone by", readonly=True, ondelete="set null")
    line_ids = fields.One2many("crm.ticket.merge.line", "merge_id", "Journal", readonly=True)
