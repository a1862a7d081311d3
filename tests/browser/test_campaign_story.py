"""A campaign in two variants, from its segment to an order: a marketer makes it in a browser, real
SMTP receives it, a customer clicks, orders and unsubscribes in a browser of his own, and the page
of the campaign and the timeline of the customer tell it. In English and in Arabic.
"""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import Error

from tests.servers import wait_for

from .person import check

CUSTOMERS = 8
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
FORM = "/odoo/action-{}/new?view_type=form"


@pytest.fixture(scope="module")
def scene(person, suite):
    """Customers that nobody else in the database has to do with, and their segment."""
    admin, language = suite.login("admin"), person.language
    # a click sooner than this after the mail is taken for a program's
    admin.call("res.company", "write", [1], {"bot_click_seconds": 0})
    boxes = [f"reader{number}.{language}" for number in range(CUSTOMERS)]
    partners = [
        admin.call("res.partner", "create", {"name": box, "email": f"{box}@example.org"})
        for box in boxes
    ]
    segment = f"Chair readers ({language})"
    segment_id = admin.call(
        "crm.segment", "create", {"name": segment, "domain": repr([("id", "in", partners)])}
    )
    admin.call("crm.segment", "action_evaluate", [segment_id])
    return SimpleNamespace(
        admin=admin,
        boxes=boxes,
        partners=dict(zip(boxes, partners, strict=True)),
        segment=segment,
        campaign=f"Chairs for spring ({language})",
        subjects=[f"{name} ({language})" for name in ("New chairs", "Sit down")],
        got={},
    )


def run_crons(admin, *names):
    for name in names:
        admin.call("ir.cron", "method_direct_trigger", [admin.ref(name)])


def open_campaign(person, scene):
    [campaign] = scene.admin.find("utm.campaign", [["title", "=", scene.campaign]], "id")
    # a change of the address alone would leave the page as the browser has it
    person.page.goto("about:blank")
    person.open(f"/odoo/m-utm.campaign/{campaign['id']}", ".o_form_view .o_notebook")
    person.tab("live")
    person.page.wait_for_selector(".o_crm_campaign_page .o_crm_campaign_tiles")


def figure(person, name):
    value = person.page.locator(f".o_crm_campaign_tiles button[name={name}] .o_crm_campaign_value")
    # without the share beside it
    return int(value.evaluate("value => (value.querySelector('span') || value).textContent"))


def write_body(person, words):
    page = person.page
    page.locator("[name=body_arch] [data-name=basic]").click()
    body = page.frame_locator("[name=body_arch] iframe").locator(".odoo-editor-editable")
    body.locator("p").first.click()
    page.keyboard.type(words)


def launch(person):
    person.press("action_launch")
    person.page.locator(".modal footer .btn-primary").click()
    # what the check before a launch warns of, in a database without DNS
    person.page.locator(".modal button[name=action_send_anyway]").click()
    person.page.wait_for_selector(
        ".o_statusbar_status [data-value=in_queue].o_arrow_button_current"
    )


def test_two_variants_are_made_and_sent(person, scene, mail):
    page = person.page
    person.open(FORM.format("mass_mailing.action_view_utm_campaigns"), ".o_form_view")
    page.locator("[name=title] input, [name=title] textarea").first.fill(scene.campaign)
    person.save()

    person.open(FORM.format("mass_mailing.mailing_mailing_action_mail"), ".o_form_view")
    page.locator("[name=subject] input").fill(scene.subjects[0])
    person.pick("segment_id", scene.segment)
    page.wait_for_selector(f"[name=segment_reachable_count] >> text=/^{CUSTOMERS}$/")
    write_body(person, "See our chairs at https://www.example.com/chairs ")
    person.save()
    person.tab("settings")
    person.pick("campaign_id", scene.campaign)
    person.tab("ab_testing")
    page.locator("[name=ab_testing_enabled] input").check()
    page.locator("[name=ab_testing_pc] input").fill("50")
    person.save()
    person.tab("ab_testing")
    person.press("action_duplicate", inside=".o_notebook")
    page.locator(".breadcrumb", has_text=scene.subjects[0]).wait_for()
    page.locator("[name=subject] input").fill(scene.subjects[1])
    person.save()
    person.shot("campaign-variant")
    launch(person)
    [first] = scene.admin.find("mailing.mailing", [["subject", "=", scene.subjects[0]]], "id")
    person.open(f"/odoo/m-mailing.mailing/{first['id']}", ".o_form_view")
    launch(person)
    run_crons(
        scene.admin,
        "mass_mailing.ir_cron_mass_mailing_queue",
        "crm_suite_marketing.ir_cron_send_1",
    )
    for box in scene.boxes:
        message = wait_for("a mail", lambda box=box: next(iter(mail.received(box)), None))
        assert len(mail.received(box)) == 1, "one of the two"
        assert message["Subject"] in scene.subjects and message["List-Unsubscribe"]
        scene.got[box] = message
    check(person)


