from odoo import api, fields, models
from odoo.fields import Domain

from ...lib.groups import COLLECTION_READERS as READERS


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move"]

    next_due_date = fields.Date(
        compute="_compute_next_due_date",
        search="_search_next_due_date",
        groups=READERS,
        help="The first day on which something that is still open of this invoice is due."
        " Automation rules wait for it.",
    )
    collection_user_id = fields.Many2one(
        "res.users",
        string="Responsible for Payment",
        compute="_compute_collection_user_id",
        groups=READERS,
        help="Who is responsible for the payments of the customer, else his salesperson, else that"
        " of the invoice.",
    )
    # set by automation rules, once; only administrators reach them
    is_due_notice_sent = fields.Boolean(
        string="Notice of Due Date Sent", readonly=True, copy=False, groups="base.group_system"
    )
    is_overdue_noted = fields.Boolean(
        string="Overdue Noted", readonly=True, copy=False, groups="base.group_system"
    )

    @api.depends("line_ids.date_maturity", "line_ids.reconciled", "state")
    def _compute_next_due_date(self):
        # sudo: Odoo hides lines of invoices of colleagues; the invoice itself is read
        for move in self.sudo():
            lines = move.line_ids.filtered_domain(self._get_due_line_domain())
            move.next_due_date = min(lines.mapped("date_maturity"), default=False)

    @api.model
    def _get_due_line_domain(self):
        return Domain(
            [
                ("parent_state", "=", "posted"),
                ("account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("date_maturity", "!=", False),
            ]
        )

    @api.model
    def _search_next_due_date(self, operator, value):
        def due(*conditions):
            return Domain("line_ids", "any", self._get_due_line_domain() & Domain(conditions))

        if operator in ("<", "<="):
            return due(("date_maturity", operator, value))
        if operator in (">", ">="):
            before = "<=" if operator == ">" else "<"
            return due() & ~due(("date_maturity", before, value))
        if operator != "in":
            return NotImplemented
        domain = Domain.FALSE
        for day in value:
            if day:
                domain |= due(("date_maturity", "=", day)) & ~due(("date_maturity", "<", day))
            else:
                domain |= ~due()
        return domain

    @api.depends("commercial_partner_id", "invoice_user_id")
    def _compute_collection_user_id(self):
        # sudo: who is responsible is no secret to who reads the invoice
        for move in self.sudo():
            customer = move.commercial_partner_id
            move.collection_user_id = (
                customer.reminder_user_id or customer.user_id or move.invoice_user_id
            )

    def _get_customer_direction(self):
        """Return the direction of writing of the customer's language: ltr or rtl."""
        self.ensure_one()
        return self.partner_id._get_customer_direction()
