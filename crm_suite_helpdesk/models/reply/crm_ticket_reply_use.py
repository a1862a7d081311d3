from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command


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
    has_reply = fields.Boolean("With a Reply", readonly=True)
    before = fields.Json("Values Before", readonly=True)
    after = fields.Json("Values After", readonly=True)
    scheduled_id = fields.Many2one(
        "mail.scheduled.message", "Waiting Reply", ondelete="set null", readonly=True
    )
    undone_at = fields.Datetime("Taken Back on", readonly=True)

    def undo(self):
        """Take a macro back: its reply, when it has not left yet, and what it has changed.

        What somebody else has changed since stays as it is.

        :return: {"reply": "withdrawn", "sent" or False, "kept": [label of a field]}
        """
        self.ensure_one()
        if self.user_id != self.env.user:
            raise AccessError(self.env._("Only who has used a macro can take it back."))
        if self.kind != "macro" or self.undone_at:
            raise UserError(self.env._("There is nothing to take back."))
        ticket = self.ticket_id
        ticket.check_access("write")
        reply = "sent" if self.has_reply else False
        # sudo: the row of core, which is the user's own; core checks who takes it back
        if self.has_reply and self.sudo().scheduled_id:
            scheduled = self.env["mail.scheduled.message"].browse(self.sudo().scheduled_id.id)
            reply = "withdrawn" if scheduled.take_back() else "sent"
        now, values, kept = ticket._snapshot(self.after or {}), {}, []
        for name, was in (self.before or {}).items():
            if now[name] == self.after[name]:
                values[name] = [Command.set(was)] if name == "tag_ids" else was
            else:
                kept.append(ticket._fields[name]._description_string(self.env))
        if values:
            ticket.write(values)
        ticket._message_log(body=self.env._("Macro taken back: %s", self.name))
        self.sudo().undone_at = fields.Datetime.now()  # sudo: a fact that is set here alone
        return {"reply": reply, "kept": kept}