def test_a_customer_clicks_orders_and_leaves(person, scene, suite, chromium):
    reader, leaver = scene.boxes[:2]
    context = chromium.new_context(user_agent=BROWSER)
    html = scene.got[reader].get_body(("html",)).get_content()
    link = re.search(r'href="([^"]*/c/[^"]+)"', html).group(1)
    try:
        with pytest.raises(Error, match="ERR_"):
            context.new_page().goto(link)  # leads to a shop that is nowhere
        page = context.new_page()
        html = scene.got[leaver].get_body(("html",)).get_content()
        page.goto(re.search(r'href="([^"]*/consent/[^"]+)"', html).group(1))
        page.locator(".o_consent_preferences button[value=none]").click()
        page.wait_for_selector(".o_consent_done")
    finally:
        context.close()

    product = scene.admin.call(
        "product.product", "create", {"name": f"Chair ({person.language})", "list_price": 150.0}
    )
    order = scene.admin.call(
        "sale.order",
        "create",
        {
            "partner_id": scene.partners[reader],
            "order_line": [[0, 0, {"product_id": product, "product_uom_qty": 2, "tax_ids": []}]],
        },
    )
    person.open(f"/odoo/m-sale.order/{order}", ".o_form_view")
    person.press("action_confirm")
    person.page.wait_for_selector(".o_statusbar_status [data-value=sale].o_arrow_button_current")
    check(person)


def test_the_campaign_tells_it_all(person, scene):
    run_crons(scene.admin, "crm_suite_marketing.ir_cron_refresh_attribution")
    open_campaign(person, scene)
    page = person.page
    assert {
        name: figure(person, name)
        for name in ("sent", "clicked", "opened", "unsubscribed", "orders")
    } == {"sent": CUSTOMERS, "clicked": 1, "opened": 1, "unsubscribed": 1, "orders": 1}
    assert "30000" in person.digits(".o_crm_campaign_tiles button[name=revenue]")
    assert page.locator(".o_crm_campaign_sum .alert").count() == 0, "it adds up"
    for subject in scene.subjects:
        row = page.locator(".o_crm_campaign_variants tbody tr", has_text=subject)
        sent = sum(message["Subject"] == subject for message in scene.got.values())
        assert row.locator("td").nth(2).inner_text().strip() == str(sent)
    person.shot("campaign-live")
    page.locator(".o_crm_campaign_tiles button[name=clicked]").click()
    page.wait_for_selector(".o_list_view .o_data_row")
    assert page.locator(".o_data_row").count() == 1
    check(person)

    reader = scene.partners[scene.boxes[0]]
    person.open(f"/odoo/m-res.partner/{reader}", ".o_form_view .o_crm_page")
    latest = page.locator(".o_crm_page section[data-key=latest]")
    latest.locator(f"text={scene.got[scene.boxes[0]]['Subject']}").first.wait_for()
    person.shot("campaign-customer")
    person.tab("timeline")
    rows = page.locator(".o_form_view .o_crm_timeline_row")
    for source in ("campaign_sent", "campaign_click", "order"):
        rows.and_(page.locator(f"[data-source={source}]")).first.wait_for()
    person.shot("campaign-timeline")
    check(person)
