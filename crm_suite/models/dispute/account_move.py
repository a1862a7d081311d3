from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html_escape
from odoo.tools.misc import clean_context

from ...lib.groups import COLLECTION_READERS as READERS

# Only _dispute and _settle_dispute set these, whoever may write the invoice
DISPUTE_FIELDS = {
    "is_disputed",
    "dispute_reason_id",
    "dispute_note",
    "dispute_user_id",
    "disputed_on",
    "disputed_by_id",
    "dispute_settled_on",
}


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move"]

    is_disputed = fields.Boolean(
        string="Disputed",
        readonly=True,
        copy=False,
        tracking=True,
        groups=READERS,
        help="The customer does not accept the invoice. He is not reminded of it.",
    )
    dispute_reason_id = fields.Many2one(
        "crm.dispute.reason",
        readonly=True,
        copy=False,
        tracking=True,
        ondelete="restrict",
        index="btree_not_null",
        groups=READERS,
    )
    dispute_note = fields.Text(readonly=True, copy=False, groups=READERS)
    dispute_user_id = fields.Many2one(
        "res.users",
        string="Dispute Settled by",
        readonly=True,
        copy=False,
        tracking=True,
        index="btree_not_null",
        groups=READERS,
        help="Who is responsible for settling the dispute.",
    )
    disputed_on = fields.Date(readonly=True, copy=False, groups=READERS)
    disputed_by_id = fields.Many2one(
        "res.users",
        string="Reported by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=READERS,
    )
    dispute_settled_on = fields.Date(
        string="Settled on", readonly=True, copy=False, tracking=True, groups=READERS
    )
    dispute_days = fields.Integer(
        string="Days in Dispute", compute="_compute_dispute_days", groups=READERS
    )

    _disputed_idx = models.Index("(disputed_on) WHERE is_disputed")

    @api.depends("disputed_on", "dispute_settled_on")
    def _compute_dispute_days(self):
        today = fields.Date.context_today(self)
        for move in self:
            since = move.disputed_on
            move.dispute_days = since and ((move.dispute_settled_on or today) - since).days

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """A new invoice is neither disputed nor promised, whatever a client sends, also as a
        default. These fields are left out, not emptied: who makes bills may not write them.
        """
        unset = DISPUTE_FIELDS | {"promise_id"}
        defaults = {f"default_{name}" for name in unset} & set(self.env.context)
        moves = self
        if defaults:
            kept = {key: value for key, value in self.env.context.items() if key not in defaults}
            moves = self.with_context(kept)  # pylint: disable=context-overridden
        return (
            super(AccountMove, moves)
            .create(
                [{name: vals[name] for name in vals if name not in unset} for vals in vals_list]
            )
            .with_env(self.env)
        )

    def write(self, vals):
        if not self.env.su and (DISPUTE_FIELDS | {"promise_id"}) & set(vals):
            raise AccessError(
                self.env._(
                    "Disputes and promises have their own dialogs: open them on the invoice."
                )
            )
        return super().write(vals)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_dispute(self):
        """Ask why the customer does not accept these invoices."""
        self._check_may_dispute()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mark as Disputed"),
            "res_model": "crm.invoice.dispute",
            "view_mode": "form",
            "target": "new",
            "context": {**clean_context(self.env.context), "default_move_ids": self.ids},
        }

    def action_settle_dispute(self):
        """Ask how the dispute about these invoices ended."""
        action = self.action_dispute()
        action["name"] = self.env._("Settle the Dispute")
        action["context"]["default_is_settlement"] = True
        return action

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _check_may_dispute(self):
        """Refuse users who may not remind the customers of these invoices.

        :raise AccessError: for customers or companies that the user does not reach
        :raise UserError: for what is no open invoice to a customer
        """
        moves = self.sudo()  # sudo: Odoo hides the invoices of colleagues; the customer is checked
        moves.commercial_partner_id.with_env(self.env)._check_collection_access()
        if moves.company_id - self.env.companies:
            raise AccessError(self.env._("These invoices belong to another company."))
        if moves.filtered(lambda move: move.move_type != "out_invoice" or move.state != "posted"):
            raise UserError(self.env._("Only posted invoices to customers can be disputed."))

    def _dispute(self, reason, note=False, user=None):
        """Mark invoices as disputed: they are held from reminders until the dispute is settled.

        :param reason: crm.dispute.reason
        :param user: who settles the dispute; default: the user
        """
        self._check_may_dispute()
        user = user or self.env.user
        # sudo: salespeople may not write invoices; these fields only, and the right was checked
        moves = self.sudo()
        moves.write(
            {
                "is_disputed": True,
                "dispute_reason_id": reason.id,
                "dispute_note": note,
                "dispute_user_id": user.id,
                "disputed_on": fields.Date.context_today(self),
                "disputed_by_id": self.env.uid,
                "dispute_settled_on": False,
            }
        )
        for move in moves:
            move._log_dispute(self.env._("Disputed: %s", reason.name), note)
            if user != self.env.user:
                move.activity_schedule(
                    "crm_suite.mail_activity_type_dispute", user_id=user.id, note=note
                )
        self.env["crm.payment.reminder"]._follow_holds(moves)

    def _settle_dispute(self, note=False):
        """End the dispute about these invoices; customers are reminded of them again."""
        self._check_may_dispute()
        # sudo: as in _dispute
        moves = self.sudo().filtered("is_disputed")
        if not moves:
            raise UserError(self.env._("These invoices are not disputed."))
        moves.write({"is_disputed": False, "dispute_settled_on": fields.Date.context_today(self)})
        for move in moves:
            move._log_dispute(self.env._("The dispute is settled."), note)
        moves.activity_feedback(["crm_suite.mail_activity_type_dispute"], feedback=note or "")
        self.env["crm.payment.reminder"]._follow_holds(moves)

    def _log_dispute(self, title, note):
        body = html_escape(title)
        if note:
            body += html_escape("\n") + html_escape(note)
        self._message_log(body=body, author_id=self.env.user.partner_id.id)

    def _get_reminder_holds(self):
        # sudo: why a customer is not reminded is known to whoever may remind him
        disputed = self.sudo().filtered("is_disputed")
        return super()._get_reminder_holds() | {
            move.id: self.env._("Disputed: %s", move.dispute_reason_id.name) for move in disputed
        }
