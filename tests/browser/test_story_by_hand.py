"""The story of the issue by hand: what `tests/stories` does over RPC, a person clicks, in English
and in Arabic. The chapters stand alone; mail really goes out and is read where it arrives.
"""

from types import SimpleNamespace

import pytest

from tests.servers import wait_for

from .person import Person, check, user


@pytest.fixture(scope="module")
def scene(person, suite):
    """A customer and a product that nobody else in the database has to do with."""
    admin = suite.login("admin")
    box = f"dina.{person.language}"
    name = f"Dina ({person.language})"
    desk = f"Story desk ({person.language})"
    admin.call("res.partner", "create", {"name": name, "email": f"{box}@example.org"})
    admin.call(
        "product.product",
        "create",
        {
            "name": desk,
            "type": "consu",
            "list_price": 150.0,
            "invoice_policy": "order",
            "taxes_id": [[6, 0, []]],
        },
    )
    return SimpleNamespace(admin=admin, box=box, customer=name, desk=desk)


def arrived(mail, box, subject):
    """The mail with this in its subject, when the customer has it."""
    return wait_for(
        f"the mail about {subject}",
        lambda: next((m for m in mail.received(box) if subject in m["Subject"]), None),
    )


def run_cron(admin, xml_id):
    admin.call("ir.cron", "method_direct_trigger", [admin.ref(xml_id)])


def test_from_quotation_to_payment(person, scene, mail):
    page = person.page
    person.open("/odoo/action-crm.crm_lead_action_pipeline/new?view_type=form", ".o_form_view")
    page.locator("[name=name] input, [name=name] textarea").first.fill("Desks for the story")
    person.pick("partner_id", scene.customer)
    person.tab("products")
    page.locator("[name=line_ids] .o_field_x2many_list_row_add a").first.click()
    person.pick("line_ids] .o_selected_row [name=product_id", scene.desk)
    page.locator("[name=line_ids] .o_selected_row [name=quantity] input").fill("12")
    page.keyboard.press("Tab")
    person.save()
    assert person.digits(".o_crm_sales_strip [name=paid_amount]") == "000"

    person.press("action_sale_quotations_new")
    page.wait_for_selector("[name=order_line] .o_data_row")
    if page.locator(".o_form_button_save").is_visible():
        person.save()
    order = scene.admin.find(
        "sale.order", [["partner_id.name", "=", scene.customer]], "name", "state"
    )[0]
    person.press("action_quotation_send")
    page.wait_for_selector(".modal .o_mail_send:visible")
    person.shot("story-send")
    person.press("action_send_mail", inside=".modal")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector(".o_statusbar_status [data-value=sent].o_arrow_button_current")
    message = arrived(mail, scene.box, order["name"])
    pdfs = [
        part.get_content()
        for part in message.iter_attachments()
        if part.get_content_type() == "application/pdf"
    ]
    assert [pdf[:5] for pdf in pdfs] == [b"%PDF-"]

    person.press("action_confirm")
    page.wait_for_selector(".o_statusbar_status [data-value=sale].o_arrow_button_current")
    page.locator("button#create_invoice:visible").click()
    page.locator(".modal button#create_invoice_open").click()
    page.wait_for_selector(".o_form_view [name=invoice_line_ids] .o_data_row")
    person.press("action_post")
    page.wait_for_selector(".o_statusbar_status [data-value=posted].o_arrow_button_current")
    person.shot("story-invoice")
    person.press("action_register_payment")
    page.wait_for_selector(".modal [name=journal_id]")
    person.shot("story-payment")
    person.press("action_create_payments", inside=".modal")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector("button[name=action_register_payment]", state="hidden")

    person.back("order_line")
    person.back("line_ids")
    page.wait_for_selector(".o_crm_sales_strip [name=paid_amount].text-success")
    person.shot("story-paid")
    for step in ("quoted", "ordered", "invoiced", "paid"):
        assert person.digits(f".o_crm_sales_strip [name={step}_amount]") == "180000", step
    check(person)


def test_an_agent_answers_and_waits(person, scene, mail):
    page, subject = person.page, f"A drawer is stuck ({person.language})"
    answer = f"Could you send a photo? ({person.language})"
    person.open(
        "/odoo/action-crm_suite_helpdesk.crm_ticket_action/new?view_type=form", ".o_form_view"
    )
    page.locator("[name=name] textarea").fill(subject)
    person.pick("partner_id", scene.customer)
    person.save()
    person.press("action_assign_to_me")
    page.wait_for_selector("button[name=action_assign_to_me]", state="hidden")
    page.locator(".o-mail-Chatter-sendMessage").click()
    page.locator(".o-mail-Composer-input").fill(answer)
    page.locator(".o-mail-Composer-send:enabled").click()
    page.wait_for_selector(f".o-mail-Message >> text={answer}")
    message = arrived(mail, scene.box, subject)
    assert answer in message.get_body(("html",)).get_content()

    person.tab("sla")
    # the answer was in time, and the solution still can be
    page.wait_for_selector("[name=sla_clock_ids] [data-status=met]")
    page.wait_for_selector("[name=sla_clock_ids] [data-status=on_track]")
    assert page.locator("[name=sla_clock_ids] [data-status=met]").count() == 1
    waiting = scene.admin.ref("crm_suite_helpdesk.crm_ticket_stage_waiting")
    page.locator(f".o_statusbar_status [data-value='{waiting}']:visible").click()
    page.wait_for_selector("[name=sla_clock_ids] [data-status=paused]")
    assert page.locator("[name=sla_clock_ids] [data-status=paused]").count() == 1
    person.shot("story-waiting")
    clocks = scene.admin.find(
        "crm.sla.clock", [["ticket_id.name", "=", subject]], "metric", "state", "result"
    )
    assert {(c["metric"], c["state"], c["result"]) for c in clocks} == {
        ("first_response", "stopped", "met"),
        ("resolution", "paused", False),
    }
    check(person)


