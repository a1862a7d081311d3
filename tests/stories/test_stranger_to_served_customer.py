"""The line through all three add-ons, as a company lives it: real SMTP, IMAP, PDF and portal,
users with the rights of their jobs.

A stranger writes; the mail becomes a lead, an opportunity, a quotation by mail, an order, an
invoice, a payment. Meetings and calls
are logged. Later the customer complains by mail and follows the ticket in the portal; a campaign
reaches the segment the customer is in. At
the end the timeline tells it all.
"""

import ast
import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.servers import RpcError, wait_for
from tests.stories.conftest import (
    ADDRESS,
    STRANGER,
    UTM,
    create_in,
    fetch,
    make_portal_user,
    origin_of,
    pdf_text,
    pdfs,
    resolution_state,
    run_cron,
    run_wizard,
    send_queued,
    sign_order,
    strip,
    timeline_of,
    write_mail,
)

# The chapters run in order; each leaves what it made to the next.


def test_1_a_strangers_mail_becomes_a_lead(suite, mail, admin, company, story):
    origin = admin.read("crm.team", company["team"], "alias_id")[0]["alias_id"][0]
    story.utm = {
        "source_id": admin.call("utm.source", "create", {"name": "Office fair"}),
        "medium_id": admin.call("utm.medium", "create", {"name": "Stand"}),
        "campaign_id": admin.call("utm.campaign", "create", {"title": "Spring offices"}),
    }
    defaults = ast.literal_eval(
        admin.read("mail.alias", origin, "alias_defaults")[0]["alias_defaults"]
    )
    admin.call("mail.alias", "write", [origin], {"alias_defaults": repr({**defaults, **story.utm})})
    mail.send(
        write_mail(
            "info@example.com",
            "Need 20 desks",
            "Hello,\nwe open an office and need 20 desks.\n\nLayla Haddad\nTel: +962 6 555 0123\n",
        )
    )
    fetch(admin, company, "info")
    leads = admin.find(
        "crm.lead",
        [["email_from", "ilike", ADDRESS]],
        "name",
        "contact_name",
        "phone",
        "team_id",
        "type",
        *UTM,
    )
    assert len(leads) == 1
    lead = leads[0]
    assert origin_of(lead) == story.utm
    assert lead["name"] == "Need 20 desks" and lead["type"] == "lead"
    assert lead["contact_name"] == "Layla Haddad"
    assert re.sub(r"\D", "", lead["phone"] or "") == "96265550123"
    assert lead["team_id"][0] == company["team"]
    story.lead = lead["id"]


def test_2_the_lead_becomes_an_opportunity_with_lines(suite, admin, story):
    salesperson = admin.find("res.users", [["login", "=", "salma"]], "id")[0]["id"]
    admin.call("crm.lead", "write", [story.lead], {"user_id": salesperson})
    salma = suite.login("salma")
    context = {"active_model": "crm.lead", "active_id": story.lead, "active_ids": [story.lead]}
    values = {"name": "convert", "action": "create"}
    run_wizard(salma, "crm.lead2opportunity.partner", "action_apply", context, values)
    lead = salma.read("crm.lead", story.lead, "type", "partner_id", "email_from")[0]
    assert lead["type"] == "opportunity" and lead["partner_id"]
    story.partner = lead["partner_id"][0]

    story.product = admin.call(
        "product.product",
        "create",
        {
            "name": "Oak Desk",
            "list_price": 150.0,
            "standard_price": 90.0,
            "type": "service",
            "invoice_policy": "delivery",
            "taxes_id": [[6, 0, []]],
        },
    )
    salma.call(
        "crm.opportunity.line",
        "create",
        {"lead_id": story.lead, "product_id": story.product, "quantity": 20},
    )
    line = salma.find(
        "crm.opportunity.line",
        [["lead_id", "=", story.lead]],
        "price_unit",
        "price_subtotal",
        "margin",
    )[0]
    assert (
        line["price_unit"] == 150.0
        and line["price_subtotal"] == 3000.0
        and line["margin"] == 1200.0
    )
    assert salma.read("crm.lead", story.lead, "expected_revenue")[0]["expected_revenue"] == 3000.0


