"""What tests of the portal do: log in as somebody, open pages, send their forms."""

import re
from datetime import datetime, timezone

from odoo.tests import HttpCase

from ..common import HelpdeskCommon


class PortalCommon(HelpdeskCommon, HttpCase):
    def login(self, user):
        self.authenticate(user and user.login, user and user.login)

    def page(self, url, **kwargs):
        response = self.url_open(url, **kwargs)
        self.assertEqual(response.status_code, 200)
        return response

    def token(self):
        return re.search(
            r'name="csrf_token" value="([^"]+)"', self.page("/my/tickets/new").text
        ).group(1)

    def submit(self, files=(), token=None, **values):
        return self.url_open(
            "/my/tickets/new",
            data={
                "csrf_token": self.token() if token is None else token,
                "subject": "Help",
                "description": "It broke.\n<b>really</b>",
                **values,
            },
            files=[("attachments", file) for file in files] or None,
        )

    def newest(self):
        return self.env["crm.ticket"].search(
            [("partner_id", "=", self.customer.id)], order="id desc", limit=1
        )

    def post(self, ticket, body="Still burning", **access):
        return self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "crm.ticket",
                "thread_id": ticket.id,
                **access,
                "post_data": {
                    "body": body,
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )

    def conversation(self, ticket):
        answer = self.make_jsonrpc_request(
            "/mail/chatter_fetch",
            {"thread_model": "crm.ticket", "thread_id": ticket.id, "fetch_params": {"limit": 30}},
        )
        return answer["data"]["mail.message"]

    def travel_to_the_present(self):
        """Where requests of the browser are, whatever the test says."""
        self.travel(datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0))

    def act(self, ticket, what, token=None, files=(), **values):
        """Post a form on the page of a ticket."""
        return self.url_open(
            f"/my/tickets/{ticket.id}/{what}",
            data={"csrf_token": self.form_token() if token is None else token, **values},
            files=[("attachments", file) for file in files] or None,
        )

    def form_token(self):
        """The token of the forms of this session, also without a login."""
        page = self.url_open("/web/login" if self.session.uid is None else "/my/tickets/new")
        return re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)

    def link(self, ticket, partner=None):
        """What a link to a ticket says; without a contact, nothing but the token."""
        token = {"access_token": ticket._portal_ensure_token()}
        if partner:
            token.update(pid=partner.id, hash=ticket._sign_token(partner.id))
        self.env.flush_all()
        return token

    def address(self, ticket, **link):
        query = "&".join(f"{name}={value}" for name, value in link.items())
        return f"/my/tickets/{ticket.id}?{query}"
