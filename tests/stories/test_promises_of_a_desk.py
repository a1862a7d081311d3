"""A desk that promises something and is held to it: set up in five answers, mail in and out by
real SMTP, people with the rights of their jobs. Hours pass by moving what happened into the past.

A pump fails; nobody looks; the agent is warned, then the leader. The agent answers, waits for the
customer, gets the same complaint from a colleague there, merges the two, and solves them. The
leader forgives what was missed, and prints how the desk did.
"""

import re
from datetime import date, timedelta
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from tests.conftest import psql
from tests.servers import RpcError, wait_for
from tests.stories.conftest import Story, create_in, pdf_text, run_cron

COMPANY = "Oasis Farms"
HOUR = 3600
# What has happened; all their times
TABLES = [
    "crm_ticket",
    "crm_ticket_closing",
    "crm_sla_clock",
    "crm_sla_segment",
    "crm_sla_event",
    "crm_sla_notice",
    "mail_message",
]


def hours_pass(suite, hours):
    for table in TABLES:
        columns = psql(
            suite.database,
            f"""select column_name from information_schema.columns where table_name = '{table}'
                   and data_type = 'timestamp without time zone'""",
        )
        changes = ", ".join(f"{name} = {name} - interval '{hours} hours'" for [name] in columns)
        psql(suite.database, f"update {table} set {changes}")


def write(sender, subject, text, answer_to=None):
    message = EmailMessage()
    message["From"] = f"{sender.title()} <{sender}@example.org>"
    message["To"] = "pumps@example.com"
    message["Subject"] = subject
    message["Message-Id"] = make_msgid(domain="example.org")
    message["Date"] = "Mon, 03 Jan 2000 08:00:00 +0000"  # nobody's clock but ours counts
    if answer_to:
        message["In-Reply-To"] = message["References"] = answer_to
    message.set_content(text)
    return message


def deliver(admin, message):
    """Hand a mail over as the script of a mail server does."""
    return admin.call("mail.thread", "message_process", False, message.as_string())


def clocks(user, ticket):
    fields = ["metric", "state", "result", "elapsed_s", "budget_s", "deadline", "cycle"]
    rows = user.find("crm.sla.clock", [["ticket_id", "=", ticket]], *fields)
    return {row["metric"]: row for row in sorted(rows, key=lambda row: row["cycle"])}


def stage(admin, stage_type):
    return admin.find("crm.ticket.stage", [["type", "=", stage_type]], "id")[0]["id"]


def mails(mail, box, subject):
    return [m for m in mail.received(box) if subject in str(m["Subject"])]


@pytest.fixture(scope="module")
def scene(suite, mail):
    """Leader Huda, agent Nadia, agent Basim of no team, and two people of a customer."""
    admin = suite.login("admin")
    admin.call("ir.config_parameter", "set_param", "report.url", suite.url)
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
    users = {}
    for login, group in {"huda": "manager", "nadia": "agent", "basim": "agent"}.items():
        groups = [admin.ref("base.group_user"), admin.ref(f"crm_suite_helpdesk.group_{group}")]
        users[login] = admin.call(
            "res.users",
            "create",
            {
                "name": login.title(),
                "login": login,
                "password": login,
                "email": f"{login}@example.com",
                "notification_type": "email",
                "group_ids": [[6, 0, groups]],
            },
        )
    company = admin.call("res.partner", "create", {"name": COMPANY, "is_company": True})
    people = {
        name: admin.call(
            "res.partner",
            "create",
            {"name": name.title(), "email": f"{name}@example.org", "parent_id": company},
        )
        for name in ("yusuf", "zainab")
    }
    scene = Story()
    scene.admin, scene.users, scene.company, scene.people = admin, users, company, people
    scene.huda, scene.nadia, scene.basim = (suite.login(login) for login in users)
    return scene


