"""The customer at a glance, in English and in Arabic, on a laptop and on a telephone."""

from .person import check

LAPTOP, TELEPHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


def open_page(person, suite, name):
    partner = suite.login("admin").find("res.partner", [["name", "=", name]], "id", limit=1)
    person.open(
        f"/odoo/m-res.partner/{partner[0]['id']}", ".o_form_view .o_crm_page_columns section"
    )


def test_a_customer_in_one_look(person, suite):
    open_page(person, suite, "Azure Interior")
    for part in ("documents", "tickets", "suggestions", "profile", "relations", "latest"):
        assert person.page.locator(f".o_crm_page section[data-key={part}]").count() == 1, part
    for size, name in ((TELEPHONE, "telephone"), (LAPTOP, "laptop")):
        person.page.set_viewport_size(size)
        # nothing stands out at the side; the bar above fits in a moment later
        person.page.wait_for_function(
            "width => document.documentElement.scrollWidth <= width", arg=size["width"]
        )
        # the key figures are seen without scrolling
        last = person.page.locator(".o_crm_page_figure").last.bounding_box()
        assert last["y"] + last["height"] <= size["height"]
        person.shot(f"customer-page-{name}")
    check(person)


def test_a_part_that_fails(person, suite):
    """The answer of the server as it is when one part could not be read."""

    def break_relations(route):
        answer = route.fetch()
        page = answer.json()
        page["result"]["blocks"]["relations"] = {"failed": True}
        route.fulfill(response=answer, json=page)

    person.page.route("**/crm.customer.page/get_page", break_relations)
    open_page(person, suite, "Azure Interior")
    assert person.page.locator(".o_crm_page_parts [role=alert] button").count() == 1
    assert person.page.locator(".o_crm_page section[data-key=relations]").count() == 0
    assert person.page.locator(".o_crm_page section[data-key=documents]").count() == 1
    person.page.unroute("**/crm.customer.page/get_page")
    person.page.locator(".o_crm_page_parts [role=alert] button").click()
    person.page.wait_for_selector(".o_crm_page section[data-key=relations]")
    assert person.page.locator(".o_crm_page_parts [role=alert]").count() == 0
    check(person)


def test_figures_open(person, suite):
    open_page(person, suite, "Azure Interior")
    figure = ".o_crm_page_figure[data-key=orders] .o_crm_page_value a"
    count = int(person.digits(figure))
    # by the keyboard
    person.page.locator(figure).focus()
    person.page.keyboard.press("Enter")
    person.page.wait_for_selector(".o_list_view .o_data_row")
    assert person.page.locator(".o_data_row").count() == count
    check(person)


def test_open_documents_open(person, suite):
    open_page(person, suite, "Azure Interior")
    person.page.locator("button.o_crm_page_tile[data-key=opportunities]").click()
    person.page.wait_for_selector(".o_list_view .o_data_row")
    check(person)


def test_a_contact_shows_his_customer(person, suite):
    open_page(person, suite, "Brandon Freeman")
    person.page.locator(".o_crm_page_of_company a").click()
    person.page.wait_for_selector(".o_form_view .o_crm_page_columns section")
    person.page.wait_for_selector(".o_crm_page_of_company", state="detached")
    check(person)
