"""The scene of the story: a company with its mail, its users and the customer Layla Haddad."""

import subprocess
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

STRANGER = "layla"
ADDRESS = f"{STRANGER}@example.org"
UTM = ("source_id", "medium_id", "campaign_id")
# a picture of one pixel
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@pytest.fixture(scope="module", autouse=True)
def complaints(suite):
    """What the server has complained of since this story began."""
    begun = suite.log_length()
    return lambda: suite.complaints(begun)


def origin_of(record):
    """Source, medium and campaign as ids."""
    return {name: record[name] and record[name][0] for name in UTM}


def strip(user, lead):
    fields = [
        "quoted_amount",
        "ordered_amount",
        "delivered_amount",
        "invoiced_amount",
        "paid_amount",
    ]
    return [user.read("crm.lead", lead, *fields)[0][field] for field in fields]


def pdf_text(content):
    run = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
    )
    return run.stdout.decode()


def pdfs(message):
    return [
        part.get_content()
        for part in message.iter_attachments()
        if part.get_content_type() == "application/pdf"
    ]


def write_mail(to, subject, text, answer_to=None, sender=f"Layla Haddad <{ADDRESS}>"):
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Message-Id"] = make_msgid(domain="example.org")
    if answer_to:
        message["In-Reply-To"] = message["References"] = answer_to["Message-Id"]
    message.set_content(text)
    return message


@pytest.fixture(scope="session")
def admin(suite):
    return suite.login("admin")


@pytest.fixture(scope="session")
def company(suite, mail, admin):
    """A company set up by its administrator, once for all stories: mail domain, IMAP boxes,
    outgoing server, three colleagues.
    """
    domain = admin.find("mail.alias.domain", [["name", "=", "example.com"]], "id")
    domain = (
        domain[0]["id"]
        if domain
        else admin.call("mail.alias.domain", "create", {"name": "example.com"})
    )
    admin.call(
        "res.company",
        "write",
        [1],
        {
            "alias_domain_id": domain,
            "email": "office@example.com",
            # customers sign, and pay the invoice; the demo data lets them pay at once
            "portal_confirmation_pay": False,
        },
    )
    admin.call(
        "ir.mail_server",
        "create",
        {
            "name": "Loopback",
            "smtp_host": "127.0.0.1",
            "smtp_port": mail.smtp_port,
            "smtp_encryption": "none",
        },
    )
    admin.call("ir.config_parameter", "set_param", "report.url", suite.url)
    admin.call("res.company", "write", [1], {"iap_enrich_auto_done": True})
    boxes = {}
    for box in ("info", "support", "catchall"):
        boxes[box] = admin.call(
            "fetchmail.server",
            "create",
            {
                "name": box,
                "server_type": "imap",
                "server": "127.0.0.1",
                "port": mail.imap_port,
                "is_ssl": False,
                "user": box,
                "password": mail.password,
            },
        )
        admin.call("fetchmail.server", "button_confirm_login", [boxes[box]])
    teams = admin.find("crm.team", [["alias_name", "=", "info"]], "id")
    team = teams[0]["id"]  # the alias that a new database has without anybody's doing
    for login, groups in {
        "salma": ["sales_team.group_sale_salesman", "account.group_account_invoice"],
        "sami": ["crm_suite_helpdesk.group_agent"],
        "mona": [
            "crm_suite_marketing.group_marketing_user",
            "sales_team.group_sale_salesman_all_leads",
        ],
    }.items():
        ids = [admin.ref(xml_id) for xml_id in ["base.group_user", *groups]]
        admin.call(
            "res.users",
            "create",
            {
                "name": login.title(),
                "login": login,
                "password": login,
                "email": f"{login}@example.com",
                "group_ids": [[6, 0, ids]],
            },
        )
    return {"boxes": boxes, "team": team}


def fetch(admin, company, box):
    admin.call("fetchmail.server", "fetch_mail", [company["boxes"][box]])


def send_queued(admin):
    run_cron(admin, "mail", "ir_cron_mail_scheduler_action")


def run_cron(admin, module, name):
    admin.call("ir.cron", "method_direct_trigger", [admin.ref(f"{module}.{name}")])


def create_in(user, model, context, values=None):
    return user.call(model, "create", values or {}, context=context)


def run_wizard(user, model, action, context, values=None):
    """Open a dialog, fill it in and press its button."""
    wizard = create_in(user, model, context, values)
    user.call(model, action, [wizard], context=context)


def make_portal_user(admin, partner, login, password):
    values = {
        "partner_id": partner,
        "login": login,
        "password": password,
        "group_ids": [[6, 0, [admin.ref("base.group_portal")]]],
    }
    return admin.call("res.users", "create", values)


def sign_order(suite, customer, order, token):
    """Accept a quotation in the portal; returns what the portal answers.

    :param customer: the browser of whoever signs, a requests.Session
    """
    return customer.post(
        f"{suite.url}/my/orders/{order}/accept",
        json={
            "jsonrpc": "2.0",
            "params": {"access_token": token, "name": "Layla Haddad", "signature": SIGNATURE},
        },
        timeout=60,
    ).json()


def resolution_state(user, ticket):
    domain = [["ticket_id", "=", ticket], ["metric", "=", "resolution"]]
    return user.find("crm.sla.clock", domain, "state")[0]["state"]


def timeline_of(user, partner):
    """All rows of the timeline of a customer, page by page."""
    rows, cursor = [], None
    while True:
        page = user.call("crm.timeline", "get_page", "res.partner", partner, cursor=cursor, limit=5)
        rows += page["rows"]
        cursor = page["cursor"]
        if not cursor:
            return rows


class Story:
    """What one chapter tells the next."""


@pytest.fixture(scope="module")
def story():
    return Story()