def test_1_the_leader_sets_up_a_desk(scene):
    huda = scene.huda
    setup = create_in(
        huda,
        "crm.ticket.team.setup",
        {},
        {
            "name": "Pumps",
            "alias_name": "pumps",
            "user_id": scene.users["huda"],
            "member_ids": [[6, 0, [scene.users["nadia"]]]],
            "hours": "always",
        },
    )
    [lines] = huda.read("crm.ticket.team.setup", setup, "promise_ids")
    for line in huda.read("crm.ticket.team.setup.promise", lines["promise_ids"], "priority"):
        huda.call(
            "crm.ticket.team.setup.promise",
            "write",
            [line["id"]],
            {"first_response": 2, "resolution": 8, "promised": True},
        )
    huda.call("crm.ticket.team.setup", "action_finish", [setup])
    [team] = huda.find("crm.ticket.team", [["name", "=", "Pumps"]], "alias_name", "member_ids")
    assert team["alias_name"] == "pumps" and team["member_ids"] == [scene.users["nadia"]]
    scene.team = team["id"]
    with pytest.raises(RpcError, match="not allowed|access"):
        create_in(scene.basim, "crm.ticket.team.setup", {}, {"name": "Mine"})


def test_2_a_mail_opens_a_ticket_whose_clocks_know_no_date_of_mails(scene):
    message = write("yusuf", "Pump 7 stands still", "Nothing comes out.")
    scene.ticket = deliver(scene.admin, message)
    scene.first_mail = str(message["Message-Id"])
    [ticket] = scene.nadia.read("crm.ticket", scene.ticket, "team_id", "partner_id", "sla_deadline")
    assert ticket["team_id"][0] == scene.team and ticket["partner_id"][0] == scene.people["yusuf"]
    standing = clocks(scene.nadia, scene.ticket)
    assert set(standing) >= {"first_response", "resolution"}
    assert standing["first_response"]["budget_s"] == 2 * HOUR
    assert ticket["sla_deadline"] == standing["first_response"]["deadline"] > "2026"
    assert not scene.basim.find("crm.ticket", [["id", "=", scene.ticket]], "id")
    assert not scene.basim.find("crm.sla.clock", [["ticket_id", "=", scene.ticket]], "id")


def test_3_the_agent_is_warned_once(suite, mail, scene):
    scene.nadia.call("crm.ticket", "action_assign_to_me", [scene.ticket])
    hours_pass(suite, 1.9)
    for _twice in range(2):
        run_cron(scene.admin, "crm_suite_helpdesk", "ir_cron_sla_breach")
    [ticket] = scene.nadia.read("crm.ticket", scene.ticket, "sla_state", "sla_breached")
    assert ticket["sla_state"] == "at_risk" and not ticket["sla_breached"]
    events = scene.nadia.find(
        "crm.sla.event", [["ticket_id", "=", scene.ticket]], "kind", "told_ids", "metric"
    )
    assert [(e["kind"], e["metric"]) for e in events] == [("warning", "first_response")]
    assert scene.users["nadia"] in events[0]["told_ids"]
    run_cron(scene.admin, "crm_suite", "ir_cron_deliver_once")
    wait_for("the warning", lambda: mails(mail, "nadia", "Pump 7"))
    assert len(mails(mail, "nadia", "Pump 7")) == 1


def test_4_after_the_deadline_the_leader_is_told(suite, mail, scene):
    hours_pass(suite, 1)
    [ticket] = scene.nadia.read("crm.ticket", scene.ticket, "sla_state")
    assert ticket["sla_state"] == "overdue", "true before any job has run"
    assert scene.ticket in [
        row["id"]
        for row in scene.nadia.find("crm.ticket", [["sla_state", "in", ["overdue"]]], "id")
    ]
    run_cron(scene.admin, "crm_suite_helpdesk", "ir_cron_sla_breach")
    run_cron(scene.admin, "crm_suite", "ir_cron_deliver_once")
    # The leader follows her desk: the mail that opened the ticket went to her, too
    told = "Pump 7 stands still - First response"
    wait_for("the escalation", lambda: mails(mail, "huda", told))
    assert len(mails(mail, "huda", told)) == 1
    [breach] = scene.huda.find(
        "crm.sla.clock",
        [["ticket_id", "=", scene.ticket], ["metric", "=", "first_response"]],
        "breached_at",
        "deadline",
    )
    assert breach["breached_at"] == breach["deadline"], "the moment it happened, not the job's"
    desk = scene.nadia.call("crm.ticket.desk", "get_desk")
    assert desk["next"][0]["id"] == scene.ticket