def test_3_the_quotation_carries_the_lines_and_goes_out_as_pdf(suite, mail, story):
    salma = suite.login("salma")
    action = salma.call("crm.lead", "action_sale_quotations_new", [story.lead])
    story.order = action["res_id"]
    order = salma.read(
        "sale.order",
        story.order,
        "partner_id",
        "opportunity_id",
        "amount_untaxed",
        "name",
        "order_line",
        *UTM,
    )[0]
    assert order["partner_id"][0] == story.partner and order["opportunity_id"][0] == story.lead
    assert origin_of(order) == story.utm
    assert order["amount_untaxed"] == 3000.0 and len(order["order_line"]) == 1
    story.order_name = order["name"]

    action = salma.call("sale.order", "action_quotation_send", [story.order])
    context = {
        **action["context"],
        "active_model": "sale.order",
        "active_ids": [story.order],
        "active_id": story.order,
    }
    run_wizard(salma, "mail.compose.message", "action_send_mail", context)
    message = wait_for("the quotation", lambda: next(iter(mail.received(STRANGER)), None))
    story.quotation_mail = message
    text = pdf_text(pdfs(message)[0])
    assert order["name"] in text and "Oak Desk" in text and "3,000.00" in text
    assert re.search(r"Page\s+1\s*/\s*1", text), (
        "the footer, which only wkhtmltopdf with patched Qt prints"
    )
    assert salma.read("sale.order", story.order, "state")[0]["state"] == "sent"
    assert strip(salma, story.lead) == [3000, 0, 0, 0, 0]


def test_4_the_customers_answer_lands_on_the_quotation(suite, mail, admin, company, story):
    reply_to = str(story.quotation_mail["Reply-To"])
    mail.send(
        write_mail(
            reply_to,
            f"Re: {story.quotation_mail['Subject']}",
            "We accept, please deliver.",
            answer_to=story.quotation_mail,
        )
    )
    fetch(admin, company, "catchall" if "catchall" in reply_to else "info")
    messages = suite.login("salma").find(
        "mail.message",
        [["model", "=", "sale.order"], ["res_id", "=", story.order]],
        "body",
        "message_type",
        "email_from",
    )
    assert any("We accept" in m["body"] and m["message_type"] == "email" for m in messages)


def test_5_the_customer_accepts_in_the_portal(suite, story):
    html = story.quotation_mail.get_body(("html",)).get_content()
    link = unescape(re.search(r'href="([^"]*/mail/view[^"]+)"', html).group(1))
    customer = requests.Session()
    page = customer.get(link, timeout=60)
    assert page.ok and story.order_name in page.text and "Oak Desk" in page.text

    refused = sign_order(suite, customer, story.order, "0" * 36)
    assert refused["result"] == {"error": "Invalid order."}
    salma = suite.login("salma")
    assert strip(salma, story.lead) == [3000, 0, 0, 0, 0]
    query = parse_qs(urlsplit(link).query)
    accepted = sign_order(suite, customer, story.order, query["access_token"][0])
    assert accepted["result"].get("force_refresh"), accepted
    order = salma.read("sale.order", story.order, "state", "signed_by", *UTM)[0]
    assert order["state"] == "sale" and order["signed_by"] == "Layla Haddad"
    assert origin_of(order) == story.utm
    assert strip(salma, story.lead) == [3000, 3000, 0, 0, 0]


