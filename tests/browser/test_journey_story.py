"""A journey, from an empty canvas to the report: a marketer draws it, real SMTP receives its mail,
a customer's click moves him on, another's order reaches the goal. In English and in Arabic.
"""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import Error

from tests.servers import wait_for

from .person import check
from .test_campaign_story import BROWSER, run_crons

CUSTOMERS = 3
# places of events in their list
CLICKED, ORDER_CONFIRMED = 1, 8


@pytest.fixture(scope="module")
def scene(person, suite):
    """Customers that nobody else in the database has to do with, and their segment."""
    admin, language = suite.login("admin"), person.language
    # a click sooner than this after the mail is taken for a program's
    admin.call("res.company", "write", [1], {"bot_click_seconds": 0, "quiet_hours": False})
    boxes = [f"traveller{number}.{language}" for number in range(CUSTOMERS)]
    partners = [
        admin.call("res.partner", "create", {"name": box, "email": f"{box}@example.org"})
        for box in boxes
    ]
    segment = f"Travellers ({language})"
    segment_id = admin.call(
        "crm.segment", "create", {"name": segment, "domain": repr([("id", "in", partners)])}
    )
    admin.call("crm.segment", "action_evaluate", [segment_id])
    # mails of other journeys in the database are not ours to send
    return SimpleNamespace(
        admin=admin,
        boxes=boxes,
        partners=dict(zip(boxes, partners, strict=True)),
        segment=segment,
        journey=f"Way to the order ({language})",
        got={},
    )


def turn(scene, times=2):
    """Do what the scheduled jobs do, until nothing moves any more."""
    for _time in range(times):
        run_crons(
            scene.admin,
            "crm_suite_marketing.ir_cron_journey_enrol",
            "crm_suite_marketing.ir_cron_journey_advance_1",
            "crm_suite_marketing.ir_cron_send_1",
        )


def node(person, kind):
    return person.page.locator(f".o_journey_node[data-kind={kind}]")


def saved(person):
    person.page.wait_for_selector(".o_journey_builder[data-saving='0']")


def open_settings(person, kind):
    node(person, kind).locator(".o_journey_title").dblclick()
    person.page.wait_for_selector(".modal .o_crm_journey_node_form")


def close_settings(person):
    person.page.locator(".modal .o_form_button_save").click()
    person.page.wait_for_selector(".modal", state="hidden")
    saved(person)


def add_after(person, kind, port, new):
    """Click a way out that leads nowhere yet, and choose what comes there."""
    node(person, kind).locator(f".o_journey_port button[data-port={port}]").click()
    person.page.locator(f".o_journey_menu button[data-kind={new}]").click()
    node(person, new).wait_for()
    saved(person)


def choose(person, field, place):
    """Choose in a selection, by the place of the choice: its words differ by language."""
    person.page.locator(f".modal [name={field}] input").click()
    person.page.locator(".o_select_menu_menu .o_select_menu_item").nth(place).click()


def test_a_journey_is_drawn(person, scene):
    page = person.page
    person.open("/odoo/journeys/new", ".o_form_view")
    page.locator("[name=name] input, [name=name] textarea").first.fill(scene.journey)
    person.save()
    node(person, "trigger").wait_for()

    open_settings(person, "trigger")
    person.pick("segment_id", scene.segment)
    close_settings(person)

    add_after(person, "trigger", "next", "mail")
    add_after(person, "mail", "next", "condition")
    open_settings(person, "condition")
    page.locator(".modal [name=asks] input[data-value=event]").check()
    choose(person, "event", CLICKED)
    close_settings(person)
    add_after(person, "condition", "yes", "tag")
    page.locator(".o_journey_undo").click()
    node(person, "tag").wait_for(state="detached")
    saved(person)
    page.locator(".o_journey_redo").click()
    node(person, "tag").wait_for()
    saved(person)
    open_settings(person, "tag")
    page.locator(".modal [name=category_ids] input").fill(f"Clicked {person.language}")
    page.locator(".o-autocomplete--dropdown-item").first.click()
    close_settings(person)
    page.locator(".o_journey_palette button[data-kind=goal]").click()
    saved(person)
    open_settings(person, "goal")
    page.locator(".modal [name=asks] input[data-value=event]").check()
    choose(person, "event", ORDER_CONFIRMED)
    close_settings(person)
    page.locator(".o_journey_fit").click()
    person.shot("journey-canvas")

    # what is not ready is told by name
    person.press("action_launch")
    page.wait_for_selector(".modal [name=problem_ids] .text-danger")
    page.locator(".modal [name=problem_ids] button[name=action_show]:visible").first.click()
    page.wait_for_selector(".modal", state="hidden")
    page.wait_for_selector(".o_journey_node.o_has_error.o_selected")
    check(person)


