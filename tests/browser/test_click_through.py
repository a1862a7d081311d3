"""A person clicks through the three add-ons in a real browser, in English and in Arabic.

Screenshots are kept in .test/screenshots, for whoever wants to look.
"""

import re
from pathlib import Path

import pytest

from .person import LANGUAGES, SHOTS, Person, check


def test_from_opportunity_to_confirmed_order(person, suite):
    person.open("/odoo/action-crm.crm_lead_action_pipeline", ".o_kanban_view")
    person.shot("pipeline")
    person.open("/odoo/action-crm.crm_lead_action_pipeline/new?view_type=form", ".o_form_view")
    person.page.locator("[name=name] input, [name=name] textarea").first.fill("Twelve desks")
    person.pick("partner_id", "Azure Interior")
    person.tab("products")
    person.page.locator("[name=line_ids] .o_field_x2many_list_row_add a").first.click()
    person.pick("line_ids] .o_selected_row [name=product_id", "Desk")
    person.page.locator("[name=line_ids] .o_selected_row [name=quantity] input").fill("12")
    person.page.keyboard.press("Tab")
    person.save()
    person.shot("opportunity-new")
    person.page.locator("button[name=action_sale_quotations_new]").first.click()
    person.page.wait_for_selector("[name=order_line] .o_data_row")
    assert person.page.locator("[name=order_line] .o_data_row").count() == 1
    assert "12" in person.page.locator("[name=order_line] .o_data_row").inner_text()
    if person.page.locator(".o_form_button_save").is_visible():
        person.save()
    person.shot("quotation")
    person.page.locator("button[name=action_confirm]:visible").first.click()
    person.page.wait_for_selector(
        "button[name=action_cancel], .o_statusbar_status [data-value=sale].o_arrow_button_current"
    )
    person.shot("order")
    orders = suite.login("admin").find(
        "sale.order",
        [["opportunity_id.name", "=", "Twelve desks"], ["state", "=", "sale"]],
        "amount_untaxed",
    )
    assert orders and all(order["amount_untaxed"] > 0 for order in orders)
    check(person)


def record_with(suite, model, domain, **kwargs):
    return suite.login("admin").find(model, domain, "id", limit=1, **kwargs)[0]["id"]


def test_the_strip_of_a_paid_opportunity(person, suite):
    leads = suite.login("admin").find(
        "crm.lead",
        [["order_ids.invoice_ids.payment_state", "in", ["paid", "in_payment", "partial"]]],
        "id",
        limit=1,
    )
    person.open(f"/odoo/m-crm.lead/{leads[0]['id']}", ".o_form_view .o_crm_sales_strip")
    assert person.page.locator(".o_crm_sales_strip button").count() == 5
    person.tab("products")
    person.shot("opportunity")
    person.page.locator("button[name=action_view_paid]").click()
    # the opportunity has no such fields: this is the list of its invoices, or the only one
    person.page.wait_for_selector(
        ".o_list_view th[data-name=status_in_payment], .o_form_view [name=invoice_line_ids]"
    )
    check(person)


def test_log_a_call_and_see_it_on_the_timeline(person, suite):
    partner = record_with(suite, "res.partner", [["name", "=", "Azure Interior"]])
    person.open(f"/odoo/m-res.partner/{partner}", ".o_form_view")
    person.page.locator("button[name=action_log_interaction]").first.click()
    person.page.wait_for_selector(".modal .o_form_view")
    person.page.locator(".modal [name=name] input, .modal [name=name] textarea").first.fill(
        f"Called back ({person.language})"
    )
    person.shot("interaction")
    person.page.locator(".modal footer .btn-primary").first.click()
    person.page.wait_for_selector(".modal", state="detached")
    person.tab("timeline")
    person.page.wait_for_selector(f"text=Called back ({person.language})")
    person.shot("contact")
    customer = record_with(suite, "res.partner", [["name", "=", "شركة النور للتجارة"]])
    person.open(f"/odoo/m-res.partner/{customer}", ".o_form_view")
    person.page.locator("button[name=action_view_timeline]").first.click()
    person.page.wait_for_selector(".o_crm_timeline_action .o_crm_timeline_row")
    person.shot("timeline")
    check(person)