def test_6_delivery_invoice_and_payment_move_the_status_strip(suite, mail, story):
    salma = suite.login("salma")
    line = salma.read("sale.order", story.order, "order_line")[0]["order_line"]
    salma.call("sale.order.line", "write", line, {"qty_delivered": 8})
    assert strip(salma, story.lead) == [3000, 3000, 1200, 0, 0]
    salma.call("sale.order.line", "write", line, {"qty_delivered": 20})
    assert strip(salma, story.lead) == [3000, 3000, 3000, 0, 0]
    context = {"active_model": "sale.order", "active_ids": [story.order], "active_id": story.order}
    values = {"advance_payment_method": "delivered"}
    run_wizard(salma, "sale.advance.payment.inv", "create_invoices", context, values)
    story.invoice = salma.read("sale.order", story.order, "invoice_ids")[0]["invoice_ids"][0]
    salma.call("account.move", "action_post", [story.invoice])
    invoice = salma.read("account.move", story.invoice, "name", "amount_total", *UTM)[0]
    assert strip(salma, story.lead) == [3000, 3000, 3000, 3000, 0]
    assert origin_of(invoice) == story.utm

    before = len(mail.received(STRANGER))
    context = {"active_model": "account.move", "active_ids": [story.invoice]}
    values = {"move_id": story.invoice, "sending_methods": ["email"]}
    run_wizard(salma, "account.move.send.wizard", "action_send_and_print", context, values)
    message = wait_for("the invoice", lambda: (mail.received(STRANGER)[before:] or [None])[0])
    text = pdf_text(pdfs(message)[0])
    assert invoice["name"] in text and "3,000.00" in text

    run_wizard(salma, "account.payment.register", "action_create_payments", context)
    assert strip(salma, story.lead) == [3000] * 5


def test_7_a_call_and_a_meeting_become_interactions(suite, story):
    salma = suite.login("salma")
    action = salma.call("crm.lead", "action_log_interaction", [story.lead])
    create_in(
        salma,
        "crm.interaction",
        action["context"],
        {"name": "Asked about delivery", "channel": "phone", "direction": "in"},
    )
    start = datetime.now().replace(microsecond=0) - timedelta(hours=3)
    salma.call(
        "calendar.event",
        "create",
        {
            "name": "Visit to the new office",
            "start": str(start),
            "stop": str(start + timedelta(hours=1)),
            "partner_ids": [[4, story.partner]],
            "opportunity_id": story.lead,
        },
    )
    found = salma.find(
        "crm.interaction", [["partner_id", "=", story.partner]], "name", "channel", "event_id"
    )
    assert {(i["name"], i["channel"]) for i in found} >= {
        ("Asked about delivery", "phone"),
        ("Visit to the new office", "meeting"),
    }
    assert len(found) == 2


def test_8_a_complaint_by_mail_becomes_a_ticket_with_a_service_level(
    suite, mail, admin, company, story
):
    mail.send(
        write_mail("support@example.com", "A desk arrived broken", "One of the desks is broken.")
    )
    fetch(admin, company, "support")
    tickets = admin.find(
        "crm.ticket",
        [["name", "=", "A desk arrived broken"]],
        "partner_id",
        "stage_id",
        "sla_deadline",
        "number",
    )
    assert len(tickets) == 1
    story.ticket = tickets[0]["id"]
    assert tickets[0]["partner_id"][0] == story.partner, (
        "the mail of a known customer finds the contact"
    )
    clocks = admin.find(
        "crm.sla.clock", [["ticket_id", "=", story.ticket]], "metric", "state", "deadline"
    )
    assert {c["metric"] for c in clocks} == {"first_response", "resolution"}
    assert all(c["state"] == "running" and c["deadline"] for c in clocks)
    assert tickets[0]["sla_deadline"] == min(c["deadline"] for c in clocks)