def test_its_message_is_written(person, scene):
    page = person.page
    open_settings(person, "mail")
    page.locator(".modal button[name=action_write_message]:visible").first.click()
    page.wait_for_selector(".o_form_view [name=subject] input")
    page.locator("[name=subject] input").fill(f"Come along ({person.language})")
    page.locator("[name=body_arch] [data-name=basic]").click()
    body = page.frame_locator("[name=body_arch] iframe").locator(".odoo-editor-editable")
    body.locator("p").first.click()
    page.keyboard.type("See where we go at https://www.example.com/way ")
    person.save()
    person.shot("journey-message")
    page.locator(".breadcrumb, .o_breadcrumb").get_by_text(scene.journey).first.click()
    node(person, "mail").wait_for()
    check(person)


def test_it_is_launched_and_received(person, scene, mail):
    page = person.page
    person.press("action_launch")
    page.wait_for_selector(".modal [name=start_ids]")
    assert str(CUSTOMERS) in page.locator(".modal [name=start_ids] .o_data_row").inner_text()
    person.shot("journey-launch")
    page.locator(".modal footer .btn-primary").click()
    page.wait_for_selector(".o_statusbar_status [data-value=running].o_arrow_button_current")
    turn(scene)
    for box in scene.boxes:
        message = wait_for("a mail", lambda box=box: next(iter(mail.received(box)), None))
        assert len(mail.received(box)) == 1
        assert message["List-Unsubscribe"]
        scene.got[box] = message
    page.reload()
    node(person, "condition").wait_for()
    count = node(person, "condition").locator(".o_journey_count_open bdi")
    assert count.inner_text() == str(CUSTOMERS)
    person.shot("journey-live")
    check(person)


def test_a_click_moves_one_on(person, scene, chromium):
    html = scene.got[scene.boxes[0]].get_body(("html",)).get_content()
    context = chromium.new_context(user_agent=BROWSER)
    try:
        with pytest.raises(Error, match="ERR_"):
            context.new_page().goto(re.search(r'href="([^"]*/c/[^"]+)"', html).group(1))
    finally:
        context.close()
    turn(scene)
    clicked = scene.partners[scene.boxes[0]]
    [partner] = scene.admin.find("res.partner", [["id", "=", clicked]], "category_id")
    assert partner["category_id"], "the way of those who click has been taken"
    person.page.reload()
    node(person, "condition").wait_for()
    count = node(person, "condition").locator(".o_journey_count_open bdi")
    assert count.inner_text() == str(CUSTOMERS - 1)


def test_an_order_reaches_the_goal_and_the_report_shows_it(person, scene):
    product = scene.admin.call(
        "product.product", "create", {"name": f"Trip ({person.language})", "list_price": 300.0}
    )
    order = scene.admin.call(
        "sale.order",
        "create",
        {
            "partner_id": scene.partners[scene.boxes[1]],
            "order_line": [[0, 0, {"product_id": product, "tax_ids": [[6, 0, []]]}]],
        },
    )
    scene.admin.call("sale.order", "action_confirm", [order])
    turn(scene)
    [journey] = scene.admin.find("crm.journey", [["name", "=", scene.journey]], "id")
    participants = scene.admin.find(
        "crm.journey.participant",
        [["journey_id", "=", journey["id"]]],
        "res_id",
        "state",
        "exit_reason",
        "revenue",
    )
    by_id = {one["res_id"]: one for one in participants}
    assert len(by_id) == CUSTOMERS
    reached = by_id[scene.partners[scene.boxes[1]]]
    assert (reached["exit_reason"], reached["revenue"]) == ("goal", 300.0)
    assert by_id[scene.partners[scene.boxes[2]]]["state"] == "running", "he waits"

    # what the pages say is what happened
    person.open(f"/odoo/m-crm.journey/{journey['id']}", ".o_journey_node")
    person.press("action_view_results")
    person.page.wait_for_selector("[name=line_ids], .o_list_view, .o_form_view")
    person.shot("journey-results")
    person.open("/odoo/action-crm_suite_marketing.crm_journey_performance_action", ".o_pivot")
    person.shot("journey-report")
    person.page.locator(".o_switch_view.o_list").click()
    person.page.locator(".o_data_row [name=entered]").first.wait_for()

    def total(name):
        rows = person.page.locator(".o_data_row", has_text=scene.journey)
        cells = rows.locator(f"[name={name}]").all_inner_texts()
        return sum(int(re.sub(r"\D", "", text.split(".")[0]) or 0) for text in cells)

    assert total("entered") == CUSTOMERS
    assert total("goals") == 1
    assert total("running") == 1, "one ended behind the click, one reached the goal"
    assert total("revenue") == 300
    check(person)
