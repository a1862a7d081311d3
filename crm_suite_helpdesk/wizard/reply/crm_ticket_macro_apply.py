from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

MOST = 500


class CrmTicketMacroApply(models.TransientModel):
    """One macro on many tickets: what it will do is shown before it is done."""

    _name = "crm.ticket.macro.apply"
    _inherit = ["crm.ticket.dialog.mixin"]
    _description = "Use a Macro on Tickets"

    _dialog_subject = "ticket_ids"

    ticket_ids = fields.Many2many(
        "crm.ticket", "crm_ticket_macro_apply_ticket_rel", "wizard_id", "ticket_id", "Tickets"
    )
    macro_id = fields.Many2one("crm.ticket.macro", required=True, ondelete="cascade")
    ready_count = fields.Integer("Used on", compute="_compute_preview")
    preview = fields.Html(compute="_compute_preview")
    left_out = fields.Html(compute="_compute_preview")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "crm.ticket":
            ids = (self.env.context.get("active_ids") or [])[:MOST]
            tickets = self.env["crm.ticket"].browse(ids).exists()
            values["ticket_ids"] = [Command.set(tickets._filtered_access("write").ids)]
        return values

    def _sort_tickets(self):
        """:return: the tickets on which it can be used, and {ticket: why not}"""
        ready, left_out = self.env["crm.ticket"], {}
        for ticket in self.ticket_ids:
            if self.macro_id not in self.macro_id._get_for(ticket):
                left_out[ticket] = [self.env._("The macro is not meant for it.")]
            elif problems := self.macro_id._find_problems(ticket):
                left_out[ticket] = problems
            else:
                ready |= ticket
        return ready, left_out

    @api.depends("macro_id", "ticket_ids")
    def _compute_preview(self):
        for wizard in self:
            ready, left_out = wizard._sort_tickets() if wizard.macro_id else (wizard.ticket_ids, {})
            wizard.ready_count = len(ready) if wizard.macro_id else 0
            wizard.left_out = Markup().join(
                Markup("<div>%s: %s</div>") % (ticket.display_name, " ".join(problems))
                for ticket, problems in left_out.items()
            )
            wizard.preview = wizard._prepare_preview(ready[:1]) if wizard.macro_id else False

    def _prepare_preview(self, ticket):
        """What happens to the first of the tickets."""
        if not ticket:
            return False
        macro = self.macro_id
        changes, _problems = macro._prepare_changes(ticket)
        lines = [
            Markup("<div>%s: <b>%s</b></div>") % (change["field"], change["value"])
            for change in macro._describe_changes(ticket, changes)
        ]
        body, _missing = macro._prepare_reply(ticket)
        return Markup("<div><i>%s</i></div>%s%s") % (
            ticket.display_name,
            Markup().join(lines),
            Markup("<blockquote>%s</blockquote>") % body if body else "",
        )

    def action_apply(self):
        self.ensure_one()
        tickets, left_out = self._sort_tickets()
        tickets.check_access("write")
        if not tickets:
            raise UserError(self.env._("The macro can be used on none of these tickets."))
        done, failed = 0, {}
        # Mails wait for the queue: one that fails does not stop the others, nor the agent
        for ticket in tickets.with_context(mail_notify_force_send=False):
            try:
                with self.env.cr.savepoint():
                    self.macro_id._use_on(ticket)
                done += 1
            except (AccessError, UserError, ValidationError) as error:
                failed[ticket] = str(error)
        message = escape(self.env._("Done on %s tickets.", done))
        for ticket, why in failed.items():
            message += Markup("<br/>%s: %s") % (ticket.display_name, why)
        if left_out:
            message += Markup("<br/>%s") % self.env._("Left out: %s", len(left_out))
        return {
            "type": "ir.actions.client",
            "tag": "crm_suite_helpdesk.macro_used",
            "params": {"message": message, "type": "warning" if failed else "success"},
        }
