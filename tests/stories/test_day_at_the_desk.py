"""A day at the desk, with real mail in and out: whatever arrives is somewhere, the right agent has
it, the customer gets one good answer at a time, sees what is his, and says how it was.

Hala of Palm Optics writes; so do a robot, a broken mail program and a man of bad manners. Tariq and
Lina answer, Dalal leads them.
"""

import re
import smtplib
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from tests.servers import RpcError, wait_for
from tests.stories.conftest import Story, create_in, make_portal_user, run_cron

COMPANY = "Palm Optics"
BOX = "support"
SUBJECT = "العدسة تصدر صوتًا"


def write(sender, subject, text, answer_to=None, **headers):
    message = EmailMessage()
    message["From"] = f"{sender.title()} <{sender}@example.org>"
    message["To"] = "lenses@example.com"
    message["Subject"] = subject
    message["Message-Id"] = make_msgid(domain="example.org")
    if answer_to:
        message["In-Reply-To"] = message["References"] = answer_to
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def post(mail, *raw):
    """Put mails into the box that Odoo fetches."""
    with smtplib.SMTP("127.0.0.1", mail.smtp_port) as smtp:
        for content in raw:
            content = content if isinstance(content, bytes) else content.as_bytes()
            smtp.sendmail("sender@example.org", [f"{BOX}@example.com"], content)


def fetch(scene):
    scene.admin.call("fetchmail.server", "fetch_mail", [scene.box])


def answers(scene):
    run_cron(scene.admin, "crm_suite_helpdesk", "ir_cron_ticket_answer")
    run_cron(scene.admin, "crm_suite", "ir_cron_deliver_once")
    run_cron(scene.admin, "mail", "ir_cron_mail_scheduler_action")


def mails(mail, box, text):
    return [m for m in mail.received(box) if text in str(m["Subject"])]


def body(message):
    return message.get_body(("html", "plain")).get_content()


def find_ticket(user, *domain):
    found = user.find("crm.ticket", [*domain], "id", "user_id", "stage_type", "channel")
    return found[0] if found else None


@pytest.fixture(scope="module")
def scene(suite, mail):
    admin = suite.login("admin")
    domain = admin.find("mail.alias.domain", [["name", "=", "example.com"]], "id")
    domain = (
        domain[0]["id"]
        if domain
        else admin.call("mail.alias.domain", "create", {"name": "example.com"})
    )
    admin.call(
        "res.company", "write", [1], {"alias_domain_id": domain, "email": "office@example.com"}
    )
    if not admin.find("ir.mail_server", [["name", "=", "Loopback"]], "id"):
        server = {"name": "Loopback", "smtp_host": "127.0.0.1", "smtp_encryption": "none"}
        admin.call("ir.mail_server", "create", {**server, "smtp_port": mail.smtp_port})
    scene = Story()
    scene.admin, scene.users, scene.people = admin, {}, {}
    boxes = admin.find("fetchmail.server", [["user", "=", BOX]], "id")
    scene.box = (
        boxes[0]["id"]
        if boxes
        else admin.call(
            "fetchmail.server",
            "create",
            {
                "name": BOX,
                "server_type": "imap",
                "server": "127.0.0.1",
                "port": mail.imap_port,
                "is_ssl": False,
                "user": BOX,
                "password": mail.password,
            },
        )
    )
    admin.call("fetchmail.server", "button_confirm_login", [scene.box])
    for login, group in {"dalal": "manager", "tariq": "agent", "lina": "agent"}.items():
        groups = [admin.ref("base.group_user"), admin.ref(f"crm_suite_helpdesk.group_{group}")]
        scene.users[login] = admin.call(
            "res.users",
            "create",
            {
                "name": login.title(),
                "login": login,
                "password": login,
                "email": f"{login}@example.com",
                "group_ids": [[6, 0, groups]],
            },
        )
    scene.company = admin.call("res.partner", "create", {"name": COMPANY, "is_company": True})
    for name, company in {"hala": scene.company, "omar": scene.company, "noor": False}.items():
        partner = {"name": name.title(), "email": f"{name}@example.org", "parent_id": company}
        scene.people[name] = admin.call("res.partner", "create", partner)
        make_portal_user(admin, scene.people[name], f"{name}@example.org", f"portal-{name}")
    scene.dalal, scene.tariq, scene.lina = (suite.login(login) for login in scene.users)
    scene.hala, scene.omar, scene.noor = (
        suite.login(f"{name}@example.org", f"portal-{name}") for name in scene.people
    )
    return scene