@pytest.mark.parametrize(
    ("name", "action", "selector"),
    [
        (
            "interactions",
            "crm_suite.crm_interaction_action",
            ".o_list_view, .o_calendar_view, .o_kanban_view",
        ),
        ("segments", "crm_suite.crm_segment_action", ".o_list_view, .o_kanban_view"),
        ("form-rules", "crm_suite.crm_form_rule_action", ".o_list_view"),
        (
            "products-analysis",
            "crm_suite.crm_opportunity_line_action",
            ".o_pivot, .o_list_view, .o_graph_view",
        ),
        ("tickets", "crm_suite_helpdesk.crm_ticket_action", ".o_kanban_view, .o_list_view"),
        ("service-levels", "crm_suite_helpdesk.crm_sla_policy_action", ".o_list_view"),
        ("mailings", "mass_mailing.mailing_mailing_action_mail", ".o_kanban_view, .o_list_view"),
    ],
)
def test_screens_open(person, name, action, selector):
    person.open(f"/odoo/action-{action}", selector)
    person.shot(name)
    check(person)


def test_a_ticket_shows_its_service_level(person, suite):
    ticket = record_with(
        suite, "crm.ticket", [["sla_deadline", "!=", False]], order="priority desc"
    )
    person.open(f"/odoo/m-crm.ticket/{ticket}", ".o_form_view")
    person.shot("ticket")
    person.tab("sla")
    person.page.wait_for_selector("[name=sla_clock_ids] .o_data_row")
    assert person.page.locator("[name=sla_clock_ids] .o_data_row").count() == 2
    person.shot("ticket-sla")
    check(person)


def test_a_mailing_to_a_segment(person, suite):
    mails = [["segment_id", "!=", False], ["mailing_type", "=", "mail"]]
    mailing = record_with(suite, "mailing.mailing", mails)
    person.open(f"/odoo/m-mailing.mailing/{mailing}", ".o_form_view [name=segment_id]")
    person.page.wait_for_selector(
        "[name=body_arch] iframe, [name=body_html] iframe, .o_field_mass_mailing_html iframe"
    )
    person.shot("mailing")
    check(person)


def test_settings_and_a_form_rule(person, suite):
    rule = record_with(suite, "crm.form.rule", ["|", ["active", "=", True], ["active", "=", False]])
    person.open(f"/odoo/m-crm.form.rule/{rule}", ".o_form_view")
    person.shot("form-rule")
    check(person)


def test_a_customer_in_the_portal(suite, chromium, person):
    admin = suite.login("admin")
    portal = admin.find("res.users", [["login", "=", "portal"]], "id", "partner_id")[0]
    admin.call("res.users", "write", [portal["id"]], {"lang": LANGUAGES[person.language]})
    admin.call(
        "res.partner", "write", [portal["partner_id"][0]], {"lang": LANGUAGES[person.language]}
    )
    customer = Person(chromium, suite, "portal", "portal", person.language)
    customer.page.context.add_cookies(
        [{"name": "frontend_lang", "value": LANGUAGES[person.language], "url": suite.url}]
    )
    customer.open("/my/tickets", "table, .o_portal_my_doc_table, .alert, p")
    customer.shot("portal-tickets")
    customer.open("/my/tickets/new", "form [name=subject]")
    customer.page.fill("form [name=subject]", f"A question ({person.language})")
    customer.page.fill("form [name=description]", "When do you open?")
    customer.shot("portal-new")
    customer.page.locator("form:has([name=description]) button[type=submit]").click()
    customer.page.wait_for_selector(f"text=A question ({person.language})")
    reply = customer.page.locator(".o-mail-Composer-input:visible").first
    reply.fill(f"One more thing ({person.language})")
    customer.page.locator(".o-mail-Composer-send:visible").first.click()
    customer.page.wait_for_selector(f".o-mail-Message >> text=One more thing ({person.language})")
    customer.shot("portal-ticket")
    assert re.search(r"/my/tickets/\d+", customer.page.url)
    assert customer.mirrored() == (person.language == "ar")
    assert [e for e in customer.errors if "favicon" not in e] == []
    assert (
        len(admin.find("crm.ticket", [["name", "=", f"A question ({person.language})"]], "id")) == 1
    )
    customer.page.context.close()


def test_screenshots_were_taken(person):
    names = {path.name for path in Path(SHOTS).glob(f"{person.language}-*.png")}
    assert len(names) >= 15, names
