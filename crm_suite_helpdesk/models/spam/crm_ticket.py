import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from odoo.addons.crm_suite.lib.attempt import attempt

_logger = logging.getLogger(__name__)

PURGE_BATCH = 100


class CrmTicket(models.Model):
    """Tickets that are spam: out of the way, unanswered, and deleted after some time.

    The stage says what is spam, as it says everything else about a ticket; nothing but the stage
    has to be changed to make it spam, or not.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    spam_at = fields.Datetime(
        "Spam Since",
        compute="_compute_spam_at",
        store=True,
        precompute=True,
        copy=False,
        help="When the ticket was marked as spam.",
    )
    spam_purge_date = fields.Date(
        "Deleted on", compute="_compute_spam_purge_date", help="When this spam is deleted for good."
    )
    is_suspended = fields.Boolean(
        "From a Blocked Sender",
        readonly=True,
        copy=False,
        help="The mail came from a blocked sender, so that nobody was told of it.",
    )

    # The queue of spam, and what is to be deleted
    _spam_queue = models.Index("(spam_at, id) WHERE spam_at IS NOT NULL")

    # ------------------------------------------------------------------ compute

    @api.depends("stage_id")
    def _compute_spam_at(self):
        for ticket in self:
            is_spam = ticket.stage_id.type == "spam"
            ticket.spam_at = (ticket.spam_at or self._now()) if is_spam else False

    @api.depends("spam_at")
    def _compute_spam_purge_date(self):
        days = self.env["crm.mail.limits"]._get_limit("spam_days")
        for ticket in self:
            deleted_at = days and ticket.spam_at and ticket.spam_at + timedelta(days=days)
            ticket.spam_purge_date = deleted_at and deleted_at.date()

    # ------------------------------------------------------------------ actions

    def action_not_spam(self):
        """Put tickets that are no spam among the open ones, and hear their senders again."""
        tickets = self.filtered(lambda ticket: ticket.stage_type == "spam")
        tickets.check_access("write")
        if not tickets:
            raise UserError(self.env._("None of these tickets is spam."))
        remaining = tickets._unblock_senders()
        tickets._reopen()
        if not remaining:
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "Still blocked, so that new mails of these tickets' senders will be spam "
                    "again: %s",
                    ", ".join(remaining.mapped("sender")),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------------ business

    def _mark_spam(self):
        """Move tickets to the stage of spam; their customers follow them no more."""
        for team, tickets in self.grouped("team_id").items():
            tickets.write({"stage_id": team._get_spam_stage().id})

    def _unblock_senders(self):
        """Unblock the addresses of these tickets.

        :return: what still blocks some of them: domains, and what managers have blocked for all
        """
        Blocked = remaining = self.env["crm.blocked.sender"]
        for ticket in self.filtered("email_normalized"):
            blocks = Blocked._find_blocks(ticket.email_normalized, ticket.company_id)
            # sudo: whoever says that a ticket is no spam means its sender, whoever blocked him
            own = blocks.sudo().filtered(
                lambda b, t=ticket: b.sender == t.email_normalized and b.company_id == t.company_id
            )
            remaining |= blocks - own
            own.unlink()
        return remaining

    # ------------------------------------------------------------------ CRUD

    def write(self, vals):
        if "stage_id" not in vals:
            return super().write(vals)
        # sudo: what happens to a ticket is followed whoever does it
        before = self.sudo().filtered(lambda ticket: ticket.stage_type == "spam")
        res = super().write(vals)
        became = (self.sudo() - before).filtered(lambda ticket: ticket.stage_type == "spam")
        if became:
            became._leave_customers()
        if left := before.filtered(lambda ticket: ticket.stage_type != "spam"):
            left._meet_customers()
        return res

    def _leave_customers(self):
        """Nobody outside hears of a ticket that is spam, nor do links lead to it any more."""
        for ticket in self:
            outsiders = ticket.message_partner_ids.filtered("partner_share")
            if outsiders:
                ticket.message_unsubscribe(outsiders.ids)
        self.filtered(lambda t: t.access_token or t.former_token).write(
            {"access_token": False, "former_token": False}
        )

    def _meet_customers(self):
        """What turns out to be no spam is taken as if it had just come in."""
        for ticket in self.filtered("partner_id"):
            ticket.message_subscribe(ticket.partner_id.ids)
        suspended = self.filtered("is_suspended")
        suspended.is_suspended = False
        # Nothing was promised to its sender so far
        suspended.filtered(lambda ticket: not ticket.sla_clock_ids)._sla_sync("create")
        for ticket in suspended.filtered(lambda ticket: not ticket.closed_at):
            ticket._customer_opened()

    # ------------------------------------------------------------------ mail

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        stage = self.env["crm.ticket.stage"].browse((custom_values or {}).get("stage_id"))
        if not stage or stage.type != "spam":
            return super().message_new(msg_dict, custom_values)
        return super().message_new(msg_dict, {**custom_values, "is_suspended": True})

    def message_update(self, msg_dict, update_vals=None):
        if self._is_unheard(msg_dict):
            # Kept, but no part of a conversation: nobody is told, nothing is reopened or counted
            msg_dict["is_internal"] = True
            msg_dict.pop("parent_id", None)
        return super().message_update(msg_dict, update_vals)

    def _is_unheard(self, msg_dict):
        """Whether a mail to this ticket is from somebody whom we do not hear."""
        if self.stage_type == "spam":
            return True
        sender = email_normalize(msg_dict.get("email_from"))
        return self.env["crm.blocked.sender"]._is_blocked(sender, self.company_id)

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        # sudo: what a ticket is does not depend on who follows it
        spam = self.filtered(lambda ticket: ticket.sudo().stage_type == "spam")
        if spam:
            # sudo: and neither does who is a colleague
            partners = self.env["res.partner"].sudo().browse(partner_ids or ())
            colleagues = partners.filtered(lambda partner: not partner.partner_share)
            super(CrmTicket, spam).message_subscribe(colleagues.ids, subtype_ids)
        return super(CrmTicket, self - spam).message_subscribe(partner_ids, subtype_ids)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        # sudo: what ticket and message are does not depend on who may read them
        if not recipients or self.sudo().stage_type != "spam":
            return recipients
        by_mail = message.sudo().message_type == "email"
        return [] if by_mail else [r for r in recipients if not r["share"]]

    def message_post(self, **kwargs):
        if not self.env.su and self.env.user._is_internal() and self.stage_type == "spam":
            self._check_is_note(**kwargs)
        return super().message_post(**kwargs)

    def _check_is_note(self, *, message_type="notification", **values):
        """Whoever is called a spammer gets no answer by mistake."""
        xml_id = values.get("subtype_xmlid") or "mail.mt_note"
        subtype_id = values.get("subtype_id") or self.env["ir.model.data"]._xmlid_to_res_id(xml_id)
        # sudo: subtypes are the same for everybody
        subtype = self.env["mail.message.subtype"].sudo().browse(subtype_id)
        if message_type == "comment" and not subtype.internal:
            raise UserError(
                self.env._(
                    "This ticket is spam: whoever wrote it is not answered. Mark it as no spam "
                    "first, or write a note."
                )
            )

    # ------------------------------------------------------------------ cron

    @api.model
    def _cron_purge_spam(self):
        """Delete what has been spam for longer than the settings say."""
        days = self.env["crm.mail.limits"]._get_limit("spam_days")
        if not days:
            return
        Ticket = self.with_context(active_test=False)
        limit = self._now() - timedelta(days=days)
        last_id, left = 0, 1
        while left:
            domain = [("spam_at", "<", limit), ("id", ">", last_id)]
            tickets = Ticket.search(domain, order="id", limit=PURGE_BATCH)
            if not tickets:
                break
            last_id, count = tickets[-1].id, len(tickets)
            for ticket in tickets:
                ticket._purge()
            remaining = Ticket.search_count([("spam_at", "<", limit), ("id", ">", last_id)])
            left = self.env["ir.cron"]._commit_progress(count, remaining=remaining)

    def _purge(self):
        """Delete one ticket that is spam, unless something else needs it."""
        reason = "Ticket %s is spam, but cannot be deleted", self.id
        with attempt(self.env.cr, _logger, *reason, level=logging.INFO):
            self.unlink()
