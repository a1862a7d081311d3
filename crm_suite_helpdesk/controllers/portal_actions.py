"""What customers decide about their tickets: closed, opened again, who takes part.

Everything is posted with the token of a form, and acts on the ticket that was checked, in the name
of the contact who is logged in or whom the link names.
"""

from urllib.parse import urlencode

from odoo.exceptions import UserError
from odoo.http import request, route
from odoo.tools import plaintext2html

from .portal import HelpdeskPortal

TICKET = "/my/tickets/<int(max=2147483647):ticket_id>"


class HelpdeskPortalActions(HelpdeskPortal):
    @route(f"{TICKET}/close", type="http", auth="public", website=True, methods=["POST"])
    def portal_close_ticket(self, ticket_id, message="", **post):
        """The customer says that his request is settled."""
        ticket, actor, link = self._find_for_action(ticket_id, post)
        if not ticket:
            return request.redirect("/my")
        if ticket._may_decide_for_customer(actor) and ticket._may_be_closed_by_customer():
            text = self._clean_text(message)
            if text and (problem := self._refuse_said(ticket, actor, text)):
                return self._go_to(ticket, link, problem)
            ticket._close_for_customer(actor, text and plaintext2html(text))
        return self._go_to(ticket, link)

    @route(f"{TICKET}/reopen", type="http", auth="public", website=True, methods=["POST"])
    def portal_reopen_ticket(self, ticket_id, message="", **post):
        """The customer says that a closed ticket is not settled; late, a new one follows it."""
        ticket, actor, link = self._find_for_action(ticket_id, post)
        if not ticket:
            return request.redirect("/my")
        if not ticket.closed_at or ticket.merged_into_id:
            return self._go_to(ticket, link)
        text, errors = self._clean_text(message), []
        if not text:
            errors.append(request.env._("Please say what is still open."))
        elif problem := self._refuse_said(ticket, actor, text):
            errors.append(problem)
        files = [] if errors else self._read_files(self._get_files(), errors)
        if errors:
            return self._go_to(ticket, link, " ".join(errors))
        goes_on = ticket._reopen_for_customer(actor, plaintext2html(text), files)
        if goes_on != ticket and request.env.user._is_public():
            # Whom the link names is the customer of what follows as well, or has to log in
            if goes_on.partner_id != actor:
                return self._go_to(ticket, link)
            return request.redirect(goes_on._get_share_url(pid=actor.id))
        return self._go_to(goes_on, link)

    @route(f"{TICKET}/participants/add", type="http", auth="user", website=True, methods=["POST"])
    def portal_add_participant(self, ticket_id, email="", **post):
        """Somebody of the same organisation takes part from now on; oneself without an address."""
        ticket, actor, link = self._find_for_action(ticket_id, {})
        if not ticket:
            return request.redirect("/my")
        if ticket.closed_at or ticket.merged_into_id:
            return self._go_to(ticket, link)
        address = self._clean_text(email)[:320]
        if not address and ticket._is_colleague(actor):
            ticket.message_subscribe(actor.ids)
        elif address and ticket._may_decide_for_customer(actor):
            return self._go_to(ticket, link, self._add_colleague(ticket, address, actor))
        return self._go_to(ticket, link)

    def _add_colleague(self, ticket, address, actor):
        """:return: why nobody was added, if so; the same for all reasons"""
        if ticket._add_participant(address, actor):
            return None
        return request.env._(
            "Nobody could be added: choose a contact of your organisation who does not take part "
            "yet."
        )

    @route(
        f"{TICKET}/participants/remove", type="http", auth="user", website=True, methods=["POST"]
    )
    def portal_remove_participant(self, ticket_id, partner_id="", **post):
        """Somebody takes part no more: oneself, or a colleague."""
        ticket, actor, link = self._find_for_action(ticket_id, {})
        if not ticket:
            return request.redirect("/my")
        wanted = ticket._parse_pid(self._clean_text(partner_id))
        partner = ticket._get_participants().filtered(lambda p: p.id == wanted)
        if partner and (partner == actor or ticket._may_decide_for_customer(actor)):
            ticket._remove_participant(partner, actor)
        return self._go_to(ticket, link)

    def _find_for_action(self, ticket_id, post):
        """The ticket and the contact in whose name the visitor acts; no ticket for all others.

        :return: (ticket as superuser, contact, link)
        """
        link = self._read_link(post.get("access_token"), post.get("pid"), post.get("hash"))
        ticket = self._find_ticket(ticket_id, link)
        actor = self._get_actor(ticket, link) if ticket else None
        if not actor:
            return ticket.browse(), actor, link
        # sudo: what may be done was checked; it is noted who did it
        return request.env["crm.ticket"].sudo().browse(ticket.id), actor, link

    def _refuse_said(self, ticket, actor, text):
        """:return: why a text of a customer is not taken, if so"""
        try:
            ticket._check_said(actor, text)
        except UserError as error:
            return str(error)
        return None

    def _go_to(self, ticket, link, notice=None):
        if notice:
            request.session["crm_ticket_notice"] = notice
        query = {name: value for name, value in link.items() if value}
        shown = f"?{urlencode(query)}" if request.env.user._is_public() and query else ""
        return request.redirect(f"/my/tickets/{ticket.id}{shown}", code=303)
