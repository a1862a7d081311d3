from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, formataddr, html2plaintext, is_html_empty

COMMAND = "/ticket"
# Longer conversations are read in the chat
MESSAGES = 200
SUBJECT_LENGTH = 255


class DiscussChannel(models.Model):
    """A live chat becomes a ticket by `/ticket subject`.

    The channels of live chats exist where Live Chat is installed; nothing here needs it.
    """

    _name = "discuss.channel"
    _inherit = ["discuss.channel"]

    def execute_command_ticket(self, **kwargs):
        """Make a ticket of this live chat; only the agent who wrote the command reads the answer.

        :param body: plain text, the command as it was typed, with the subject of the ticket
        """
        self.ensure_one()
        self.check_access("read")
        self.env["crm.ticket"].check_access("create")
        if self.channel_type != "livechat":
            raise UserError(self.env._("Tickets are made of live chats only."))
        typed = kwargs.get("body")
        words = typed.replace("\x00", "").split() if isinstance(typed, str) else []
        subject = " ".join(words[1:] if words[:1] == [COMMAND] else words)
        if subject:
            ticket = self._make_ticket(subject[:SUBJECT_LENGTH])
            text = self.env._(
                "The ticket %s holds this conversation.",
                ticket._get_html_link(title=ticket.display_name),
            )
        else:
            text = self.env._(
                "Write %s and what the customer needs.", Markup("<code>%s</code>") % COMMAND
            )
        self.env.user._bus_send_transient_message(self, text)

    def _make_ticket(self, subject):
        """A ticket that the visitor opened in this chat, with what was said as his request."""
        self.ensure_one()
        partner, name, email = self._find_visitor()
        company = self.env.company
        values = {"channel": "chat", "user_id": self.env.uid}
        if not partner and email:
            values["email_from"] = formataddr((name, email)) if name else email
        body = self._quote_conversation()
        if name and not partner:
            body = Markup("<p>%s</p>%s") % (self.env._("Visitor: %s", name), body)
        team = self.env["crm.ticket.team"]._get_default_team(company)
        # sudo: whose chat this is was checked, and an agent may open tickets; visitors are nobody
        # whom he could name as the author
        ticket = (
            self.env["crm.ticket"]
            .sudo()
            ._open_for_customer(partner, subject, body, team_id=team.id, **values)
        )
        return ticket.sudo(False)

    def _find_visitor(self):
        """Whom the agents talk to here: (contact, name, address); each may be empty."""
        # sudo: members of a chat that the user may read
        members = self.sudo().channel_member_ids
        partners = members.partner_id.filtered(lambda p: p.partner_share and not p.is_public)
        company = self.env.company
        partner = partners.filtered(lambda p: p.company_id in (company, company.browse()))[:1]
        guest = members.guest_id[:1]
        email = email_normalize(guest.email) if guest else False
        if not partner and email:
            # sudo: who the visitor says he is, as with mails
            partner = (
                self.env["res.partner"]
                .sudo()
                .search(
                    [
                        ("email_normalized", "=", email),
                        ("company_id", "in", [False, company.id]),
                    ],
                    order="company_id, id",
                    limit=1,
                )
            )
        return partner, guest.name or "", email or ""

    def _quote_conversation(self):
        """What was said in this chat, oldest first, as HTML."""
        # sudo: names of who took part in a chat that the user may read
        messages = self.sudo().message_ids.filtered(
            lambda m: m.message_type == "comment" and not is_html_empty(m.body)
        )
        lines = [
            Markup("<p><b>%s</b><br/>%s</p>")
            % (
                message.author_id.name or message.author_guest_id.name or self.env._("Visitor"),
                Markup("<br/>").join(html2plaintext(message.body).strip().splitlines()),
            )
            for message in messages.sorted("id")[-MESSAGES:]
        ]
        return Markup("").join(lines) or Markup("<p></p>")