def test_a_mailing_to_a_segment_made_by_hand(person, scene, mail):
    page, segment = person.page, f"Story readers ({person.language})"
    person.open("/odoo/action-crm_suite.crm_segment_action/new?view_type=form", ".o_form_view")
    page.locator("[name=name] input").first.fill(segment)
    page.locator("[name=domain] .o_tree_editor a[role=button]").first.click()
    page.locator("[name=domain] .o_model_field_selector").click()
    page.locator(".o_model_field_selector_popover_item[data-name=email] button").first.click()
    # a plain input: the condition that a new rule starts with has a list of records there
    value = page.locator("[name=domain] .o_tree_editor_editor > input")
    value.fill(f"{scene.box}@example.org")
    value.press("Tab")
    person.save()
    person.press("action_evaluate")
    page.wait_for_selector("[name=member_count] >> text=/^1$/")
    person.shot("story-segment")

    subject = f"New chairs ({person.language})"
    person.open(
        "/odoo/action-mass_mailing.mailing_mailing_action_mail/new?view_type=form", ".o_form_view"
    )
    page.locator("[name=subject] input").fill(subject)
    person.pick("segment_id", segment)
    page.wait_for_selector("[name=segment_reachable_count] >> text=/^1$/")
    page.locator("[name=body_arch] [data-name=basic]").click()
    body = page.frame_locator("[name=body_arch] iframe").locator(".odoo-editor-editable")
    body.locator("p").first.click()
    page.keyboard.type("Come and sit.")
    person.save()
    person.press("action_launch")
    page.wait_for_selector(".modal footer .btn-primary")
    person.shot("story-launch")
    page.locator(".modal footer .btn-primary").click()
    page.locator(".modal button[name=action_send_anyway]").click()
    page.wait_for_selector(".o_statusbar_status [data-value=in_queue].o_arrow_button_current")
    run_cron(scene.admin, "mass_mailing.ir_cron_mass_mailing_queue")
    run_cron(scene.admin, "crm_suite_marketing.ir_cron_send_1")
    message = arrived(mail, scene.box, subject)
    assert message["List-Unsubscribe"]
    assert "Come and sit." in message.get_body(("html",)).get_content()
    check(person)


def test_a_form_rule_refuses_to_save(person, scene, suite, chromium):
    name = f"Urgent order ({person.language})"
    rule = scene.admin.call(
        "crm.form.rule",
        "create",
        {
            "name": "Phone number before we hurry",
            "model_id": scene.admin.ref("crm.model_crm_lead"),
            "target_field_ids": [[6, 0, [scene.admin.ref("crm.field_crm_lead__phone")]]],
            "condition_domain": repr([("name", "=", name)]),
        },
    )
    # a new window: Odoo shows a form as the browser remembers it, and asks for changes meanwhile
    window = Person(chromium, suite, person.login, person.login, person.language)
    page = window.page
    try:
        window.open("/odoo/action-crm.crm_lead_action_pipeline/new?view_type=form", ".o_form_view")
        title = page.locator("[name=name] input, [name=name] textarea").first
        title.fill("No hurry")
        title.press("Tab")
        phone = page.locator("[name=phone]:visible")
        phone.wait_for()
        assert "o_required_modifier" not in phone.get_attribute("class")
        title.fill(name)
        title.press("Tab")
        page.wait_for_selector("[name=phone].o_required_modifier:visible")
        page.locator(".o_form_button_save").click()
        page.wait_for_selector("[name=phone].o_field_invalid:visible")
        window.shot("story-form-rule")
        assert scene.admin.find("crm.lead", [["name", "=", name]], "id") == []
        phone.locator("input").fill("+962 6 555 0123")
        page.keyboard.press("Tab")
        page.wait_for_selector("[name=phone].o_field_invalid", state="detached")
        window.save()
        leads = scene.admin.find("crm.lead", [["name", "=", name]], "phone")
        assert [bool(lead["phone"]) for lead in leads] == [True]
        check(window)
    finally:
        page.context.close()
        scene.admin.call("crm.form.rule", "unlink", [rule])


def test_the_settings(person, scene, suite, chromium):
    login = user(
        scene.admin,
        f"sys.{person.language}",
        person.language,
        [
            "base.group_user",
            "base.group_system",
            "sales_team.group_sale_manager",
            "crm_suite.group_configurator",
        ],
    )
    administrator = Person(chromium, suite, login, login, person.language)
    try:
        administrator.open(
            "/odoo/action-crm.crm_config_settings_action",
            ".o_setting_container #crm_suite_reminders",
        )
        page = administrator.page
        days = page.locator("#crm_suite_reminders [name=crm_untouched_days] input")
        days.scroll_into_view_if_needed()
        assert int(days.input_value()) > 0
        administrator.shot("story-settings")
        box = page.locator("#crm_suite_customization [name=crm_customization_enabled] input")
        assert box.is_checked()
        box.click()
        page.wait_for_selector(".o_form_dirty, .o_form_button_save:visible")
        link = page.locator("#crm_suite_customization button[type=action]").first
        assert link.is_visible(), "what is switched off can be looked at"
        check(administrator)
    finally:
        administrator.page.context.close()
