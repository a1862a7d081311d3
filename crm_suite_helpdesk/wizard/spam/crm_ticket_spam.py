from odoo import api, fields, models
from odoo.exceptions import UserError

OTHERS_LIMIT = 500


class CrmTicketSpam(models.TransientModel):
    """Marks tickets as spam, and decides what becomes of the next mails of their senders."""

    _name = "crm.ticket.spam"
    _description = "Mark as Spam"

    ticket_ids = fields.Many2many(
        "crm.ticket",
        string="Tickets",
        required=True,
        default=lambda self: self._get_default_tickets(),
    )
    ticket_count = fields.Integer(compute="_compute_senders")
    senders = fields.Char("Addresses", compute="_compute_senders")
    domains = fields.Char(compute="_compute_senders")
    customers = fields.Char(compute="_compute_senders")
    scope = fields.Selection(
        [
            ("ticket", "Nobody: only these tickets are spam"),
            ("sender", "The addresses"),
            ("domain", "The whole domains"),
        ],
        string="Block",
        required=True,
        compute="_compute_scope",
        store=True,
        precompute=True,
        readonly=False,
    )
    with_others = fields.Boolean("Also Their Other Open Tickets")
    other_count = fields.Integer(compute="_compute_senders")

    @api.model
    def _get_default_tickets(self):
        context = self.env.context
        if context.get("active_model") == "crm.ticket":
            return self.env["crm.ticket"].browse(context.get("active_ids") or []).exists()
        return self.env["crm.ticket"]

    @api.depends("ticket_ids")
    def _compute_senders(self):
        for wizard in self:
            emails = wizard._get_emails()
            wizard.ticket_count = len(wizard.ticket_ids)
            wizard.senders = ", ".join(sorted(emails))
            wizard.domains = ", ".join(sorted({e.rpartition("@")[2] for e in emails}))
            wizard.customers = ", ".join(wizard.ticket_ids.partner_id.mapped("display_name"))
            wizard.other_count = len(wizard._search_others())

    @api.depends("ticket_ids")
    def _compute_scope(self):
        for wizard in self:
            # People whom we know are not silenced by one careless click
            is_known = wizard.ticket_ids.partner_id or not wizard._get_emails()
            wizard.scope = "ticket" if is_known else "sender"

    def action_apply(self):
        self.ensure_one()
        tickets = self.ticket_ids
        if self.with_others:
            tickets |= self._search_others()
        tickets.check_access("write")
        if not tickets:
            raise UserError(self.env._("Choose the tickets first."))
        if self.scope != "ticket":
            self._block()
        tickets._mark_spam()
        return {"type": "ir.actions.act_window_close"}

    def _block(self):
        Blocked = self.env["crm.blocked.sender"]
        Blocked._check_may_block(self._get_emails())
        for company, tickets in self.ticket_ids.grouped("company_id").items():
            numbers = ", ".join(tickets.filtered("number").mapped("number")[:3])
            Blocked._block(
                {email for email in tickets.mapped("email_normalized") if email},
                company,
                whole_domain=self.scope == "domain",
                note=self.env._("Spam: %s", numbers),
            )

    def _get_emails(self):
        return {email for email in self.ticket_ids.mapped("email_normalized") if email}

    def _search_others(self):
        """Open tickets of the same senders that the user may see."""
        emails = self._get_emails()
        if not emails:
            return self.env["crm.ticket"]
        return self.env["crm.ticket"].search(
            [
                ("email_normalized", "in", list(emails)),
                ("closed_at", "=", False),
                ("id", "not in", self.ticket_ids.ids),
            ],
            limit=OTHERS_LIMIT,
        )