def test_9_the_agent_answers_and_waits_and_the_clock_pauses(suite, mail, admin, company, story):
    agent = admin.find("res.users", [["login", "=", "sami"]], "id", "partner_id")[0]
    team = admin.read("crm.ticket", story.ticket, "team_id")[0]["team_id"][0]
    admin.call("crm.ticket.team", "write", [team], {"member_ids": [[4, agent["id"]]]})
    sami = suite.login("sami")
    sami.call("crm.ticket", "write", [story.ticket], {"user_id": agent["id"]})
    before = len(mail.received(STRANGER))
    sami.call(
        "crm.ticket",
        "message_post",
        [story.ticket],
        body="Could you send a photo?",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        partner_ids=[story.partner],
    )
    send_queued(admin)
    story.answer = wait_for(
        "the agent's answer", lambda: (mail.received(STRANGER)[before:] or [None])[-1]
    )
    states = {
        c["metric"]: c
        for c in sami.find(
            "crm.sla.clock", [["ticket_id", "=", story.ticket]], "metric", "state", "result"
        )
    }
    assert (
        states["first_response"]["state"] == "stopped"
        and states["first_response"]["result"] == "met"
    )

    waiting = admin.find("crm.ticket.stage", [["type", "=", "waiting_customer"]], "id", limit=1)[0][
        "id"
    ]
    sami.call("crm.ticket", "write", [story.ticket], {"stage_id": waiting})
    assert resolution_state(sami, story.ticket) == "paused"

    mail.send(
        write_mail(
            str(story.answer["Reply-To"]),
            "Re: A desk arrived broken",
            "Here it is.",
            answer_to=story.answer,
        )
    )
    fetch(admin, company, "catchall")
    fetch(admin, company, "support")
    assert resolution_state(sami, story.ticket) == "running"
    assert len(admin.find("crm.ticket", [["partner_id", "=", story.partner]], "id")) == 1


def test_10_the_customer_sees_and_writes_in_the_portal_and_nobody_else(suite, admin, story):
    make_portal_user(admin, story.partner, ADDRESS, "portal-layla")
    foreign = admin.call(
        "res.partner", "create", {"name": "Foreign", "email": "foreign@example.org"}
    )
    make_portal_user(admin, foreign, "foreign@example.org", "foreign-1")

    layla = suite.login(ADDRESS, "portal-layla")
    page = layla.http.get(f"{suite.url}/my/tickets", timeout=60)
    assert page.ok and "A desk arrived broken" in page.text
    page = layla.http.get(f"{suite.url}/my/tickets/{story.ticket}", timeout=60)
    assert page.ok and "A desk arrived broken" in page.text
    token = layla.form_token("/my/tickets/new")
    page = layla.http.post(
        f"{suite.url}/my/tickets/new",
        data={
            "csrf_token": token,
            "subject": "Invoice copy",
            "description": "Please send it again.",
        },
        timeout=60,
    )
    assert page.ok
    created = admin.find("crm.ticket", [["name", "=", "Invoice copy"]], "id", "partner_id")
    assert len(created) == 1 and created[0]["partner_id"][0] == story.partner

    stranger = suite.login("foreign@example.org", "foreign-1")
    page = stranger.http.get(f"{suite.url}/my/tickets/{story.ticket}", timeout=60)
    assert "A desk arrived broken" not in page.text
    assert (
        "A desk arrived broken" not in stranger.http.get(f"{suite.url}/my/tickets", timeout=60).text
    )
    with pytest.raises(RpcError):
        stranger.read("crm.ticket", story.ticket, "name")
    assert (
        "A desk arrived broken"
        not in requests.get(f"{suite.url}/my/tickets/{story.ticket}", timeout=60).text
    )


