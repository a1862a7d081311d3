from odoo import fields, models


class CrmTicketReplyUse(models.Model):
    """A prepared text that went out on a ticket: which one, by whom, when.

    The names are kept, so that reports tell of what is deleted as well.
    """

    _name = "crm.ticket.reply.use"
    _description = "Use of a Prepared Reply"
    _order = "date desc, id desc"
    _rec_name = "name"

    name = fields.Char("Reply", required=True, readonly=True)
    kind = fields.Selection(
        [("canned", "Canned reply"), ("macro", "Macro")], required=True, readonly=True
    )
    canned_id = fields.Many2one(
        "mail.canned.response",
        "Canned Reply",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    macro_id = fields.Many2one(
        "crm.ticket.macro", index="btree_not_null", ondelete="set null", readonly=True
    )
    ticket_id = fields.Many2one(
        "crm.ticket", required=True, index=True, ondelete="cascade", readonly=True
    )
    team_id = fields.Many2one("crm.ticket.team", index="btree_not_null", readonly=True)
    category_id = fields.Many2one("crm.ticket.category", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Agent", required=True, readonly=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now, readonly=True, index=True)
