"""A visitor of a web site fills in the public form, in English and in Arabic, on a telephone and in
a frame of another site. He has no account, and his browser keeps no cookies of frames.
"""

import pytest

from .person import SHOTS

LOCALES = {"en": "en-US", "ar": "ar-SA"}
SIZES = {"desktop": (1366, 900), "mobile": (390, 844)}


@pytest.fixture
def blameless():
    """Nobody is logged in here; `visitor` watches the browser himself."""


@pytest.fixture(params=LOCALES)
def language(request):
    return request.param


@pytest.fixture(params=SIZES)
def visitor(request, chromium, language):
    width, height = SIZES[request.param]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale=LOCALES[language]
    )
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.shot = lambda name: _shot(page, f"{language}-{name}-{request.param}")
    yield page
    context.close()
    assert not errors


def _shot(page, name):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(300)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def _fill(page, **values):
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)


def test_a_visitor_is_told_what_is_wrong_and_becomes_a_lead(visitor, suite, language):
    address = f"visitor.{language}.{visitor.viewport_size['width']}@example.org"
    visitor.goto(f"{suite.url}/crm/form/contact?utm_source=Search%20engine")
    direction = visitor.locator("html").get_attribute("dir")
    assert direction == ("rtl" if language == "ar" else "ltr")
    assert visitor.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    visitor.shot("lead-form")
    visitor.wait_for_timeout(2200)
    _fill(visitor, email_from="wrong", description="Two desks / مكتبان")
    visitor.locator("button[type=submit]").click()
    visitor.wait_for_selector("#email_from-error")
    visitor.shot("lead-form-errors")
    assert visitor.locator("[aria-invalid=true]").count() >= 3
    assert visitor.locator("[name=email_from]").input_value() == "wrong"
    assert visitor.locator("[name=description]").input_value() == "Two desks / مكتبان"
    _fill(visitor, contact_name="نور Salem", email_from=address, phone="+966 55 555 0102")
    visitor.locator("[name=consent]").check()
    visitor.locator("button[type=submit]").click()
    visitor.wait_for_selector(".thanks")
    assert "/thanks" in visitor.url
    visitor.shot("lead-form-thanks")
    [lead] = suite.login("admin").find(
        "crm.lead",
        [("email_normalized", "=", address)],
        "contact_name",
        "phone",
        "source_id",
        "lead_form_id",
    )
    assert lead["contact_name"] == "نور Salem"
    assert lead["phone"] == "+966 55 555 0102"
    assert lead["source_id"][1] == "Search engine"
    assert lead["lead_form_id"]


def test_in_a_frame_of_another_site(visitor, suite, language):
    address = f"frame.{language}.{visitor.viewport_size['width']}@example.org"
    # "localhost" is another site than 127.0.0.1, as far as browsers and cookies go
    host = suite.url.replace("127.0.0.1", "localhost")
    visitor.goto(f"{host}/crm_suite/static/lead_form/embed.js")
    visitor.set_content(
        f'<h1>Shop</h1><iframe src="{suite.url}/crm/form/contact" data-crm-lead-form="1"'
        ' style="width:100%;min-height:640px;border:0"></iframe>'
        f'<script src="{suite.url}/crm_suite/static/lead_form/embed.js"></script>',
        wait_until="commit",
    )
    frame = visitor.frame_locator("iframe")
    frame.locator("[name=email_from]").fill(address)
    frame.locator("[name=contact_name]").fill("Nour")
    frame.locator("[name=description]").fill("In a frame")
    frame.locator("[name=consent]").check()
    visitor.wait_for_timeout(2200)
    assert visitor.evaluate("document.querySelector('iframe').style.height.endsWith('px')")
    visitor.shot("lead-form-frame")
    frame.locator("button[type=submit]").click()
    frame.locator(".thanks").wait_for()
    assert suite.login("admin").find("crm.lead", [("email_normalized", "=", address)], "name")