def test_5_an_answer_ends_the_first_response_and_waiting_stops_the_time(suite, mail, scene):
    scene.nadia.call(
        "crm.ticket",
        "message_post",
        [scene.ticket],
        body="Is the fuse in place?",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    wait_for("the answer", lambda: mails(mail, "yusuf", "Pump 7"))
    answer = mails(mail, "yusuf", "Pump 7")[-1]
    scene.nadia.call(
        "crm.ticket", "write", [scene.ticket], {"stage_id": stage(scene.admin, "waiting_customer")}
    )
    standing = clocks(scene.nadia, scene.ticket)
    assert standing["first_response"]["result"] == "missed"
    assert standing["resolution"]["state"] == "paused"
    spent = standing["resolution"]["elapsed_s"]
    assert 2.9 * HOUR <= spent < 3 * HOUR
    hours_pass(suite, 30)
    deliver(
        scene.admin, write("yusuf", "Re: Pump 7", "The fuse is fine.", str(answer["Message-Id"]))
    )
    resumed = clocks(scene.nadia, scene.ticket)["resolution"]
    assert resumed["state"] == "running" and resumed["elapsed_s"] == spent, "a day cost nothing"


def test_6_everybody_who_reads_the_ticket_sees_why(scene):
    story = scene.nadia.call("crm.ticket", "get_sla_story", [scene.ticket])
    assert len(story["clocks"]) == len(
        scene.nadia.find("crm.sla.clock", [["ticket_id", "=", scene.ticket]], "id")
    )
    with pytest.raises(RpcError):
        scene.basim.call("crm.ticket", "get_sla_story", [scene.ticket])


def test_7_two_tickets_become_one_and_two_again(scene):
    message = write("zainab", "Our pump is broken", "Number 7, I think.")
    double = deliver(scene.admin, message)
    wizard = create_in(
        scene.nadia,
        "crm.ticket.merge.wizard",
        {"active_model": "crm.ticket", "active_ids": [double, scene.ticket]},
        {"survivor_id": scene.ticket},
    )
    scene.nadia.call("crm.ticket.merge.wizard", "action_merge", [wizard])
    [merged] = scene.nadia.read("crm.ticket", double, "merged_into_id", "sla_state")
    assert merged["merged_into_id"][0] == scene.ticket and not merged["sla_state"]
    reply = write("zainab", "Re: Our pump", "It is number 7.", str(message["Message-Id"]))
    assert deliver(scene.admin, reply) == scene.ticket
    scene.nadia.call("crm.ticket", "action_undo_merge", [double])
    [apart] = scene.nadia.read("crm.ticket", double, "merged_into_id", "sla_deadline")
    assert not apart["merged_into_id"] and apart["sla_deadline"]
    scene.double = double


def test_8_the_leader_forgives_with_a_reason(scene):
    scene.nadia.call(
        "crm.ticket", "write", [scene.ticket], {"stage_id": stage(scene.admin, "solved")}
    )
    standing = clocks(scene.nadia, scene.ticket)
    assert standing["resolution"]["result"] == "met"
    missed = standing["first_response"]["id"]
    action = scene.huda.call("crm.sla.clock", "action_forgive", [missed])
    for user, may in ((scene.nadia, False), (scene.huda, True)):
        decision = create_in(
            user, "crm.sla.decision", action["context"], {"reason": "Storm, no electricity"}
        )
        if may:
            user.call("crm.sla.decision", "action_confirm", [decision])
        else:
            with pytest.raises(RpcError, match="AccessError"):
                user.call("crm.sla.decision", "action_confirm", [decision])
    assert clocks(scene.huda, scene.ticket)["first_response"]["result"] == "forgiven"


def test_9_the_report_of_the_period(suite, scene):
    wizard = create_in(
        scene.huda,
        "crm.ticket.performance",
        {},
        {
            "date_from": str(date.today() - timedelta(days=3)),
            "date_to": str(date.today()),
            "team_ids": [[6, 0, [scene.team]]],
        },
    )
    action = scene.huda.call("crm.ticket.performance", "action_print", [wizard])
    answer = scene.huda.http.get(
        f"{scene.huda.url}/report/pdf/{action['report_name']}/{wizard}", timeout=120
    )
    text = re.sub(r"\s+", " ", pdf_text(answer.content))
    assert "Pumps" in text and "Nadia" in text
