import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.crm_suite.lib.attempt import attempt
from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

_logger = logging.getLogger(__name__)

SUBJECT_LENGTH = 255
# Nobody has more to say about what is over
FOLLOW_UPS_PER_HOUR = 5
BLOCKING = Domain("kind", "=", "blocked_by") & Domain("other_id.closed_at", "=", False)


class CrmTicket(models.Model):
    """Tickets that have to do with each other: links, and incidents with the tickets they caused.

    An incident is a ticket that others name as their parent. It has no parent itself.
    """

    _name = "crm.ticket"
    _inherit = ["crm.ticket"]

    link_ids = fields.One2many("crm.ticket.link", "ticket_id", "Links", copy=False)
    is_blocked = fields.Boolean(
        "Blocked",
        compute="_compute_is_blocked",
        search="_search_is_blocked",
        help="A ticket that has to be solved before this one is still open.",
    )
    parent_id = fields.Many2one(
        "crm.ticket",
        "Incident",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        tracking=True,
        domain="[('id', '!=', id), ('company_id', '=', company_id), ('parent_id', '=', False),"
        " ('merged_into_id', '=', False)]",
        help="The ticket about the cause that this one shares with others.",
    )
    child_ids = fields.One2many("crm.ticket", "parent_id", "Tickets of the Incident")
    child_count = fields.Integer("Number of Tickets", compute="_compute_child_counts")
    open_child_count = fields.Integer("Open Tickets", compute="_compute_child_counts")
    solves_children = fields.Boolean(
        "Solve Tickets Together",
        copy=False,
        help="When this incident is solved or closed, so are its open tickets.",
    )

    # ------------------------------------------------------------------ constraints, compute

    @api.constrains("parent_id")
    def _check_parent_id(self):
        children = self.filtered("parent_id")
        if not children:
            return
        # sudo: tickets that the user does not see count as well
        if children.sudo().parent_id.parent_id or self.sudo().search_count(
            [("parent_id", "in", children.ids)], limit=1
        ):
            raise ValidationError(
                self.env._("An incident cannot belong to another incident, nor to itself.")
            )

    @api.depends("link_ids.kind", "link_ids.other_id.closed_at")
    def _compute_is_blocked(self):
        blocking = BLOCKING & Domain("ticket_id", "in", self.ids)
        blocked = self.env["crm.ticket.link"].search(blocking).ticket_id
        for ticket in self:
            ticket.is_blocked = ticket._origin in blocked

    @api.model
    def _search_is_blocked(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("link_ids", "any", BLOCKING)

    @api.depends("child_ids.closed_at")
    def _compute_child_counts(self):
        children = Domain("parent_id", "in", self.ids)
        Ticket = self.env["crm.ticket"]
        every, still_open = (
            dict(Ticket._read_group(domain, ["parent_id"], ["__count"]))
            for domain in (children, children & Domain("closed_at", "=", False))
        )
        for ticket in self:
            ticket.child_count = every.get(ticket._origin, 0)
            ticket.open_child_count = still_open.get(ticket._origin, 0)

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self._check_parents(vals.get("parent_id") for vals in vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("parent_id"):
            self._check_parents([vals["parent_id"]])
        result = super().write(vals)
        if "stage_id" in vals:
            self._solve_children()
        return result

    def _add_missing_default_values(self, values):
        complete = super()._add_missing_default_values(values)
        if "parent_id" not in values:
            # Defaults come from the context, which whoever calls from outside may choose
            self._check_parents([complete.get("parent_id")])
        return complete

    @api.model
    def _check_parents(self, parent_ids):
        """Nobody hangs a ticket on one that he does not see."""
        parents = self.env["crm.ticket"].browse(
            {parent_id for parent_id in parent_ids if parent_id}
        )
        parents.check_access("read")

    # ------------------------------------------------------------------ actions

    def action_view_children(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_ticket_action"
        )
        action["display_name"] = self.display_name
        action["domain"] = [("parent_id", "=", self.id)]
        action["context"] = {"default_parent_id": self.id}
        action["view_mode"] = "list,kanban,form"
        return action

    def action_reply_to_all(self):
        """Write to the customers of all tickets of this incident."""
        return self._open_dialog("crm_ticket_incident_reply_action")

    def action_put_under_incident(self):
        """Say which tickets share one cause."""
        return self._open_dialog("crm_ticket_incident_action")

    def _open_dialog(self, name):
        action = self.env["ir.actions.act_window"]._for_xml_id(f"crm_suite_helpdesk.{name}")
        action["context"] = {
            "active_model": self._name,
            "active_id": self[:1].id,
            "active_ids": self.ids,
        }
        return action

    # ------------------------------------------------------------------ incident

    def _solve_children(self):
        """The tickets of incidents that were just solved are solved as well, where so chosen."""
        incidents = self.filtered(
            lambda t: t.solves_children and t.stage_type in ("solved", "closed")
        )
        if incidents:
            children = incidents.child_ids.filtered(lambda t: not t.closed_at)
            children._filtered_access("write")._move_to_type(("solved", "closed"))

    def _move_to_type(self, types):
        """Put each ticket into the first stage of its team that has the first of these types.

        :return: tickets whose teams have no such stage; they stay where they are
        """
        left = self.browse()
        Stage = self.env["crm.ticket.stage"]
        for team, tickets in self.grouped("team_id").items():
            stages = Stage._get_team_stages(team, list(types))
            stage = stages.sorted(lambda s: types.index(s.type))[:1]
            if stage:
                tickets.write({"stage_id": stage.id})
            else:
                left |= tickets
        return left

    def _reply_each(self, body, attachments):
        """Write the same to the customers of many tickets, each in his own conversation.

        :param body: HTML, as Markup
        :param attachments: each ticket gets copies of its own
        """
        # Mails wait for the queue: one that fails does not stop the others, nor the agent
        attachments.check_access("read")
        files = [(file.name, file.raw) for file in attachments]
        for ticket in self.with_context(mail_notify_force_send=False):
            ticket.message_post(
                body=body,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=ticket._get_reply_partner().ids,
                attachments=files,
            )

    def _register_reply_to_all(self, tickets, body):
        """Keep on an incident what was written to the customers of its tickets.

        An incident that nobody wrote has no customer of its own to answer: for it, this is the
        answer.
        """
        self.ensure_one()
        text = self.env._("Written to the customers of %s:", ", ".join(tickets.mapped("number")))
        note = self.message_post(
            body=Markup("<p>%s</p>%s") % (text, body or ""), subtype_xmlid="mail.mt_note"
        )
        if not (self.partner_id or self.email_from):
            # sudo: facts that follow from an answer, as those of a message do
            incident = self.sudo().with_context(crm_form_rules=KEEP_INCOMPLETE)
            incident._register_agent_message(note)

    def _get_reply_partner(self):
        """Whom an answer goes to; somebody who was an address becomes a contact by it."""
        self.ensure_one()
        if self.partner_id or not self.email_normalized:
            return self.partner_id
        # sudo: whoever may answer the ticket may answer the address that it came from
        ticket = self.sudo()
        contact = ticket._partner_find_from_emails_single([self.email_from], no_create=False)
        return contact.sudo(False)

    # ------------------------------------------------------------------ follow-up

    def _open_follow_up(self, message):
        """A new ticket for what a customer wrote on a ticket that is over for good.

        The message becomes the opening message of the new ticket, so that answers find it there.
        An error must not lose the message: it stays where it is then.

        :param message: the public message of the customer, on this ticket
        :return: the new ticket; empty when it could not be made
        """
        self.ensure_one()
        # sudo: who wrote has no right to create tickets
        ticket, message = self.sudo(), message.sudo()
        if ticket._has_many_follow_ups():
            return self.browse()
        reason = "No follow-up of ticket %s for message %s", self.id, message.id
        with attempt(self.env.cr, _logger, *reason):
            follow_up = ticket._create_from_message(message, "follow_up_of")
            follow_up._take_messages(message)
            follow_up._register_customer_message(message)
            follow_up.flush_recordset()
            return follow_up
        return self.browse()

    def _has_many_follow_ups(self):
        """Whether somebody floods us: what he writes reopens this ticket then, and stays on it."""
        since = self._now() - timedelta(hours=1)
        links = self.env["crm.ticket.link"].search_count(
            [
                ("other_id", "=", self.id),
                ("kind", "=", "follow_up_of"),
                ("create_date", ">", since),
            ],
            limit=FOLLOW_UPS_PER_HOUR,
        )
        return links >= FOLLOW_UPS_PER_HOUR

    def _create_from_message(self, message, kind, **values):
        """A ticket whose request is a message of this one, linked to it.

        :param kind: what the new ticket is to this one, a kind of `crm.ticket.link`
        :param values: go before what follows from the message
        """
        Ticket = self.with_context(
            mail_create_nolog=True,
            mail_create_nosubscribe=True,
            crm_form_rules=KEEP_INCOMPLETE,
        )
        ticket = Ticket.create({**self._prepare_values_of_message(message), **values})
        # sudo: the author of the message follows what becomes of it, whether or not the user may
        # read his contact
        ticket.sudo().message_subscribe((ticket.partner_id | ticket.user_id.partner_id).ids)
        # sudo: the system tells where a ticket comes from
        self.env["crm.ticket.link"].sudo().create(
            {"ticket_id": ticket.id, "kind": kind, "other_id": self.id}
        )
        return ticket

    def _prepare_values_of_message(self, message):
        """Values of a ticket that a message opens; its author is the customer, if he is one."""
        self.ensure_one()
        is_public = self._is_public_message(message)
        subject = " ".join((is_public and message.subject or self.name).split())
        author = message.author_id
        is_abroad = author.company_id and author.company_id != self.company_id
        if not author.partner_share or is_abroad:
            author = author.browse()
        is_of_author = bool(author) or message.message_type == "email"
        partner = author if is_of_author else self.partner_id
        return {
            "name": subject[:SUBJECT_LENGTH],
            # The customer reads it on his page: what we wrote among ourselves is not for him
            "description": (is_public or is_of_author) and message.body,
            "partner_id": partner.id,
            "email_from": partner.email or (is_of_author and message.email_from) or self.email_from,
            "team_id": self.team_id.id,
            "company_id": self.company_id.id,
            "user_id": self.user_id.filtered("active").id,
            "priority": self.priority,
        }

    def _take_messages(self, messages):
        """Move messages of other tickets, with their files, into the conversation of this one.

        They stay what they are: author, date, subtype and who may see them.

        :param messages: as superuser
        """
        self.ensure_one()
        tickets = self.browse(messages.mapped("res_id"))
        files = messages.attachment_ids.filtered(
            lambda file: file.res_model == self._name and file.res_id in tickets.ids
        )
        messages.write({"res_id": self.id})
        files.write({"res_id": self.id})