def test_1_the_leader_says_who_gets_what(scene):
    dalal = scene.dalal
    scene.team = create_in(
        dalal,
        "crm.ticket.team",
        {},
        {
            "name": "Lenses",
            "alias_name": "lenses",
            "user_id": scene.users["dalal"],
            "member_ids": [[6, 0, [scene.users["tariq"], scene.users["lina"]]]],
            "assignment_method": "least_open",
            "assignment_off_hours": "ahead",
            "assignment_wait_hours": 200,
            "survey_enabled": True,
            "survey_delay_hours": 0,
        },
    )
    agents = dalal.find("crm.ticket.agent", [["team_id", "=", scene.team]], "user_id")
    lina = next(a["id"] for a in agents if a["user_id"][0] == scene.users["lina"])
    dalal.call("crm.ticket.agent", "write", [lina], {"accepts": False})
    with pytest.raises(RpcError):
        scene.tariq.call("crm.ticket.agent", "write", [lina], {"accepts": True})


def test_2_whatever_arrives_is_somewhere(mail, scene):
    first = write("hala", SUBJECT, "مرحبًا، العدسة تصدر صوتًا منذ الأمس.")
    robot = write("robot", "Out of office", "I am away.", Auto_Submitted="auto-replied")
    odd = write("odd", "Strange letters", "x").as_bytes()
    odd = odd.replace(b'charset="utf-8"', b'charset="klingon-8"')
    headless = b"From: nobody\r\nTo: lenses@example.com\r\nContent-Type: multipart/mixed\r\n\r\n?"
    post(mail, first, robot, odd, headless)
    fetch(scene)
    scene.first_id = str(first["Message-Id"])
    ticket = find_ticket(scene.dalal, ["name", "=", SUBJECT])
    assert ticket["channel"] == "email"
    scene.ticket = ticket["id"]
    for sender in ("odd", "nobody"):
        kept = scene.admin.find("crm.ticket", [["email_from", "ilike", sender]], "id") or (
            scene.admin.find("crm.mail.quarantine", [["email_from", "ilike", sender]], "id")
        )
        assert len(kept) == 1, sender
    answers(scene)
    answers(scene)
    [number] = scene.dalal.read("crm.ticket", scene.ticket, "number")
    [confirmation] = [
        m for m in mail.received("hala") if str(m["Auto-Submitted"]) == "auto-replied"
    ]
    assert number["number"] in f"{confirmation['Subject']} {body(confirmation)}"
    assert not mail.received("robot"), "machines are not answered"


def test_3_the_right_agent_has_it_and_it_is_said_why(scene):
    run_cron(scene.admin, "crm_suite_helpdesk", "ir_cron_ticket_assign")
    [ticket] = scene.dalal.read(
        "crm.ticket", scene.ticket, "user_id", "assignment_state", "assignment_story"
    )
    assert ticket["user_id"][0] == scene.users["tariq"], ticket
    assert ticket["assignment_state"] == "automatic"
    assert "Lina" in ticket["assignment_story"]


def test_4_one_click_answers_and_waits(mail, scene):
    waiting = scene.admin.ref("crm_suite_helpdesk.crm_ticket_stage_waiting")
    macro = create_in(
        scene.dalal,
        "crm.ticket.macro",
        {},
        {"name": "Ask for a film", "body": "<p>Could you film it?</p>", "stage_id": waiting},
    )
    wizard = create_in(
        scene.tariq,
        "crm.ticket.macro.apply",
        {"active_model": "crm.ticket", "active_ids": [scene.ticket]},
        {"macro_id": macro},
    )
    scene.tariq.call("crm.ticket.macro.apply", "action_apply", [wizard])
    run_cron(scene.admin, "mail", "ir_cron_mail_scheduler_action")
    scene.answer = wait_for(
        "the answer",
        lambda: next((m for m in mail.received("hala") if "Could you film it" in body(m)), None),
    )
    assert find_ticket(scene.tariq, ["id", "=", scene.ticket])["stage_type"] == "waiting_customer"


def test_5_nobody_answers_over_what_the_customer_has_just_written(mail, scene):
    seen = max(
        row["id"]
        for row in scene.tariq.find(
            "mail.message", [["model", "=", "crm.ticket"], ["res_id", "=", scene.ticket]], "id"
        )
    )
    post(
        mail, write("hala", f"Re: {SUBJECT}", "انتظروا، لقد توقف", str(scene.answer["Message-Id"]))
    )
    fetch(scene)
    assert find_ticket(scene.tariq, ["id", "=", scene.ticket])["stage_type"] == "open"

    def reply(seen_id):
        return scene.tariq.call(
            "crm.ticket",
            "message_post",
            [scene.ticket],
            body="It is broken for good.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            context={"crm_seen_message_id": seen_id},
        )

    with pytest.raises(RpcError, match="has written since"):
        reply(seen)
    assert not [m for m in mail.received("hala") if "for good" in body(m)]


