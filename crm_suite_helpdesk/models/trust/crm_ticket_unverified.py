import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

_logger = logging.getLogger(__name__)


class CrmTicketUnverified(models.Model):
    """A mail on a ticket whose sender was not believed, until somebody says what it is.

    It is among the notes of the ticket: nobody outside sees it, and it changed nothing. Rows are
    made by the mail gateway and decided by the methods here.
    """

    _name = "crm.ticket.unverified"
    _description = "Unverified E-mail"
    _order = "id desc"
    _rec_name = "email"

    ticket_id = fields.Many2one(
        "crm.ticket", required=True, readonly=True, index=True, ondelete="cascade"
    )
    message_id = fields.Many2one(
        "mail.message", "E-mail", required=True, readonly=True, index=True, ondelete="cascade"
    )
    email = fields.Char("Sender", readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Claims to Be",
        readonly=True,
        ondelete="set null",
        help="The contact with this address. Whether he wrote the mail is not known.",
    )
    reason = fields.Selection(
        [
            ("stranger", "Has nothing to do with this ticket"),
            ("agent", "Claims to be one of us"),
            ("forward", "Claims to be forwarded by one of us"),
            ("forged", "A mail server says that it is forged"),
        ],
        required=True,
        readonly=True,
    )
    was_note = fields.Boolean(
        "Note", readonly=True, help="It answers a note, so that it stays one when it is accepted."
    )
    state = fields.Selection(
        [
            ("open", "To Decide"),
            ("accepted", "Accepted"),
            ("moved", "Made a Ticket"),
            ("dismissed", "Dismissed"),
        ],
        default="open",
        required=True,
        readonly=True,
    )
    accepted_by = fields.Many2one("res.users", "Decided by", readonly=True)
    decided_at = fields.Datetime("Decided on", readonly=True)
    subject = fields.Char(related="message_id.subject")
    preview = fields.Char(related="message_id.preview", string="Text")
    date = fields.Datetime("Received on", readonly=True, default=lambda self: self._now())
    team_id = fields.Many2one(related="ticket_id.team_id")
    is_mine = fields.Boolean(compute="_compute_is_mine")

    _to_decide = models.Index("(ticket_id) WHERE state = 'open'")

    @api.model
    def _now(self):
        return self.env["crm.ticket"]._now()

    @api.depends("partner_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for mail in self:
            mail.is_mine = mail.partner_id == self.env.user.partner_id

    # ------------------------------------------------------------------ actions

    def action_accept(self):
        """Take these mails as written by whom they name; what follows from them follows now."""
        for mail in self._begin():
            mail._check_claim()
            mail._decide("accepted")
            # sudo: whoever works on the ticket decides; what follows does not depend on his rights
            mail.sudo()._accept()
        return self._reload()

    def action_open_ticket(self):
        """Open a ticket of its own for each of these mails."""
        made = self.env["crm.ticket"]
        for mail in self._begin():
            mail._decide("moved")
            # sudo: as in `action_accept`
            made |= mail.sudo()._move().sudo(False)
        if len(made) != 1:
            return self._reload()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.ticket",
            "res_id": made.id,
            "views": [(False, "form")],
        }

    def action_dismiss(self):
        """Leave these mails among the notes."""
        for mail in self._begin():
            mail._decide("dismissed")
        return self._reload()

    def action_open_source(self):
        """Go to the ticket of this mail."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------ business

    def _begin(self):
        """Those of these mails that nobody has decided on; two who click do it once."""
        self.check_access("read")
        self.ticket_id.check_access("write")
        # sudo: nobody writes these rows but the methods here
        mails = self.sudo()
        mails.lock_for_update()
        mails.invalidate_recordset(["state"])
        return self.filtered(lambda mail: mail.state == "open")

    def _decide(self, state):
        # sudo: as in `_begin`
        self.sudo().write({"state": state, "accepted_by": self.env.uid, "decided_at": self._now()})

    def _check_claim(self):
        """What a colleague is said to have written, only he or a manager can confirm."""
        if self.reason not in ("agent", "forward") or self.is_mine or self._is_leader():
            return
        raise UserError(
            self.env._(
                "Only %s, the leader of the team or a manager can say who wrote this.",
                # sudo: the name of a colleague is no secret
                self.sudo().partner_id.name or self.email,
            )
        )

    def _is_leader(self):
        if self.env.user.has_group("crm_suite_helpdesk.group_manager"):
            return True
        # sudo: who leads a team is no secret of its tickets
        return self.sudo().ticket_id.team_id.user_id == self.env.user

    def _accept(self):
        """As superuser: the mail is what it would have been had its sender been believed."""
        ticket = self.ticket_id.with_context(crm_form_rules=KEEP_INCOMPLETE)
        message, author = self.message_id, self.partner_id
        if author and message.author_id != author:
            message.author_id = author
        if self.reason == "forward":
            ticket._apply_forward(message)
        elif self.was_note:
            return
        elif self.reason == "forged" and ticket._is_opened_by(message):
            ticket._accept_opening(message, author)
        else:
            ticket._accept_message(message, author, is_agent=self.reason == "agent")

    def _move(self):
        """As superuser: the mail opens a ticket of its sender."""
        ticket, message = self.ticket_id, self.message_id
        if self.reason in ("agent", "forward") or ticket._is_opened_by(message):
            raise UserError(self.env._("This e-mail cannot become a ticket of its own."))
        if self.partner_id and message.author_id != self.partner_id and self.reason != "forged":
            message.author_id = self.partner_id
        message.write({"subtype_id": ticket._creation_subtype().id, "is_internal": False})
        new = ticket.with_context(crm_form_rules=KEEP_INCOMPLETE)._split_off(message)
        self.ticket_id = new
        return new

    def _reload(self):
        """The chatter shows what has become of the mail."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}
