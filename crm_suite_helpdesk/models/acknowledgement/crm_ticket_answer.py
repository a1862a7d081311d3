from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.working_time import epoch

from ...lib import auto_answer


class CrmTicketAnswer(models.Model):
    """What a ticket told its customer by itself, or why it did not."""

    _name = "crm.ticket.answer"
    _description = "Automatic Message"
    _order = "id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one("crm.ticket", required=True, readonly=True, ondelete="cascade")
    team_id = fields.Many2one(related="ticket_id.team_id")
    partner_id = fields.Many2one(related="ticket_id.partner_id", string="Customer")
    kind = fields.Selection(
        [
            ("received", "Confirmation"),
            ("closed", "Outside of working hours"),
            ("reminder", "Reminder"),
            ("warning", "Warning before closing"),
            ("closing", "Closed for silence"),
        ],
        required=True,
        readonly=True,
    )
    email = fields.Char("To", readonly=True)
    decided_at = fields.Datetime("Date", required=True, readonly=True)
    outcome = fields.Selection(
        [
            ("sent", "Written"),
            ("delivered", "Sent"),
            ("failed", "Not delivered"),
            ("uncertain", "Delivery uncertain"),
            ("overtaken", "Not needed any more"),
            ("answered", "Not sent: an agent was faster"),
            ("over", "Not sent: the ticket was closed or merged"),
            ("no_address", "Not sent: no e-mail address"),
            ("own", "Not sent: one of our own addresses"),
            ("unattended", "Not sent: address of a machine"),
            ("blacklisted", "Not sent: on the blacklist"),
            ("blocked", "Not sent: blocked sender"),
            ("too_many", "Not sent: the address just got one"),
            ("no_template", "Not sent: no text"),
            ("error", "Not sent: the text could not be made"),
        ],
        required=True,
        readonly=True,
    )
    detail = fields.Char(readonly=True)
    subject_key = fields.Char(readonly=True)
    message_id = fields.Many2one(
        "mail.message", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _of_ticket = models.Index("(ticket_id, id)")
    # Who got one in the last day
    _by_address = models.Index("(email, decided_at) WHERE outcome IN ('sent', 'delivered')")

    # ------------------------------------------------------------------ whom not to write to

    @api.model
    def _why_not(self, ticket, email, kind):
        """Why an address must get no automatic message; False when it may.

        :param email: normalized
        :param kind: only what the customer did not ask for by name is limited in number
        """
        if not email:
            return "no_address"
        if self._is_own(email):
            return "own"
        if auto_answer.is_unattended(email):
            return "unattended"
        # sudo: agents may not read the blacklist, and it holds for all
        if self.env["mail.blacklist"].sudo().search_count([("email", "=", email)], limit=1):
            return "blacklisted"
        if self.env["crm.blocked.sender"]._is_blocked(email, ticket.company_id):
            return "blocked"
        if kind in ("received", "closed") and not self._may_answer(ticket, email, kind):
            return "too_many"
        return False

    @api.model
    def _is_own(self, email):
        """Whether mail to an address comes back to us: an alias, or a mailbox that we fetch."""
        # sudo: aliases and mailboxes of all companies are our own
        if self.env["mail.alias.domain"].sudo()._find_aliases([email]):
            return True
        servers = self.env["fetchmail.server"].sudo().with_context(active_test=False)
        return bool(servers.search_count([("user", "=ilike", email)], limit=1))

    @api.model
    def _may_answer(self, ticket, email, kind):
        """Whether an address, on whatever tickets, may get another answer that nobody wrote.

        A loop of two machines is a few mails in some minutes; whoever opens several tickets at
        once has got the number of the first.
        """
        self.flush_model()
        since = ticket._now() - timedelta(seconds=auto_answer.DAY_S)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT decided_at, COALESCE(subject_key, '')
                  FROM crm_ticket_answer
                 WHERE email = %s AND decided_at > %s AND outcome IN ('sent', 'delivered')
                   AND kind IN ('received', 'closed')
                 ORDER BY decided_at DESC
                 LIMIT 50
                """,
                email,
                since,
            )
        )
        history = [(epoch(decided_at), key) for decided_at, key in rows]
        # A ticket tells only once that nobody is there, see `_is_answer_needless`
        key = None if kind == "closed" else auto_answer.simplify_subject(ticket.name)
        return auto_answer.may_answer(history, key, epoch(ticket._now()))

    @api.model
    def _find_by_mail(self, mail):
        message = mail.mail_message_id
        return self.search([("message_id", "=", message.id)], limit=1) if message else self