def test_6_a_stranger_who_knows_the_thread_is_not_the_customer(mail, scene):
    run_cron(scene.admin, "mail", "ir_cron_mail_scheduler_action")
    before = len(mail.received("hala"))
    post(mail, write("thief", f"Re: {SUBJECT}", "Send it to my address.", scene.first_id))
    fetch(scene)
    answers(scene)
    assert len(mail.received("hala")) == before
    [held] = scene.tariq.find(
        "crm.ticket.unverified", [["email", "ilike", "thief"]], "ticket_id", "id"
    )
    assert held["ticket_id"][0] == scene.ticket
    page = scene.hala.http.get(f"{scene.hala.url}/my/tickets/{scene.ticket}", timeout=60)
    assert page.ok and "Send it to my address" not in page.text


def test_7_the_customer_sees_his_own_and_what_his_right_allows(scene):
    def sees(person):
        page = person.http.get(f"{person.url}/my/tickets/{scene.ticket}", timeout=60)
        return SUBJECT in page.text

    assert sees(scene.hala) and not sees(scene.omar) and not sees(scene.noor)
    scene.admin.call(
        "res.partner", "write", [scene.people["omar"]], {"ticket_access": "organisation"}
    )
    assert sees(scene.omar) and not sees(scene.noor)
    for person in (scene.noor, scene.omar, scene.hala):
        person.http.post(
            f"{person.url}/my/tickets/{scene.ticket}/close",
            data={"csrf_token": person.form_token("/my/tickets/new")},
            timeout=60,
        )
        closed = find_ticket(scene.tariq, ["id", "=", scene.ticket])["stage_type"] != "open"
        assert closed == (person is scene.hala)


def test_8_the_customer_says_how_it_was_once(mail, scene):
    survey = ask(mail, scene)
    link = re.search(r"/ticket/survey/([A-Za-z0-9_-]{20,})", body(survey))[0]
    for _scanner in range(3):
        page = scene.hala.http.get(scene.hala.url + link, params={"face": "happy"}, timeout=60)
        assert page.ok
    fields = ["state", "satisfaction"]
    [row] = scene.dalal.find("crm.ticket.survey", [["ticket_id", "=", scene.ticket]], *fields)
    assert row["state"] == "sent" and not row["satisfaction"], "whoever looks says nothing"
    token = scene.hala.form_token(link)
    scene.hala.http.post(
        f"{scene.hala.url}{link}/answer",
        data={"csrf_token": token, "face": "happy", "feedback": "شكرًا"},
        timeout=60,
    )
    [row] = scene.dalal.find("crm.ticket.survey", [["ticket_id", "=", scene.ticket]], *fields)
    assert row["state"] == "answered" and row["satisfaction"] == "happy"


def ask(mail, scene):
    run_cron(scene.admin, "crm_suite_helpdesk", "ir_cron_ask_customers")
    run_cron(scene.admin, "crm_suite", "ir_cron_deliver_once")
    run_cron(scene.admin, "mail", "ir_cron_mail_scheduler_action")
    return wait_for(
        "the survey",
        lambda: next((m for m in mail.received("hala") if "/ticket/survey/" in body(m)), None),
    )


def test_9_whoever_serves_the_customer_next_knows_all_this(scene):
    page = scene.tariq.call("crm.timeline", "get_page", "res.partner", scene.people["hala"])
    titles = " ".join(f"{row['title']} {row.get('preview') or ''}" for row in page["rows"])
    assert SUBJECT in titles and "شكرًا" in titles
    overview = scene.tariq.call("crm.ticket.overview", "get_overview", scene.ticket)
    assert overview
    with pytest.raises(RpcError):
        scene.noor.call("crm.ticket.overview", "get_overview", scene.ticket)


def test_10_bad_manners_are_kept_apart(mail, scene):
    scene.dalal.call("crm.blocked.sender", "create", {"sender": "rude@example.org"})
    post(mail, write("rude", "You fools", "..."))
    fetch(scene)
    run_cron(scene.admin, "crm_suite_helpdesk", "ir_cron_ticket_assign")
    answers(scene)
    ticket = find_ticket(scene.dalal, ["name", "=", "You fools"])
    assert ticket["stage_type"] == "spam" and not ticket["user_id"]
    assert not scene.dalal.find(
        "crm.sla.clock", [["ticket_id", "=", ticket["id"]], ["state", "=", "running"]], "id"
    )
    assert not mail.received("rude")