def test_11_a_campaign_reaches_the_segment_and_comes_back(suite, mail, admin, story):
    mona = suite.login("mona")
    segment = mona.call(
        "crm.segment", "create", {"name": "Desk buyers", "domain": repr([("email", "=", ADDRESS)])}
    )
    mona.call("crm.segment", "action_evaluate", [segment])
    members = mona.find(
        "crm.segment.member", [["segment_id", "=", segment]], "partner_id", "left_at"
    )
    assert [m["partner_id"][0] for m in members if not m["left_at"]] == [story.partner]

    before = len(mail.received(STRANGER))
    mailing = mona.call(
        "mailing.mailing",
        "create",
        {
            "subject": "New chairs",
            "segment_id": segment,
            "body_arch": "<p>x</p>",
            "body_html": '<p>See <a href="https://www.example.com/chairs">our chairs</a></p>',
            "mailing_type": "mail",
        },
    )
    mona.call("mailing.mailing", "action_put_in_queue", [mailing])
    run_cron(admin, "mass_mailing", "ir_cron_mass_mailing_queue")
    run_cron(admin, "crm_suite_marketing", "ir_cron_send_1")
    message = wait_for("the campaign", lambda: (mail.received(STRANGER)[before:] or [None])[-1])
    assert message["Subject"] == "New chairs" and message["List-Unsubscribe"]
    html = message.get_body(("html",)).get_content()
    pixel = re.search(r'src="([^"]*/(?:mail/track|o)/[^"]+)"', html).group(1)
    link = re.search(r'href="([^"]*/[rc]/[^"]+)"', html).group(1)
    # a person, and not sooner than a person can
    browser = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101"}
    admin.call("res.company", "write", [1], {"bot_click_seconds": 0})
    assert requests.get(pixel, timeout=60, headers=browser).ok
    answer = requests.get(link, timeout=60, allow_redirects=False, headers=browser)
    assert answer.status_code == 302


def test_12_the_timeline_tells_it_all(suite, story):
    admin = suite.login("admin")
    rows = timeline_of(admin, story.partner)
    told = " | ".join(f"{row['source']}: {row['title']}" for row in rows)
    for needle in (
        "Asked about delivery",
        "Visit to the new office",
        story.order_name,
        "A desk arrived broken",
        "New chairs",
    ):
        assert needle in told, told
    sources = {row["source"] for row in rows}
    assert {"interaction", "ticket"} <= sources
    assert len({s for s in sources if "mailing" in s or "campaign" in s}) >= 2, (
        f"sent, opened and clicked are told apart: {sources}"
    )
    # what has a day only stands at the midnight of its reader, which may be the day before in UTC
    dates = [row["date"] for row in rows if not row["date"].endswith(" 00:00:00")]
    assert len(dates) > 5
    assert dates == sorted(dates, reverse=True)
    assert len({(row["source"], row["id"]) for row in rows}) == len(rows), "nothing is told twice"


def test_13_automations_and_a_form_rule_are_in_force(suite, admin, story):
    data = admin.find(
        "ir.model.data",
        [["model", "=", "base.automation"], ["module", "like", "crm_suite"]],
        "res_id",
    )
    automations = admin.read(
        "base.automation", [d["res_id"] for d in data], "name", "active", "model_name"
    )
    assert sorted(a["model_name"] for a in automations if a["active"]) == [
        "account.move",
        "crm.lead",
        "crm.lead",
        "crm.payment.promise",
        "crm.ticket",
        "res.partner",
        "sale.order",
    ]
    waiting = {a["name"] for a in automations if not a["active"]}
    assert len(waiting - {"Ticket past its SLA deadline"}) == 6, (
        "what writes to customers waits for an administrator"
    )
    assert "Ticket past its SLA deadline" in waiting, "escalation rules tell of breaches already"

    model = admin.find("ir.model", [["model", "=", "crm.lead"]], "id")[0]["id"]
    field = admin.find(
        "ir.model.fields", [["model", "=", "crm.lead"], ["name", "=", "referred"]], "id"
    )[0]["id"]
    admin.call(
        "crm.form.rule",
        "create",
        {
            "name": "Who sent this customer?",
            "model_id": model,
            "kind": "required",
            "target_field_ids": [[6, 0, [field]]],
            "condition_domain": repr([("priority", "=", "3")]),
            "message": "Say who referred a very important lead.",
        },
    )
    salma = suite.login("salma")
    with pytest.raises(RpcError, match="Say who referred"):
        salma.call("crm.lead", "write", [story.lead], {"priority": "3"})
    salma.call("crm.lead", "write", [story.lead], {"priority": "3", "referred": "A friend"})


def test_14_the_server_complained_of_nothing(complaints):
    assert complaints() == []
