"""Where Live Chat is installed, an agent makes a ticket of a chat by a command."""

import json

from tests.conftest import SUITE_TEMPLATE, odoo_modules, odoo_shell

CHAT = """
import json
from markupsafe import Markup
from odoo.exceptions import AccessError, UserError

groups = ["im_livechat.im_livechat_group_user", "crm_suite_helpdesk.group_agent"]
Users = env["res.users"].with_context(no_reset_password=True)
agent, operator = Users.create(
    [
        {
            "name": login.title(),
            "login": login,
            "email": f"{login}@example.com",
            "group_ids": [(4, env.ref(group).id) for group in wanted],
        }
        for login, wanted in (("chat_agent", groups), ("chat_operator", groups[:1]))
    ]
)
customer = env["res.partner"].create({"name": "Layla", "email": "layla@example.org"})
guests = env["mail.guest"].create(
    [{"name": "Visitor 1"}, {"name": "Visitor 2", "email": "Layla@example.org"}]
)
told = []
Bus = type(env["res.users"])
Bus._bus_send_transient_message = lambda self, channel, text: told.append(str(text))


def open_chat(user, guest=None, partner=None, **values):
    channel = env["discuss.channel"].create(
        {"name": "Chat", "channel_type": "livechat", "livechat_operator_id": user.partner_id.id}
        | values
    )
    Member = env["discuss.channel.member"]
    members = [{"partner_id": user.partner_id.id}]
    members += [{"guest_id": guest.id}] if guest else []
    members += [{"partner_id": partner.id}] if partner else []
    there = channel.channel_member_ids.partner_id
    Member.create(
        [
            {"channel_id": channel.id, **member}
            for member in members
            if member.get("partner_id") not in there.ids
        ]
    )
    said = {"author_id": False, "email_from": False} if guest else {"author_id": partner.id}
    channel.message_post(
        body=Markup("<p>My key <script>alert(1)</script>&lt;b&gt; is lost</p>"),
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        **said,
    )
    return channel.with_user(user)


def command(channel, body="/ticket Lost <b>key</b>"):
    before = env["crm.ticket"].search([], order="id desc", limit=1)
    channel.execute_command_ticket(body=body)
    after = env["crm.ticket"].search([], order="id desc", limit=1)
    return after if after != before else None


known = command(open_chat(agent, partner=customer))
named = command(open_chat(agent, guest=guests[1]))
nobody = command(open_chat(agent, guest=guests[0]))
empty = command(open_chat(agent, guest=guests[0]), "/ticket  ")
refused = []
for channel in (
    open_chat(operator, guest=guests[0]),
    env["discuss.channel"]._create_group(agent.partner_id.ids).with_user(agent),
):
    try:
        command(channel)
    except (AccessError, UserError) as error:
        refused.append(type(error).__name__)
facts = [
    [
        ticket.name,
        ticket.channel,
        ticket.partner_id.name or "",
        ticket.user_id.login,
        "is lost" in ticket.description,
        "<script" in ticket.description,
        bool(ticket.first_response_at),
        ticket.message_ids.filtered(lambda m: m.message_type == "comment").author_id.name or "",
    ]
    for ticket in (known, named, nobody)
]
print("FACTS" + json.dumps([facts, empty is None, refused, known.number in told[0], len(told)]))
"""


def test_a_chat_becomes_a_ticket(database):
    db = database(SUITE_TEMPLATE)
    odoo_modules(db, "-i", "im_livechat", "--skip-auto-install")
    output = odoo_shell(db, CHAT)
    facts, is_empty, refused, is_told, answers = json.loads(
        output.rpartition("FACTS")[2].splitlines()[0]
    )
    common = ["chat", "Layla", "chat_agent", True, False, False]
    assert facts == [
        ["Lost <b>key</b>", *common, "Layla"],
        ["Lost <b>key</b>", *common, "Layla"],
        ["Lost <b>key</b>", "chat", "", "chat_agent", True, False, False, ""],
    ]
    assert is_empty, "a command without a subject makes nothing"
    assert refused == ["AccessError", "UserError"], "no agent; no live chat"
    assert is_told and answers == 4
