"""Who tries the routes, and what is there to be had: a ticket and the files of a customer."""

import base64
import html
import re
import uuid
from types import SimpleNamespace

import pytest
import requests

from tests.servers import Client

SECRET = f"Safe 31 opens with {uuid.uuid4().hex}"
CUSTOMER, ELSE = "Oryx Traders", "Heron Traders"

# Nobody of them has anything to do with the customer's papers, but for the first
PEOPLE = ("owner", "colleague", "foreign", "insider", "stranger")


class Stranger(Client):
    """Somebody who is not signed in."""

    def __init__(self, url):
        self.url, self.http, self.uid = url, requests.Session(), None


def add_file(admin, name, content, **values):
    return admin.call(
        "ir.attachment",
        "create",
        {"name": name, "datas": base64.b64encode(content.encode()).decode(), **values},
    )


def say(admin, ticket, text, subtype, files):
    return admin.call(
        "crm.ticket",
        "message_post",
        [ticket],
        body=text,
        message_type="comment",
        subtype_xmlid=subtype,
        attachment_ids=files,
    )


@pytest.fixture(scope="package")
def scene(suite):
    admin = suite.login("admin")
    scene = SimpleNamespace(suite=suite, admin=admin, files={}, people={})
    scene.companies = {
        name: admin.call("res.partner", "create", {"name": name, "is_company": True})
        for name in (CUSTOMER, ELSE)
    }
    scene.partners = {}
    for login, group, company in (
        ("owner", "base.group_portal", CUSTOMER),
        ("colleague", "base.group_portal", CUSTOMER),
        ("foreign", "base.group_portal", ELSE),
        ("insider", "base.group_user", None),
    ):
        # Passwords are no names: the shortest allowed is not ours to know
        user = admin.call(
            "res.users",
            "create",
            {
                "name": login.title(),
                "login": f"routes.{login}",
                "password": f"routes.{login}",
                "email": f"{login}@example.net",
                "group_ids": [[6, 0, [admin.ref(group)]]],
            },
        )
        [row] = admin.read("res.users", user, "partner_id")
        scene.partners[login] = row["partner_id"][0]
        if company:
            admin.call(
                "res.partner",
                "write",
                [scene.partners[login]],
                {"parent_id": scene.companies[company]},
            )
        scene.people[login] = suite.login(f"routes.{login}")
    # OdooBot greets colleagues when they first come; that is no doing of a route
    scene.people["insider"].http.get(f"{suite.url}/odoo", timeout=60)
    # Somebody whom the owner may let take part
    scene.helper = admin.call(
        "res.partner",
        "create",
        {
            "name": "Helper",
            "email": "routes.helper@example.net",
            "parent_id": scene.companies[CUSTOMER],
        },
    )
    scene.people["stranger"] = Stranger(suite.url)
    owner = scene.people["owner"]
    page = owner.http.post(
        f"{suite.url}/my/tickets/new",
        data={
            "csrf_token": owner.form_token("/my/tickets/new"),
            "subject": SECRET,
            "description": SECRET,
        },
        files={"attachments": ("opening.txt", f"opening: {SECRET}")},
        timeout=60,
    )
    scene.ticket = admin.find("crm.ticket", [["name", "=", SECRET]], "id")[0]["id"]
    assert page.url.endswith(f"/my/tickets/{scene.ticket}")
    scene.files["opening"] = admin.find(
        "ir.attachment",
        [["res_model", "=", "crm.ticket"], ["res_id", "=", scene.ticket]],
        "id",
    )[0]["id"]
    # What the page of the customer hands out to him, and to nobody else
    scene.link = html.unescape(re.search(r'href="(/web/content/[^"]+)"', page.text)[1])
    for name, subtype in (("answer", "mail.mt_comment"), ("note", "mail.mt_note")):
        scene.files[name] = add_file(
            admin,
            f"{name}.txt",
            f"{name}: {SECRET}",
            res_model="crm.ticket",
            res_id=scene.ticket,
        )
        say(admin, scene.ticket, f"{name}: {SECRET}", subtype, [scene.files[name]])
    admin.call("crm.ticket", "action_preview", [scene.ticket])
    scene.token = admin.read("crm.ticket", scene.ticket, "access_token")[0]["access_token"]
    scene.reminder_line = admin.find("crm.payment.reminder.line", [], "id", limit=1)[0]["id"]
    scene.order = admin.find("sale.order", [["state", "=", "sent"]], "id", limit=1)[0]["id"]
    admin.call("crm.lead.form", "create", {"name": "Routes", "title": "Routes", "slug": "routes"})
    admin.call("crm.ticket.form", "create", {"name": "Routes", "title": "Routes", "slug": "routes"})
    scene.shelf = admin.call("crm.knowledge.category", "create", {"name": "Routes"})
    for visibility, text in (("public", "Nothing"), ("internal", SECRET)):
        scene.article = admin.call(
            "crm.knowledge.article",
            "create",
            {
                "name": "Routes",
                "body": text,
                "state": "published",
                "visibility": visibility,
                "category_id": scene.shelf,
            },
        )
    return scene
