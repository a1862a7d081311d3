import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.crm_suite.lib.attempt import attempt
from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

_logger = logging.getLogger(__name__)

# Who holds this object holds Python: it cannot be sent through RPC
MERGING = object()

# What the system logs about a ticket stays with the ticket
LOG_TYPES = ("notification", "user_notification")
CONVERSATION_TYPES = ("comment", "email", "email_outgoing")


class CrmTicket(models.Model):
    """Tickets that go on in another one.

    What is said about the same thing is said in one place: a ticket that was merged is over, and
    whatever is written to it arrives at the survivor. When the customers are different and must not
    see each other's messages, the merged ticket remains the channel to its own customer, and agents
    see what is written there on the survivor as well (`merged_apart`).
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    merged_into_id = fields.Many2one(
        "crm.ticket",
        "Merged into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The ticket in which this one goes on. What is written to this one arrives there.",
    )
    # Of a ticket that the reader may not see, he learns the number
    merged_into_number = fields.Char(related="merged_into_id.number", string="Goes On in")
    merged_apart = fields.Boolean("Customers Apart", readonly=True, copy=False)
    merged_ids = fields.One2many(
        "crm.ticket", "merged_into_id", "Merged Tickets", readonly=True, copy=False
    )
    merge_in_ids = fields.One2many(
        "crm.ticket.merge",
        "target_id",
        "Merged into This",
        readonly=True,
        domain=[("state", "=", "done"), ("kind", "=", "merge")],
    )
    split_ids = fields.One2many(
        "crm.ticket.merge",
        "source_id",
        "Split off This",
        readonly=True,
        domain=[("state", "=", "done"), ("kind", "=", "split")],
    )

    # ------------------------------------------------------------------ CRUD

    def write(self, vals):
        if "stage_id" in vals:
            self._check_not_merged()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_survivor(self):
        """What was merged into a ticket would be lost with it."""
        # sudo: tickets that the manager does not see count as well
        merged = self.sudo().with_context(active_test=False).merged_ids - self
        if merged:
            raise UserError(
                self.env._(
                    "Other tickets were merged into what you delete: %s. Undo these merges, or "
                    "delete the merged tickets, too.",
                    ", ".join(merged.mapped("display_name")),
                )
            )

    def _check_not_merged(self):
        if self.env.su or self.env.context.get("crm_merging") is MERGING:
            return
        for ticket in self:
            if ticket.merged_into_id:
                raise UserError(
                    self.env._(
                        "%(ticket)s goes on in another ticket, %(survivor)s. Work on that one, or "
                        "undo the merge.",
                        ticket=ticket.display_name,
                        # sudo: the number is in the form of the ticket
                        survivor=ticket.sudo().merged_into_id.number,
                    )
                )

    # ------------------------------------------------------------------ actions

    def action_merge(self):
        """Choose which of these tickets goes on."""
        return self._open_dialog("crm_ticket_merge_wizard_action")

    def action_undo_merge(self):
        """Undo the merge of this ticket into another one."""
        self.check_access("write")
        merges = self.env["crm.ticket.merge"].search(
            [("source_id", "in", self.ids), ("kind", "=", "merge"), ("state", "=", "done")]
        )
        if not merges:
            raise UserError(self.env._("This ticket is not merged into another one."))
        return merges.action_undo()

    def _open_afresh(self):
        """Go to the form of this ticket, and forget the messages that the browser has of it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/odoo/tickets/{self.id}",
            "target": "self",
        }

    def action_open_survivor(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.ticket",
            "res_id": self._get_survivor().id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------ merge

    def _absorb(self, sources, with_outsiders=False, takes_start=False):
        """Let other tickets go on in this one.

        :param with_outsiders: also join tickets of different customers into one conversation that
            all of them see; else each of them keeps his own
        :param takes_start: count the service levels of this ticket from the oldest start of all
        """
        self.ensure_one()
        tickets = self | sources
        tickets.check_access("write")
        tickets._lock_for_merge()
        tickets._check_mergeable(self)
        # sudo: the user may write all tickets; what belongs to them comes along, whoever made it
        Merge = self.env["crm.ticket.merge"].sudo()
        for source in sources.sudo().sorted("opened_at"):
            Merge._merge(
                source,
                self.sudo(),
                is_apart=not (with_outsiders or source._is_same_customer(self.sudo())),
                with_outsiders=with_outsiders,
                takes_start=takes_start,
            )

    def _check_mergeable(self, survivor):
        if len(self) < 2:
            raise UserError(self.env._("Choose two tickets at least."))
        if len(self.company_id) > 1:
            raise UserError(self.env._("Tickets of different companies cannot be merged."))
        for ticket in self:
            if ticket.merged_into_id:
                raise UserError(
                    self.env._(
                        "%s was merged into another ticket already. Merge that one instead.",
                        ticket.display_name,
                    )
                )

    def _lock_for_merge(self):
        """Let nobody else merge these tickets at the same moment.

        Whoever comes second is refused by the database, begins anew, and finds them merged.
        """
        self.flush_recordset()
        # In one order for all, so that nobody waits for somebody who waits for him. The update
        # makes a conflict of what would only be a pause
        self.env.execute_query(
            SQL("SELECT id FROM crm_ticket WHERE id = ANY(%s) ORDER BY id FOR UPDATE", self.ids)
        )
        self.env.cr.execute(
            SQL(
                "UPDATE crm_ticket SET write_date = %s WHERE id = ANY(%s)",
                self.env.cr.now(),
                self.ids,
            )
        )
        self.invalidate_recordset()

    def _split_off(self, messages, is_copy=False, **values):
        """Open a new ticket with messages of this one.

        :param messages: of the conversation of this ticket
        :param is_copy: they stay here, too
        :param values: of the new ticket, instead of what follows from the oldest message
        """
        self.ensure_one()
        self.check_access("write")
        self._lock_for_merge()
        # sudo: the user may write the ticket; who may read its messages is checked here
        ticket = self.sudo()
        messages = ticket._get_carried_messages() & messages.sudo()
        if not messages:
            raise UserError(self.env._("Choose messages of this ticket."))
        opening = messages.sorted("id").filtered(ticket._is_public_message)[:1]
        opening = opening or messages.sorted("id")[:1]
        # sudo: as above; the new ticket may be of a team that the user does not belong to
        target = self._create_from_message(opening, "split_from", **values).sudo()
        # sudo: as above
        self.env["crm.ticket.merge"].sudo()._split(ticket, target, messages, is_copy)
        asked = messages.filtered(
            lambda m: (
                target._is_public_message(m)
                and (not m.author_id or m.author_id.partner_share)
                and target._is_customer(m.author_id, m.email_from)
            )
        )
        if asked:
            target._register_customer_message(asked.sorted("id")[:1])
        return target.with_env(self.env)

    # ------------------------------------------------------------------ what comes along

    def _get_carried_messages(self):
        """What people wrote on a ticket, and what was written to them; no logs of the system."""
        return self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                "|",
                ("message_type", "not in", LOG_TYPES),
                ("mail_activity_type_id", "!=", False),
            ]
        )

    def _get_carried_files(self):
        return self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )

    def _get_carried_records(self):
        """What else belongs to a ticket.

        :return: pairs of records and the name of their field that holds the ticket
        """
        every = self.with_context(active_test=False).env
        of_ticket = [("res_id", "in", self.ids)]
        return [
            (every["mail.activity"].search([("res_model", "=", self._name), *of_ticket]), "res_id"),
            (
                every["mail.scheduled.message"].search([("model", "=", self._name), *of_ticket]),
                "res_id",
            ),
            (every["crm.interaction"].search([("ticket_id", "in", self.ids)]), "ticket_id"),
        ]

    def _is_seen_outside(self, message):
        """Whether customers who may read the ticket may read this message."""
        subtype = message.subtype_id
        return bool(subtype) and not subtype.internal and not message.is_internal

    def _is_same_customer(self, other):
        """Whether one customer is behind both tickets, or nobody behind one of them."""
        self.ensure_one()
        mine, others = (
            (ticket.commercial_partner_id, ticket.email_normalized) for ticket in (self, other)
        )
        if mine[0] and others[0]:
            return mine[0] == others[0]
        if mine[1] and others[1]:
            return mine[1] == others[1]
        return not (any(mine) and any(others))

    def _waits_longer_than(self, other):
        """Whether the customer of this ticket has waited for an answer for longer."""
        since, answered_at = self.unanswered_since, other.last_agent_message_at
        asked_at = self.last_customer_message_at or since
        return bool(since) and (
            since < other.unanswered_since
            if other.unanswered_since
            else not answered_at or answered_at < asked_at
        )

    def _may_carry_follower(self, partner, target, merge, with_outsiders):
        """Whether somebody who has to do with this ticket follows the one that it goes on in."""
        if not partner or not partner.active:
            return False
        if not partner.partner_share or with_outsiders:
            return True
        # A ticket of nobody becomes one of this customer
        customer = target.commercial_partner_id or self.commercial_partner_id
        of_customer = partner.commercial_partner_id == customer
        is_writer = partner.email_normalized and partner.email_normalized == target.email_normalized
        return not merge.is_apart and bool(of_customer or is_writer)

    # ------------------------------------------------------------------ where it goes on

    def _get_survivor(self):
        """The ticket in which this one goes on; itself when it was not merged."""
        return self._follow_merges(lambda ticket: True)

    def _get_conversation(self):
        """The ticket in which what is written to this one belongs."""
        return self._follow_merges(lambda ticket: not ticket.merged_apart)

    def _follow_merges(self, goes_on):
        self.ensure_one()
        # sudo: the way from ticket to ticket is no secret of any of them
        ticket, passed = self.sudo(), set()
        while ticket.merged_into_id and goes_on(ticket):
            if ticket.id in passed:
                return self  # a circle, which only a damaged database has, leads nowhere
            passed.add(ticket.id)
            ticket = ticket.merged_into_id
        return ticket.with_env(self.env)

    def _get_survivor_link(self, partner):
        """The page on which the customer finds what became of his ticket, if he may see it.

        :param partner: whom the link that the visitor came by names as its reader; empty for
            visitors who are logged in, or whose link names nobody
        :return: path; None when he stays on the page of this ticket
        """
        ticket = self._get_conversation()
        if ticket == self:
            return None
        if self.env.user._is_public():
            # sudo: a link that names the customer is as good as those in the mails to him
            ticket = ticket.sudo()
            is_customer = partner and partner == ticket.partner_id
            return ticket._get_share_url(pid=partner.id) if is_customer else None
        return ticket.access_url if ticket.sudo(False).has_access("read") else None

    def message_update(self, msg_dict, update_vals=None):
        ticket = self._get_conversation() if len(self) == 1 else self
        return super(CrmTicket, ticket).message_update(msg_dict, update_vals)

    def message_post(self, **kwargs):
        if len(self) == 1 and kwargs.get("message_type") in CONVERSATION_TYPES:
            ticket = self._get_conversation()
            if ticket != self:
                return ticket.message_post(**kwargs)
        return super().message_post(**kwargs)

    def _message_post_after_hook(self, message, msg_values):
        res = super()._message_post_after_hook(message, msg_values)
        # sudo: what is told to the agents of the survivor does not depend on who writes here
        ticket = self.sudo()
        if ticket.merged_into_id and ticket._is_public_message(message.sudo()):
            ticket._tell_survivor(message.sudo())
        return res

    def _tell_survivor(self, message):
        """Show what is written on a ticket that is kept apart to those who work on the survivor.

        An error must not lose the message.
        """
        survivor = self._get_survivor().with_context(crm_form_rules=KEEP_INCOMPLETE)
        merge = self.env["crm.ticket.merge"].search(
            [("source_id", "=", self.id), ("kind", "=", "merge"), ("state", "=", "done")], limit=1
        )
        if not merge or survivor == self:
            return
        reason = "Ticket %s was not told of message %s", survivor.id, message.id
        with attempt(self.env.cr, _logger, *reason):
            self.env["crm.ticket.merge.line"]._copy_messages(merge, message, target=survivor)
            if self._is_customer(message.author_id, message.email_from) and (
                not message.author_id or message.author_id.partner_share
            ):
                survivor._register_customer_message(message)
                survivor._notify_responsible(self)
            survivor.flush_recordset()

    def _notify_responsible(self, source):
        """Somebody has to learn of what a customer wrote on a ticket that is over."""
        partner = self.responsible_id.partner_id
        if partner:
            self.message_notify(
                partner_ids=partner.ids,
                subject=self.display_name,
                body=self.env._(
                    "The customer of %s wrote.", source._get_html_link(title=source.number)
                ),
            )

    def _is_customer(self, partner, email):
        if super()._is_customer(partner, email):
            return True
        # The customers of tickets that were joined with this one are its customers
        return any(
            super(CrmTicket, ticket)._is_customer(partner, email) for ticket in self._get_joined()
        )

    def _get_joined(self):
        """The tickets whose conversation goes on in this one, also by way of others."""
        # sudo: the way from ticket to ticket is no secret of any of them
        joined, found = self.browse(), self.sudo()
        while found := found.merged_ids.filtered(lambda t: not t.merged_apart) - joined - self:
            joined |= found
        return joined

    def _reopen(self, **values):
        # What goes on elsewhere is not worked on here
        merged = self.filtered("merged_into_id")
        if merged and values:
            merged.write(values)
        return super(CrmTicket, self - merged)._reopen(**values)

    def _is_past_reopening(self):
        # It is not reopened at all: what is written here goes on where it was merged into
        return not self.merged_into_id and super()._is_past_reopening()
